"""Delivers events by HTTPS callback: signature, deadline, retries, URL check (protocol page A4)."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass

from simulator.common.acting import Delivery
from simulator.common.errands import Answer, Errands, Letter
from simulator.common.values import JsonObject, parse_object, text, whole
from simulator.qq.platform import Platform, made_up
from simulator.qq.records import Bot
from simulator.qq.signing import sign, verify

_OK = 200
HEARTBEAT, HEARTBEAT_ACK, CALLBACK_ACK, VALIDATION = 1, 11, 12, 13


@dataclass(slots=True)
class Webhooks:
    platform: Platform
    courier: Errands

    async def deliver(self, bot: Bot, envelope: JsonObject) -> Delivery:
        """Tries until it is acknowledged or the retries are used up, always with the same id."""
        limits, loop = self.platform.limits, asyncio.get_running_loop()
        raw = json.dumps(envelope, ensure_ascii=False).encode()
        began, attempt = loop.time(), 0
        async with self.courier.busy():
            while True:
                attempt += 1
                answer = await self._post(bot, raw, signed=True)
                reason = answer.reason or self._refused(answer)
                if not reason or attempt > limits.webhook_retries:
                    seconds = loop.time() - began
                    return Delivery(not reason, answer.status, attempt, "", seconds, reason)
                await asyncio.sleep(limits.webhook_pause_seconds)

    async def verify_url(self, bot: Bot) -> Delivery:
        """op 13, as the console does when the address is saved; `reason` 校验失败 and why."""
        token, stamp = secrets.token_urlsafe(15), str(self.platform.stamp())
        body: JsonObject = {"d": {"plain_token": token, "event_ts": stamp}, "op": VALIDATION}
        raw = json.dumps(body, separators=(",", ":")).encode()
        async with self.courier.busy():
            answer = await self._post(bot, raw, signed=bot.signs_validation)
        reason = answer.reason or self._wrong(bot, answer, token, stamp)
        return Delivery(
            not reason, answer.status, 1, answer.body.decode(errors="replace"), 0.0, reason
        )

    async def heartbeat(self, bot: Bot, number: int) -> Delivery:
        """op 1, which one official SDK answers with op 11 and the same number."""
        raw = json.dumps({"op": HEARTBEAT, "d": number}).encode()
        async with self.courier.busy():
            answer = await self._post(bot, raw, signed=True)
        body = parse_object(answer.body) or {}
        right = whole(body, "op") == HEARTBEAT_ACK and whole(body, "d", -1) == number
        reason = answer.reason or ("" if right else "回应不是 op 11")
        return Delivery(not reason, answer.status, 1, "", 0.0, reason)

    # -- inside --------------------------------------------------------------------------------

    async def _post(self, bot: Bot, raw: bytes, *, signed: bool) -> Answer:
        headers = self._headers(bot, raw, signed=signed)
        letter = Letter(bot.webhook_url, raw, headers, redirects=False)
        return await self.courier.post(
            letter, self.platform.faults, self.platform.limits.webhook_seconds
        )

    def _headers(self, bot: Bot, raw: bytes, *, signed: bool) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "QQBot-Callback",
            "X-Bot-Appid": bot.appid,
            "X-Tps-trace-ID": made_up(),
        }
        if signed:
            faults = self.platform.faults
            stamp = str(self.platform.stamp() + faults.callback_skew)
            secret = bot.secret[::-1] + "x" if faults.take("bad_signatures") else bot.secret
            headers["X-Signature-Ed25519"] = sign(secret, stamp, raw)
            headers["X-Signature-Timestamp"] = stamp
            headers["X-Signature-Method"] = "Ed25519"
        return headers

    def _refused(self, answer: Answer) -> str:
        """Why an answer is no acknowledgement: a bare 200 is one, `"d": 1` asks for a repeat."""
        if answer.status != _OK:
            return f"HTTP {answer.status}"
        body = parse_object(answer.body) or {}
        again = whole(body, "op") == CALLBACK_ACK and whole(body, "d") == 1
        return "d:1" if again and self.platform.limits.webhook_asks_again else ""

    def _wrong(self, bot: Bot, answer: Answer, token: str, stamp: str) -> str:
        body = parse_object(answer.body) or {}
        if answer.status != _OK or text(body, "plain_token") != token:
            return f"校验失败：HTTP {answer.status}"
        right = verify(bot.secret, stamp, token.encode(), text(body, "signature"))
        return "" if right else "校验失败：签名不对"
