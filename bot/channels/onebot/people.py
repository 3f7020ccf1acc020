"""Whom the QQ account knows, where it is, and where it is muted; as long as the process lives.

Told by events and by the answers to a few questions. What is not known is None and forbids
nothing. Knows no socket.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST = 20_000
# a whole group is muted until somebody lifts it; we look again after a while
UNTIL_LIFTED = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Chat:
    """Where something is said: a person or a group. `through`: the group of a temporary talk."""

    id: str
    group: bool = False
    through: str = ""

    @property
    def key(self) -> str:
        """Unlike any other chat's: an account and a group may have the same number."""
        return f"{'group' if self.group else 'private'}:{self.id}"


class People:
    """What was learnt so far."""

    def __init__(self) -> None:
        self._friends: set[str] | None = None
        self._groups: set[str] | None = None
        self._gone: set[str] = set()
        self._met: OrderedDict[str, str] = OrderedDict()
        self._muted: dict[str, datetime] = {}

    # -- private chats ----------------------------------------------------------------------------

    def friends_are(self, accounts: set[str]) -> None:
        """The list of friends was read."""
        self._friends = set(accounts)

    def befriend(self, account: str) -> None:
        """Somebody became a friend, or wrote as one."""
        if self._friends is not None:
            self._friends.add(account)

    def met(self, account: str, group: str) -> None:
        """Somebody wrote to us in this group, or in a temporary talk through it."""
        self._met.pop(account, None)
        self._met[account] = group
        if len(self._met) > _MOST:
            self._met.popitem(last=False)

    def private(self, account: str) -> Chat | None:
        """How to write to this account; None: a stranger, who is not to be written to (B9)."""
        if self._friends is None or account in self._friends:
            return Chat(account)
        through = self._met.get(account)
        return None if through is None else Chat(account, through=through)

    # -- groups -----------------------------------------------------------------------------------

    def groups_are(self, groups: set[str]) -> None:
        """The list of groups was read."""
        self._groups = set(groups)
        self._gone.clear()

    def joined(self, group: str) -> None:
        """We are in it."""
        self._gone.discard(group)
        self._muted.pop(group, None)
        if self._groups is not None:
            self._groups.add(group)

    def left(self, group: str) -> None:
        """We are not in it any more."""
        self._gone.add(group)
        self._muted.pop(group, None)

    def is_in(self, group: str) -> bool:
        """Whether we are in it, as far as is known."""
        return group not in self._gone and (self._groups is None or group in self._groups)

    def mute(self, group: str, until: datetime) -> None:
        """Nothing we say there would be heard."""
        self._muted[group] = until

    def unmute(self, group: str) -> None:
        """It would again."""
        self._muted.pop(group, None)

    def muted_until(self, group: str, now: datetime) -> datetime | None:
        """When we may speak there again; None: now."""
        until = self._muted.get(group)
        if until is None or until <= now:
            self._muted.pop(group, None)
            return None
        return until
