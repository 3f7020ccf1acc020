"""One call of an action: its parameters, and what the actions share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulator.common.values import JsonObject
from simulator.onebot.errors import failed
from simulator.onebot.params import Params
from simulator.onebot.platform import Platform
from simulator.onebot.records import Group, Membership


@dataclass(frozen=True, slots=True)
class Turn:
    """`tell` sends an event to every application that listens."""

    platform: Platform
    params: Params
    tell: Callable[[JsonObject], Awaitable[int]]

    def group(self) -> Group:
        """The group named by group_id, in which the bot is; 1200 otherwise."""
        number = self.params.number("group_id")
        group = self.platform.world.groups.get(number)
        if group is None or self.platform.world.mine(group) is None:
            raise failed(f"群{number}不存在")
        return group

    def member(self, group: Group) -> Membership:
        """The member named by user_id; 1200 otherwise."""
        number = self.params.number("user_id")
        member = group.members.get(number)
        if member is None:
            raise failed(f"群({group.number})成员{number}不存在")
        return member

    def managed(self) -> Group:
        """The same group, of which the bot is owner or admin; 1200 otherwise."""
        group = self.group()
        place = self.platform.world.mine(group)
        if place is None or not place.manages:
            raise failed("没有权限，需要群主或管理员")
        return group


Action = Callable[[Turn], Awaitable[object]]
