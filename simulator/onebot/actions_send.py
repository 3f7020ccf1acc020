"""Actions that speak: messages, forwards, files, recall (B2, B4)."""

from __future__ import annotations

from simulator.common.values import JsonObject, table, text
from simulator.onebot import board, changes, events
from simulator.onebot.cq import Segment
from simulator.onebot.errors import BAD_REQUEST, MIXED_NODES, RECALL_FAILED, ActionError, failed
from simulator.onebot.params import Params, wrong
from simulator.onebot.records import Message
from simulator.onebot.segments import check_nodes, read_message
from simulator.onebot.sending import to_group, to_person
from simulator.onebot.turn import Action, Turn


async def send_group(turn: Turn) -> object:
    return await _send(turn, "group")


async def send_private(turn: Turn) -> object:
    return await _send(turn, "private")


async def send(turn: Turn) -> object:
    """`send_msg`: by message_type, else by which id is given."""
    kind = turn.params.text("message_type", "")
    if kind not in ("", "group", "private"):
        raise wrong("message_type", "Expected union value")
    return await _send(turn, kind or ("group" if turn.params.has("group_id") else "private"))


async def forward(turn: Turn) -> object:
    messages = turn.params.rows("messages")
    if not check_nodes(messages):
        raise ActionError(BAD_REQUEST, MIXED_NODES)
    said = _forwarded(turn, messages)
    if turn.params.has("group_id"):
        message = to_group(turn.platform, turn.params.number("group_id"), said)
    else:
        message = to_person(turn.platform, turn.params.number("user_id"), 0, said)
    return (await done(turn, message)) | {"res_id": f"res{message.message_id}"}


async def upload_group_file(turn: Turn) -> object:
    number = turn.params.number("group_id")
    message = to_group(turn.platform, number, [_file(turn)])
    return {"file_id": message.segments[0].data["file_id"]}


async def upload_private_file(turn: Turn) -> object:
    message = to_person(turn.platform, turn.params.number("user_id"), 0, [_file(turn)])
    return {"file_id": message.segments[0].data["file_id"]}


async def delete(turn: Turn) -> object:
    """One's own within the time allowed, a member's as owner or admin; else 1200."""
    world = turn.platform.world
    message = world.recent(turn.params.number("message_id"))
    if message is None or message.recalled:
        raise failed(RECALL_FAILED)
    group = world.groups.get(message.group)
    place = world.mine(group) if group else None
    fresh = turn.platform.now() - message.at <= turn.platform.limits.recall
    own = message.sender == world.self_id
    if not ((own and fresh) or (place is not None and place.manages)):
        raise failed(RECALL_FAILED)
    changes.recalled(turn.platform, message, world.self_id)
    return None


async def _send(turn: Turn, kind: str) -> object:
    raw = turn.params.values.get("message")
    if check_nodes(raw):
        if not turn.platform.dialect.nodes_in_send:
            raise ActionError(BAD_REQUEST, MIXED_NODES)
        said = _forwarded(turn, turn.params.rows("message"))
    else:
        said = read_message(raw, plain=turn.params.flag("auto_escape"))
    return await done(turn, to(turn, turn.params, kind == "group", said))


def to(turn: Turn, params: Params, in_group: bool, said: list[Segment]) -> Message:
    if in_group:
        return to_group(turn.platform, params.number("group_id"), said)
    via = params.number("group_id", 0)
    return to_person(turn.platform, params.number("user_id"), via, said)


async def done(turn: Turn, message: Message) -> JsonObject:
    if turn.platform.reports_self:
        await turn.tell(events.message(turn.platform, message))
    return {"message_id": message.message_id}


def _forwarded(turn: Turn, nodes: list[JsonObject]) -> list[Segment]:
    """A bundle of messages, shown as one bubble with a line each."""
    world = turn.platform.world
    lines = []
    for node in nodes:
        data = table(node, "data")
        name = text(data, "nickname") or text(data, "name") or world.bot.nickname
        known = text(data, "id")
        quoted = world.recent(int(known)) if known.removeprefix("-").isdecimal() else None
        content = read_message(data.get("content", ""), plain=False)
        lines.append(f"{name}：{board.read(world, None, quoted.segments if quoted else content)}")
    return [Segment("text", {"text": "[聊天记录]\n" + "\n".join(lines)})]


def _file(turn: Turn) -> Segment:
    """A file of the application: base64, or an address the implementation can reach."""
    return Segment("file", {"file": turn.params.text("file"), "name": turn.params.text("name")})


ACTIONS: dict[str, Action] = {
    "send_group_msg": send_group,
    "send_private_msg": send_private,
    "send_msg": send,
    "send_group_forward_msg": forward,
    "send_private_forward_msg": forward,
    "upload_group_file": upload_group_file,
    "upload_private_file": upload_private_file,
    "delete_msg": delete,
}
