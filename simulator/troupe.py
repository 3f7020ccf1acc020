"""The people of one fake platform, as a stage and its player see them.

Each platform knows people by ids of its own; a troupe says who is who, and which chats they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.common.screen import Shown


class Side(Protocol):
    """What a person can do and see on a fake platform; every fake offers it."""

    async def say(self, account: str, text: str, chat: str | None = None) -> object:
        """Type a message; in a group it mentions the bot."""

    async def press(self, account: str, message_id: str | None, button: str) -> object:
        """Press a button by its text; None: on the last card that has it."""

    async def send_file(
        self, account: str, name: str, data: bytes, chat: str | None = None
    ) -> object:
        """Send a file or a picture."""

    def shown(self, account: str, since: int = 0) -> list[Shown]:
        """What this person sees."""

    def cursor(self, account: str) -> int:
        """Where this person's screen stands now."""

    async def quiet(self, seconds: float = 10.0) -> None:
        """Wait until nothing is being delivered."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody, or which group chat, is to the bot: an account in a namespace."""

    realm: str
    account: str


class Troupe(Protocol):
    """The people of one platform."""

    side: Side
    # chat of `side` in which a person writes to the bot alone
    private: str | None
    # False: cards are numbered text here, and a button's words are typed instead
    buttons: bool

    def accounts(self) -> Sequence[str]:
        """Everybody who came on."""

    def account(self, name: str) -> str | None:
        """The account of somebody who came on."""

    def name(self, account: str) -> str:
        """Whose account it is."""

    def admit(self, name: str) -> str:
        """Somebody comes on during the play."""

    def identities(self, account: str) -> Sequence[Identity]:
        """Who that is to the bot; in each group it may be somebody else."""

    def chat(self, group: str, account: str) -> str | None:
        """The group chat of that name, which this person is in from now on; None: there is none."""

    def open_group(self, group: str, account: str) -> str | None:
        """Make a group chat of that name where there is none; None: not by us."""

    def group_identity(self, chat: str) -> Identity:
        """Which chat that is to the bot."""
