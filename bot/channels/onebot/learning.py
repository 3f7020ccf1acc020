"""What the account learns of people and groups: by asking, from notices, from refusals (qq.md B3).

Keeps it in `people` for this run and notes for the records what holds longer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.channels.base import Note, Noted
from bot.channels.onebot.events import Message, id_of
from bot.channels.onebot.life import NoAnswerError, NotSentError, Timing
from bot.channels.onebot.line import Line
from bot.channels.onebot.outcomes import Answer, Sign
from bot.channels.onebot.people import UNTIL_LIFTED, People
from bot.clock import Clock
from handlers.ways import GROUP, PRIVATE

STRANGER = "还不是机器人的好友"
NOT_THERE = "机器人不在这个群里"
_GONE = frozenset({"kick_me", "disband"})
_LONGEST = 366 * 24 * 3600
_MOST = 20_000


class Learning:
    """Takes in what happens around the account."""

    def __init__(
        self, line: Line, people: People, clock: Clock, note: Note, timing: Timing
    ) -> None:
        self._line = line
        self._people = people
        self._clock = clock
        self._note = note
        self._timing = timing
        self._noted: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def ask_around(self) -> None:
        """Who is a friend and which groups we are in; what is not answered forbids nothing."""
        for action, name, keep in (
            ("get_friend_list", "user_id", self._people.friends_are),
            ("get_group_list", "group_id", self._people.groups_are),
        ):
            try:
                answer = await self._line.call(action, {}, self._timing.aside)
            except (NotSentError, NoAnswerError):
                continue
            if answer.ok:
                keep(_listed(answer, name))

    async def spoken_to(self, message: Message) -> None:
        """Somebody spoke to us."""
        if message.group:
            # whoever is heard in a group shows that we are in it, whatever we were told before
            if not self._people.is_in(message.group):
                self._people.joined(message.group)
            self._people.met(message.account, message.group)
            await self._keep(GROUP, message.group)
        elif message.friend:
            self._people.befriend(message.account)
            await self._keep(PRIVATE, message.account)
        else:
            self._people.met(message.account, message.through)

    async def refused(self, account: str, sign: Sign, *, group: bool) -> None:
        """A refusal that holds longer than the message it met."""
        if sign is Sign.NOT_THERE and group:
            await self._keep(GROUP, account, NOT_THERE)
        elif sign is Sign.STRANGER and not group:
            await self._keep(PRIVATE, account, STRANGER)

    async def notice(self, frame: Mapping[str, Any]) -> None:
        """Take in one notice; one that teaches nothing, or is not understood, changes nothing."""
        group, account = id_of(frame, "group_id"), id_of(frame, "user_id")
        ours, kind = account == self._line.self_id, frame.get("sub_type")
        match frame.get("notice_type"):
            case "friend_add" if account:
                self._people.befriend(account)
                await self._keep(PRIVATE, account)
            case "group_increase" if group and ours:
                self._people.joined(group)
                await self._keep(GROUP, group)
            case "group_decrease" if group and (kind in _GONE or ours):
                self._people.left(group)
                await self._keep(GROUP, group, NOT_THERE)
            # without an account the whole group is meant (the 0 is from memory, B3)
            case "group_ban" if group and (ours or not account):
                self._muted(group, frame, lifted=kind == "lift_ban")

    def _muted(self, group: str, frame: Mapping[str, Any], *, lifted: bool) -> None:
        if lifted:
            self._people.unmute(group)
        else:
            self._people.mute(group, self._clock.now() + _span(frame.get("duration")))

    async def _keep(self, place: str, account: str, refused: str = "") -> None:
        """Note it for the records, unless this run has noted the same last."""
        key = (place, account)
        if self._noted.get(key) == refused:
            return
        self._noted[key] = refused
        if len(self._noted) > _MOST:
            self._noted.popitem(last=False)
        await self._note(Noted(place, account, refused))


def _listed(answer: Answer, name: str) -> set[str]:
    """The ids of a list of friends or groups."""
    return {number for each in answer.items if (number := id_of(each, name))}


def _span(duration: object) -> timedelta:
    """How long a mute lasts; -1 and nonsense: until it is lifted."""
    if isinstance(duration, bool) or not isinstance(duration, int) or duration <= 0:
        return UNTIL_LIFTED
    return timedelta(seconds=min(duration, _LONGEST))
