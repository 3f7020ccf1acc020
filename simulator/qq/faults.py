"""Faults on demand: what goes wrong next between the platform and the bot. Knows no rule."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.common.faults import HttpFaults, Refusal
from simulator.qq.errors import ApiError


@dataclass(slots=True)
class Faults(HttpFaults):
    """A path is the name of a call in the log: "getAppAccessToken", "gateway", "gateway/bot",
    "users/messages", "groups/messages", "users/files", "groups/files", "users/recall",
    "groups/recall", "interactions", "groups/info", "groups/bot_state". A token storm is 401 and
    11244.

    audits: the next N messages are held for audit (202 and 304023 or 304024)
    odd_fields: each event comes with fields that nobody has documented
    bare_urls: the addresses of attachments come without a scheme, as //host/path
    bad_signatures: the next N webhooks are signed with another secret

    Of the gateway: no_acks: heartbeats stay unanswered · no_hello: the next N connections get no
    Hello · invalid_sessions: the next N identify or resume get op 9
    """

    audits: int = 0
    odd_fields: bool = False
    bare_urls: bool = False
    bad_signatures: int = 0
    no_acks: bool = False
    no_hello: int = 0
    invalid_sessions: int = 0

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
        self.planned.append(Refusal(times, path, error))

    def crash(self, status: int = 502, times: int = 1, path: str = "") -> None:
        """The next `times` calls of `path` get a proxy's error page with this status."""
        self.planned.append(Refusal(times, path, ApiError(status, status=status, bare=True)))
