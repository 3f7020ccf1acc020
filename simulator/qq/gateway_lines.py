"""One connection to the gateway and one session of a bot. Knows no rule of any op code."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from simulator.common.lines import ServedWire
from simulator.common.values import JsonObject
from simulator.qq.records import Bot


class Op(IntEnum):
    """The op codes of the gateway (A3)."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """The close codes that the fake gives by itself (A3); any other on demand."""

    BAD_OP = 4001
    BAD_PAYLOAD = 4002
    BAD_TOKEN = 4004
    BAD_SESSION = 4006
    BAD_SEQUENCE = 4007
    TOO_FAST = 4008
    EXPIRED = 4009
    BAD_SHARD = 4010
    BAD_INTENT = 4013
    DENIED_INTENT = 4014
    OFFLINE = 4914
    BANNED = 4915


@dataclass(eq=False, slots=True)
class Line(ServedWire):
    """`session` is None until it has identified or resumed."""

    number: str = field(default_factory=lambda: secrets.token_hex(4))
    session: Session | None = None
    heartbeats: list[int | None] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """What outlives a connection: the sequence, and the latest events for a resume.

    `left`: since when it has no connection.
    """

    id: str
    bot: Bot
    intents: int
    shard: tuple[int, int]
    kept: deque[tuple[int, JsonObject]]
    sequence: int = 0
    line: Line | None = None
    left: datetime | None = None

    def next_frame(self, name: str, payload_id: str, data: object) -> JsonObject:
        """The next dispatch, kept for a resume."""
        self.sequence += 1
        frame: JsonObject = {"op": int(Op.DISPATCH), "s": self.sequence, "t": name, "d": data}
        if payload_id:
            frame["id"] = payload_id
        self.kept.append((self.sequence, frame))
        return frame

    def after(self, sequence: int) -> list[JsonObject]:
        """What a resume replays: the events, not the greetings of earlier logins."""
        missed = [frame for number, frame in self.kept if number > sequence]
        return [frame for frame in missed if frame["t"] not in ("READY", "RESUMED")]

    def reaches_back(self, sequence: int) -> bool:
        """Whether everything after `sequence` is still kept."""
        oldest = self.kept[0][0] if self.kept else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence
