"""The line to WeCom's server API that everything of one app shares: session, token, files.

Senders, app group chats, menu and directory call through it. Knows no message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.channels.base import FileRefusedError
from bot.channels.limits import WECOM_API, wecom_person_times
from bot.channels.session import Session
from bot.channels.spending import Spend, Spending
from bot.channels.wecom.http import NETWORK
from bot.channels.wecom.token import WeComError
from bot.clock import Clock
from bot.leases import Leasing
from storage.headcount import known_accounts

if TYPE_CHECKING:
    from bot.channels.wecom.api import WeComClient

logger = logging.getLogger("shixun.wecom")

# name and content of an attachment by its id
Attachment = Callable[[int], Awaitable[tuple[str, bytes]]]
TOO_OFTEN = 45009
# A file that was uploaded lives three days (wecom.md 2.7); less a margin.
MEDIA_LIFE = timedelta(days=2)
_MOST_MEDIA = 500
REALM = "wecom"
_COUNTED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WeComApp:
    """What identifies the app; values of the admin console."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_base: str
    name: str


class WeComLine:
    """One app's calls in this process."""

    def __init__(self, app: WeComApp, clock: Clock, attachment: Attachment) -> None:
        self.app = app
        self.clock = clock
        self.attachment = attachment
        self._leasing: Leasing | None = None
        self._accounts, self._counted_until = 0, datetime.min.replace(tzinfo=UTC)
        self.spending = Spending("wecom")
        self._session = Session()
        self._client: WeComClient | None = None
        self._opening = asyncio.Lock()
        self._media: OrderedDict[tuple[str, int], tuple[str, datetime]] = OrderedDict()

    def share(self, leasing: Leasing) -> None:
        """Share token and limits with the other processes; before the first call."""
        self._leasing = leasing
        self.spending.share(leasing)

    async def person_times(self, count: int) -> Sequence[Spend]:
        """What message/send to so many spends of the day; nothing while nobody is known."""
        now = self.clock.now()
        if self._leasing is not None and now >= self._counted_until:
            known = await self._leasing.run(lambda unit: known_accounts(unit, REALM))
            self._accounts, self._counted_until = known, now + _COUNTED_FOR
        return self.known_person_times(count)

    def known_person_times(self, count: int) -> Sequence[Spend]:
        """The same without asking."""
        if not self._accounts:
            return ()
        return (Spend("person-times", wecom_person_times(self._accounts), count),)

    async def client(self) -> WeComClient:
        """The client, made at the first call."""
        async with self._opening:
            if self._client is None:
                client_class = await asyncio.to_thread(_load_client)
                self._client = client_class(
                    self.app.corp_id,
                    self.app.secret,
                    base=self.app.api_base,
                    http=self._session.now(),
                    clock=self.clock,
                    leasing=self._leasing,
                )
            return self._client

    async def call(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A POST within the limits of its API; raises WeComError and NETWORK."""
        await self._counted(path)
        return await (await self.client()).call(path, body)

    async def ask(
        self, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Any call with the app's token, a GET where there is no body; never raises.

        An answer with `errcode` was refused, or, with -1, did not come.
        """
        try:
            await self._counted(path)
            client = await self.client()
            if body is None:
                return await client.ask(path, query)
            return await client.call(path, body, query)
        except WeComError as error:
            return {"errcode": error.code, "errmsg": str(error)}
        except NETWORK as error:
            return {"errcode": -1, "errmsg": type(error).__name__}

    async def media(self, kind: str, attachment: int, *, again: bool = False) -> str:
        """The media id of an attachment, uploaded at most once in two days unless `again`.

        Raises WeComError, -1 where there was no answer.
        """
        key, now = (kind, attachment), self.clock.now()
        media_id, until = self._media.get(key, ("", now))
        if media_id and now < until and not again:
            return media_id
        await self._counted("media/upload")
        name, data = await self.attachment(attachment)
        client = await self.client()
        try:
            uploaded = await client.media.upload(kind, (name, data))
        except NETWORK as error:
            # whether it arrived or not, nobody was sent anything
            raise WeComError(-1, type(error).__name__) from None
        media_id = str(uploaded["media_id"])
        self._media[key] = (media_id, now + MEDIA_LIFE)
        if len(self._media) > _MOST_MEDIA:
            self._media.popitem(last=False)
        return media_id

    async def download(self, media_id: str, *, limit: int) -> tuple[str, bytes]:
        """A file that a person sent; raises FileRefusedError."""
        try:
            return await (await self.client()).download(media_id, limit=limit)
        except (WeComError, *NETWORK):
            logger.warning("file not fetched", exc_info=True)
            raise FileRefusedError("文件没有取到（可能已过期或超过 20 MB），请再发一次。") from None

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    async def _counted(self, path: str) -> None:
        if await self.spending.take([Spend(f"api:{path}", WECOM_API)], self.clock):
            raise WeComError(TOO_OFTEN, "our own count")


def _load_client() -> type[WeComClient]:
    from bot.channels.wecom.api import WeComClient  # noqa: PLC0415 - takes a fifth of a second

    return WeComClient
