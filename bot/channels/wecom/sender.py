"""Sending through the WeCom self-built app: rendering into calls, making them (wecom.md 2).

What may not leave now (a person's window is full, the platform is unwell) stays in the queue:
the platform drops in silence what is too much.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.channels.base import CallOutcome, Capabilities, Outgoing
from bot.channels.breaker import Breaker
from bot.channels.limits import WECOM_MEMBER
from bot.channels.rendering import unmarked
from bot.channels.spending import Spend
from bot.channels.wecom import cards
from bot.channels.wecom.errors import (
    ASK_AGAIN,
    CARD_REFUSED,
    MEDIA_GONE,
    NO_CALLBACK,
    recall_problem,
)
from bot.channels.wecom.http import NETWORK
from bot.channels.wecom.line import Attachment, WeComApp, WeComLine
from bot.channels.wecom.outcomes import NOT_REACHED, Judge, Made, later
from bot.channels.wecom.token import WeComError
from bot.clock import Clock
from bot.leases import Leasing
from handlers.reply import Reply
from storage.outbox_values import FrozenRequest, Json, Unsendable

if TYPE_CHECKING:
    from bot.channels.wecom.api import WeComClient

__all__ = ["Attachment", "WeComApp", "WeComSender"]
logger = logging.getLogger("shixun.wecom")

RECIPIENTS = 1000
# The platform's longest memory for repeated calls, and the span over which ours are spread: the
# same words sent again on purpose differ in this number, a repeated call does not.
CHECK_INTERVAL, CHECK_SPREAD = 14_400, 7_200
# How long cards are written in words after the platform said that it has no callback address.
NO_CARDS = timedelta(hours=1)


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
        per_receiver=WECOM_MEMBER[0].count,
    )

    def __init__(self, app: WeComApp, clock: Clock, attachment: Attachment) -> None:
        self.line = WeComLine(app, clock, attachment)
        self._app = app
        self._clock = clock
        self._breaker = Breaker()
        self._judge = Judge(self._breaker, clock)
        self._no_cards: datetime | None = None

    def share(self, leasing: Leasing) -> None:
        """Share token and limits with the other processes."""
        self.line.share(leasing)

    def at_once(self, reply: Reply) -> bool:
        """A passive reply is one text; cards and files must be sent."""
        short = len(unmarked(reply.text).encode()) <= cards.TEXT_BYTES
        return reply.card is None and not reply.files and short

    def repeats(self, request: Json) -> timedelta | None:
        """Each call asks for a memory of at least CHECK_INTERVAL - CHECK_SPREAD; less a margin.

        A file that is uploaded again has another media id: not the same call any more.
        """
        if any("attachment" in body for body in request["calls"]):
            return None
        return timedelta(seconds=CHECK_INTERVAL - CHECK_SPREAD - 600)

    def requests(self, outgoing: Sequence[Outgoing]) -> Sequence[FrozenRequest | Unsendable]:
        """Same words to many become one call of up to a thousand (wecom.md 2.2).

        One message a person at a time, so that their order holds.
        """
        now = self._clock.now()
        room = self._breaker.room(now)
        if room == 0:
            return []
        plan = self.line.spending.plan(now)
        made: list[FrozenRequest | Unsendable] = []
        groups: dict[str, list[Outgoing]] = {}
        busy: set[str] = set()
        for each in outgoing:
            parts = self._parts(each, task_id="")
            problem = self._problem(each, parts)
            if problem:
                made.append(Unsendable(each.delivery_id, problem))
            elif each.account not in busy:
                busy.add(each.account)
                day = self.line.known_person_times(len(parts))
                if plan.take([_member(each.account, len(parts)), *day]):
                    same = json.dumps(parts, ensure_ascii=False, sort_keys=True)
                    groups.setdefault(same, []).append(each)
        frozen = [
            self._frozen(members[start : start + RECIPIENTS])
            for members in groups.values()
            for start in range(0, len(members), RECIPIENTS)
        ]
        return [*made, *frozen[:room]]

    async def call(self, request: Json, deliveries: Sequence[int]) -> CallOutcome:
        """Make the calls of a request one after another; stop at the first that fails."""
        bodies: Sequence[Mapping[str, Any]] = request["calls"]
        accounts = str(bodies[0]["touser"]).split("|")
        members = [_member(account, len(bodies)) for account in accounts]
        day = await self.line.person_times(len(accounts) * len(bodies))
        blocked = dict(await self.line.spending.take([*members, *day], self._clock))
        now = self._clock.now()
        if blocked:
            # the day may be over for everybody; where only somebody's window is full, the others
            # leave without them, at once
            least = max((blocked.get(each.key, now) for each in day), default=now)
            moments = [max(least, blocked.get(each.key, now)) for each in members]
            return CallOutcome(later(deliveries, moments))
        ticket = self._breaker.enter(now)
        if ticket is None:
            again = self._breaker.again_at(now)
            return CallOutcome(later(deliveries, [again] * len(deliveries)))
        made = Made(deliveries, len(bodies), self.repeats(request) is not None, ticket)
        try:
            client = await self.line.client()
            for body in bodies:
                await self._send(client, body, made)
        except WeComError as error:
            return self._judge.refused(made, error.code)
        except NETWORK as error:
            return self._judge.silent(made, error)
        return self._judge.done(made, accounts)

    async def recall(self, request: Json, platform_id: str) -> str | None:
        """Take back what one call sent, within 24 hours (wecom.md 2.5)."""
        ids = [each for each in platform_id.partition("|")[0].split(",") if each]
        problems: list[str] = []
        taken_back = 0
        for each in ids:
            answer = await self.line.ask("message/recall", {}, {"msgid": each})
            code = int(answer.get("errcode") or 0)
            if code in ASK_AGAIN and not taken_back:
                return None
            if code:
                problems.append(recall_problem(code))
            else:
                taken_back += 1
        if len(ids) < len(request["calls"]):
            problems.append("消息没有编号，撤不回")
        if problems and taken_back:
            return f"只撤回了一部分：{problems[0]}"
        return problems[0] if problems else ""

    async def update_card(self, platform_id: str, accounts: Sequence[str], caption: str) -> int:
        """Grey the button of a card that was answered in words; the errcode, 0 when it was done.

        Once for each call that sent cards, for as many people as one likes, within 72 hours.
        """
        body = {
            "userids": list(accounts),
            "agentid": self._app.agent_id,
            "response_code": platform_id.partition("|")[2],
            "button": {"replace_name": caption},
        }
        answer = await self.line.ask("message/update_template_card", {}, body)
        return int(answer.get("errcode") or 0)

    async def ask(
        self, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Any other call of the server API; never raises (wecom_line.WeComLine.ask)."""
        return await self.line.ask(path, query, body)

    async def _connected(self) -> WeComClient:
        return await self.line.client()

    async def download(self, media_id: str, *, limit: int) -> tuple[str, bytes]:
        """A file that a person sent; raises FileRefusedError."""
        return await self.line.download(media_id, limit=limit)

    async def close(self) -> None:
        """Close the session."""
        await self.line.close()

    # -- rendering --------------------------------------------------------------------------------

    def _parts(self, each: Outgoing, task_id: str) -> list[cards.Message]:
        possible = self._no_cards is None or self._clock.now() >= self._no_cards
        return cards.messages(
            each.reply,
            task_id=task_id,
            source=self._app.name,
            files=each.attachments,
            buttons=possible,
        )

    def _problem(self, each: Outgoing, parts: Sequence[cards.Message]) -> str:
        if each.group:
            return "企业微信应用不能发到群里"
        return cards.too_large(each.reply) if parts else "empty"

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

    # -- one call ---------------------------------------------------------------------------------

    async def _send(self, client: WeComClient, frozen: Mapping[str, Any], made: Made) -> None:
        """One message; a card that is refused becomes words, a file that is gone is uploaded."""
        body = dict(frozen)
        attachment, instead = body.pop("attachment", None), body.pop("instead", "")
        kind = str(body["msgtype"])
        if attachment is not None:
            body[kind] = {"media_id": await self.line.media(kind, int(attachment))}
        try:
            answer = await client.send(_bytes(body))
        except WeComError as error:
            if error.code == MEDIA_GONE and attachment is not None:
                fresh = await self.line.media(kind, int(attachment), again=True)
                answer = await client.send(_bytes({**body, kind: {"media_id": fresh}}))
            elif error.code in CARD_REFUSED and instead:
                self._no_card(error.code)
                del body["template_card"]
                text = {"msgtype": "text", "text": {"content": instead}}
                answer = await client.send(_bytes({**body, **text}))
            else:
                raise
        for name in NOT_REACHED:
            refused = str(answer.get(name) or "").split("|")
            made.invalid |= {account.casefold(): name for account in refused if account}
        made.message_ids.append(str(answer.get("msgid") or ""))
        made.done += 1
        made.response_code = str(answer.get("response_code") or made.response_code)

    def _no_card(self, code: int) -> None:
        logger.warning("card refused", extra={"errcode": code})
        if code == NO_CALLBACK:
            self._no_cards = self._clock.now() + NO_CARDS


def _member(account: str, count: int) -> Spend:
    return Spend(f"m:{account.casefold()}", WECOM_MEMBER, count)


def _bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
