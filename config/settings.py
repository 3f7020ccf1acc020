"""Settings from the environment (SHIXUN_…) and config/office.toml; the environment wins.

Every mistake is reported at once, in words; secrets are never printed. Only the composition
root reads this; everybody else is handed plain values.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.settings_errors import say
from config.settings_file import (
    DEFAULT_DATABASE,
    DEFAULT_FILE,
    SettingsError,
    TomlFile,
    beside,
    is_here,
    settings_file,
)

__all__ = ["DEFAULT_FILE", "Settings", "SettingsError", "load_settings", "settings_file"]

DEFAULT_WORDS = Path("config/words.toml")
WECOM_API = "https://qyapi.weixin.qq.com/cgi-bin/"
QQ_API = "https://api.sgroup.qq.com"
QQ_TOKEN_URL = "https://bots.qq.com/app/getAppAccessToken"  # noqa: S105 - an address
WECOM_BOT_SOCKET = "wss://openws.work.weixin.qq.com"
AES_KEY_LENGTH = 43
# What sqlalchemy can take apart; a port is a number, and no @ is left over in the password.
_DATABASE = re.compile(
    r"sqlite:///[^?#]+|postgresql(\+psycopg)?://[^@\s]*@?[^@:/\s]*(:\d+)?(/[^@\s]*)?"
)
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Everything an operator may set; names as in the product page."""

    model_config = SettingsConfigDict(
        env_prefix="SHIXUN_", extra="forbid", str_strip_whitespace=True
    )

    # may hold a password: never shown
    database_url: str = Field(default=DEFAULT_DATABASE, repr=False)
    host: str = "127.0.0.1"
    port: Port = 8080
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    office_name: str = "教师培训管理办公室"
    office_contact: str = ""
    bot_name: str = "师训助手"
    turns_per_minute: Annotated[int, Field(ge=0, le=1000)] = 20  # of one person; 0: any number
    # the office's own words; the default need not exist, and may be made while the bot runs
    words_file: Path = DEFAULT_WORDS

    wecom_api_base: str = WECOM_API
    wecom_corp_id: str = ""
    wecom_agent_id: int | None = None
    wecom_secret: SecretStr = SecretStr("")
    wecom_token: SecretStr = SecretStr("")
    wecom_aes_key: SecretStr = SecretStr("")

    # the AI bot on its long connection (wecom.md 4.7), or in URL-callback mode (4.1)
    wecom_bot_name: str = ""
    wecom_bot_id: str = ""
    wecom_bot_secret: SecretStr = SecretStr("")
    wecom_bot_ws_url: str = WECOM_BOT_SOCKET
    wecom_bot_token: SecretStr = SecretStr("")
    wecom_bot_aes_key: SecretStr = SecretStr("")
    # robots of group chats (wecom.md 3); each group's key is kept with the group
    wecom_webhook_base: str = WECOM_API

    # the official QQ bot (qq.md A1: the old hosts, which Tencent's own kits still use)
    qq_app_id: str = ""
    qq_secret: SecretStr = SecretStr("")
    qq_transport: Literal["websocket", "webhook"] = "websocket"
    qq_api_base: str = QQ_API
    qq_token_url: str = QQ_TOKEN_URL

    # a QQ account behind NapCat or LLBot: we dial `onebot_url`, or, where that is empty, it dials
    # /onebot/v11/ws here; without a token that must be asked for outright
    onebot_url: str = ""
    onebot_token: SecretStr = SecretStr("")
    onebot_listen: bool = False

    # addresses or networks of our own that sent files may be fetched from: an implementation of
    # OneBot beside us that serves them itself; everything else inside is refused
    files_from: str = ""

    # https address under which browsers reach this server; needed for signing in from WeCom
    public_url: str = ""

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if not _DATABASE.fullmatch(value):
            raise ValueError(
                "要写成 sqlite:///文件 或 postgresql://用户名:密码@主机/库名，"
                "密码里的 @ : / # % 要写成 %40 %3A %2F %23 %25"
            )
        return value

    @field_validator("wecom_api_base", "wecom_webhook_base")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("要以 https:// 开头")
        return value if value.endswith("/") else value + "/"

    @field_validator("qq_api_base", "qq_token_url", "public_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("要以 https:// 开头")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _is_sealed(cls, value: str) -> str:
        if value.startswith("http://") and not is_here(urlsplit(value).hostname or ""):
            raise ValueError(
                "要以 https:// 开头：http 上登录用的 cookie 和回调谁都能在路上看到。"
                "给域名装上证书（只有本机的 127.0.0.1、localhost 可以用 http）"
            )
        return value

    @field_validator("wecom_bot_ws_url", "onebot_url")
    @classmethod
    def _is_socket(cls, value: str) -> str:
        if value and not value.startswith(("wss://", "ws://")):
            raise ValueError("要以 wss:// 或 ws:// 开头")
        return value

    @field_validator("files_from")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        try:
            for each in value.split(","):
                ip_network(each.strip() or "::", strict=False)
        except ValueError:
            message = "要写 IP 地址或网段，用逗号隔开，例如 127.0.0.1 或 192.168.1.0/24"
            raise ValueError(message) from None
        return value

    @field_validator("words_file")
    @classmethod
    def _is_there(cls, value: Path) -> Path:
        if value != DEFAULT_WORDS and not value.is_file():
            raise ValueError(f"找不到文件 {value}")
        return value

    @field_validator("wecom_aes_key", "wecom_bot_aes_key")
    @classmethod
    def _aes_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if key and not _is_aes_key(key):
            raise ValueError(f"EncodingAESKey 应为 43 个字母和数字，现在是 {len(key)} 个字符")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _report_all_at_once(
        cls, data: Mapping[str, object], handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        """Half a channel is found even where another field is wrong too."""
        problems = [_missing(channel, names, data) for channel, names in _CHANNELS.items()]
        problems += _unknown_variables(set(cls.model_fields))
        try:
            settings = handler(data)
        except ValidationError as error:
            raise SettingsError([say(each) for each in error.errors()] + problems) from None
        if any(problems):
            raise SettingsError(problems)
        return settings

    @property
    def may_show_demo(self) -> bool:
        """Nothing is configured and nobody outside of this machine is served."""
        return not self.has_channel and not self.public_url and is_here(self.host)

    @property
    def written_in(self) -> Path:
        """The file that was read, whether it is there or not."""
        return settings_file()

    @property
    def has_wecom_app(self) -> bool:
        """Whether the self-built app is configured."""
        return bool(self.wecom_corp_id)

    @property
    def has_wecom_bot(self) -> bool:
        """Whether the AI bot's callback is configured."""
        return bool(self.wecom_bot_token.get_secret_value())

    @property
    def has_wecom_socket(self) -> bool:
        """Whether the AI bot's long connection is configured."""
        return bool(self.wecom_bot_id)

    @property
    def has_qq(self) -> bool:
        """Whether the official QQ bot is configured."""
        return bool(self.qq_app_id)

    @property
    def has_onebot(self) -> bool:
        """Whether a OneBot implementation is to be dialled, or listened for."""
        return bool(self.onebot_url or self.onebot_token.get_secret_value() or self.onebot_listen)

    @property
    def has_channel(self) -> bool:
        """Whether anything real is configured; without it the demo office is served."""
        return (
            self.has_wecom_app
            or self.has_wecom_bot
            or self.has_wecom_socket
            or self.has_qq
            or self.has_onebot
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given outright, then the environment, then the file."""
        return init_settings, env_settings, TomlFile(settings_cls, settings_file())


# A channel is configured whole or not at all.
_CHANNELS = {
    "企业微信自建应用": {
        "wecom_corp_id": "企业 ID",
        "wecom_agent_id": "应用 AgentId",
        "wecom_secret": "应用 Secret",
        "wecom_token": "接收消息 Token",
        "wecom_aes_key": "接收消息 EncodingAESKey",
    },
    "企业微信智能机器人（长连接）": {
        "wecom_bot_id": "机器人 Bot ID",
        "wecom_bot_secret": "长连接 Secret",
    },
    "QQ 机器人": {"qq_app_id": "AppID", "qq_secret": "AppSecret"},
    "企业微信智能机器人（回调）": {
        "wecom_bot_token": "机器人 Token",
        "wecom_bot_aes_key": "机器人 EncodingAESKey",
    },
}
# Read by others than these settings: where the file is, and by our own tests.
_OTHER_VARIABLES = frozenset({"SHIXUN_CONFIG", "SHIXUN_BROWSER_TESTS"})


def _is_aes_key(key: str) -> bool:
    """43 characters that decode to the 32 bytes of an AES-256 key (wecom.md 1.3)."""
    try:
        return len(key) == AES_KEY_LENGTH and bool(base64.b64decode(key + "=", validate=True))
    except binascii.Error:
        return False


def _missing(channel: str, names: Mapping[str, str], data: Mapping[str, object]) -> str:
    missing = [f"SHIXUN_{n.upper()}（{title}）" for n, title in names.items() if not data.get(n)]
    if not missing or len(missing) == len(names):
        return ""
    return f"{channel}还缺：" + "、".join(missing)


def _unknown_variables(known: set[str]) -> list[str]:
    names = {f"SHIXUN_{name.upper()}" for name in known} | _OTHER_VARIABLES
    given = {name for name in os.environ if name.upper().startswith("SHIXUN_")}
    return [
        f"{name}：没有这一项设置，请核对拼写" for name in sorted(given) if name.upper() not in names
    ]


def load_settings(file: Path | None = None, **given: object) -> Settings:
    """Read everything; raises SettingsError with all problems in words."""
    named = file or os.environ.get("SHIXUN_CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsError([f"找不到设置文件 {named}"])
        os.environ["SHIXUN_CONFIG"] = str(named)
    given = {**beside(settings_file()), **given}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValueError as error:
        raise SettingsError([f"设置有误：{error}"]) from None
