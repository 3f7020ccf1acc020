"""An application on aiocqhttp, run by the interpreter of its own environment.

Prints what it hears as JSON lines; the last word of a group message is its order.
"""

# mypy: disable-error-code="import-not-found, no-any-unimported, misc, untyped-decorator"

from __future__ import annotations

import json
import sys

from aiocqhttp import ActionFailed, CQHttp, Event, Message, MessageSegment

PORT, TOKEN, PICTURE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
bot = CQHttp(access_token=TOKEN, message_class=Message, api_timeout_sec=5)


def tell(kind: str, **what: object) -> None:
    sys.stdout.write(json.dumps({"kind": kind, **what}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@bot.on_meta_event
async def on_meta(event: Event) -> None:
    tell("meta", name=event.name, self_id=event.self_id, status=event.get("status"))


@bot.on_notice
async def on_notice(event: Event) -> None:
    tell("notice", name=event.name, user_id=event.user_id, operator_id=event.operator_id)


@bot.on_request
async def on_request(event: Event) -> dict[str, object]:
    tell("request", name=event.name, flag=event.flag)
    return {"approve": True}


@bot.on_message
async def on_message(event: Event) -> dict[str, object] | None:
    segments = [{"type": part.type, "data": dict(part.data)} for part in event.message]
    tell(
        "message",
        name=event.name,
        user_id=event.user_id,
        group_id=event.group_id,
        sender=event.sender,
        segments=segments,
        written=str(event.message),
        raw=event.raw_message,
    )
    order = event.message.extract_plain_text().strip()
    if order == "快速":
        return {"reply": "收到", "at_sender": False}
    if event.group_id and order in ORDERS:
        try:
            tell("done", order=order, data=await ORDERS[order](event))
        except ActionFailed as error:
            tell("failed", order=order, result=error.result)
    return None


async def send(event: Event) -> object:
    said = MessageSegment.at(event.user_id) + MessageSegment.text(" [CQ:at,qq=all] 您好")
    said += MessageSegment.image(PICTURE)
    return await bot.send_group_msg(group_id=event.group_id, message=said)


async def string(event: Event) -> object:
    said = f"[CQ:at,qq={event.user_id}] a&amp;b"
    return await bot.send_group_msg(group_id=event.group_id, message=said)


async def members(event: Event) -> object:
    return await bot.get_group_member_list(group_id=event.group_id)


async def recall(event: Event) -> object:
    sent = await bot.send(event, "马上撤回")
    return await bot.delete_msg(message_id=sent["message_id"])


async def unknown(_event: Event) -> object:
    return await bot.call_action("make_coffee")


async def elsewhere(_event: Event) -> object:
    return await bot.send_group_msg(group_id=1, message="x")


ORDERS = {
    "发送": send,
    "字符串": string,
    "名单": members,
    "撤回": recall,
    "未知": unknown,
    "别处": elsewhere,
}

bot.run(host="127.0.0.1", port=PORT)
