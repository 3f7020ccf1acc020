"""The QQ account behind its connections: who it is, whether it is logged in, how it is called.

One connection carries everything, or one carries calls and another events (qq.md B1). Which side
dialled is the business of dial and door.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.channels.onebot.events import id_of, inner
from bot.channels.onebot.life import DeadError, NoAnswerError, NotSentError, RefusedError, Timing
from bot.channels.onebot.outcomes import TOKEN_REFUSED, Answer
from bot.channels.onebot.wire import Socket, Wire
from storage.outbox_values import Json

logger = logging.getLogger("shixun.onebot")

_SHORTEST_BEAT, _LONGEST_BEAT = 0.05, 600.0
_SILENT_LOOKS = 2


@dataclass(frozen=True, slots=True)
class OneBotAccount:
    """What connects us with one QQ account.

    `url`: where its implementation listens (ws://127.0.0.1:3001/); empty: it dials us. `name`:
    what people call the bot in groups. `host`: where our own process listens.
    """

    url: str
    token: str = field(repr=False)
    name: str
    host: str


class Line:
    """Calls and events of one account, whatever connection they take."""

    def __init__(
        self,
        heard: Callable[[Mapping[str, Any]], None],
        opened: Callable[[], None],
        timing: Timing,
    ) -> None:
        """`opened` is called whenever calls become possible again."""
        self._heard = heard
        self._opened = opened
        self._timing = timing
        self._api: Wire | None = None
        self._events: Wire | None = None
        self._up = asyncio.Event()
        self.self_id = ""
        self.online = True
        self.number = 0  # of the present connection, or of the last one
        self.opened_number = 0  # of the last one on which calls became possible

    @property
    def connected(self) -> bool:
        """Whether calls can be made now."""
        return self._up.is_set()

    @property
    def ready(self) -> bool:
        """Whether a message could leave now: connected, and QQ is logged in."""
        return self.connected and self.online

    @property
    def hears(self) -> bool:
        """Whether events can come in."""
        return self._events is not None

    async def up(self, within: float) -> bool:
        """Wait for a connection, so many seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), within)
        return self.connected

    async def call(self, action: str, params: Json, patience: float) -> Answer:
        """Make a call; raises NotSentError where nothing left, NoAnswerError after that."""
        wire = self._api
        if wire is None or not self.connected:
            raise NotSentError
        return await wire.ask(action, params, patience)

    async def live(
        self, ws: Socket, *, api: bool = True, events: bool = True, self_id: str = ""
    ) -> str:
        """Live through one connection; why it ended. Raises RefusedError and DeadError.

        It takes over from an earlier connection that did the same.
        """
        self.number += 1
        wire = Wire(ws, self.number, self._frame)
        before = {self._api if api else None, self._events if events else None} - {None}
        self._take(wire, api=api, events=events)
        self.self_id = self_id or self.self_id
        tasks = {asyncio.create_task(wire.read()), asyncio.create_task(self._watch(wire))}
        try:
            for old in before:
                if old is not None:
                    await old.hang_up()
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return min(done, key=_says_most).result()
        finally:
            self._leave(wire)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await wire.hang_up()

    async def hang_up(self) -> None:
        """Close whatever is open."""
        for wire in {self._api, self._events}:
            if wire is not None:
                await wire.hang_up()

    def _take(self, wire: Wire, *, api: bool, events: bool) -> None:
        if events:
            self._events = wire
        if api:
            self._api = wire
            self._up.clear()

    def _leave(self, wire: Wire) -> None:
        if self._events is wire:
            self._events = None
        if self._api is wire:
            self._api = None
            self._up.clear()

    # -- staying there ----------------------------------------------------------------------------

    async def _watch(self, wire: Wire) -> str:
        """Learn who it is, then see that the connection lives. Only ends by raising."""
        if self._api is wire:
            await self._greet(wire)
        silent, answers = 0, False
        while True:
            await asyncio.sleep(min(wire.beat_every or self._timing.look, self._timing.look))
            quiet = asyncio.get_running_loop().time() - wire.last_frame
            if wire.beat_every:
                if quiet > self._timing.beats * wire.beat_every:
                    raise DeadError("no heartbeat")
            elif self._api is wire:
                answered = await self._look(wire)
                answers = answers or answered
                silent = 0 if answered else silent + 1
                # one that never answered this question just does not know it
                if answers and silent >= _SILENT_LOOKS:
                    raise DeadError("silence")

    async def _greet(self, wire: Wire) -> None:
        """Ask who it is; an implementation that only says so in its events will do as well."""
        try:
            answer = await wire.ask("get_login_info", {}, self._timing.dial)
            if answer.retcode in TOKEN_REFUSED:
                raise RefusedError
            self.self_id = id_of(answer.data, "user_id") or self.self_id
        except (NoAnswerError, NotSentError):
            if not self.self_id:
                # LLBot on an unknown path: connected, and never a word (B1)
                raise DeadError("silence") from None
        if not self.self_id:
            raise DeadError("no account")
        await self._look(wire)
        if self._api is wire:
            self._up.set()
            self.opened_number = wire.number
            logger.info("OneBot connected")
            self._opened()

    async def _look(self, wire: Wire) -> bool:
        """Ask whether QQ is logged in; False: no answer at all."""
        try:
            answer = await wire.ask("get_status", {}, self._timing.aside)
        except (NoAnswerError, NotSentError):
            return False
        if answer.ok:
            self._logged_in(answer.data.get("online"))
        return True

    # -- what comes in ----------------------------------------------------------------------------

    def _frame(self, frame: Mapping[str, Any], wire: Wire) -> None:
        if self._events is not wire:
            return  # OneBot sends no events on a connection for calls
        account = id_of(frame, "self_id")
        if not self.self_id:
            self.self_id = account
        elif account and account != self.self_id:
            logger.warning("frame ignored", extra={"reason": "of another account"})
            return
        if frame["post_type"] == "meta_event":
            self._meta(frame, wire)
            return
        if frame.get("notice_type") == "bot_offline":
            self._logged_in(online=False)
        elif frame["post_type"] == "message" and not wire.beat_every:
            self._logged_in(online=True)
        self._heard(frame)

    def _meta(self, frame: Mapping[str, Any], wire: Wire) -> None:
        if frame.get("meta_event_type") != "heartbeat":
            return
        interval = frame.get("interval")
        if isinstance(interval, int | float) and interval > 0:
            wire.beat_every = min(max(interval / 1000, _SHORTEST_BEAT), _LONGEST_BEAT)
        self._logged_in(inner(frame, "status").get("online"))

    def _logged_in(self, online: object) -> None:
        """OneBot allows null for unknown."""
        if isinstance(online, bool) and online is not self.online:
            self.online = online
            logger.log(
                logging.INFO if online else logging.ERROR,
                "QQ account logged in" if online else "QQ account offline",
            )


def _says_most(task: asyncio.Task[str]) -> int:
    """Of tasks that ended together, the one that knows best why."""
    error = task.exception()
    return 0 if isinstance(error, RefusedError) else 1 if error is not None else 2
