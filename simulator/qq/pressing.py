"""Pressed buttons: INTERACTION_CREATE and its acknowledgement (protocol page A8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.errands import Errands
from simulator.common.screen import Button, Shown
from simulator.common.values import JsonObject, table, text, whole, words
from simulator.qq import board, events, keyboards
from simulator.qq.delivery import Post
from simulator.qq.errors import ApiError
from simulator.qq.keyboards import Action, Pressers
from simulator.qq.platform import Platform, made_up
from simulator.qq.records import Bot, Group, Interaction, Sent

_ACK_CODES = range(6)  # A8


@dataclass(slots=True)
class Pressing:
    platform: Platform
    courier: Errands
    post: Post

    def find(self, account: str, message: str | int | None, caption: str) -> tuple[Shown, Button]:
        """A button by its text or id, on a message by its id or seq; None is the latest that has
        it. NotOnScreenError when there is none, or it belongs to a link."""
        for shown in reversed(self.platform.screens.feed(account)):
            if message is not None and message not in (shown.id, shown.seq):
                continue
            for button in shown.card.buttons if shown.card else ():
                if caption in (button.text, button.key):
                    if button.url:
                        raise NotOnScreenError(f"按钮“{caption}”是打开网页的")
                    return shown, button
        raise NotOnScreenError(f"没有按钮“{caption}”")

    async def press(self, account: str, shown: Shown, button: Button) -> Delivery:
        """A callback button; `reason` is the toast that the person sees at once."""
        sent = self.platform.sent[shown.id]
        raw = sent.buttons[button.key]
        group = self.platform.groups.get(sent.chat)
        if not _may_press(self.platform, sent, raw, account, group):
            return Delivery(False, 0, 0, "", 0.0, "无权限操作")
        bot = self.platform.bots[sent.appid]
        board.visited(
            self.platform,
            account,
            shown.id,
            button.key,
            text(table(raw, "render_data"), "visited_label"),
        )
        pressed = self._begin(bot, account, sent, button.key, raw)
        data = events.interaction(self.platform, bot, group, pressed, shown.id)
        delivery = await self.post.event(bot, sent.target, "INTERACTION_CREATE", data)
        if not delivery.ok:
            self.courier.release(pressed.id)
            return Delivery(
                False, delivery.status, delivery.attempts, "", delivery.seconds, "请求第三方失败"
            )
        return delivery

    def acknowledge(self, bot: Bot, ident: str, code: int) -> None:
        """PUT /interactions/{id}: 40034025 no such interaction of this bot, 50035 a code that is
        not 0 to 5. A late or second acknowledgement is accepted and changes nothing."""
        pressed = self.platform.interactions.get(ident)
        if pressed is None or pressed.appid != bot.appid:
            raise ApiError(40034025)
        if code not in _ACK_CODES:
            raise ApiError(50035, "code")
        if pressed.after is None:
            pressed.after = asyncio.get_running_loop().time() - pressed.began
            pressed.code = code
        self.courier.release(ident)

    def command(self, shown: Shown, button: Button) -> str | None:
        """What a command button puts into the input box; None for a callback button."""
        raw = self.platform.sent[shown.id].buttons[button.key]
        if keyboards.action_of(raw) is not Action.COMMAND:
            return None
        return text(table(raw, "action"), "data")

    def _begin(self, bot: Bot, account: str, sent: Sent, key: str, raw: JsonObject) -> Interaction:
        pressed = Interaction(
            made_up(),
            bot.appid,
            account,
            sent.chat,
            key,
            text(table(raw, "action"), "data"),
            asyncio.get_running_loop().time(),
            self.platform.limits.interaction_seconds,
        )
        self.platform.interactions[pressed.id] = pressed
        self.courier.expect(pressed.id, self.platform.limits.interaction_seconds)
        return pressed


def _may_press(
    platform: Platform, sent: Sent, raw: JsonObject, account: str, group: Group | None
) -> bool:
    permission = table(table(raw, "action"), "permission")
    kind = whole(permission, "type")
    if kind == Pressers.ADMINS:
        return group is None or account in group.admins
    if kind != Pressers.LISTED:
        return kind == Pressers.EVERYONE
    bot = platform.bots[sent.appid]
    if group is not None:
        openid = platform.member_openid(bot, group, account)
    else:
        openid = platform.user_openid(bot, account)
    return openid in words(permission, "specify_user_ids")
