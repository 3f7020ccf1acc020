"""A QQ account behind a OneBot v11 implementation such as NapCat or LLBot (qq.md B).

Hears private chats and groups, answers when it is spoken to, and writes first, slowly. An
ordinary account's way: against the platform's terms, so an office chooses it with open eyes. How
connections live is the line's matter, how things are said the speaker's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from aiohttp import web

from bot.channels.addressing import addressed
from bot.channels.base import CallOutcome, Capabilities, Incoming, Note, Outgoing, Receive, refused
from bot.channels.fetching import Fetcher
from bot.channels.limits import ONEBOT_ACCOUNT
from bot.channels.onebot import messages
from bot.channels.onebot.dial import Dialler
from bot.channels.onebot.door import Door, ExposedError, refusal
from bot.channels.onebot.events import Message, read_message, read_private_file
from bot.channels.onebot.files import fetch
from bot.channels.onebot.learning import STRANGER, Learning
from bot.channels.onebot.life import OFFLINE, NoAnswerError, NotSentError, Timing
from bot.channels.onebot.line import Line, OneBotAccount
from bot.channels.onebot.outcomes import Sign
from bot.channels.onebot.people import Chat, People
from bot.channels.onebot.speaker import Attachment, Said, Speaker, Stopped
from bot.clock import Clock
from bot.told_time import moment_of
from handlers.reply import Reply
from storage.outbox_values import FrozenRequest, Json, Outcome, Result, Unsendable

logger = logging.getLogger("shixun.onebot")

ONLY_WORDS = "我现在只看得懂文字和表格文件，请打字告诉我。"
RECALL_WITHIN = timedelta(minutes=2)
_ANSWER = "answer:"


class OneBotChannel:
    """Turns events into messages and replies into calls."""

    name = "onebot"
    capabilities = Capabilities(
        push=True,
        groups=True,
        buttons=0,
        text_bytes=messages.TEXT_BYTES,
        files=True,
        title="QQ（OneBot）",
        realm=messages.REALM,
        group_push=True,
        mention_realm=messages.REALM,
        # asked before each: only an admin may, and not often
        mention_all=True,
        mentions_by_leave=True,
        # only to friends: what is for a stranger waits until they write, and goes another way
        may_refuse=True,
        recall=RECALL_WITHIN,
        per_minute=min(rate.count for rate in ONEBOT_ACCOUNT),
        per_receiver=30,
    )

    def __init__(
        self,
        account: OneBotAccount,
        clock: Clock,
        attachment: Attachment,
        *,
        stopped: Stopped,
        note: Note,
        chance: random.Random,
        timing: Timing | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """Raises ExposedError where strangers could speak through the account."""
        if problem := refusal(account.host, account.token, account.url):
            raise ExposedError(problem)
        self._account = account
        self._clock = clock
        self._fetcher = fetcher or Fetcher()
        self._timing = timing or Timing()
        self._people = People()
        self._line = Line(self._heard, self._opened, self._timing)
        self._learning = Learning(self._line, self._people, clock, note, self._timing)
        self._speaker = Speaker(
            self._line, self._people, clock, attachment, stopped, self._timing, chance
        )
        self._side: Dialler | Door
        if account.url.strip():
            self._side = Dialler(account, self._line, self._timing, chance)
        else:
            self._side = Door(account, self._line, self._timing)
        self._receive: Receive | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the channel's contract -------------------------------------------------------------------

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """The address of the reverse connection, where the account dials us."""
        self._receive = receive
        return self._side.routes() if isinstance(self._side, Door) else []

    async def start(self) -> None:
        """Begin to dial; returns at once."""
        if isinstance(self._side, Dialler):
            self._side.start()

    def problem(self) -> str:
        """Why nobody can be heard, in Chinese, or nothing."""
        offline = OFFLINE if self._line.connected and not self._line.online else ""
        return self._side.problem() or offline

    @property
    def connected(self) -> bool:
        """Whether calls can be made now."""
        return self._line.connected

    def at_once(self, reply: Reply) -> bool:
        """Everything but files, which are kept until they are sent."""
        return not reply.files

    def repeats(self, request: Json) -> timedelta | None:
        """OneBot knows no repeated call: one without an answer stays unknown."""
        return None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One call a message, one a chat at a time so that their order holds.

        What may not leave now (no connection, offline, the minute is full) stays in the queue.
        """
        made: list[FrozenRequest | Unsendable] = []
        busy: set[tuple[str, bool]] = set()
        room = self._speaker.room()
        for each in outgoing:
            chat = (each.account, each.group)
            group = each.account if each.group else ""
            parts = messages.parts(each.reply, each.attachments, group)
            if not parts:
                made.append(Unsendable(each.delivery_id, "empty"))
            elif not (each.account.isascii() and each.account.isdigit()):
                made.append(Unsendable(each.delivery_id, "不是 QQ 号或群号"))
            elif chat not in busy and room > 0:
                busy.add(chat)
                room -= len(parts)
                body = {
                    "chat": each.account,
                    "group": each.group,
                    "parts": parts,
                    "answer": each.key.startswith(_ANSWER),
                }
                made.append(FrozenRequest(body, (each.delivery_id,)))
        return made

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Say one message, when its chat's turn comes; looks once more whether it may leave."""
        account, group = str(request["chat"]), bool(request["group"])
        chat = Chat(account, group=True) if group else self._people.private(account)
        if chat is None:
            said = Said(Result.PARKED, STRANGER, sign=Sign.STRANGER)
        else:
            answers = bool(request["answer"])
            said = await self._speaker.say(chat, request["parts"], answers=answers)
        if said.sign is not Sign.NONE:
            await self._learning.refused(account, said.sign, group=group)
        return CallOutcome(
            tuple(Outcome(each, said.result, said.error, said.retry_at) for each in deliveries),
            platform_id=",".join(said.ids),
            pause=said.pause,
            pause_chat=said.pause_chat,
            cause=said.cause,
        )

    async def recall(self, request: Json, platform_id: str) -> str:
        """Take back every part of a message; empty when all are, else why not."""
        numbers = [each for each in platform_id.split(",") if each]
        if not numbers:
            return "实现端没有给出消息编号"
        problem = ""
        for number in numbers:
            try:
                params = {"message_id": int(number)}
                answer = await self._line.call("delete_msg", params, self._timing.words)
            except NotSentError:
                problem = "QQ（OneBot）没有连接"
            except NoAnswerError:
                problem = "实现端没有回音，不知道撤回没有"
            except ValueError:
                problem = "消息编号不是数字"
            else:
                if not answer.ok:
                    problem = f"实现端没有撤回（{answer.retcode}）"
        return problem

    async def quiet(self) -> None:
        """Wait until everything that was heard is answered."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def send_away(self) -> None:
        """Close what was dialled to us, where that is the way; `close` follows."""
        if isinstance(self._side, Door):
            await self.close()

    async def close(self) -> None:
        """Say what is ready to be said, then hang up."""
        if self._tasks and self._line.connected:
            await asyncio.wait(set(self._tasks), timeout=self._timing.hang_up)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._side.close()

    # -- hearing ----------------------------------------------------------------------------------

    def _heard(self, frame: Mapping[str, Any]) -> None:
        """Whatever happens with one event, the connection goes on reading."""
        self._do(self._event(frame))

    def _opened(self) -> None:
        self._do(self._learning.ask_around())

    def _do(self, work: Awaitable[None]) -> None:
        async def safely() -> None:
            try:
                await work
            except Exception:
                logger.exception("event failed")

        task = asyncio.ensure_future(safely())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _event(self, frame: Mapping[str, Any]) -> None:
        match frame.get("post_type"):
            case "message":
                message = read_message(frame, self._line.self_id)
            case "notice" if frame.get("notice_type") == "offline_file":
                message = read_private_file(frame, self._line.self_id)
            case "notice":
                await self._learning.notice(frame)
                return
            case "request":
                # strangers are never let in by themselves: the owner of the account decides (B9)
                logger.info("request left to the owner")
                return
            case _:
                return
        if message is not None:
            await self._message(message)

    async def _message(self, message: Message) -> None:
        text, overheard = message.text, False
        if message.group:
            spoken = addressed(text, message.mentioned, self._account.name)
            if spoken is None:
                return
            text, overheard = spoken, not message.mentioned and spoken == text
        # in a task of its own: a person's messages must not overtake each other here
        self._do(self._learning.spoken_to(message))
        chat = _chat_of(message)
        head = messages.head(message.message_id) if message.group else ()
        fetching = None
        if message.wordless:
            fetching = partial(refused, ONLY_WORDS)
        elif message.media is not None and not text:
            fetching = partial(fetch, self._fetcher, self._line, message.media, self._timing)
        now = self._clock.now()
        incoming = Incoming(
            channel=self.name,
            realm=self.capabilities.realm,
            account=message.account,
            message_id=message.id,
            at=now,
            said_at=moment_of(message.told_at, now),
            text=text,
            group=message.group or None,
            overheard=overheard,
            fetch=fetching,
            push_channel=self.name,
            # nothing must be quoted here, but whoever is heard may be written to again
            reply_to=message.message_id,
            # 收到 to a colleague's message is theirs; to one of ours it is ours (bot.in_groups)
            quotes=message.quotes if overheard else "",
        )
        assert self._receive is not None
        reply = await self._receive(incoming)
        if reply is not None and (parts := messages.parts(reply)):
            await self._speaker.tell(chat, parts, head)


def _chat_of(message: Message) -> Chat:
    """Where the answer belongs."""
    if message.group:
        return Chat(message.group, group=True)
    return Chat(message.account, through=message.through)
