"""How implementations of OneBot v11 differ on the wire (protocol page B1). Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to speak the standard.

    refuses_in_frame: a bad token is upgraded, told 1403 in a frame and closed; else HTTP 401/403
    query_wins: which token counts when both are given · bare_header: `Authorization: T` will do
    always_authorizes: a reverse connection sends the header even without a token
    other_paths: an unknown path is served "like_root", stays "silent", or is not "found"
    wordy: answers carry message and wording, events the extra fields · streams: also `stream`
    echoes_null: an absent echo comes back as "" · signed_ids: a message_id may be negative
    suffixes: `…_async` and `…_rate_limited` are known · failure: the retcode of a failed action
    lean_segments: share, location, xml, shake, anonymous and the like are left out when sending
    nodes_in_send: `send_msg` takes forward nodes
    heartbeat_seconds: 0 off · retry_seconds: pause of a reverse connection
    """

    name: str
    app_name: str
    app_version: str
    refuses_in_frame: bool
    query_wins: bool
    bare_header: bool
    always_authorizes: bool
    other_paths: str
    wordy: bool
    streams: bool
    echoes_null: bool
    signed_ids: bool
    suffixes: bool
    failure: int
    lean_segments: bool
    nodes_in_send: bool
    heartbeat_seconds: float
    retry_seconds: float


NAPCAT: Final = Dialect(
    name="napcat",
    app_name="NapCat.Onebot",
    app_version="4.9.80",
    refuses_in_frame=True,
    query_wins=True,
    bare_header=True,
    always_authorizes=True,
    other_paths="like_root",
    wordy=True,
    streams=True,
    echoes_null=True,
    signed_ids=False,
    suffixes=False,
    failure=1200,
    lean_segments=True,
    nodes_in_send=True,
    heartbeat_seconds=30.0,
    retry_seconds=5.0,
)
LLBOT: Final = Dialect(
    name="llbot",
    app_name="LLOneBot",
    app_version="6.0.0",
    refuses_in_frame=True,
    query_wins=False,
    bare_header=True,
    always_authorizes=True,
    other_paths="silent",
    wordy=True,
    streams=False,
    echoes_null=False,
    signed_ids=False,
    suffixes=False,
    failure=1200,
    lean_segments=True,
    nodes_in_send=False,
    heartbeat_seconds=60.0,
    retry_seconds=3.0,
)
STANDARD: Final = Dialect(
    name="standard",
    app_name="onebot-fake",
    app_version="11",
    refuses_in_frame=False,
    query_wins=False,
    bare_header=False,
    always_authorizes=False,
    other_paths="found",
    wordy=False,
    streams=False,
    echoes_null=False,
    signed_ids=True,
    suffixes=True,
    failure=100,
    lean_segments=False,
    nodes_in_send=True,
    heartbeat_seconds=0.0,
    retry_seconds=3.0,
)
DIALECTS: Final = {dialect.name: dialect for dialect in (NAPCAT, LLBOT, STANDARD)}
