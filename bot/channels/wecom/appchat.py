"""Group chats that the WeCom app has made: it writes into them and hears nothing (wecom.md 2.6).

Members are wecom_chat_members' matter. No cards there, no repeated calls, nothing taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.channels.base import CallOutcome, Capabilities, Note, Noted, Outgoing
from bot.channels.breaker import Breaker
from bot.channels.limits import WECOM_CHAT_MEMBER, WECOM_CHAT_PERSON_TIMES
from bot.channels.spending import Spend
from bot.channels.wecom import cards
from bot.channels.wecom.chat_members import GONE, NO_ROOT, ROOT_RULE, ChatMembers
from bot.channels.wecom.errors import HALTS, MEDIA_GONE, Halt, all_of
from bot.channels.wecom.group_words import REALM, messages
from bot.channels.wecom.http import NETWORK
from bot.channels.wecom.line import WeComLine
from bot.channels.wecom.outcomes import Judge, Made, later
from bot.channels.wecom.token import WeComError
from bot.leases import Leasing
from handlers.reply import Reply
from handlers.ways import GROUP
from storage.outbox_values import FrozenRequest, Json, Result, Unsendable

_HALTS = {**HALTS, NO_ROOT: Halt(timedelta(minutes=10), ROOT_RULE)}


class WeComAppChatChannel(ChatMembers):
    """Writes into the app's own chats; `line` is the app's."""

    name = "wecom_appchat"
    capabilities = Capabilities(
        push=False,
        groups=False,
        buttons=0,
        text_bytes=cards.TEXT_BYTES,
        files=True,
        title="企业微信应用群",
        group_push=True,
        mention_realm=REALM,
        mention_all=True,
        per_receiver=WECOM_CHAT_MEMBER[0].count,
    )

    def __init__(self, line: WeComLine, note: Note) -> None:
        super().__init__(line)
        self._clock = line.clock
        self._note = note
        self._breaker = Breaker()
        self._judge = Judge(self._breaker, line.clock, _HALTS)

    def share(self, leasing: Leasing) -> None:
        """The line is shared by whose it is."""
        self._line.share(leasing)

    def at_once(self, reply: Reply) -> bool:
        """Nobody is heard here."""
        return False

    def repeats(self, request: Json) -> timedelta | None:
        """The platform knows no repeated message."""
        return None

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """One message a chat at a time, so that their order holds."""
        now = self._clock.now()
        room = self._breaker.room(now)
        if room == 0:
            return []
        plan = self._line.spending.plan(now)
        made: list[FrozenRequest | Unsendable] = []
        frozen: list[FrozenRequest] = []
        busy: set[str] = set()
        for each in outgoing:
            parts = messages(
                each.reply, each.attachments, each.account, markdown_bytes=cards.TEXT_BYTES
            )
            problem = "应用群只能发到群里" if not each.group else cards.too_large(each.reply)
            if problem or not parts:
                made.append(Unsendable(each.delivery_id, problem or "empty"))
            elif each.account not in busy:
                busy.add(each.account)
                if plan.take([_person_times(self.known_size(each.account) * len(parts))]):
                    body = {"chat": each.account, "calls": parts}
                    frozen.append(FrozenRequest(body, (each.delivery_id,)))
        return [*made, *frozen[:room]]

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Make the calls of one message one after another; stop at the first that fails."""
        chat, calls = str(request["chat"]), request["calls"]
        ticket = self._breaker.enter(self._clock.now())
        if ticket is None:
            again = self._breaker.again_at(self._clock.now())
            return CallOutcome(later(deliveries, [again] * len(deliveries)))
        made = Made(deliveries, len(calls), repeatable=False, ticket=ticket)
        try:
            members = await self._members(chat)
            blocked = await self._line.spending.take(_spends(members, len(calls)), self._clock)
            if blocked:
                self._breaker.worked(ticket)
                return CallOutcome(later(deliveries, [max(blocked.values())] * len(deliveries)))
            for body in calls:
                await self._send(chat, body)
                made.done += 1
        except WeComError as error:
            return await self._refused(chat, made, error.code)
        except NETWORK as error:
            return self._judge.silent(made, error)
        return self._judge.done(made, [chat])

    async def close(self) -> None:
        """The line is closed by whose it is."""

    async def _refused(self, chat: str, made: Made, code: int) -> CallOutcome:
        if code not in GONE:
            return self._judge.refused(made, code)
        self._breaker.worked(made.ticket)
        self._known.pop(chat, None)
        await self._note(Noted(GROUP, chat, GONE[code]))
        return CallOutcome(all_of(made.deliveries, Result.REJECTED, GONE[code]))

    async def _members(self, chat: str) -> Sequence[str]:
        """Who will get it; raises WeComError, -1 where there was no answer."""
        try:
            return (await self.describe(chat)).members
        except NETWORK as error:
            raise WeComError(-1, type(error).__name__) from None

    async def _send(self, chat: str, frozen: Mapping[str, Any]) -> None:
        body = {"chatid": chat, **frozen}
        attachment, kind = body.pop("attachment", None), str(frozen["msgtype"])
        if attachment is not None:
            body[kind] = {"media_id": await self._line.media(kind, int(attachment))}
        try:
            await self._line.call("appchat/send", body)
        except WeComError as error:
            if error.code != MEDIA_GONE or attachment is None:
                raise
            fresh = await self._line.media(kind, int(attachment), again=True)
            await self._line.call("appchat/send", {**body, kind: {"media_id": fresh}})


def _person_times(count: int) -> Spend:
    return Spend("chat:person-times", WECOM_CHAT_PERSON_TIMES, count)


def _spends(members: Sequence[str], parts: int) -> list[Spend]:
    each = [Spend(f"c:{account}", WECOM_CHAT_MEMBER, parts) for account in members]
    return [*each, _person_times(max(1, len(members)) * parts)]
