"""The command line as a person meets it who mistypes: words, never a traceback or a secret."""

from __future__ import annotations

import base64
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

import run_bot
from config.settings import SettingsError, load_settings
from storage.accounts import Accounts
from storage.database import Database
from storage.journal import Audit
from storage.people import People
from storage.scope import EVERYTHING


@pytest.mark.parametrize("before", [True, False])
def test_common_options_count_before_and_after_the_command(tmp_path: Path, *, before: bool) -> None:
    file = tmp_path / "office.sqlite"
    common = ["--database", f"sqlite:///{file}"]
    words = [*common, "db", "upgrade"] if before else ["db", "upgrade", *common]
    assert run_bot.main(words) == 0
    assert file.is_file()


@pytest.mark.parametrize(
    "words",
    [
        ["db", "upgrade"],
        ["db", "check"],
        ["import", "roster", "nothing.xlsx"],
        ["export", "roster", "out.xlsx"],
        ["export", "questions", "out.xlsx"],
    ],
)
def test_a_database_that_cannot_be_opened_is_said(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'file' / 'office.sqlite'}"
    assert run_bot.main(["--database", url, *words]) != 0
    said = "".join(capsys.readouterr())
    assert "打不开" in said
    assert "Traceback" not in said


def test_a_file_that_is_no_database_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("各位老师：" * 400, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'letter.txt'}"
    assert run_bot.main(["--database", url, "db", "upgrade"]) == 2
    assert "不是数据库文件" in capsys.readouterr().err


def test_a_server_that_is_away_is_said_without_the_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql://office:hunter2@127.0.0.1:1/office"
    assert run_bot.main(["--database", url, "db", "upgrade"]) == 2
    said = capsys.readouterr().err
    assert "连不上数据库" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "url",
    [
        "office.sqlite",
        "mysql://u:hunter2@h/x",
        "postgresql://u:hunter2@h:port/x",
        "postgresql://u:hunter@2@h/x",
        "sqlite:///",
        "",
    ],
)
def test_an_address_that_is_none_is_a_mistake_of_the_settings(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(database_url=url)
    assert "SHIXUN_DATABASE_URL" in str(caught.value)
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/师训/office.sqlite",
        "sqlite:///var/office.sqlite",
        "postgresql://h/x",
        "postgresql://u:p%40ss@db.example.cn:5432/office?sslmode=require",
        "postgresql+psycopg://u@/office?host=/var/run/postgresql",
    ],
)
def test_addresses_in_use_are_taken(url: str) -> None:
    assert load_settings(database_url=url).database_url == url


@pytest.mark.parametrize("words", [["chat", "--as", "张伟"], ["demo"]])
def test_a_clock_that_is_none_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main([*words, "--clock", "昨天"]) == 2
    assert "2021-07-12T08:25" in capsys.readouterr().err


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app of one's own, never called, on a database that is ready."""
    url = f"sqlite:///{tmp_path / 'office.sqlite'}"
    assert run_bot.main(["--database", url, "db", "upgrade"]) == 0
    key = base64.b64encode(bytes(32)).decode().rstrip("=")
    values = {"CORP_ID": "ww1", "AGENT_ID": "1", "SECRET": "s", "TOKEN": "t", "AES_KEY": key}
    for name, value in values.items():
        monkeypatch.setenv(f"SHIXUN_WECOM_{name}", value)
    monkeypatch.setenv("SHIXUN_DATABASE_URL", url)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("words", [[], ["demo"]])
def test_a_port_in_use_is_said(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SHIXUN_PORT", str(port))
        assert run_bot.main(words) == 2
    assert f"端口 {port} 已被占用" in capsys.readouterr().err


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("words", [[], ["demo"]])
@pytest.mark.parametrize("host", ["192.0.2.1", "no host"])
def test_an_address_of_another_machine_is_said(
    words: list[str], host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHIXUN_HOST", host)
    monkeypatch.setenv("SHIXUN_PORT", "0")
    assert run_bot.main(words) == 2
    assert f"没有地址「{host}」" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["import", "--help"], ["export", "-h"]])
def test_help_is_chinese(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_bot.main(words)
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("用法：run_bot.py")
    assert not {"usage", "options", "positional", "show"} & set(said.replace(":", " ").split())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["chat"], "还缺 --as"),
        (["import", "roster"], "还缺 FILE"),
        (["dance"], "没有「dance」，可以是："),
        (["db", "upgrade", "--fast"], "不认识 --fast"),
        (["chat", "--as"], "--as 后面要写一个值"),
        (["play"], "还缺 STORY"),
        (["export", "questions", "a.xlsx", "--days", "0"], "--days：应是 1 到 90 的整数"),
    ],
)
def test_a_wrong_command_is_said(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run_bot.main(words)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(answer)
    assert "用法：run_bot.py" in said


def test_the_first_officer_gets_a_code(office_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["--database", office_url, "code", "李国强"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("李国强（师训股，工号 430901）的绑定码：")
    code = said[0].rpartition("：")[2]
    assert said[2] == f"绑定 李国强 {code}"
    database = Database(office_url)
    with database.unit() as unit:
        (person,) = People(unit).named("李国强", EVERYTHING)
        now = datetime.now(UTC)
        assert Accounts(unit).open_code(person.id, code, now) is not None
        assert Audit(unit).entries(limit=1)[0]["intent"] == "account.invite"
    database.close()


def test_what_is_done_on_the_machine_is_in_the_audit(office_url: str, tmp_path: Path) -> None:
    roster = tmp_path / "名册.csv"
    roster.write_text("姓名,工号,单位,职务\n张伟,430102,城关小学,教研组长\n", encoding="utf-8")
    given = ["--database", office_url]
    assert run_bot.main([*given, "export", "roster", str(tmp_path / "out.xlsx")]) == 0
    assert run_bot.main([*given, "import", "roster", str(roster), "--dry-run"]) == 0
    for _ in range(2):
        assert run_bot.main([*given, "import", "roster", str(roster), "--yes"]) == 0
    database = Database(office_url)
    with database.unit() as unit:
        entries = [
            (each["intent"], each["outcome"], each["channel"], each["actor_id"])
            for each in Audit(unit).entries(limit=10)
        ]
    database.close()
    assert entries == [
        ("import.start", "nothing", "command", None),
        ("import.start", "done", "command", None),
        ("export.file", "done", "command", None),
    ]


@pytest.mark.parametrize(
    ("words", "answer"), [("无名氏", "名册里没有「无名氏」"), ("430901", "李国强（师训股")]
)
def test_a_code_is_for_one_person(
    words: str, answer: str, office_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_bot.main(["--database", office_url, "code", words])
    assert answer in "".join(capsys.readouterr())
