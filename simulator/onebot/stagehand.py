"""What everything that a person does rests on: where a chat leads, and telling of it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.foundation import Fake
from simulator.common.values import JsonObject
from simulator.onebot import board
from simulator.onebot.cq import Segment
from simulator.onebot.faults import Faults
from simulator.onebot.implementation import Implementation
from simulator.onebot.limits import Limits
from simulator.onebot.platform import Platform
from simulator.onebot.records import Group, Membership, Message, Role


@dataclass(frozen=True, slots=True)
class Place:
    """A chat as one person has it open: a group, or the private chat with the bot; `via` is the
    group through which a stranger talks."""

    number: int
    group: Group | None = None
    via: int = 0


class Stagehand(Fake[Limits, Faults]):
    """The platform and its implementation; People adds the acting, FakeOneBot scene and looking."""

    platform: Platform

    def __init__(self, platform: Platform, implementation: Implementation) -> None:
        self.platform = platform
        self.implementation = implementation

    def _place(self, account: str, chat: str | None) -> Place:
        """NotOnScreenError when this person has no such chat, KeyError for nobody."""
        world = self.platform.world
        person = world.account(account)
        if chat in (None, board.PRIVATE):
            if person.number in world.friends:
                return Place(person.number)
            shared = world.shared_groups(person.number)
            if not shared:
                raise NotOnScreenError(f"{person.nickname}不是{world.bot.nickname}的好友")
            return Place(person.number, via=shared[0].number)
        group = self._group(chat)
        if person.number not in group.members:
            raise NotOnScreenError(f"{person.nickname}不在群“{group.name}”里")
        return Place(person.number, group)

    def _group(self, chat: str | None) -> Group:
        try:
            return self.platform.world.group(chat or "")
        except KeyError:
            raise NotOnScreenError(f"没有这个对话：{chat}") from None

    def _may_speak(self, place: Place) -> None:
        if place.group is None:
            return
        member = place.group.members[place.number]
        silenced = place.group.whole_mute and not member.manages
        if silenced or member.muted(self.platform.now()):
            raise NotOnScreenError("禁言中，不能发言")

    def _manager(self, place: Place, over: Membership | None = None) -> Group:
        """The group, when this person may manage it, and `over` the given member."""
        group = place.group
        own = group.members[place.number] if group else None
        if group is None or own is None or not own.manages:
            raise NotOnScreenError("只有群主和管理员可以")
        if over is not None and own.role is not Role.OWNER and over.manages:
            raise NotOnScreenError("对方是群主或管理员")
        return group

    def _post(self, place: Place, segments: list[Segment]) -> Message:
        """Puts a person's message into the world and on everybody's screen."""
        self._may_speak(place)
        message = self.platform.world.add_message(
            place.number,
            segments,
            self.platform.now(),
            group=place.group.number if place.group else 0,
            peer=0 if place.group else place.number,
            via=place.via,
            signed=self.platform.dialect.signed_ids,
            remembered=self.platform.limits.remembered,
        )
        board.show(self.platform, message)
        return message

    def _hears(self, group: Group | None) -> bool:
        return group is None or self.platform.world.mine(group) is not None

    async def _tell(self, event: JsonObject, group: Group | None, ident: str = "") -> Delivery:
        """Hands an event to the applications; where the bot is not there nobody is told."""
        if not self._hears(group):
            return Delivery(True, 0, 0, "", 0.0, message_id=ident)
        if not self.platform.world.online:
            return Delivery(False, 0, 0, "", 0.0, "账号不在线，没有收到", ident)
        told = await self.implementation.tell(event)
        reason = "" if told else "没有应用连接"
        return Delivery(bool(told), 0, told, "", 0.0, reason, ident)
