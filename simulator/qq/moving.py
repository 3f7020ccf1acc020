"""What people do besides talking: press, befriend, let in, throw out, refuse (A5, A8)."""

from __future__ import annotations

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.values import JsonObject
from simulator.qq import board, events
from simulator.qq.platform import group_key, message_id, user_key
from simulator.qq.records import Bot, Group, Hears, Seat
from simulator.qq.stagehand import Stagehand
from simulator.qq.talking import Talking

_SEARCH = 1001  # FRIEND_ADD scene


class Clicking(Talking):
    """Buttons."""

    async def press(self, account: str, message_id: str | int | None, button: str) -> Delivery:
        """Presses a button by its text or id, on a message by its id or seq, None for the latest.

        Returns when INTERACTION_CREATE was delivered; `interactions` tells when it was
        acknowledged, and `quiet` waits for that. A command button says its words. `ok` is False
        with the toast as `reason`: 无权限操作, 请求第三方失败.
        """
        shown, found = self.pressing.find(account, message_id, button)
        command = self.pressing.command(shown, found)
        if command is not None:
            return await self.say(account, command, shown.chat)
        return await self.pressing.press(account, shown, found)


class Moving(Stagehand):
    """Friendship with a bot, and the life of groups. `bot` arguments: an AppID, None the first."""

    async def add_friend(
        self,
        account: str,
        *,
        bot: str | None = None,
        scene: int = _SEARCH,
        callback_data: str = "",
    ) -> Delivery:
        """FRIEND_ADD; `callback_data` comes from a share link (scene 2003)."""
        found = self._bot(bot)
        found.friends.add(self._person(account).account)
        data = events.of_person(self.platform, found, account)
        data |= {"author": {"union_openid": ""}, "scene": scene}
        if callback_data:
            data["scene_param"] = {"callback_data": callback_data, "short_code": "s1"}
        return await self.post.event(found, user_key(account), "FRIEND_ADD", data)

    async def remove_friend(self, account: str, *, bot: str | None = None) -> Delivery:
        """FRIEND_DEL: from now on 40054004, also for replies."""
        found = self._bot(bot)
        found.friends.discard(account)
        return await self._of_person(found, account, "FRIEND_DEL")

    async def reject_active(self, account: str, *, bot: str | None = None) -> Delivery:
        """C2C_MSG_REJECT: active push answers 40054013."""
        found = self._bot(bot)
        found.refusing.add(account)
        return await self._of_person(found, account, "C2C_MSG_REJECT")

    async def receive_active(self, account: str, *, bot: str | None = None) -> Delivery:
        """C2C_MSG_RECEIVE."""
        found = self._bot(bot)
        found.refusing.discard(account)
        return await self._of_person(found, account, "C2C_MSG_RECEIVE")

    async def add_robot(
        self,
        chat: str,
        account: str,
        *,
        bot: str | None = None,
        hears: Hears = Hears.MENTION,
        proactive: bool = False,
    ) -> Delivery:
        """GROUP_ADD_ROBOT: somebody takes the bot into a group."""
        found, group = self._bot(bot), self._group(account, chat)
        group.seats[found.appid] = Seat(self.platform.now(), hears, proactive)
        return await self._in_group(found, group, account, "GROUP_ADD_ROBOT")

    async def remove_robot(self, chat: str, account: str, *, bot: str | None = None) -> Delivery:
        """GROUP_DEL_ROBOT."""
        found, group = self._bot(bot), self._group(account, chat)
        self._seat(group, found)
        del group.seats[found.appid]
        return await self._in_group(found, group, account, "GROUP_DEL_ROBOT")

    async def reject_group(self, chat: str, account: str, *, bot: str | None = None) -> Delivery:
        """GROUP_MSG_REJECT: an admin turns proactive messages off."""
        found, group = self._bot(bot), self._group(account, chat)
        self._seat(group, found).proactive = False
        return await self._in_group(found, group, account, "GROUP_MSG_REJECT")

    async def receive_group(self, chat: str, account: str, *, bot: str | None = None) -> Delivery:
        """GROUP_MSG_RECEIVE."""
        found, group = self._bot(bot), self._group(account, chat)
        self._seat(group, found).proactive = True
        return await self._in_group(found, group, account, "GROUP_MSG_RECEIVE")

    async def join(self, chat: str, account: str) -> list[Delivery]:
        """GROUP_MEMBER_ADD to every bot of the group."""
        group = self.platform.groups[chat]
        if account not in group.members:
            group.members.append(self._person(account).account)
        return await self._members(group, account, "GROUP_MEMBER_ADD")

    async def leave(
        self, chat: str, account: str, *, name: str = "GROUP_MEMBER_REMOVE"
    ) -> list[Delivery]:
        """GROUP_MEMBER_REMOVE, or GROUP_MEMBER_QUIT by `name`: sources differ (A3)."""
        group = self._group(account, chat)
        group.members.remove(account)
        return await self._members(group, account, name)

    def set_hears(self, chat: str, hears: Hears, *, bot: str | None = None) -> None:
        """The group's owner lets the bot read everything, or only what mentions it; no event."""
        self._seat(self.platform.groups[chat], self._bot(bot)).hears = hears

    def mute(self, chat: str, *, muted: bool = True, bot: str | None = None) -> None:
        """禁言 of the bot: 40054002; there is no event of it."""
        self._seat(self.platform.groups[chat], self._bot(bot)).muted = muted

    async def finish_audit(self, audit_id: str, *, passed: bool = True) -> Delivery:
        """A held message is shown, or not; MESSAGE_AUDIT_PASS or MESSAGE_AUDIT_REJECT."""
        held = self.desk.held.pop(audit_id)
        data: JsonObject = {"audit_id": audit_id, "create_time": self.platform.written()}
        data["audit_time"] = self.platform.written()
        if passed:
            data["message_id"] = self.desk.show(held)["id"]
        name = "MESSAGE_AUDIT_PASS" if passed else "MESSAGE_AUDIT_REJECT"
        return await self.post.event(held.target.bot, held.target.key, name, data)

    async def send_event(self, name: str, data: JsonObject, *, bot: str | None = None) -> Delivery:
        """Any event with any data: what is not documented yet."""
        return await self.post.event(self._bot(bot), "", name, data)

    # -- inside --------------------------------------------------------------------------------

    async def _of_person(self, bot: Bot, account: str, name: str) -> Delivery:
        data = events.of_person(self.platform, bot, account)
        return await self.post.event(bot, user_key(account), name, data)

    async def _in_group(self, bot: Bot, group: Group, account: str, name: str) -> Delivery:
        data = events.in_group(self.platform, bot, group, account)
        return await self.post.event(bot, group_key(group), name, data)

    async def _members(self, group: Group, account: str, name: str) -> list[Delivery]:
        told = []
        said = f"{self._person(account).name}{'加入' if account in group.members else '离开'}了群聊"
        for member in group.members:
            board.notice(self.platform, member, group.chat, said, message_id())
        for appid in group.seats:
            bot = self.platform.bots[appid]
            data: JsonObject = {
                "timestamp": self.platform.stamp(),
                "group_openid": self.platform.group_openid(bot, group),
                "member_openid": self.platform.member_openid(bot, group, account),
            }
            told.append(await self.post.event(bot, group_key(group), name, data))
        return told

    def _seat(self, group: Group, bot: Bot) -> Seat:
        seat = group.seats.get(bot.appid)
        if seat is None:
            raise NotOnScreenError(f"{bot.name}不在群“{group.name}”里")
        return seat
