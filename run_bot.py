"""The command line of 师训助手. Everything it does is done elsewhere; here it is put together.

Only this file lets the fake platforms meet the bot: the demo is the product with fakes at its
addresses.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings

ROOT = Path(__file__).resolve().parent
DEMO_OFFICE = ROOT / "examples" / "demo"
DEMO_CLOCK = "2021-07-12T08:20+08:00"
# the platform itself waits five seconds (wecom.md 1.4)
STORY_PATIENCE = 4.0
OTHER_PLATFORMS = ("qq", "onebot")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    from bot.command_line import make_parser  # noqa: PLC0415
    from bot.commands import CommandError  # noqa: PLC0415 - help must not wait for imports
    from bot.console import GONE_READER, NOT_HERE  # noqa: PLC0415
    from config.settings import SettingsError  # noqa: PLC0415

    try:
        options = make_parser(_COMMANDS, DEMO_CLOCK).parse_args(arguments)
        return int(options.run(options))
    except SettingsError as error:
        print("设置有误：", *error.problems, sep="\n  ", file=sys.stderr)  # noqa: T201
    except CommandError as error:
        print(error, file=sys.stderr)  # noqa: T201
    except UnicodeEncodeError:
        print(NOT_HERE, file=sys.stderr)  # noqa: T201
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return GONE_READER
    return 2


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# -- commands ------------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from bot.listening import NO_CHANNEL, only_trying  # noqa: PLC0415
    from config.settings import SettingsError, settings_file  # noqa: PLC0415

    settings = _settings(options)
    if not settings.has_channel:
        if not only_trying(settings):
            raise SettingsError([NO_CHANNEL.format(file=settings_file())])
        _say("还没有配置任何渠道，先打开示例办公室。")
        return _demo(options)
    from bot.app import Application, SchemaError  # noqa: PLC0415
    from bot.channels.onebot.door import ExposedError  # noqa: PLC0415
    from bot.commands import CommandError  # noqa: PLC0415
    from bot.listening import cannot_listen  # noqa: PLC0415
    from bot.log import set_up_logs  # noqa: PLC0415
    from bot.serving import run  # noqa: PLC0415

    set_up_logs(settings.log_level)
    try:
        run(Application(settings).make_web(), settings.host, settings.port)
    except (SchemaError, ExposedError) as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from None
    return 0


def _demo(options: argparse.Namespace) -> int:
    from bot.log import set_up_logs  # noqa: PLC0415

    settings = _settings(options)
    set_up_logs("warning")
    with tempfile.TemporaryDirectory(prefix="shixun-demo-") as folder:
        return asyncio.run(_serve_demo(settings, Path(folder), getattr(options, "clock", None)))


async def _serve_demo(settings: Settings, folder: Path, clock: str | None) -> int:
    from bot.listening import cannot_listen  # noqa: PLC0415
    from bot.serving import Listening  # noqa: PLC0415

    address = f"http://{settings.host}:{settings.port}"
    moment = _moment(clock or DEMO_CLOCK)
    app, _stage = _stage_for(
        address, folder, DEMO_OFFICE, moment, frozen=False, page=True, also=OTHER_PLATFORMS
    )
    listening = Listening(app)
    try:
        await listening.open(settings.host, settings.port)
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from None
    _say(f"师训助手示例办公室已打开，请用浏览器访问：\n\n    {address}/\n\n按 Ctrl+C 结束。")
    try:
        await asyncio.Event().wait()
    finally:
        await listening.close()
    return 0


def _chat(options: argparse.Namespace) -> int:
    from bot.log import set_up_logs  # noqa: PLC0415

    set_up_logs("error")
    with tempfile.TemporaryDirectory(prefix="shixun-chat-") as folder:
        return asyncio.run(_talk(options.name, Path(folder), _moment(options.clock or DEMO_CLOCK)))


async def _talk(name: str, folder: Path, moment: datetime) -> int:
    from bot.commands import CommandError  # noqa: PLC0415
    from simulator.terminal import talk  # noqa: PLC0415

    async with _playing(folder, DEMO_OFFICE, moment, frozen=False) as (stage, rehearsal):
        account = stage.account(name)
        if account is None:
            known = "、".join(person.name for person in stage.people())
            raise CommandError(f"示例办公室里没有「{name}」。可以是：{known}")
        await talk(stage, account, name, rehearsal.application.settle)
    return 0


def _play(options: argparse.Namespace) -> int:
    from bot.commands import CommandError  # noqa: PLC0415
    from bot.log import set_up_logs  # noqa: PLC0415

    set_up_logs("error")
    if options.database and len(options.stories) > 1:
        raise CommandError("写了 --database 时一次只能演一个故事：每个故事要一个空的数据库。")
    failed = [path for path in options.stories if not _play_one(path, options.database, options.on)]
    return 1 if failed else 0


def _play_one(path: Path, url: str | None, channel: str = "") -> bool:
    from bot.rehearsal import OfficeInUseError  # noqa: PLC0415
    from simulator.story import StoryError, read_story  # noqa: PLC0415

    try:
        story = read_story(path)
        if channel:
            story = story.moved_to(channel)
        office = _office(story.office, path.parent)
        with tempfile.TemporaryDirectory(prefix="shixun-play-") as folder:
            lines = asyncio.run(_perform(story, Path(folder), office, url))
    except (StoryError, OfficeInUseError) as error:
        _say(f"✗ {path.name}：{error}")
        return False
    failed = [line for line in lines if line.problem]
    _say(f"{'✗' if failed else '✓'} {path.name}：{story.title}（{len(lines)} 步）")
    for line in lines:
        _say(f"  {'✗' if line.problem else '✓'} {line.step}")
        if line.problem:
            _say(f"      {line.problem}")
            _say("      实际：" + (line.came or "（什么也没有）").replace("\n", "\n            "))
    return not failed


async def _perform(  # type: ignore[no-untyped-def]
    story, folder: Path, office: Path | None, url: str | None
):
    from simulator.player import Player  # noqa: PLC0415

    others = tuple(channel for channel in OTHER_PLATFORMS if channel in story.channels)
    playing = _playing(
        folder, office, story.clock, frozen=True, url=url, also=others, limits=story.limits
    )
    async with playing as (stage, rehearsal):
        return await Player(stage, rehearsal, rehearsal.application.settle).play(story)


def _office(name: str, beside: Path) -> Path | None:
    from simulator.story import StoryError  # noqa: PLC0415

    if name == "demo":
        return DEMO_OFFICE
    if name == "empty":
        return None
    folder = beside / name
    if not folder.is_dir():
        raise StoryError(f"没有办公室文件夹「{name}」")
    return folder


def _import(options: argparse.Namespace) -> int:
    from bot.commands import do_import  # noqa: PLC0415

    return do_import(
        _settings(options).database_url,
        options.kind,
        options.file,
        dry_run=options.dry_run,
        as_json=options.json,
        yes=options.yes,
        out=_say,
    )


def _export(options: argparse.Namespace) -> int:
    from bot.commands import do_export, do_export_questions  # noqa: PLC0415

    kind, file, *rest = options.words
    template = kind == "template"
    if (template and not rest) or (not template and rest):
        _say("写法：run_bot.py export KIND FILE，或 run_bot.py export template KIND FILE")
        return 2
    if template:
        kind, file = file, rest[0]
    elif kind == "questions":
        url = _settings(options).database_url
        return do_export_questions(url, Path(file), _say, days=options.days)
    return do_export(_settings(options).database_url, kind, Path(file), template=template)


def _words(options: argparse.Namespace) -> int:
    from bot.commands import do_words_check  # noqa: PLC0415

    return do_words_check(options.file or _settings(options).words_file, _say)


def _read(options: argparse.Namespace) -> int:
    from bot.commands import READERS  # noqa: PLC0415

    return READERS[options.command](sys.stdin, _say)


def _code(options: argparse.Namespace) -> int:
    from bot.commands import do_code  # noqa: PLC0415

    return do_code(_settings(options).database_url, options.person, _say)


def _db(options: argparse.Namespace) -> int:
    from bot.commands import do_database  # noqa: PLC0415

    return do_database(_settings(options).database_url, options.action, _say)


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor import do_doctor  # noqa: PLC0415
    from config.settings import SettingsError  # noqa: PLC0415

    try:
        return do_doctor(_settings(options), (), _say, as_json=options.json)
    except SettingsError as error:
        return do_doctor(None, error.problems, _say, as_json=options.json)


# -- the fakes and the bot on one address ---------------------------------------------------------


def _stage_for(  # type: ignore[no-untyped-def]
    address: str,
    folder: Path,
    office: Path | None,
    moment: datetime,
    *,
    frozen: bool,
    page: bool,
    url: str | None = None,
    also: Sequence[str] = (),
    limits: bool = False,
):
    """The web application that is both the bot and the platform it talks to, and the stage."""
    from bot.app import Application  # noqa: PLC0415
    from bot.desk import ANSWER_WITHIN  # noqa: PLC0415
    from bot.pace import TURNS_PER_MINUTE  # noqa: PLC0415
    from bot.rehearsal import Rehearsal, furnish  # noqa: PLC0415
    from config.settings import Settings  # noqa: PLC0415
    from simulator.clock import SimClock  # noqa: PLC0415
    from simulator.stage import Keys, Stage  # noqa: PLC0415

    url = url or f"sqlite:///{folder / 'office.sqlite'}"
    furnish(url, office, moment)
    clock, keys = SimClock(moment, frozen=frozen), Keys()
    stage = Stage(clock, keys, address, also)
    settings = Settings(
        database_url=url,
        office_name="云溪县师训股",
        turns_per_minute=TURNS_PER_MINUTE if limits else 0,
        **stage.settings(),  # type: ignore[arg-type]
    )
    # a story's clock stands still: how busy this machine is must not change what is said
    patience = ANSWER_WITHIN if page else STORY_PATIENCE
    pace = 1.0 if page else 0.0
    application = Application(settings, clock=clock, answer_within=patience, pace=pace)
    rehearsal = Rehearsal(application)
    stage.cast(rehearsal, ("新来的老师",))
    app = application.make_web()
    stage.mount(app, page=page)
    clock.on_change(lambda _now: application.postman.kick() if page else None)
    return app, (stage, rehearsal)


class _playing:  # noqa: N801 - used like a function
    """An office with its stage on a free loopback port, for as long as the block runs."""

    def __init__(
        self,
        folder: Path,
        office: Path | None,
        moment: datetime,
        *,
        frozen: bool,
        url: str | None = None,
        also: Sequence[str] = (),
        limits: bool = False,
    ) -> None:
        self._arguments = (folder, office, moment, frozen, url, also, limits)

    async def __aenter__(self):  # type: ignore[no-untyped-def]
        from aiohttp import web  # noqa: PLC0415

        from simulator.stage import free_port  # noqa: PLC0415

        folder, office, moment, frozen, url, also, limits = self._arguments
        bound = free_port("127.0.0.1")
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        try:
            app, pair = _stage_for(
                address,
                folder,
                office,
                moment,
                frozen=frozen,
                page=False,
                url=url,
                also=also,
                limits=limits,
            )
        except BaseException:
            bound.close()
            raise
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, bound).start()
        await pair[1].ready()
        return pair

    async def __aexit__(self, *_problem: object) -> None:
        await self._runner.cleanup()


# -- the command line ------------------------------------------------------------------------------


def _settings(options: argparse.Namespace) -> Settings:
    from config.settings import load_settings  # noqa: PLC0415

    given = {"database_url": options.database} if options.database else {}
    return load_settings(options.config, **given)


def _moment(text: str) -> datetime:
    from bot.commands import CommandError  # noqa: PLC0415
    from simulator.story import StoryError, read_moment  # noqa: PLC0415

    try:
        return read_moment(text)
    except StoryError as error:
        raise CommandError(f"{error}。请写成 2021-07-12T08:25 的样子。") from None


_COMMANDS = {
    "serve": _serve,
    "demo": _demo,
    "chat": _chat,
    "play": _play,
    "understand": _read,
    "when": _read,
    "import": _import,
    "export": _export,
    "words": _words,
    "db": _db,
    "code": _code,
    "doctor": _doctor,
}

if __name__ == "__main__":
    from bot.console import run

    logging.raiseExceptions = False
    sys.exit(run(main))
