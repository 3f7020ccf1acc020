"""Faults on demand: what goes wrong next between the platform and the bot. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.qq.errors import ApiError


@dataclass(slots=True)
class Planned:
    """The next `times` calls of `path` (any path when empty) end with this error."""

    error: ApiError
    times: int
    path: str


@dataclass(slots=True)
class Faults:
    """Set a field, or call `fail` or `crash`; everything is off at first.

    A path is the name of a call in the log: "getAppAccessToken", "gateway", "gateway/bot",
    "users/messages", "groups/messages", "users/files", "groups/files", "users/recall",
    "groups/recall", "interactions", "groups/info", "groups/bot_state".

    latency: seconds before each answer
    drop_answers: the next N calls (of `drop_path`, any when empty) do their work, then the
    connection is cut
    stalls: the next N calls (of `stall_path`) are accepted and never answered; `stall_done`
    tells whether the work is done all the same
    token_storm: the next N calls with a token are answered 401 and 11244, also with a fresh token
    audits: the next N messages are held for audit (202 and 304023 or 304024)
    odd_fields: each event comes with fields that nobody has documented
    bare_urls: the addresses of attachments come without a scheme, as //host/path

    Of webhooks: callback_latency: seconds before each · callback_skew: seconds by which the
    signed timestamp is wrong · callback_losses: the next N never arrive · callback_timeouts: the
    next N arrive but their acknowledgement counts as too late · bad_signatures: the next N are
    signed with another secret

    Of the gateway: socket_refusals: the next N handshakes get HTTP 503 · socket_silent: nothing is
    answered and nothing delivered · no_acks: heartbeats stay unanswered · no_hello: the next N
    connections get no Hello · invalid_sessions: the next N identify or resume get op 9
    """

    latency: float = 0.0
    drop_answers: int = 0
    drop_path: str = ""
    stalls: int = 0
    stall_path: str = ""
    stall_done: bool = False
    token_storm: int = 0
    audits: int = 0
    odd_fields: bool = False
    bare_urls: bool = False
    callback_latency: float = 0.0
    callback_skew: int = 0
    callback_losses: int = 0
    callback_timeouts: int = 0
    bad_signatures: int = 0
    socket_refusals: int = 0
    socket_silent: bool = False
    no_acks: bool = False
    no_hello: int = 0
    invalid_sessions: int = 0
    planned: list[Planned] = field(default_factory=list)

    def fail(
        self,
        code: int,
        times: int = 1,
        path: str = "",
        *,
        outer: int = 0,
        status: int = 0,
        retry_after: int = 0,
    ) -> None:
        """The next `times` calls of `path` answer `code`; nothing is done.

        outer: the `code` of the body when the fault's own code shall stand in `err_code`
        status: the HTTP status, else the code's own · retry_after: seconds
        """
        error = ApiError(code, outer=outer, status=status, retry_after=retry_after)
        self.planned.append(Planned(error, times, path))

    def crash(self, status: int = 502, times: int = 1, path: str = "") -> None:
        """The next `times` calls of `path` get a proxy's error page with this status."""
        self.planned.append(Planned(ApiError(status, status=status, bare=True), times, path))

    def strike(self, path: str) -> None:
        """Raises the ApiError planned for a call of `path`, if there is one."""
        for planned in self.planned:
            if planned.times > 0 and planned.path in ("", path):
                planned.times -= 1
                raise planned.error

    def drops(self, path: str) -> bool:
        """Uses up one lost answer, if one is planned for `path`."""
        return self.drop_path in ("", path) and self.take("drop_answers")

    def stalled(self, path: str) -> bool:
        """Uses up one half-open connection, if one is planned for `path`."""
        return self.stall_path in ("", path) and self.take("stalls")

    def take(self, name: str) -> bool:
        """Uses up one of a counted fault (`callback_timeouts`, `token_storm`, …)."""
        left = int(getattr(self, name))
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0
