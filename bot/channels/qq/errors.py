"""What the codes of the QQ platform mean for a message, as one table (qq.md A9).

Decided by err_code where there is one, else by code; by the HTTP status only where the body says
nothing. Plain values: knows no socket and no message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The classes of A9; what each leads to is the speaker's matter."""

    FINE = "fine"
    AUDITED = "audited"  # accepted, shown after the platform has looked at it: success
    LOGIN = "login"  # the token is dead: refresh once, repeat once
    NOT_OURS = "not ours"  # no token is issued: AppID, secret or address are not accepted
    CONTEXT_GONE = "context gone"  # once more as an active message
    DUPLICATE = "duplicate"
    OFFLINE = "offline"  # nothing left: there was no connection
    RETRY = "retry"  # 3 s · 2ⁿ, a minute in all
    RETRY_ONCE = "retry once"
    HELD = "held"  # our own count of the limits: nothing was called
    BUSY = "busy"  # a rate: minutes, not seconds
    QUOTA = "quota"  # of active messages, used up: everybody's, or this one's
    REFUSED = "refused"  # the person or the group's owner does not want active messages
    MUTED = "muted"
    UNREACHABLE = "unreachable"  # this target, for good
    FORMAT = "format"  # markdown or keyboards are not ours: say it in words
    LINK = "link"  # an address in the words, or what looks like one
    BAD_CONTENT = "bad content"  # this message, for good
    NOT_ALLOWED = "not allowed"  # this kind of call
    BANNED = "banned"  # the whole bot
    SECURITY = "security"  # never send it again
    SETUP = "setup"  # the operator has to change something
    NO_GATEWAY = "no gateway"
    NIGHT = "night"  # outside the hours of active messages
    AMBIGUOUS = "ambiguous"  # nobody knows whether it arrived


# One row a class, in the order of the page. Where the page names several fates for one class
# (40034105 parks, 40054002 passes), the code stands with the one that A7 gives it.
CODES: Mapping[Kind, tuple[int, ...]] = {
    Kind.AUDITED: (304023, 304024),
    Kind.LOGIN: (11241, 11243, 11244),
    Kind.CONTEXT_GONE: (
        *(304026, 304027, 304028, 304103),
        *(40034005, 40034024, 40034025, 40034026, 40034027, 40034128),
    ),
    Kind.DUPLICATE: (40054005,),
    Kind.RETRY: (
        *(304007, 304008, 304009, 304010, 304017, 304021, 304029, 304052, 304082, 304083),
        *(40034004, 40054006, 50055001, 50055002, 50055006),
    ),
    Kind.RETRY_ONCE: (11242, 11252, 11263, 11281),
    Kind.QUOTA: (22009, 40034100),
    Kind.BUSY: (
        *(20028, 304019, 304035, 304045, 304046, 304047, 304048, 304049, 304050),
        *(1100100, 1100308, 620006, 610013),
    ),
    Kind.REFUSED: (40034105, 40054004, 40054013),
    Kind.FORMAT: (304036, 304037, 305007, 40034127),
    Kind.LINK: (304003, 40034028, 40054010),
    Kind.NOT_ALLOWED: (11253, 11282, 304004, 304014, 40034122, 40034123),
    Kind.BANNED: (11254, 11264, 11265, 40054016),
    Kind.MUTED: (40054002,),
    Kind.UNREACHABLE: (
        *(10001, 10003, 10004, 40034101, 40054003),
        *(304031, 304032, 304033, 304034),
    ),
    Kind.BAD_CONTENT: (
        *(22006, 50006, 50035, 50037, 50040, 50041, 50042, 50048),
        *(50054, 50055, 50056, 50057, 50059),
        *(304005, 304011, 304012, 304020, 304030, 304038, 304039, 304040, 304061, 304080),
        *(40034006, 40034008, 40034009, 40034010, 40034011, 40034029),
        *(40034106, 40034108, 40034109, 40034124, 40054007, 40054018),
    ),
    Kind.SECURITY: (
        *(304025, 1100101, 1100102, 1100103, 1100104, 1100499),
        *(302013, 501014, 502009, 3300006),
    ),
    # 11298, the address is not in the console's list (A1), stands on no page but is well known
    Kind.SETUP: (11251, 11261, 11275, 11298, 304006),
    Kind.NO_GATEWAY: (304018,),
    Kind.NIGHT: (304022,),
}
# Nobody gets anything through this bot before somebody has seen to it.
MUST_BE_MENDED = (Kind.NOT_ALLOWED, Kind.BANNED, Kind.SETUP)
_BY_CODE: Mapping[int, Kind] = {code: kind for kind, codes in CODES.items() for code in codes}

# An event's id may be the payload's or the event's own (qq.md A8): the other one once.
EVENT_ID_INVALID = 40034025
# Taking a message back (qq.md A7): too late; and what passes.
TOO_LATE_TO_RECALL = 306011
RECALL_AGAIN = frozenset({306003, 306005, 306006})

_UNAUTHORISED, _TOO_MANY, _BAD_GATEWAY, _GATEWAY_TIMEOUT, _SERVER = 401, 429, 502, 504, 500
_ACCEPTED = (200, 201, 202, 204)


@dataclass(frozen=True, slots=True)
class Told:
    """The platform's answer to one call. `trace`: what its support asks for."""

    kind: Kind
    code: int = 0
    body: Mapping[str, Any] | None = None
    retry_after: float = 0.0  # seconds, where it said so
    trace: str = ""

    @property
    def fine(self) -> bool:
        """Done, or accepted."""
        return self.kind in (Kind.FINE, Kind.AUDITED)

    @property
    def error(self) -> str:
        """For the log and the list of deliveries: class and code, no words of anybody."""
        return f"{self.kind} {self.code}" if self.code else str(self.kind)


def judge(status: int, body: Mapping[str, Any]) -> tuple[Kind, int]:
    """Class and code of an answer. Codes that nobody has listed: refused for good."""
    code = _number(body.get("err_code")) or _number(body.get("code"))
    if code:
        known = _BY_CODE.get(code)
        if known is not None:
            return known, code
    if status == _UNAUTHORISED:
        return Kind.LOGIN, code or status
    if status == _TOO_MANY:
        return Kind.RETRY, code or status
    if status in (_BAD_GATEWAY, _GATEWAY_TIMEOUT) and not code:
        # whoever stood between gave up waiting: the platform itself may have done it
        return Kind.AMBIGUOUS, status
    if status >= _SERVER:
        return Kind.RETRY, code or status
    if status in _ACCEPTED and not code:
        return Kind.FINE, 0
    return Kind.BAD_CONTENT, code or status


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
