"""The people of the fake OneBot's QQ on a stage: numbers instead of names."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.onebot.fake import FakeOneBot
from simulator.onebot.records import Membership
from simulator.troupe import Identity, Side

_FIRST_NUMBER = 20_000_001
_FIRST_GROUP = 700_000_001
_OWNER = 20_000_000


class OneBotTroupe:
    """Everybody is a friend of the bot's account."""

    private: str | None = None
    buttons = False

    def __init__(self, fake: FakeOneBot) -> None:
        self.fake = fake
        self.side: Side = fake
        self._numbers: dict[str, int] = {}
        self._groups: dict[str, int] = {}

    def accounts(self) -> Sequence[str]:
        """Everybody who came on."""
        return [str(number) for number in self._numbers.values()]

    def account(self, name: str) -> str | None:
        """By name."""
        number = self._numbers.get(name)
        return None if number is None else str(number)

    def name(self, account: str) -> str:
        """Of a number."""
        return next(name for name, number in self._numbers.items() if str(number) == account)

    def admit(self, name: str) -> str:
        """A new QQ account."""
        number = self._numbers[name] = _FIRST_NUMBER + len(self._numbers)
        self.fake.add_account(number, name)
        return str(number)

    def identities(self, account: str) -> Sequence[Identity]:
        """A number is the same in private and in groups."""
        return [Identity("onebot", account)]

    def chat(self, group: str, account: str) -> str | None:
        """A group that was opened."""
        number = self._groups.get(group)
        if number is None:
            return None
        there = self.fake.world.groups[number].members
        joined = self.fake.platform.now()
        there.setdefault(int(account), Membership(int(account), joined))
        return str(number)

    def open_group(self, group: str, account: str) -> str | None:
        """A new group with this person in it."""
        number = self._groups[group] = _FIRST_GROUP + len(self._groups)
        if _OWNER not in self.fake.world.accounts:
            self.fake.add_account(_OWNER, "群主", friend=False)
        self.fake.add_group(number, group, [_OWNER, int(account)])
        return str(number)

    def group_identity(self, chat: str) -> Identity:
        """Its number."""
        return Identity("onebot", chat)
