"""An application on nonebot-adapter-onebot, run by the interpreter of its own environment.

Prints what it hears as JSON lines; the text of a group message is its order. With an address as
fourth argument it connects there (forward), else it waits to be dialled.
"""

# mypy: disable-error-code="import-not-found, no-any-unimported, misc, untyped-decorator"

from __future__ import annotations

import json
import sys

import nonebot
from nonebot import get_driver, on_message, on_notice, on_request
from nonebot.adapters.onebot.v11 import (
    ActionFailed,
    Adapter,
    Bot,
    Event,
    GroupMessageEvent,
    MessageEvent,
    MessageSegment,
    NoticeEvent,
    RequestEvent,
)

PORT, TOKEN, PICTURE, ADDRESS = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
nonebot.init(
    driver="~fastapi+~websockets",
    host="127.0.0.1",
    port=PORT,
    log_level="ERROR",
    fastapi_reload=False,
    onebot_access_token=TOKEN or None,
    onebot_ws_urls={ADDRESS} if ADDRESS else set(),
)
get_driver().register_adapter(Adapter)


def tell(kind: str, **what: object) -> None:
    sys.stdout.write(json.dumps({"kind": kind, **what}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@get_driver().on_bot_connect
async def on_connect(bot: Bot) -> None:
    tell("meta", self_id=bot.self_id)


@on_notice().handle()
async def heard_notice(event: NoticeEvent) -> None:
    tell("notice", name=event.get_event_name(), model=type(event).__name__)


@on_request().handle()
async def heard_request(bot: Bot, event: RequestEvent) -> None:
    tell("request", name=event.get_event_name(), model=type(event).__name__)
    await event.approve(bot)


@on_message().handle()
async def heard(bot: Bot, event: MessageEvent) -> None:
    original = event.original_message
    tell(
        "message",
        name=event.get_event_name(),
        model=type(event).__name__,
        user_id=event.user_id,
        to_me=event.is_tome(),
        reply=event.reply.message_id if event.reply else None,
        segments=[{"type": part.type, "data": dict(part.data)} for part in original],
        written=str(original),
        raw=event.raw_message,
    )
    order = event.get_plaintext().strip()
    if isinstance(event, GroupMessageEvent) and order in ORDERS:
        try:
            tell("done", order=order, data=await ORDERS[order](bot, event))
        except ActionFailed as error:
            tell("failed", order=order, result=error.info)


async def send(bot: Bot, event: Event) -> object:
    said = MessageSegment.at(event.user_id) + MessageSegment.text(" [CQ:at,qq=all] 您好")
    said += MessageSegment.image(PICTURE)
    return await bot.send_group_msg(group_id=event.group_id, message=said)


async def string(bot: Bot, event: Event) -> object:
    said = f"[CQ:at,qq={event.user_id}] a&amp;b"
    return await bot.send_group_msg(group_id=event.group_id, message=said)


async def members(bot: Bot, event: Event) -> object:
    return await bot.get_group_member_list(group_id=event.group_id)


async def recall(bot: Bot, event: Event) -> object:
    sent = await bot.send(event, "马上撤回")
    return await bot.delete_msg(message_id=sent["message_id"])


async def unknown(bot: Bot, _event: Event) -> object:
    return await bot.call_api("make_coffee")


async def elsewhere(bot: Bot, _event: Event) -> object:
    return await bot.send_group_msg(group_id=1, message="x")


ORDERS = {
    "发送": send,
    "字符串": string,
    "名单": members,
    "撤回": recall,
    "未知": unknown,
    "别处": elsewhere,
}

nonebot.run()
