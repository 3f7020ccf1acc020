"""One long connection of an AI bot, and what it was asked there. Knows no rule of any command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.common.lines import ServedWire
from simulator.wecom.aibot_replies import Occasion, Talk
from simulator.wecom.state import AiBot, Corp


@dataclass(slots=True)
class Stream:
    """A streamed answer: one bubble that grows until it is finished or its time is over."""

    talk: Talk
    began: datetime
    finished: bool = False
    carded: bool = False


@dataclass(slots=True)
class Ask:
    """A callback frame that waits for an answer under its req_id, on this connection only."""

    talk: Talk
    occasion: Occasion
    made: datetime
    started: float  # loop time, for the answers that are due within seconds
    streams: dict[str, Stream] = field(default_factory=dict)
    release: Callable[[], None] = lambda: None


@dataclass(eq=False, slots=True)
class Line(ServedWire):
    """`bot` is None until it has subscribed, and again when it was kicked."""

    corp: Corp | None = None
    bot: AiBot | None = None
    asks: dict[str, Ask] = field(default_factory=dict)
    pings: int = 0
