"""What each way to people can do: one model for rendering, for planning and for the preview.

A channel declares its capabilities; the composition root hands them to whoever plans. Knows no
platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

PRIVATE, GROUP = "private", "group"


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """How long after a message it may be answered without being a push, and how often."""

    within: timedelta
    count: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; rendering, planning and previews are derived from it."""

    push: bool  # may write first to a person
    groups: bool  # hears and answers group chats
    buttons: int  # how many a card may hold; 0: cards become numbered text
    text_bytes: int  # of one text message, in UTF-8
    files: bool  # may send pictures and files
    recipients: int = 1  # how many one call may reach
    title: str = ""  # what the office calls it
    realm: str = ""  # the namespace of accounts it writes to; empty: no private chats
    group_push: bool = False  # may write first into a group chat it is in
    needs_talk: bool = False  # writes only to whom wrote to it before
    may_refuse: bool = False  # a push is a privilege: what is refused waits until they speak
    # the namespace of the accounts that can be called with @ in its groups; empty: @ is only words
    mention_realm: str = ""
    mention_all: bool = False  # may call everybody of a group
    mentions_by_leave: bool = False  # the platform may not let it; then they stay words
    recall: timedelta | None = None  # how long a message can be taken back
    reply_windows: Mapping[str, ReplyWindow] = field(default_factory=dict)  # by place
    per_minute: int = 600  # messages of the whole channel, for the estimate of a sending
    # one person's or one chat's share of a minute; 0: none is published
    per_receiver: int = 0

    @property
    def mentions(self) -> bool:
        """Whether somebody can be called with @ in its groups."""
        return bool(self.mention_realm)


Ways = Mapping[str, Capabilities]
