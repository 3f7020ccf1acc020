"""Settings: everything wrong at once and in words, nothing secret shown, nothing ignored."""

from __future__ import annotations

import logging
import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import DEFAULT_FILE, Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "office.example.toml"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WHOLE = {
    "SHIXUN_WECOM_CORP_ID": "ww0123456789abcdef",
    "SHIXUN_WECOM_AGENT_ID": "1000002",
    "SHIXUN_WECOM_SECRET": "hidden-secret",
    "SHIXUN_WECOM_TOKEN": "hiddenToken",
    "SHIXUN_WECOM_AES_KEY": KEY,
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside: neither the environment's nor a file's."""
    for name in list(os.environ):
        if name.upper().startswith("SHIXUN_"):
            monkeypatch.delenv(name)
    # load_settings remembers the file in the environment; this makes monkeypatch put it back
    monkeypatch.setenv("SHIXUN_CONFIG", "")
    monkeypatch.delenv("SHIXUN_CONFIG")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("config.settings_file.PROGRAM", tmp_path)


def put(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set environment variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def problems(**given: object) -> list[str]:
    """What is said to be wrong."""
    with pytest.raises(SettingsError) as raised:
        load_settings(**given)  # type: ignore[arg-type]
    return raised.value.problems


def file(path: Path, text: str) -> Path:
    """A settings file."""
    made = path / "office.toml"
    made.write_text(text, encoding="utf-8")
    return made


# -- right ----------------------------------------------------------------------------------------


def test_nothing_set_is_the_demo() -> None:
    settings = load_settings()
    assert not settings.has_channel
    assert settings.database_url.startswith("sqlite:///")


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = file(tmp_path, 'port = 1\nhost = "0.0.0.0"\noffice_name = "甲"\n')
    put(monkeypatch, SHIXUN_PORT="2", SHIXUN_OFFICE_NAME="乙")
    settings = load_settings(path, office_name="丙")
    assert (settings.port, settings.host, settings.office_name) == (2, "0.0.0.0", "丙")  # noqa: S104


def test_the_default_file_is_read_where_it_stands(tmp_path: Path) -> None:
    assert load_settings().port == 8080
    (tmp_path / DEFAULT_FILE).parent.mkdir()
    (tmp_path / DEFAULT_FILE).write_text("port = 4711\n", encoding="utf-8")
    assert load_settings().port == 4711


def test_a_whole_channel_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, **WHOLE)
    settings = load_settings()
    assert settings.has_wecom_app
    assert not settings.has_wecom_bot
    assert settings.wecom_agent_id == 1000002
    assert settings.wecom_secret.get_secret_value() == "hidden-secret"


def test_the_ai_bot_alone_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, SHIXUN_WECOM_BOT_TOKEN="t", SHIXUN_WECOM_BOT_AES_KEY=KEY)
    settings = load_settings()
    assert settings.has_channel
    assert settings.has_wecom_bot
    assert not settings.has_wecom_app


@pytest.mark.parametrize("name", ["shixun_port", "Shixun_Port", "SHIXUN_PORT"])
def test_names_are_read_in_any_case(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "99")
    assert load_settings().port == 99


def test_an_api_base_gets_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, SHIXUN_WECOM_API_BASE="https://wecom.example.cn/cgi-bin")
    assert load_settings().wecom_api_base == "https://wecom.example.cn/cgi-bin/"


# -- the example file -----------------------------------------------------------------------------


_OFF = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


def test_the_example_file_as_it_is_switches_nothing_on() -> None:
    assert not load_settings(EXAMPLE).has_channel


def test_the_example_file_is_valid_and_names_every_setting(tmp_path: Path) -> None:
    text = _OFF.sub("", EXAMPLE.read_text(encoding="utf-8"))
    path = tmp_path / "office.toml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings(path)
    assert settings.has_wecom_app
    assert settings.has_wecom_bot
    assert settings.has_qq
    assert settings.has_onebot
    assert tomllib.loads(text).keys() == Settings.model_fields.keys()


def test_each_setting_of_the_example_is_explained_above_it() -> None:
    above = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if _OFF.match(line) or ("=" in line and not line.startswith("#")):
            assert above.startswith("#") or "=" in above, line
        above = line


# -- wrong ----------------------------------------------------------------------------------------


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = file(tmp_path, 'colour = "red"\n')
    put(
        monkeypatch,
        SHIXUN_PORT="99999",
        SHIXUN_LOG_LEVEL="loud",
        SHIXUN_WECOM_API_BASE="ftp://example.cn",
        SHIXUN_WECOM_CORP_ID="ww1",
        SHIXUN_WECOM_AGENT_ID="abc",
        SHIXUN_WECOM_AES_KEY="short",
        SHIXUN_WECOM_BOT_TOKEN="t",
        SHIXUN_PROT="8080",
    )
    told = "\n".join(problems(file=path))
    for expected in (
        "SHIXUN_PORT：数字太大",
        "SHIXUN_LOG_LEVEL：只能是：'debug', 'info', 'warning' 或 'error'",
        "SHIXUN_WECOM_API_BASE：要以 https:// 开头",
        "SHIXUN_WECOM_AGENT_ID：应为数字",
        "SHIXUN_WECOM_AES_KEY：EncodingAESKey 应为 43 个字母和数字，现在是 5 个字符",
        "企业微信自建应用还缺：SHIXUN_WECOM_SECRET（应用 Secret）、SHIXUN_WECOM_TOKEN",
        "企业微信智能机器人（回调）还缺：SHIXUN_WECOM_BOT_AES_KEY",
        "SHIXUN_PROT：没有这一项设置，请核对拼写",
        "SHIXUN_COLOUR：没有这一项设置，请核对拼写",
    ):
        assert expected in told


@pytest.mark.parametrize("missing", WHOLE)
def test_half_a_channel_is_refused(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    put(monkeypatch, **{name: value for name, value in WHOLE.items() if name != missing})
    (told,) = problems()
    assert missing in told
    assert "还缺" in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("port = [1]", "SHIXUN_PORT：应为数字"),
        ("port = 1.5", "SHIXUN_PORT：应为整数"),
        ("port = -1", "SHIXUN_PORT：数字太小"),
        ("office_name = 12", "SHIXUN_OFFICE_NAME：应为文字，请加引号"),
        ("wecom_bot_name = 12", "SHIXUN_WECOM_BOT_NAME：应为文字，请加引号"),
        ('onebot_listen = "maybe"', "SHIXUN_ONEBOT_LISTEN：应为 true 或 false"),
        ("[wecom]\nport = 1", "SHIXUN_WECOM：没有这一项设置"),
    ],
)
def test_a_wrong_kind_in_the_file_is_said_in_chinese(tmp_path: Path, line: str, said: str) -> None:
    (told,) = problems(file=file(tmp_path, line))
    assert told.startswith(said)


@pytest.mark.parametrize("text", ["port = ", "port", "= 1", "port = 1\nport = 2", "\x00"])
def test_a_file_that_is_not_toml_is_explained(tmp_path: Path, text: str) -> None:
    (told,) = problems(file=file(tmp_path, text))
    assert told.startswith("设置文件写法有误")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_as_any_editor_saves_it(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(f"office_name = '教育局'{end}port = 4711{end}".encode(encoding))
    settings = load_settings(path)
    assert (settings.office_name, settings.port) == ("教育局", 4711)


def test_a_file_that_is_no_text_is_said_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe\xd8")
    (told,) = problems(file=path)
    assert str(path) in told
    assert "不是文本文件" in told


def test_a_slip_is_said_with_file_and_line_and_without_the_secret(tmp_path: Path) -> None:
    path = file(tmp_path, "port = 1\r\nqq_secret = “hunter2”\r\n")
    (told,) = problems(file=path)
    assert str(path) in told
    assert "第 2 行" in told
    assert "hunter2" not in told


def test_settings_are_found_beside_the_program_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    (program / DEFAULT_FILE).parent.mkdir(parents=True)
    (program / DEFAULT_FILE).write_text("port = 4711\n", encoding="utf-8")
    monkeypatch.setattr("config.settings_file.PROGRAM", program)
    settings = load_settings()
    assert settings.port == 4711
    assert settings.database_url == f"sqlite:///{program / 'var/office.sqlite'}"


@pytest.mark.parametrize("address", ["http://shixun.example.cn", "http://10.0.0.1:8080"])
def test_a_public_address_that_anybody_can_listen_to_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="https://"):
        load_settings(public_url=address)
    assert load_settings(public_url="http://127.0.0.1:8080").public_url


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),  # noqa: S104 - that is what is refused
        ({"host": "::1"}, True),
        ({"public_url": "https://a.cn"}, False),
    ],
)
def test_the_demo_stands_in_only_for_this_machine(given: dict[str, object], may: bool) -> None:
    assert Settings(**given).may_show_demo is may  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert problems(file=tmp_path / "none.toml") == [f"找不到设置文件 {tmp_path / 'none.toml'}"]
    monkeypatch.setenv("SHIXUN_CONFIG", str(tmp_path / "other.toml"))
    assert problems() == [f"找不到设置文件 {tmp_path / 'other.toml'}"]


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=- 密", max_size=60))
def test_a_key_is_taken_only_if_it_is_one(text: str) -> None:
    try:
        settings = Settings(wecom_bot_aes_key=text, wecom_bot_token="t")  # type: ignore[arg-type]
    except SettingsError:
        return
    key = settings.wecom_bot_aes_key.get_secret_value()
    assert len(key) in (0, 43)


# -- secrets --------------------------------------------------------------------------------------


def test_nothing_secret_is_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(
        monkeypatch,
        **WHOLE,
        SHIXUN_DATABASE_URL="postgresql://bot:hidden-password@db/office",
    )
    settings = load_settings()
    logging.getLogger("test").warning("%s %r", settings, settings)
    for shown in (repr(settings), str(settings), f"{settings}", caplog.text):
        for secret in ("hidden-secret", "hiddenToken", KEY, "hidden-password"):
            assert secret not in shown


@pytest.mark.parametrize("name", ["WECOM_AES_KEY", "WECOM_BOT_AES_KEY", "WECOM_AGENT_ID"])
def test_nothing_secret_is_quoted_in_a_problem(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put(monkeypatch, **WHOLE)
    monkeypatch.setenv(f"SHIXUN_{name}", "hidden-but-wrong")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    told = f"{raised.value!s} {raised.value!r}"
    assert raised.value.__suppress_context__
    for secret in ("hidden", KEY):
        assert secret not in told
