"""The WeCom self-built app: callbacks in, message/send out (wecom.md 1 and 2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from bot.channels.base import Incoming, Receive, refused
from bot.channels.wecom import events
from bot.channels.wecom import menu as wecom_menu
from bot.channels.wecom.again import LostReplies
from bot.channels.wecom.contacts import REALM, Directory, OpenIds, Run
from bot.channels.wecom.crypto import CallbackCrypto
from bot.channels.wecom.door import SKEW, WINDOW, Door, RefusedError
from bot.channels.wecom.login import Login, LoginApp
from bot.channels.wecom.messages import (
    Fields,
    button_reply,
    message_key,
    read_message,
    reply_envelope,
    sealed_in,
    text,
    text_reply,
)
from bot.channels.wecom.notes import Notes, Subject
from bot.channels.wecom.sender import Attachment, WeComApp, WeComSender
from bot.clock import Clock
from bot.leases import Leasing
from bot.told_time import moment_of
from handlers.app_menu import Button
from handlers.contract import SHANGHAI, Received
from handlers.reply import action

logger = logging.getLogger("shixun.wecom")

FILE_BYTES = 20 * 1024 * 1024
# A question of ours within the answer to a callback: WeCom waits five seconds (wecom.md 1.4).
ASK_WITHIN = 3.0
UNREACHED = -1  # no answer, as where the platform is too busy (wecom.md 5.2)
# Seconds until the menu is tried again; then four times as long, up to the last.
MENU_AGAIN, MENU_AGAIN_MOST = 5.0, 600.0


class WeComChannel(WeComSender):
    """Verifies, hands on and answers in time; what is sent is its other half's work."""

    def __init__(
        self,
        app: WeComApp,
        clock: Clock,
        attachment: Attachment,
        *,
        public_url: str = "",
        menu: tuple[Button, ...] = (),
    ) -> None:
        """`public_url`: where our pages are seen from outside. `menu`: empty leaves it alone."""
        super().__init__(app, clock, attachment)
        self._crypto = CallbackCrypto(app.token, app.aes_key, app.corp_id)
        self._door = Door(self._crypto, clock, skewed=self._skewed)
        self._menu = menu
        self._records: Run | None = None
        self._directory: Directory | None = None
        self._notes: Notes | None = None
        self._open_ids: OpenIds | None = None
        login = LoginApp(app.corp_id, app.agent_id, app.secret, public_url.rstrip("/"))
        self._login = Login(login, lambda: self._records, clock, self.ask_platform)
        self._lost = LostReplies(clock)
        self._beside: set[asyncio.Task[None]] = set()
        self._clock_note: str | None = None
        self._menu_again: asyncio.TimerHandle | None = None

    def share(self, leasing: Leasing) -> None:
        """The records too: without them events about people are only logged."""
        super().share(leasing)
        self._records = run = leasing.run
        self._directory = Directory(run, self._clock, self.ask_platform, self.name)
        self._notes = Notes(run, self._clock)
        self._open_ids = OpenIds(run, self._clock, self.ask_platform)

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The callback address, and the pages of the login."""
        return [
            web.get("/wecom/callback", self._door.check),
            web.post("/wecom/callback", partial(self._callback, receive)),
            *self._login.routes(),
        ]

    async def start(self) -> None:
        """See that the app's menu is ours; what goes wrong there keeps nobody from talking."""
        if self._menu:
            self._later(self._keep_menu(MENU_AGAIN))

    def problem(self) -> str:
        """It is called by the platform: nothing of its own can be down."""
        return ""

    async def quiet(self) -> None:
        """Wait until nothing goes on beside the callbacks."""
        while self._beside:
            await asyncio.wait(set(self._beside))

    async def close(self) -> None:
        """Let go of what goes on beside the callbacks, and of the session."""
        if self._menu_again is not None:
            self._menu_again.cancel()
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await super().close()

    async def notes(self) -> Mapping[str, str]:
        """What the operator should know, by subject; nothing of it stops the work."""
        return {} if self._notes is None else await self._notes.all()

    async def account(self, userid: str) -> str:
        """The account behind an id that another channel of this corp was told (wecom.md 4.6)."""
        if self._open_ids is None:
            return userid
        return await self._open_ids.account(userid)

    async def ask_platform(
        self, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        """One call of the server API within the answer to a callback (wecom_contacts.Ask)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_WITHIN):
                return await self.line.ask(path, query, body)
        return {"errcode": UNREACHED}

    # -- callbacks ------------------------------------------------------------------------------

    async def _callback(self, receive: Receive, request: web.Request) -> web.Response:
        """One message or event: verify, decrypt, answer in time."""
        nonce = request.query.get("nonce", "")
        try:
            fields = await self._door.opened(request, sealed_in, read_message)
        except RefusedError as refused:
            return refused.response
        meant = events.meaning(fields)
        key = message_key(fields, request.query["msg_signature"])
        incoming = await self._incoming(fields, meant, key)
        if incoming is None:
            return web.Response()
        reply = await receive(incoming)
        if isinstance(meant, events.Pressed) and meant.caption:
            # the answer to a card event is the card's new caption; the reply follows as a push.
            # One that comes at once says that the press was not done (yet): nothing turns grey.
            return self._passive(fields, nonce, caption=meant.caption if reply is None else "")
        if reply is None:
            reply = await self._lost.again(incoming, self._records)
        if reply is None or incoming.push_only:
            return web.Response()
        self._lost.keep(incoming, reply)
        return self._passive(fields, nonce, words=reply.text)

    async def _incoming(
        self, fields: Fields, meant: events.Meaning | None, key: str
    ) -> Incoming | None:
        """Theirs to ours; None where nobody waits for an answer, or it comes from nobody."""
        account = text(fields, "FromUserName").casefold()
        if not account:
            return None
        now = self._clock.now()
        base = partial(
            Incoming,
            channel=self.name,
            realm=REALM,
            account=account,
            message_id=key,
            at=now,
            said_at=moment_of(text(fields, "CreateTime"), now),
            push_channel=self.name,
        )
        match meant:
            case events.Said(words):
                return base(text=words)
            case events.SentFile():
                return base(fetch=partial(self._fetch, meant))
            case events.Unreadable(words, passive):
                return base(fetch=partial(refused, words), push_only=not passive)
            case events.Pressed(pressed, _, passive):
                return base(button=pressed.key(), push_only=not passive)
            case events.Opened(new):
                if new and self._directory is not None:
                    await self._directory.came(fields)
                day = now.astimezone(SHANGHAI).date()
                # once a day, whichever replica is called: the day is the message's id
                greeting = f"hello:{day.isoformat()}:{account}"
                return base(button=action(events.GREETING).key(), message_id=greeting, unasked=True)
        await self._noted(fields, meant)
        return None

    async def _noted(self, fields: Fields, meant: events.Meaning | None) -> None:
        """What concerns the roster or the operator."""
        match meant:
            case events.Contacts() if self._directory is not None:
                await self._directory.changed(fields)
                if self._open_ids is not None:
                    self._open_ids.forget()
            case events.Gone() if self._directory is not None:
                await self._directory.left(fields)
            case events.Job(kind, code):
                logger.info("directory job ended", extra={"errcode": code})
                words = (
                    f"通讯录任务 {kind[:20]} 没有完成（{code}），请在管理后台查看" if code else ""
                )
                await self._note(Subject.DIRECTORY, words)
            case events.ForOperator(event):
                logger.warning("event for the operator", extra={"reason": event})
                words = events.OPERATORS[event]
                if words or event in events.RECOVERED:
                    await self._note(Subject.APP, words)

    async def _fetch(self, sent: events.SentFile) -> Received:
        """Get a sent file; after the acknowledgement, under a size cap."""
        name, data = await self.line.download(sent.media_id, limit=FILE_BYTES)
        return Received(name=sent.name or name or "文件", data=data)

    def _passive(
        self, fields: Fields, nonce: str, *, words: str = "", caption: str = ""
    ) -> web.Response:
        """Seal a passive reply: a card's new caption, or words, or nothing."""
        now = int(self._clock.now().timestamp())
        to, sender = text(fields, "FromUserName"), text(fields, "ToUserName")
        if caption:
            inner = button_reply(to, sender, now, caption)
        elif words:
            inner = text_reply(to, sender, now, words)
        else:
            return web.Response()
        sealed = self._crypto.seal(inner, str(now), nonce)
        return web.Response(
            text=reply_envelope(sealed.encrypt, sealed.signature, str(now), nonce),
            content_type="application/xml",
        )

    # -- for the operator -----------------------------------------------------------------------

    def _skewed(self, ahead: float) -> None:
        """Tell the operator of a clock that is wrong; it is not known whose."""
        words = ""
        if abs(ahead) > SKEW.total_seconds():
            words = f"本机时钟和企业微信相差约 {round(abs(ahead) / 60)} 分钟，请校准"
            if abs(ahead) > WINDOW.total_seconds():
                words += "；相差超过 2 小时的消息会被拒收"
        if words != self._clock_note:
            self._clock_note = words
            self._later(self._note(Subject.CLOCK, words))

    async def _note(self, subject: Subject, words: str) -> None:
        if self._notes is not None:
            await self._notes.put(subject, words)

    async def _keep_menu(self, again: float) -> None:
        wanted = wecom_menu.draw(self._menu)
        agent = {"agentid": str(self._app.agent_id)}
        # no callback waits for this: a slow platform is given its time
        standing = await self.line.ask("menu/get", agent)
        code = standing.get("errcode")
        if not code and wecom_menu.same(standing, wanted):
            await self._note(Subject.MENU, "")
            return
        if not code or code == wecom_menu.NO_MENU:
            code = (await self.line.ask("menu/create", agent, wanted)).get("errcode")
        if code:
            logger.warning("menu not made", extra={"errcode": code})
            words = f"应用菜单没有建好（错误码 {code}），聊天不受影响；重启后会再试"
            await self._note(Subject.MENU, words)
            if code == UNREACHED:
                longer = min(again * 4, MENU_AGAIN_MOST)
                loop = asyncio.get_running_loop()
                self._menu_again = loop.call_later(
                    again, lambda: self._later(self._keep_menu(longer))
                )
            return
        logger.info("menu made")
        await self._note(Subject.MENU, "")

    def _later(self, work: Awaitable[None]) -> None:
        """Something that no callback waits for."""

        async def quietly() -> None:
            try:
                await work
            except Exception:
                logger.exception("work beside the callbacks failed")

        task = asyncio.create_task(quietly())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
