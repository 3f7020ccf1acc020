"""`.handle_quick_operation`: what may stand in the answer to an event, as an action (B3)."""

from __future__ import annotations

from simulator.common.values import JsonObject, table, text
from simulator.onebot import actions_group, actions_send
from simulator.onebot.actions_send import done, to
from simulator.onebot.cq import Segment
from simulator.onebot.params import Params
from simulator.onebot.segments import read_message
from simulator.onebot.turn import Action, Turn

_OTHERS: dict[str, Action] = {**actions_group.ACTIONS, **actions_send.ACTIONS}


async def quick_operation(turn: Turn) -> object:
    """Reply (with an @ unless told otherwise), delete, kick, ban,
    approve; NapCat puts a quote in front of a reply in a group (B3)."""
    context, operation = (table(turn.params.values, name) for name in ("context", "operation"))
    if text(context, "post_type") == "request":
        return await _decide(turn, context, operation)
    in_group = text(context, "message_type") == "group"
    message_id = text(context, "message_id")
    if "reply" in operation:
        plain = operation.get("auto_escape") is True
        said = read_message(operation["reply"], plain=plain)
        if in_group and operation.get("at_sender") is not False:
            said.insert(0, Segment("at", {"qq": text(context, "user_id")}))
        if in_group and turn.platform.dialect.wordy:
            said.insert(0, Segment("reply", {"id": message_id}))
        await done(turn, to(turn, Params(context), in_group, said))
    values = {"group_id": context.get("group_id"), "user_id": context.get("user_id")}
    values |= {"message_id": context.get("message_id")}
    if in_group and "ban_duration" in operation:
        values["duration"] = operation["ban_duration"]
    wanted = {"delete": "delete_msg", "kick": "set_group_kick", "ban": "set_group_ban"}
    for name, action in wanted.items():
        if in_group and operation.get(name) is True:
            await _other(turn, action, values)
    return None


async def _decide(turn: Turn, context: JsonObject, operation: JsonObject) -> object:
    if "approve" not in operation:
        return None
    friend = text(context, "request_type") == "friend"
    action = "set_friend_add_request" if friend else "set_group_add_request"
    values: JsonObject = {"flag": context.get("flag")} | operation
    return await _other(turn, action, values)


async def _other(turn: Turn, action: str, values: JsonObject) -> object:
    return await _OTHERS[action](Turn(turn.platform, Params(values), turn.tell))


ACTIONS: dict[str, Action] = {".handle_quick_operation": quick_operation}
