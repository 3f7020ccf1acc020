"""How the QQ bot says things: as a reply where one is left, else as an active message (qq.md A7).

Falls back once from each thing the platform does not grant (the reply's place, markdown and
buttons, what looks like an address) and says honestly what became of each message. Knows nobody.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.channels.base import Note, Noted
from bot.channels.limits import QQ_C2C, QQ_C2C_BURST, QQ_EACH, QQ_GROUPS, Rates, Windows
from bot.channels.qq.api import QQApi
from bot.channels.qq.call import Call, Quote
from bot.channels.qq.errors import EVENT_ID_INVALID, Kind, Told
from bot.channels.qq.events import Scene, Spot, text
from bot.channels.qq.fates import FATES
from bot.channels.qq.life import Timing
from bot.channels.spending import MARGIN
from bot.clock import Clock
from handlers.ways import GROUP, PRIVATE
from storage.outbox_values import Json, Result

# Name and content of an attachment by its id.
Attachment = Callable[[int], Awaitable[tuple[str, bytes]]]
# What the platform did not grant is asked for again after a day: it may have been applied for.
ASK_AGAIN = timedelta(days=1)
_ALTERNATIVES = 1000
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_SENT_ANEW = (Result.RETRY, Result.PARKED)
_PASSES = (Kind.RETRY, Kind.OFFLINE)
_SENT_LATER = {kind for kind, fate in FATES.items() if fate.result in _SENT_ANEW}
_SENT_LATER -= {Kind.CONTEXT_GONE}  # which has an answer of its own
_UPLOAD_AGAIN = (*_PASSES, Kind.RETRY_ONCE, Kind.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one message, and what the platform said last.

    `answered` False: a repeat is dropped by the platform.
    """

    result: Result
    told: Told = Told(Kind.FINE)  # noqa: RUF009 - frozen
    error: str = ""
    retry_at: datetime | None = None
    answered: bool = True
    ids: tuple[str, ...] = ()


