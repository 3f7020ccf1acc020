"""Sending through the WeCom self-built app: rendering into calls, making them (wecom.md 2)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.channels import wecom_cards as cards
from bot.channels.base import CallOutcome, Capabilities, FileRefusedError, Outgoing
from handlers.reply import Reply
from storage.outbox_values import FrozenRequest, Json, Outcome, Result

if TYPE_CHECKING:
    from bot.channels.wecom_api import WeComClient

logger = logging.getLogger("shixun.wecom")

RECIPIENTS = 1000
# The platform's longest memory for repeated calls, and the span over which ours are spread: the
# same words sent again on purpose differ in this number, a repeated call does not.
CHECK_INTERVAL, CHECK_SPREAD = 14_400, 7_200
# What is wrong with the whole app, and how long to leave the platform alone (wecom.md 5.2).
PAUSE = {45009: 60.0, 45033: 5.0, 40001: 600.0, 60020: 600.0, 50003: 600.0, 301002: 600.0}
TRANSIENT = frozenset({-1, 6000, 40014, 42001, *PAUSE})

# name and content of an attachment by its id
Attachment = Callable[[int], Awaitable[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class WeComApp:
    """What identifies the app; values of the admin console."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    api_base: str
    name: str


class WeComSender:
    """The half of the channel that speaks."""

    name = "wecom"
    capabilities = Capabilities(
        push=True,
        groups=False,
        buttons=cards.BUTTONS,
        text_bytes=cards.TEXT_BYTES,
        files=True,
        recipients=RECIPIENTS,
        title="企业微信应用",
        realm="wecom",
        recall=timedelta(hours=24),
        per_minute=10_000,
        per_receiver=30,
    )

    def __init__(self, app: WeComApp, attachment: Attachment) -> None:
        self._app = app
        self._attachment = attachment
        self._web: aiohttp.ClientSession | None = None
        self._client: WeComClient | None = None
        self._opening = asyncio.Lock()

    def at_once(self, reply: Reply) -> bool:
        """A passive reply is one text; cards and files must be sent."""
        return (
            reply.card is None and not reply.files and len(reply.text.encode()) <= cards.TEXT_BYTES
        )

    def repeats(self, request: Json) -> timedelta | None:
        """Each call asks for a memory of at least CHECK_INTERVAL - CHECK_SPREAD; less a margin."""
        return timedelta(seconds=CHECK_INTERVAL - CHECK_SPREAD - 600)

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest]:
        """Same words to many become one call of up to a thousand (wecom.md 2.2)."""
        groups: dict[str, list[Outgoing]] = {}
        for each in outgoing:
            parts = self._parts(each, task_id="")
            same = json.dumps(parts, ensure_ascii=False, sort_keys=True)
            groups.setdefault(same, []).append(each)
        return [
            self._frozen(members[start : start + RECIPIENTS])
            for members in groups.values()
            for start in range(0, len(members), RECIPIENTS)
        ]

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Make the calls of a request one after another; stop at the first that fails."""
        from bot.channels.wecom_api import WeComError  # noqa: PLC0415 - loaded late

        invalid: set[str] = set()
        message_ids: list[str] = []
        try:
            client = await self._connected()
            for body in request["calls"]:
                answer = await client.send(await self._with_media(client, body))
                refused = str(answer.get("invaliduser", "")).split("|")
                invalid |= {account.casefold() for account in refused if account}
                message_ids.append(str(answer.get("msgid", "")))
        except WeComError as error:
            return _refused(deliveries, error.code)
        except (aiohttp.ClientError, TimeoutError, OSError):
            if any("attachment" in body for body in request["calls"]):
                # an upload has another media id the second time: not the same call any more
                return CallOutcome(
                    tuple(Outcome(each, Result.UNKNOWN, "no answer") for each in deliveries)
                )
            return CallOutcome(answered=False)
        accounts = str(request["calls"][0]["touser"]).split("|")
        return CallOutcome(
            tuple(
                Outcome(each, Result.REJECTED, "invaliduser")
                if account in invalid
                else Outcome(each, Result.SENT)
                for each, account in zip(deliveries, accounts, strict=True)
            ),
            platform_id=",".join(message_ids)[:200],
        )

    async def download(self, media_id: str, *, limit: int) -> tuple[str, bytes]:
        """A file that a person sent; raises FileRefusedError."""
        from bot.channels.wecom_api import WeComError  # noqa: PLC0415 - loaded late

        client = await self._connected()
        try:
            return await client.download(media_id, limit=limit)
        except (WeComError, aiohttp.ClientError, TimeoutError):
            logger.warning("file not fetched", exc_info=True)
            raise FileRefusedError("文件没有取到（可能已过期或超过 20 MB），请再发一次。") from None

    async def close(self) -> None:
        """Close the session."""
        if self._web is not None:
            await self._web.close()

    def _parts(self, each: Outgoing, task_id: str) -> list[cards.Message]:
        return cards.messages(
            each.reply, task_id=task_id, source=self._app.name, files=each.attachments
        )

    def _frozen(self, members: Sequence[Outgoing]) -> FrozenRequest:
        first = members[0]
        check = {
            "enable_duplicate_check": 1,
            "duplicate_check_interval": CHECK_INTERVAL - first.delivery_id % CHECK_SPREAD,
        }
        accounts = [each.account for each in members]
        calls = [
            cards.envelope(accounts, self._app.agent_id, {**part, **check})
            for part in self._parts(first, task_id=f"shixun-{first.delivery_id}")
        ]
        return FrozenRequest({"calls": calls}, tuple(each.delivery_id for each in members))

    async def _with_media(self, client: WeComClient, body: Mapping[str, Any]) -> bytes:
        """Upload the attachment a call names and put its media id in the place."""
        body = dict(body)
        attachment = body.pop("attachment", None)
        if attachment is not None:
            kind = body["msgtype"]
            uploaded = await client.media.upload(kind, await self._attachment(int(attachment)))
            body[kind] = {"media_id": uploaded["media_id"]}
        return json.dumps(body, ensure_ascii=False).encode()

    async def _connected(self) -> WeComClient:
        async with self._opening:
            if self._client is None:
                client_class = await asyncio.to_thread(_load_client)
                self._web = aiohttp.ClientSession()
                self._client = client_class(
                    self._app.corp_id, self._app.secret, base=self._app.api_base, http=self._web
                )
            return self._client


def _load_client() -> type[WeComClient]:
    from bot.channels.wecom_api import WeComClient  # noqa: PLC0415 - takes a fifth of a second

    return WeComClient


def _refused(deliveries: Sequence[int], code: int) -> CallOutcome:
    """What an errcode means for the deliveries of its call (wecom.md 5.2)."""
    result = Result.RETRY if code in TRANSIENT else Result.REJECTED
    logger.warning("send refused", extra={"errcode": code, "count": len(deliveries)})
    return CallOutcome(
        tuple(Outcome(each, result, f"errcode {code}") for each in deliveries),
        pause=PAUSE.get(code, 0.0),
    )
