"""One message on its way to the QQ platform: what it replies to and what of it was given up.

Plain values and the forms that follow from them; makes no call.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.qq import parts as qq_parts
from bot.channels.qq.events import Spot
from bot.channels.qq.words import without_any_dot
from storage.outbox_values import Json


@dataclass(frozen=True, slots=True)
class Quote:
    """The place of a passive reply. `seq`: its number, ours alone, so it is the key of repeats."""

    id: str
    event: bool
    seq: int


@dataclass(slots=True)
class Call:
    """One part on its way: what of it was given up so far."""

    spot: Spot
    part: Json
    quote: Quote | None
    doubtful: bool  # it may have arrived before
    plain: bool = False
    stripped: bool = False
    bumped: bool = False
    other_id: bool = False

    @property
    def seq(self) -> int:
        """Each other form of a part has a number that nobody else takes.

        The numbers that the outbox hands out are 1, 2, 3 …; those far above are ours. The form is
        part of it, so that a repeated call comes to the same numbers.
        """
        assert self.quote is not None
        drawn = "markdown" in self.part
        form = (self.plain and drawn) + 2 * self.stripped + 4 * self.bumped
        return self.quote.seq * 10 + 100 + form if form else self.quote.seq

    @property
    def is_file(self) -> bool:
        """Whether it is uploaded first."""
        return "attachment" in self.part

    @property
    def may_be_plainer(self) -> bool:
        """Whether it is drawn and could be said in words."""
        return "markdown" in self.part and not self.plain

    @property
    def may_be_stripped(self) -> bool:
        """Whether what looks like an address could still be taken out of it."""
        return not self.is_file and not self.stripped

    def strip(self) -> None:
        """The words once more, without a single dot that could look like an address."""
        kept = dict(self.part)
        for name in ("text", "markdown", "instead"):
            if name in kept:
                kept[name] = without_any_dot(str(kept[name]))
        self.part, self.stripped = kept, True

    def body(self, media: str) -> Json:
        """The message as it is called. `media`: what an uploaded file is named by."""
        said = qq_parts.media(media) if media else qq_parts.body(self.part, plain=self.plain)
        if self.quote is None:
            return said
        field = "event_id" if self.quote.event else "msg_id"
        return {**said, field: self.quote.id, "msg_seq": self.seq}
