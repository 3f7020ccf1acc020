"""Webhook robots of group chats: each only writes, into the one group it stands in (wecom.md 3).

A chat is named by its robot's key, which is all that is needed to write there: it is in no log
and in nothing that is shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp

from bot.channels.base import CallOutcome, Capabilities, Note, Noted, Outgoing
from bot.channels.breaker import Breaker
from bot.channels.limits import WECOM_ROBOT
from bot.channels.session import Session
from bot.channels.spending import Spend, Spending
from bot.channels.wecom import cards
from bot.channels.wecom.errors import all_of
from bot.channels.wecom.group_words import REALM, messages
from bot.channels.wecom.http import NETWORK, TIMEOUT, form, taken, told
from bot.channels.wecom.line import Attachment
from bot.channels.wecom.outcomes import Judge, Made, later
from bot.channels.wecom.token import WeComError
from bot.clock import Clock
from bot.leases import Leasing
from handlers.reply import Reply
from handlers.ways import GROUP
from storage.outbox_values import FrozenRequest, Json, Result, Unsendable

logger = logging.getLogger("shixun.wecom_robot")

IMAGE_BYTES = 2 * 1024 * 1024
TOO_OFTEN, WAIT = 45009, timedelta(minutes=1)
# The group cannot be written to until somebody sets the robot up again.
GONE = {
    93000: "群机器人的地址失效了，或机器人已被移除",
    93004: "群机器人被停用了",
    93008: "群机器人已不在群里",
}


class WeComRobotChannel:
    """Writes into the groups whose robots' keys are known. `base`: of the server API."""

    name = "wecom_robot"
    capabilities = Capabilities(
        push=False,
        groups=False,
        buttons=0,
        text_bytes=cards.TEXT_BYTES,
        files=True,
        title="企业微信群机器人",
        group_push=True,
        mention_realm=REALM,
        mention_all=True,
        per_receiver=WECOM_ROBOT[0].count,
    )

    def __init__(self, base: str, clock: Clock, attachment: Attachment, note: Note) -> None:
        self._base = base
        self._clock = clock
        self._attachment = attachment
        self._note = note
        self._spending = Spending(self.name)
        self._breaker = Breaker()
        self._judge = Judge(self._breaker, clock)
        self._session = Session(TIMEOUT)
        self._closed: dict[str, datetime] = {}  # by key, until when the platform wants silence
        self._gone: set[str] = set()

    def share(self, leasing: Leasing) -> None:
        """Count together with the other processes."""
        self._spending.share(leasing)

    def at_once(self, reply: Reply) -> bool:
        """Nobody is heard here."""
        return False

    def repeats(self, request: Json) -> timedelta | None:
        """The platform knows no repeated message."""
        return None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One message a group at a time, so that their order holds."""
        now = self._clock.now()
        room = self._breaker.room(now)
        if room == 0:
            return []
        plan = self._spending.plan(now)
        made: list[FrozenRequest | Unsendable] = []
        frozen: list[FrozenRequest] = []
        busy = {key for key, until in self._closed.items() if until > now}
        for each in outgoing:
            parts = messages(each.reply, each.attachments, each.account)
            problem = "群机器人只能发到群里" if not each.group else cards.too_large(each.reply)
            if problem or not parts:
                made.append(Unsendable(each.delivery_id, problem or "empty"))
            elif each.account not in busy:
                busy.add(each.account)
                if plan.take([_robot(each.account, len(parts))]):
                    body = {"chat": each.account, "calls": parts}
                    frozen.append(FrozenRequest(body, (each.delivery_id,)))
        return [*made, *frozen[:room]]

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Make the calls of one message one after another; stop at the first that fails."""
        key, calls = str(request["chat"]), request["calls"]
        blocked = await self._spending.take([_robot(key, len(calls))], self._clock)
        now = self._clock.now()
        if blocked:
            return CallOutcome(later(deliveries, [*blocked.values()] * len(deliveries)))
        ticket = self._breaker.enter(now)
        if ticket is None:
            again = self._breaker.again_at(now)
            return CallOutcome(later(deliveries, [again] * len(deliveries)))
        made = Made(deliveries, len(calls), repeatable=False, ticket=ticket)
        try:
            for body in calls:
                await self._send(key, body)
                made.done += 1
        except WeComError as error:
            return await self._refused(key, made, error.code)
        except NETWORK as error:
            return self._judge.silent(made, error)
        if key in self._gone:
            self._gone.discard(key)
            await self._note(Noted(GROUP, key))
        return self._judge.done(made, [key])

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def _refused(self, key: str, made: Made, code: int) -> CallOutcome:
        """What concerns this robot alone; the rest is judged as everywhere."""
        if code == TOO_OFTEN:
            self._breaker.worked(made.ticket)
            until = self._closed[key] = self._clock.now() + WAIT
            if not made.done:
                return CallOutcome(later(made.deliveries, [until], f"errcode {code}"))
            stopped = f"stopped after {made.done} of {made.parts}"
            return CallOutcome(all_of(made.deliveries, Result.UNKNOWN, stopped))
        if code not in GONE:
            return self._judge.refused(made, code)
        self._breaker.worked(made.ticket)
        logger.warning("robot refused", extra={"errcode": code})
        self._gone.add(key)
        await self._note(Noted(GROUP, key, GONE[code]))
        return CallOutcome(all_of(made.deliveries, Result.REJECTED, GONE[code]))

    async def _send(self, key: str, frozen: Mapping[str, Any]) -> None:
        body = dict(frozen)
        attachment, kind = body.pop("attachment", None), str(body["msgtype"])
        if attachment is not None:
            name, data = await self._attachment(int(attachment))
            if kind == "image" and len(data) <= IMAGE_BYTES:
                digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
                body["image"] = {"base64": base64.b64encode(data).decode(), "md5": digest}
            else:
                body = {
                    "msgtype": "file",
                    "file": {"media_id": await self._upload(key, name, data)},
                }
        # as a stream: a picture would keep the loop busy
        said = BytesIO(json.dumps(body, ensure_ascii=False).encode())
        await self._post("webhook/send", {"key": key}, said)

    async def _upload(self, key: str, name: str, data: bytes) -> str:
        query = {"key": key, "type": "file"}
        try:
            uploaded = await self._post("webhook/upload_media", query, form(name, data))
        except NETWORK as error:
            raise WeComError(-1, type(error).__name__) from None
        return str(uploaded["media_id"])

    async def _post(
        self, path: str, query: Mapping[str, str], data: BytesIO | aiohttp.FormData
    ) -> dict[str, Any]:
        async with self._session.now().post(self._base + path, params=query, data=data) as answer:
            return taken(await told(answer))


def _robot(key: str, count: int) -> Spend:
    """Counted under a name that does not give the key away."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return Spend(f"r:{digest[:24]}", WECOM_ROBOT, count)
