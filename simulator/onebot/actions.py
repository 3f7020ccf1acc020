"""The table of all actions, and the answer to one frame: retcodes, echo, faults (B2)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

from simulator.common.values import JsonObject, table, text
from simulator.onebot import actions_group, actions_look, actions_quick, actions_send
from simulator.onebot.calls import Call, CallLog
from simulator.onebot.errors import (
    ASYNC,
    BAD_REQUEST,
    BROKEN_JSON,
    FAILED,
    NO_SUCH_ACTION,
    OK,
    ActionError,
    timeout,
)
from simulator.onebot.faults import Mishap, Planned
from simulator.onebot.params import Params
from simulator.onebot.platform import Platform
from simulator.onebot.turn import Action, Turn

ACTIONS: dict[str, Action] = {
    **actions_look.ACTIONS,
    **actions_group.ACTIONS,
    **actions_send.ACTIONS,
    **actions_quick.ACTIONS,
}
_SUFFIXES = ("_async", "_rate_limited")


@dataclass(slots=True)
class Desk:
    """Carries out actions. `start` runs the work of an `…_async` call beside the answer."""

    platform: Platform
    calls: CallLog
    tell: Callable[[JsonObject], Awaitable[int]]
    start: Callable[[Coroutine[object, object, object]], None]

    async def answer(self, frame: JsonObject | None) -> JsonObject | None:
        """`frame` None: it was no JSON object. None when no answer is to come."""
        if frame is None:
            return self.reply(BAD_REQUEST, message=BROKEN_JSON)
        name = text(frame, "action")
        known, later = self._split(name)
        params = table(frame, "params")
        planned = self.platform.faults.next_for(known)
        data: object = None
        if later:
            retcode, message = ASYNC, ""
            self.start(self._outcome(known, params, planned))  # nobody is told how it ends
        else:
            retcode, data, message = await self._outcome(known, params, planned)
        silent = planned is not None and planned.mishap is Mishap.SILENCE
        self._log(name, params, retcode, answered=not silent)
        if silent:
            return None
        if planned is not None and planned.mishap is Mishap.DELAY:
            await asyncio.sleep(planned.seconds)
        unknown = retcode == NO_SUCH_ACTION
        return self.reply(retcode, data, message) | self._echo(frame, unknown=unknown)

    def reply(self, retcode: int, data: object = None, message: str = "") -> JsonObject:
        """An answer without its echo."""
        status = {OK: "ok", ASYNC: "async"}.get(retcode, "failed")
        frame: JsonObject = {"status": status, "retcode": retcode, "data": data}
        if self.platform.dialect.wordy:
            frame |= {"message": message, "wording": message, "echo": None}
        if self.platform.dialect.streams:
            frame["stream"] = "normal-action"
        return frame

    async def _outcome(
        self, name: str, params: JsonObject, planned: Planned | None
    ) -> tuple[int, object, str]:
        try:
            return OK, await self._do(name, params, planned), ""
        except ActionError as error:
            if error.waited:
                await asyncio.sleep(self.platform.limits.send_timeout_seconds)
            code = self.platform.dialect.failure if error.retcode == FAILED else error.retcode
            return code, None, error.message

    async def _do(self, name: str, params: JsonObject, planned: Planned | None) -> object:
        action = ACTIONS.get(name)
        if action is None:
            raise ActionError(NO_SUCH_ACTION, f"不支持的Api {name}")
        turn = Turn(self.platform, Params(params), self.tell)
        if planned is None or planned.mishap is Mishap.DELAY:
            return await action(turn)
        if planned.mishap is Mishap.FAILURE:
            raise ActionError(planned.retcode, planned.message)
        done = await action(turn) if planned.done else None
        if planned.mishap is Mishap.TIMEOUT:
            raise timeout(0)
        return done

    def _split(self, name: str) -> tuple[str, bool]:
        if self.platform.dialect.suffixes:
            for suffix in _SUFFIXES:
                if name.endswith(suffix):
                    return name.removesuffix(suffix), True
        return name, False

    def _echo(self, frame: JsonObject, *, unknown: bool) -> JsonObject:
        """Any JSON comes back as it is; NapCat makes "" of null or nothing, but not where it
        does not know the action."""
        if self.platform.dialect.echoes_null and frame.get("echo") is None and not unknown:
            return {"echo": ""}
        return {"echo": frame["echo"]} if "echo" in frame else {}

    def _log(self, name: str, params: JsonObject, retcode: int, *, answered: bool) -> None:
        seconds = asyncio.get_running_loop().time()
        self.calls.add(Call(name, params, retcode, self.platform.now(), seconds, answered))
