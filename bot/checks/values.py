"""What a check-up says, and which settings it reads. Plain values; knows no check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

_LATER = "上面各项都改好以后，重启程序再查；还是这样，把这一行告诉开发者"
_PLEASE = re.compile(r"(?<!申)请")


class Mark(StrEnum):
    """How a check came out."""

    FINE = "fine"
    WRONG = "wrong"
    OFF = "off"  # not configured, or could not be looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `check`: its name for machines. `mend`: what to click or type, for what is wrong.

    All words are Chinese and hold no secret.
    """

    check: str
    title: str
    mark: Mark
    says: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A thing that is looked at; its methods say how it was found."""

    name: str
    title: str

    def fine(self, says: str = "没有问题") -> Finding:
        """It works."""
        return Finding(self.name, self.title, Mark.FINE, says)

    def wrong(self, says: str, mend: str = "") -> Finding:
        """It does not. Words that end in "请…" are taken apart where `mend` is not given."""
        if not mend and (asked := _PLEASE.search(says)):
            says, mend = says[: asked.start()].rstrip("，。："), says[asked.start() :]
        return Finding(self.name, self.title, Mark.WRONG, says.rstrip("。"), mend or _LATER)

    def off(self, says: str = "没有配置", mend: str = "") -> Finding:
        """Nothing to say about it."""
        return Finding(self.name, self.title, Mark.OFF, says, mend)


class Secret(Protocol):
    """A value that must not be shown."""

    def get_secret_value(self) -> str:
        """The value itself."""


class Setup(Protocol):
    """The settings that are looked at; names and meanings of config/settings.py."""

    @property
    def written_in(self) -> Path: ...
    @property
    def database_url(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def public_url(self) -> str: ...

    @property
    def wecom_api_base(self) -> str: ...
    @property
    def wecom_corp_id(self) -> str: ...
    @property
    def wecom_agent_id(self) -> int | None: ...
    @property
    def wecom_secret(self) -> Secret: ...
    @property
    def wecom_token(self) -> Secret: ...
    @property
    def wecom_aes_key(self) -> Secret: ...
    @property
    def wecom_bot_id(self) -> str: ...
    @property
    def wecom_bot_secret(self) -> Secret: ...
    @property
    def wecom_bot_ws_url(self) -> str: ...
    @property
    def wecom_bot_token(self) -> Secret: ...
    @property
    def wecom_bot_aes_key(self) -> Secret: ...

    @property
    def qq_app_id(self) -> str: ...
    @property
    def qq_secret(self) -> Secret: ...
    @property
    def qq_transport(self) -> str: ...
    @property
    def qq_api_base(self) -> str: ...
    @property
    def qq_token_url(self) -> str: ...
    @property
    def onebot_url(self) -> str: ...
    @property
    def onebot_token(self) -> Secret: ...

    @property
    def has_wecom_app(self) -> bool: ...
    @property
    def has_wecom_bot(self) -> bool: ...
    @property
    def has_wecom_socket(self) -> bool: ...
    @property
    def has_qq(self) -> bool: ...
    @property
    def has_onebot(self) -> bool: ...
    @property
    def has_channel(self) -> bool: ...
