"""The QQ world around one bot account: who is where, which messages are remembered.

Plain look-ups and changes; what the bot may do is in sending and in the actions.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.files import sniff
from simulator.common.screen import Screens
from simulator.onebot.cq import Segment
from simulator.onebot.records import Account, Drop, Group, Media, Membership, Message, Request, Role

_SIGN = 1 << 31


@dataclass(slots=True)
class World:
    """One bot account and everybody it can meet; numbers are QQ and group numbers.

    friends: number → remark · messages: every message by id, also those no longer remembered
    remembered: the ids that actions can still name, oldest first · muted_sends: how often the bot
    spoke where it was muted, which gets accounts frozen (B9)
    """

    self_id: int
    accounts: dict[int, Account] = field(default_factory=dict)
    friends: dict[int, str] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    remembered: OrderedDict[int, None] = field(default_factory=OrderedDict)
    requests: dict[str, Request] = field(default_factory=dict)
    drops: list[Drop] = field(default_factory=list)
    screens: Screens = field(default_factory=Screens)
    online: bool = True
    muted_sends: int = 0
    _counter: int = 0

    # -- look-ups ----------------------------------------------------------------------------

    @property
    def bot(self) -> Account:
        return self.accounts[self.self_id]

    def account(self, number: str | int) -> Account:
        """KeyError when nobody has this number."""
        digits = str(number)
        known = self.accounts.get(int(digits)) if digits.isdecimal() else None
        if known is None:
            raise KeyError(f"no account {number!r}")
        return known

    def group(self, number: str | int) -> Group:
        """KeyError when there is no such group."""
        digits = str(number)
        known = self.groups.get(int(digits)) if digits.isdecimal() else None
        if known is None:
            raise KeyError(f"no group {number!r}")
        return known

    def mine(self, group: Group) -> Membership | None:
        """The bot's own place in a group, None when it is not there."""
        return group.members.get(self.self_id)

    def name_in(self, group: Group | None, number: int) -> str:
        """What stands above a message: the card, else the nickname."""
        member = group.members.get(number) if group else None
        known = self.accounts.get(number)
        return (member.card if member else "") or (known.nickname if known else str(number))

    def shared_groups(self, number: int) -> list[Group]:
        """The groups in which both the bot and this account are."""
        return [g for g in self.groups.values() if {self.self_id, number} <= g.members.keys()]

    def recent(self, message_id: int) -> Message | None:
        """A message that is still remembered (B2)."""
        return self.messages.get(message_id) if message_id in self.remembered else None

    # -- changes -----------------------------------------------------------------------------

    def add_group(
        self, number: int, name: str, members: list[int], now: datetime, *, bot: Role | None
    ) -> Group:
        """The first of `members` is the owner unless the bot is; `bot` None: it is not there."""
        group = Group(number, name)
        for who in members:
            self.account(who)
            group.members[who] = Membership(who, now)
        if members and bot is not Role.OWNER:
            group.members[members[0]].role = Role.OWNER
        if bot is not None:
            group.members[self.self_id] = Membership(self.self_id, now, bot)
        self.groups[number] = group
        return group

    def keep(self, name: str, data: bytes, group: int = 0) -> Media:
        """A picture or file that somebody uploaded."""
        media = Media(secrets.token_hex(16).upper(), name, sniff(data), data, group)
        self.media[media.media_id] = media
        return media

    def add_message(
        self,
        sender: int,
        segments: list[Segment],
        now: datetime,
        *,
        group: int = 0,
        peer: int = 0,
        via: int = 0,
        signed: bool = False,
        remembered: int,
    ) -> Message:
        """A new message under a new id; the oldest ids beyond `remembered` are forgotten."""
        self._counter += 1
        message_id = self._new_id(f"{group}:{peer}:{self._counter}", signed=signed)
        message = Message(message_id, now, sender, group, peer, segments, self._counter, via)
        self.messages[message_id] = message
        self.remembered[message_id] = None
        while len(self.remembered) > remembered:
            self.remembered.popitem(last=False)
        member = self.groups[group].members.get(sender) if group in self.groups else None
        if member is not None:
            member.last_sent = now
        return message

    def _new_id(self, seed: str, *, signed: bool) -> int:
        """Derived from a hash (B2): positive 31 bits, or any int32."""
        while True:
            digest = hashlib.md5(seed.encode(), usedforsecurity=False).digest()
            number = int.from_bytes(digest[:4], "big", signed=signed)
            number = number if signed else number % _SIGN
            if number and number not in self.messages:
                return number
            seed += "+"
