"""Every command in every console: never a traceback, whoever stops reading."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

import run_bot
from bot.command_line import make_parser
from tests.conftest import ROOT

CONSOLES = {
    "gbk": {"PYTHONIOENCODING": "gbk"},
    "cp936": {"PYTHONIOENCODING": "cp936"},
    "ascii": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "strict ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}
ASKED = '{"text": "明天上午有课吗😀 何𬱖"}\n'
# what each command is given; a test says that none is missing
WORDS: dict[str, list[str]] = {
    "serve": [],
    "demo": ["--clock", "昨天"],
    "chat": ["--as", "张伟"],
    "play": ["好事😀.yaml"],
    "understand": [],
    "when": [],
    "import": ["roster", "名册😀.xlsx"],
    "export": ["template", "roster", "名册.xlsx"],
    "words": ["check", "词😀.toml"],
    "db": ["check"],
    "code": ["何𬱖😀"],
    "doctor": [],
    "--help": [],
}
STORY = (
    "title: 笑😀\nclock: 2021-07-12T08:20\nsteps:\n"
    "  - say: 张伟@wecom 我的学分😀\n    expect: 没有\n"
)


def ran(
    command: str, folder: Path, console: str, stdin: bytes, *, pipe: str = ""
) -> tuple[int, bytes]:
    """Run a command in a folder; its exit code and all it said."""
    words = [sys.executable, str(ROOT / "run_bot.py")]
    words += ["--database", f"sqlite:///{folder / 'office.sqlite'}"]
    words += [command, *WORDS[command]] if command != "serve" else []
    env = {name: value for name, value in os.environ.items() if not name.startswith("SHIXUN_")}
    env |= {"SHIXUN_HOST": "0.0.0.0", "PATH": os.environ["PATH"], **CONSOLES[console]}  # noqa: S104
    if pipe:
        words = ["bash", "-c", f'"$@" | {pipe}; exit ${{PIPESTATUS[0]}}', "bash", *words]
    done = subprocess.run(  # noqa: S603 - our own program
        words, cwd=folder, env=env, input=stdin, capture_output=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_every_command_is_tried() -> None:
    parser = make_parser(run_bot._COMMANDS, run_bot.DEMO_CLOCK)
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    assert {*commands.choices, "serve", "--help"} == set(WORDS)


@pytest.mark.slow
@pytest.mark.parametrize("console", CONSOLES)
@pytest.mark.parametrize("command", WORDS)
def test_no_console_ends_a_command(command: str, console: str, tmp_path: Path) -> None:
    (tmp_path / "好事😀.yaml").write_text(STORY, encoding="utf-8")
    (tmp_path / "词😀.toml").write_text('words = ["银龄😀讲学"]', encoding="utf-8")
    given = "我的学分😀\n/退出\n" if command == "chat" else ASKED
    for stdin in (given.encode(), given.replace("😀", "").replace("𬱖", "").encode("gbk")):
        code, said = ran(command, tmp_path, console, stdin)
        assert b"Traceback" not in said, said.decode("utf-8", "replace")
        assert code in (0, 1, 2)
        if command in ("understand", "when"):
            assert code == 0
            assert b"error" not in said


@pytest.mark.slow
@pytest.mark.parametrize("command", ["--help", "understand", "doctor", "play", "db"])
@pytest.mark.parametrize("pipe", ["true", "head -1"])
def test_a_reader_that_goes_away_ends_it_quietly(command: str, pipe: str, tmp_path: Path) -> None:
    (tmp_path / "好事😀.yaml").write_text(STORY, encoding="utf-8")
    _, said = ran(command, tmp_path, "utf-8", ASKED.encode() * 200, pipe=pipe)
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def test_a_text_is_read_in_gbk_too(tmp_path: Path) -> None:
    code, said = ran("when", tmp_path, "utf-8", '{"text": "明天上午"}\n'.encode("gbk"))
    assert code == 0
    assert "明天上午" in said.decode()
