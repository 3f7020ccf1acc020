"""Shows an AI bot's answers: streams that grow in one bubble, cards that are replaced."""

from __future__ import annotations

from dataclasses import replace

from simulator.common.screen import Kind
from simulator.wecom import board
from simulator.wecom.aibot_replies import Reply, Talk
from simulator.wecom.content import Content
from simulator.wecom.platform import Platform


def apply_reply(platform: Platform, talk: Talk, reply: Reply) -> None:
    """Everything that one reply changes on the screens of the conversation."""
    for content in reply.extra:
        show(platform, talk, content, platform.next_id(), done=True)
    if reply.update is not None:
        for userid in reply.userids or talk.viewers:
            board.put_card(talk.corp, userid, talk.pressed, reply.update)
    if reply.stream_id:
        show(platform, talk, reply.content, talk.stream_message, done=reply.finished)
    elif reply.content is not None:
        show(platform, talk, reply.content, platform.next_id(), done=True)


def show(
    platform: Platform, talk: Talk, content: Content | None, message_id: str, *, done: bool
) -> None:
    """A message of the bot, or a further frame of one: each frame replaces the whole bubble."""
    shown = content or Content(Kind.MARKDOWN)
    for userid in talk.viewers:
        before = talk.corp.screens.find(userid, message_id)
        if before is not None:
            talk.corp.screens.put(userid, replace(before, text=shown.text, done=done))
            continue
        board.show(
            platform,
            talk.corp,
            userid,
            shown,
            message_id=message_id,
            chat=talk.chat,
            sender=talk.bot.name,
            done=done,
        )


def end_stream(talk: Talk) -> None:
    """A stream whose time is over before it was finished."""
    for userid in talk.viewers:
        shown = talk.corp.screens.find(userid, talk.stream_message)
        if shown is not None and not shown.done:
            talk.corp.screens.put(userid, replace(shown, done=True, failure="回答超时"))