class Speaker:
    """Says messages."""

    def __init__(
        self,
        api: QQApi,
        clock: Clock,
        attachment: Attachment,
        note: Note,
        timing: Timing,
    ) -> None:
        self._api = api
        self._clock = clock
        self._attachment = attachment
        self._note = note
        self._timing = timing
        self._scenes = {
            Scene.C2C: Windows(_later(QQ_C2C)),
            Scene.GROUP: Windows(_later(QQ_GROUPS)),
        }
        self._each = Windows(_later(QQ_EACH))
        self._burst = Windows(QQ_C2C_BURST)
        self._plain: dict[Scene, datetime] = {}
        self._alternatives: dict[str, str] = {}

    def free(self, scene: Scene) -> int:
        """How many active messages may leave to all of them now."""
        return self._scenes[scene].free("", self._clock.now())

    def may(self, spot: Spot, count: int) -> bool:
        """Whether so many active messages may leave to this one now."""
        now = self._clock.now()
        return self._each.free_at(_key(spot), now, count) <= now

    def draws(self, scene: Scene) -> bool:
        """Whether markdown and buttons were not refused there lately."""
        until = self._plain.get(scene)
        return until is None or self._clock.now() >= until

    def alternative(self, event_id: str, other: str) -> None:
        """The same press under its other id: the sources disagree which one is quoted (A8)."""
        if event_id != other:
            self._alternatives[event_id] = other
            while len(self._alternatives) > _ALTERNATIVES:
                self._alternatives.pop(next(iter(self._alternatives)))

    async def say(
        self, spot: Spot, parts: Sequence[Json], quotes: Sequence[Quote], *, doubtful: bool = False
    ) -> Verdict:
        """Say one message of several parts, each with a quote of its own or none with any.

        RETRY and PARKED only where no part of it arrived. `doubtful`: this very message may have
        left before. Raises nothing.
        """
        if not quotes and (late := self._take(spot, len(parts))) is not None:
            return Verdict(Result.RETRY, Told(Kind.HELD), "limit", late)
        gone = False
        ids: list[str] = []
        for number, part in enumerate(parts):
            quote = quotes[number] if quotes and not gone else None
            call = Call(spot, part, quote, doubtful)
            if gone and (late := self._take(spot, 1)) is not None:
                told = self._held(late)
            else:
                told = await self._part(call)
            # once the place of one is gone it is gone for what follows
            gone = bool(quotes) and call.quote is None
            if not told.fine:
                return await self._failed(spot, told, call, done=number, of=len(parts))
            ids.append(text(told.body or {}, "id"))
        return Verdict(Result.SENT, ids=tuple(each for each in ids if each))

    # -- one part -----------------------------------------------------------------------------

    async def _part(self, call: Call) -> Told:
        """Say one part; fall back once from whatever can be done without."""
        media = ""
        if call.is_file:
            told = await self._upload(call)
            media = text(told.body or {}, "file_info")
            if not told.fine:
                return told
        else:
            call.plain = not self.draws(call.spot.scene)
        while True:
            told = await self._insist(call, media)
            match told.kind:
                case Kind.FORMAT if call.may_be_plainer:
                    self._plain[call.spot.scene] = self._clock.now() + ASK_AGAIN
                    call.plain = True
                case Kind.LINK if call.may_be_stripped:
                    call.strip()
                case Kind.CONTEXT_GONE if call.quote is not None:
                    if (stop := self._elsewhere(call, call.quote, told)) is not None:
                        return stop
                case Kind.DUPLICATE if call.doubtful:
                    return Told(Kind.FINE)
                case Kind.DUPLICATE if call.quote is not None and not call.bumped:
                    call.bumped = True
                case _:
                    return told

    def _elsewhere(self, call: Call, quote: Quote, told: Told) -> Told | None:
        """The reply's place is gone: the event's other id once, then an active message.

        What stops it: it may have arrived while there was a place, or active messages must wait.
        """
        call.quote = None
        if call.doubtful:
            return Told(Kind.AMBIGUOUS, told.code)
        other = self._alternatives.get(quote.id) if quote.event else None
        if told.code == EVENT_ID_INVALID and other is not None and not call.other_id:
            call.other_id = True
            call.quote = replace(quote, id=other)
            return None
        late = self._take(call.spot, 1)
        return None if late is None else self._held(late)

    async def _insist(self, call: Call, media: str) -> Told:
        """Call until there is an answer that stands: 3 s · 2ⁿ, and where repeats are dropped."""
        pauses = list(self._timing.again)
        same = list(self._timing.same_again)
        while True:
            if call.quote is None and call.spot.scene is Scene.C2C:
                await self._pace()
            told = await self._api.send(call.spot.scene, call.spot.openid, call.body(media))
            if told.kind is Kind.AMBIGUOUS and call.quote is not None and same:
                call.doubtful = True
                await asyncio.sleep(same.pop(0))
            elif told.kind is Kind.RETRY_ONCE and len(pauses) == len(self._timing.again):
                await asyncio.sleep(pauses.pop(0))
            elif told.kind in _PASSES and pauses and told.retry_after <= sum(pauses):
                await asyncio.sleep(max(pauses.pop(0), told.retry_after))
            elif call.doubtful and told.kind in _SENT_LATER:
                # it would get another number, and the first try may have arrived
                return Told(Kind.AMBIGUOUS, told.code)
            else:
                return told

    async def _upload(self, call: Call) -> Told:
        """A file, before it is sent; a repeat harms nobody, for nobody sees anything of it."""
        name, data = await self._attachment(int(call.part["attachment"]))
        body = {
            "file_type": call.part["file_type"],
            "file_data": base64.b64encode(data).decode(),
            "file_name": name,
            "srv_send_msg": False,  # true would be an active message (qq.md A7)
        }
        told = Told(Kind.RETRY)
        for pause in (*self._timing.again, None):
            told = await self._api.upload(call.spot.scene, call.spot.openid, body)
            if told.fine and text(told.body or {}, "file_info"):
                return told
            if pause is None or not (told.fine or told.kind in _UPLOAD_AGAIN):
                break
            await asyncio.sleep(pause)
        again = told.fine or told.kind is Kind.AMBIGUOUS
        return Told(Kind.RETRY, told.code) if again else told

    async def _pace(self) -> None:
        """A second is the same for everybody, also where the office's clock is set."""
        while True:
            now = _BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())
            if self._burst.take("", now):
                return
            await asyncio.sleep((self._burst.free_at("", now) - now).total_seconds())

    # -- what follows -------------------------------------------------------------------------

    def _take(self, spot: Spot, count: int) -> datetime | None:
        """Spend active messages; when they may leave where they may not now."""
        now = self._clock.now()
        scene = self._scenes[spot.scene]
        free_at = max(scene.free_at("", now, count), self._each.free_at(_key(spot), now, count))
        if free_at > now:
            return free_at
        scene.take("", now, count)
        self._each.take(_key(spot), now, count)
        return None

    def _held(self, at: datetime) -> Told:
        return Told(Kind.HELD, retry_after=(at - self._clock.now()).total_seconds())

    async def _failed(self, spot: Spot, told: Told, call: Call, *, done: int, of: int) -> Verdict:
        fate, now = FATES[told.kind], self._clock.now()
        if fate.refused:
            place = GROUP if spot.scene is Scene.GROUP else PRIVATE
            await self._note(Noted(place, spot.openid, fate.refused))
        later = fate.later
        if told.retry_after and fate.result is Result.RETRY:
            later = timedelta(seconds=told.retry_after)
        verdict = Verdict(fate.result, told, told.error, None if later is None else now + later)
        if told.kind is Kind.AMBIGUOUS and call.quote is not None:
            return replace(verdict, answered=False)
        if done and fate.result in _SENT_ANEW:
            error = f"stopped after {done} of {of}: {told.error}"
            return replace(verdict, result=Result.UNKNOWN, error=error, retry_at=None)
        return verdict


def _later(rates: Rates) -> Rates:
    """The platform counts when a call arrives, and one may travel longer than the next."""
    return tuple(replace(rate, window=rate.window + MARGIN) for rate in rates)


def _key(spot: Spot) -> str:
    return f"{spot.scene}:{spot.openid}"
