"""What comes of what a person does: how a bot was told, or that their client has no such thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Delivery:
    """How telling a bot went.

    ok: acknowledged, or written to its connection · status: the last HTTP status, 0 without one
    passive_reply: the decrypted answer, empty for none · seconds: from first attempt to end
    reason: why it failed, or why an acknowledged answer could not be shown
    """

    ok: bool
    status: int
    attempts: int
    passive_reply: str
    seconds: float
    reason: str = ""
    message_id: str = ""


UNHEARD: Final = Delivery(True, 0, 0, "", 0.0)  # said where no bot listens


class NotOnScreenError(LookupError):
    """A person tried what their client does not offer: no such message, button or chat."""
