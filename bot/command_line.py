"""The words of the command line and their help, in Chinese. What they do is run_bot.py's."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.command_parser import Parser
from texts.streams import as_typed

MOST_DAYS = 90  # what was not understood is kept that long
Run = Callable[[argparse.Namespace], int]


def _common(default: str | None) -> Parser:
    """The options that may stand before the command and after it."""
    common = Parser(add_help=False, argument_default=default)
    common.add_argument(
        "--database", metavar="URL", type=as_typed, help="数据库地址（SHIXUN_DATABASE_URL）"
    )
    common.add_argument("--config", metavar="FILE", type=Path, help="设置文件")
    return common


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"应是 1 到 {MOST_DAYS} 的整数")
    return int(text)


def _import_words(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    taken = add("import", "导入文件：先试运行，确认后保存")
    taken.add_argument(
        "kind", metavar="KIND", type=as_typed, help="plan roster classes timetable … 或 office"
    )
    taken.add_argument("file", metavar="FILE", type=Path, help="文件，或办公室文件夹")
    taken.add_argument("--dry-run", action="store_true", help="只试运行，不保存")
    taken.add_argument("--json", action="store_true", help="输出 JSON")
    taken.add_argument("--yes", action="store_true", help="不再询问，直接保存")


def make_parser(commands: Mapping[str, Run], demo_clock: str) -> argparse.ArgumentParser:
    """The whole command line. `commands`: what each word runs; serve is what runs without one."""
    common = _common(argparse.SUPPRESS)  # must not unset what stands before the command
    parser = Parser(
        prog="run_bot.py",
        description="师训助手。不带命令：按设置提供服务；没有配置渠道时打开示例办公室。",
        parents=[_common(None)],
    )
    parser.set_defaults(run=commands["serve"], clock=None)
    words_of = parser.add_subparsers(title="命令", metavar="命令")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        made = words_of.add_parser(name, help=text, description=text, parents=[common])
        made.set_defaults(run=commands[name], command=name)
        return made

    demo = add("demo", "打开示例办公室和聊天页面")
    demo.add_argument(
        "--clock", metavar="T", type=as_typed, help=f"示例办公室的时间，默认 {demo_clock}"
    )
    chat = add("chat", "在终端里和示例办公室聊天")
    chat.add_argument(
        "--as", dest="name", metavar="NAME", type=as_typed, required=True, help="扮演谁，例如 张伟"
    )
    chat.add_argument(
        "--clock", metavar="T", type=as_typed, help=f"示例办公室的时间，默认 {demo_clock}"
    )
    play = add("play", "演一个或多个故事文件，有一步不符就返回 1")
    play.add_argument("stories", metavar="STORY", nargs="+", type=Path, help="故事文件（YAML）")
    play.add_argument(
        "--on",
        metavar="CHANNEL",
        default="",
        choices=["qq", "onebot"],
        help="把故事里企业微信上的话换到另一个渠道来演：qq 或 onebot",
    )
    add("understand", "逐行读 JSON，逐行写出理解的结果")
    add("when", "逐行读 JSON，逐行写出其中的时间")
    _import_words(add)
    given = add("export", "导出：KIND FILE；空白模板：template KIND FILE")
    given.add_argument(
        "words",
        metavar="KIND FILE",
        nargs="+",
        help="例如 roster 名册.xlsx；questions 没听懂的问题",
    )
    given.add_argument(
        "--days", metavar="N", type=_days, default=7, help="questions：最近几天，默认 7"
    )
    words = add("words", "本单位的说法：check 检查词语文件")
    words.add_argument("action", choices=["check"], help="检查")
    words.add_argument("file", metavar="FILE", nargs="?", type=Path, help="默认用设置里的那个")
    database = add("db", "数据库：upgrade 升级，check 检查")
    database.add_argument("action", choices=["upgrade", "check"], help="升级或检查")
    code = add("code", "给一个人一次性绑定码：第一位管理员就这样绑定")
    code.add_argument("person", metavar="PERSON", type=as_typed, help="姓名或工号，例如 李国强")
    doctor = add("doctor", "体检：逐项检查设置、数据库、网络和各个渠道，说出哪里不对、怎么改")
    doctor.add_argument("--json", action="store_true", help="输出 JSON")
    return parser
