"""What leaves the QQ bot: due messages as calls, replies at once, recalls (qq.md A7).

The outbox's half of the channel. Knows accounts and replies, no events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.base import CallOutcome, Note, Outgoing, ReplySlot
from bot.channels.breaker import Stop
from bot.channels.qq import parts as qq_parts
from bot.channels.qq.api import QQApi
from bot.channels.qq.call import Quote
from bot.channels.qq.detour import Detour
from bot.channels.qq.errors import RECALL_AGAIN, TOO_LATE_TO_RECALL, Kind, Told
from bot.channels.qq.events import Scene, Spot
from bot.channels.qq.health import Health, must_be_mended
from bot.channels.qq.life import Timing
from bot.channels.qq.speaker import Speaker, Verdict
from bot.clock import Clock
from handlers.reply import Reply
from handlers.ways import ReplyWindow
from storage.outbox_values import FrozenRequest, Json, Outcome, Result, Unsendable

logger = logging.getLogger("shixun.qq")

WINDOWS: Mapping[Scene, ReplyWindow] = {
    # the pages disagree about 4 or 5: 4 holds under both
    Scene.C2C: ReplyWindow(timedelta(minutes=60), 4),
    Scene.GROUP: ReplyWindow(timedelta(minutes=5), 5),
}
QUOTA_TRIES = 3
NOT_RECALLED = "QQ 没有撤回（错误码 {code}）"
NO_ANSWER = "QQ 没有回应，不知道撤回没有"
TOO_LATE = "超过两分钟，QQ 不让撤回"
NO_ID = "QQ 没有给出消息编号，撤不回"
REFUSED = "refused before"
# After so long a frozen call is not the first try any more: the outbox makes it at once.
_REPEATED_AFTER = timedelta(seconds=60)
# Less than the windows: the call was frozen when some of its window was over.
_REPEATS = {Scene.C2C: timedelta(minutes=50), Scene.GROUP: timedelta(minutes=4)}
_DOUBTS = 10_000
_PLATFORM_ID = 200  # characters that the records hold


class Sender:
    """`draws`: whether buttons may be shown in a scene now."""

    def __init__(
        self,
        api: QQApi,
        speaker: Speaker,
        clock: Clock,
        note: Note,
        draws: Callable[[Scene], bool],
        timing: Timing,
    ) -> None:
        self._api = api
        self._speaker = speaker
        self._clock = clock
        self._draws = draws
        self._within = timing.call
        self._doubtful: dict[str, None] = {}
        self._health = Health(clock)
        self._detour = Detour(note)
        self._used_up: dict[Spot, int] = {}  # how often in a row its quota was
        self._left = 0  # due when calls were made ready last, and not among them

    def repeats(self, request: Json) -> timedelta | None:
        """A reply's number drops its repeats while its window is open; a push has no number."""
        return _REPEATS[Scene(request["scene"])] if request["quotes"] else None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One call a message, one a chat at a time so that their order holds.

        Active messages that the quotas do not let out now stay in the queue; where the platform
        has refused them before, it is not asked again. While somebody has to put the bot right
        everything is parked without a call, so that it goes another way.
        """
        room = self._health.room()
        if room == 0:
            self._left = 0
            return [self._aside(each) for each in outgoing] if self._health.mend else []
        made = self._affordable(outgoing, room)
        self._left = len(outgoing) - len(made)
        return made

    def _affordable(
        self, outgoing: Sequence[Outgoing], room: int | None
    ) -> list[FrozenRequest | Unsendable]:
        """What the quotas let out now, `room` at most; replies are set aside for nothing else."""
        made: list[FrozenRequest | Unsendable] = []
        busy: set[Spot] = set()
        calls = 0
        left = {scene: self._speaker.free(scene) for scene in Scene}
        for each in outgoing:
            if calls == room:
                break
            spot = _spot(each)
            if spot in busy:
                continue
            parts = self._rendered(spot, each, WINDOWS[spot.scene].count)
            if not parts:
                made.append(Unsendable(each.delivery_id, "empty"))
                continue
            busy.add(spot)
            slots = _reserved(each, len(parts))
            if slots and len(slots) < len(parts):
                parts = self._rendered(spot, each, len(slots))
            if not slots and not each.reach.refused:
                if left[spot.scene] < len(parts) or not self._speaker.may(spot, len(parts)):
                    continue
                left[spot.scene] -= len(parts)
            frozen = self._frozen(spot, parts, slots, "" if slots else each.reach.refused)
            made.append(FrozenRequest(frozen, (each.delivery_id,)))
            calls += 1
        return made

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Say one message: as the replies that were set aside for it, or as active ones."""
        if request["refused"]:
            return CallOutcome(_all(deliveries, Verdict(Result.PARKED, error=REFUSED)))
        spot = Spot(Scene(request["scene"]), str(request["openid"]))
        quotes = [Quote(each["id"], each["event"], each["seq"]) for each in request["quotes"]]
        key = f"{quotes[0].id} {quotes[0].seq}" if quotes else ""
        late = self._clock.now() - datetime.fromisoformat(request["at"]) >= _REPEATED_AFTER
        doubtful = bool(quotes) and (late or key in self._doubtful)
        ticket = self._health.enter() if request["parts"] else None
        if ticket is None:
            return self._not_now(spot, deliveries, doubtful=doubtful)
        try:
            async with asyncio.timeout(self._within):
                verdict = await self._speaker.say(spot, request["parts"], quotes, doubtful=doubtful)
        except TimeoutError:
            silent = Told(Kind.AMBIGUOUS)
            verdict = Verdict(Result.UNKNOWN, silent, "no answer", answered=not quotes)
        stop = self._health.judge(ticket, verdict.told, self._api.problem)
        if not verdict.answered:
            self._doubt(key)
            return self._stopped(CallOutcome(answered=False), stop)
        return self._stopped(await self._settled(spot, verdict, deliveries, stop), stop)

    async def _settled(
        self, spot: Spot, verdict: Verdict, deliveries: Sequence[int], stop: Stop | None
    ) -> CallOutcome:
        """The outcome of a call that has one, and what follows for those that wait."""
        if verdict.result is Result.SENT and not self._health.mend:
            await self._detour.over()
        if must_be_mended(verdict.told):
            self._detour.taken(spot)
        if self._own_quota(spot, verdict.told.kind):
            verdict = replace(verdict, result=Result.PARKED)
        if verdict.result is Result.RETRY:
            now, at = self._clock.now(), verdict.retry_at
            if stop is not None:
                at = max(at or now, now + stop.span)
            elif at is None and self._health.room() == 0:
                at = self._health.again_at()
            verdict = replace(verdict, retry_at=at)
        return CallOutcome(_all(deliveries, verdict), platform_id=_joined(verdict.ids))

    def _own_quota(self, spot: Spot, kind: Kind) -> bool:
        """Whether it is this one's quota that is used up: it is met after every pause."""
        times = self._used_up.pop(spot, 0) + 1
        if kind is not Kind.QUOTA or times >= QUOTA_TRIES:
            return kind is Kind.QUOTA
        self._used_up[spot] = times
        while len(self._used_up) > _DOUBTS:
            self._used_up.pop(next(iter(self._used_up)))
        return False

    def _not_now(self, spot: Spot, deliveries: Sequence[int], *, doubtful: bool) -> CallOutcome:
        """No call: later, or another way. What may have arrived already goes no other way."""
        again = self._health.again_at()
        mend = self._health.mend
        if not mend:
            # it may have been put right since this was made ready
            at = self._clock.now() if self._health.room() is None else again
            return CallOutcome(_all(deliveries, Verdict(Result.RETRY, error="waits", retry_at=at)))
        stop = Stop(again - self._clock.now(), mend)
        if doubtful:
            return self._stopped(CallOutcome(answered=False), stop)
        self._detour.taken(spot)
        return self._stopped(
            CallOutcome(_all(deliveries, Verdict(Result.PARKED, error=mend))), stop
        )

    def _stopped(self, outcome: CallOutcome, stop: Stop | None) -> CallOutcome:
        """A pause holds back what is still queued: that is first sent another way."""
        if stop is None or (self._health.mend and self._left):
            return outcome
        return replace(outcome, pause=stop.span.total_seconds(), cause=stop.cause)

    async def recall(self, request: Json, platform_id: str) -> str:
        """Take back every part of a message; empty when that was done, else why not."""
        if not platform_id:
            return NO_ID
        scene, openid = Scene(request["scene"]), str(request["openid"])
        for each in platform_id.split(" "):
            told = await self._api.recall(scene, openid, each)
            if told.code in RECALL_AGAIN:
                told = await self._api.recall(scene, openid, each)
            if told.code == TOO_LATE_TO_RECALL:
                return TOO_LATE
            if not told.fine:
                return NOT_RECALLED.format(code=told.code) if told.code else NO_ANSWER
        return ""

    def at_once(self, reply: Reply) -> bool:
        """One message: only the first reply is the answer's own, the next are the outbox's."""
        return not reply.files and len(qq_parts.parts(reply, most=2, buttons=True)) == 1

    async def tell(self, spot: Spot, reply: Reply, quote: Quote) -> None:
        """Say an answer that is kept nowhere else."""
        parts = qq_parts.parts(reply, most=1, buttons=self._draws(spot.scene))
        if not parts:
            return
        verdict = await self._speaker.say(spot, parts, [quote])
        if verdict.result is not Result.SENT:
            logger.warning("answer not delivered", extra={"reason": verdict.error})
            return
        # what was parked because nothing could be said at all is tried again
        await self._detour.over()

    def _rendered(self, spot: Spot, each: Outgoing, most: int) -> list[Json]:
        draws = self._draws(spot.scene)
        marks = spot.scene is Scene.GROUP and self._speaker.draws(spot.scene)
        return qq_parts.parts(
            each.reply,
            most=most,
            buttons=draws,
            files=each.attachments,
            calls=qq_parts.calls_in(each.reply, spot.openid) if marks else qq_parts.NOBODY,
        )

    def _aside(self, each: Outgoing) -> FrozenRequest:
        """To be parked without a call; no reply is set aside for it."""
        frozen = self._frozen(_spot(each), (), (), each.reach.refused)
        return FrozenRequest(frozen, (each.delivery_id,))

    def _frozen(
        self, spot: Spot, parts: Sequence[Json], slots: Sequence[ReplySlot], refused: str
    ) -> Json:
        return {
            "scene": str(spot.scene),
            "openid": spot.openid,
            "quotes": [{"id": s.reply_to, "event": s.event, "seq": s.seq} for s in slots],
            "refused": refused,
            "at": self._clock.now().isoformat(),
            "parts": list(parts),
        }

    def _doubt(self, key: str) -> None:
        self._doubtful[key] = None
        while len(self._doubtful) > _DOUBTS:
            self._doubtful.pop(next(iter(self._doubtful)))


def _spot(each: Outgoing) -> Spot:
    return Spot(Scene.GROUP if each.group else Scene.C2C, each.account)


def _all(deliveries: Sequence[int], verdict: Verdict) -> tuple[Outcome, ...]:
    """The same outcome for each."""
    return tuple(
        Outcome(each, verdict.result, verdict.error, verdict.retry_at) for each in deliveries
    )


def _reserved(each: Outgoing, count: int) -> list[ReplySlot]:
    """As many replies as are left, `count` at most."""
    slots: list[ReplySlot] = []
    while len(slots) < count and (slot := each.slot()) is not None:
        slots.append(slot)
    return slots


def _joined(ids: Sequence[str]) -> str:
    """As many whole ids as the records hold."""
    kept = ""
    for each in ids:
        longer = f"{kept} {each}".strip()
        if len(longer) > _PLATFORM_ID:
            break
        kept = longer
    return kept
