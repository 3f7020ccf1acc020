"""The members of a stage's corp: they are on WeCom from the beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.page.world import Person
from simulator.troupe import Identity, Side
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.state import Corp


class House(Protocol):
    """Whose corp it is: a stage."""

    fake: FakeWeCom
    corp: Corp

    def people(self) -> Sequence[Person]:
        """The members."""

    def account(self, name: str) -> str | None:
        """The account of somebody who came on."""

    def admit(self, name: str) -> str:
        """A stranger comes on during the play."""


class WeComTroupe:
    """The members of the stage's corp; `private`: to whom they write alone."""

    buttons = True

    def __init__(self, stage: House, private: str | None) -> None:
        self.side: Side = stage.fake
        self.private = private
        self._stage = stage

    def accounts(self) -> Sequence[str]:
        """All members."""
        return [person.userid for person in self._stage.people()]

    def account(self, name: str) -> str | None:
        """By name."""
        return self._stage.account(name)

    def name(self, account: str) -> str:
        """Of a member."""
        return self._stage.corp.members[account].name

    def admit(self, name: str) -> str:
        """A new member without a place in the roster."""
        return self._stage.admit(name)

    def identities(self, account: str) -> Sequence[Identity]:
        """Only those whose account the stage made up have to be made known."""
        return [Identity("wecom", account)] if account.startswith("member") else []

    def chat(self, group: str, account: str) -> str | None:
        """The groups of the production."""
        for each in self._stage.corp.groups.values():
            if each.name == group:
                if account not in each.members:
                    each.members.append(account)
                return each.chat_id
        return None

    def open_group(self, group: str, account: str) -> str | None:
        """The groups of this platform are those of the office."""
        return None

    def group_identity(self, chat: str) -> Identity:
        """WeCom calls a group the same towards everybody."""
        return Identity("wecom", chat)
