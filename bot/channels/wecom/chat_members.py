"""App group chats: made, and their members kept equal to a list (wecom.md 2.6).

For whoever knows which class a chat belongs to. Knows no class and no message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.channels.limits import WECOM_CHAT_CREATE, WECOM_CHAT_UPDATE
from bot.channels.spending import Spend
from bot.channels.wecom.errors import HALTS
from bot.channels.wecom.http import NETWORK
from bot.channels.wecom.line import WeComLine
from bot.channels.wecom.token import WeComError

logger = logging.getLogger("shixun.wecom_appchat")

FEWEST, MOST, NAME = 2, 2000, 50
NO_ROOT = 48002
ROOT_RULE = (
    "企业微信只让可见范围是全公司的应用建群和往群里发（48002）。"
    "请管理员在后台把应用的可见范围改成最上面的部门。"
)
FEW = "群里至少要有 2 个企业微信里有的人。"
EXISTS, STRANGER, TOO_OFTEN = 86215, 86216, 45009
GONE = {
    40050: "应用群已经不在了",
    86001: "应用群的编号不对",
    86003: "应用群已经不在了",
    86008: "这个群不是本应用建的",
}
_WHY = {NO_ROOT: ROOT_RULE, 86004: "群名不合要求", 86005: "群主不在成员里", **GONE}
# The platform has nothing to do with these words: later once more.
_FOR_NOW = frozenset({-1, 6000, 40014, 42001, *HALTS}) - {NO_ROOT}
_KNOWN_FOR = timedelta(minutes=10)
_MOST_KNOWN = 1000
_STRANGE_FOR = timedelta(hours=1)
_ASKING = 8


class ChatRefusedError(Exception):
    """The chat was not made or changed; the message says why, in Chinese.

    `for_now`: asking later may help. `gone`: there is no such chat of ours.
    """

    def __init__(self, why: str, *, for_now: bool = False, gone: bool = False) -> None:
        super().__init__(why)
        self.for_now = for_now
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat as the platform has it; `members` lower-cased, in its order."""

    chat: str
    name: str
    owner: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was changed. `left_out`: accounts that the platform does not know or show the app."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class ChatMembers:
    """The calls about chats; what is said in them is wecom_appchat's matter."""

    def __init__(self, line: WeComLine) -> None:
        self._line = line
        self._known: dict[str, tuple[Chat, datetime]] = {}
        self._strangers: dict[str, datetime] = {}  # until when they are not asked about again

    async def create(self, name: str, owner: str, members: Sequence[str], chat: str = "") -> str:
        """Make a chat; its id: `chat` (letters and digits, 32 at most) or the platform's.

        Asked again with the same `chat`, it is the same chat. Who is unknown to the platform is
        left out. Raises ChatRefusedError.
        """
        wanted = _accounts(members)
        owner = owner.casefold()
        try:
            if not FEWEST <= len(wanted) <= MOST:
                raise ChatRefusedError(FEW if len(wanted) < FEWEST else "群成员最多 2000 人。")
            return await self._create(name, owner, wanted, chat)
        except WeComError as error:
            if error.code == EXISTS and chat:
                await self.keep_equal(chat, members)
                return chat
            if error.code != STRANGER:
                raise _refusal(error.code) from None
        except NETWORK as error:
            raise _silence(error) from None
        known = await self._only_known(wanted)
        if len(known) < FEWEST:
            raise ChatRefusedError(FEW)
        try:
            return await self._create(name, owner, known, chat)
        except WeComError as error:
            raise _refusal(error.code) from None
        except NETWORK as error:
            raise _silence(error) from None

    async def keep_equal(self, chat: str, wanted: Sequence[str]) -> Kept:
        """Let the chat have exactly these members, as far as the platform knows them.

        Where fewer than two would be left nothing is changed. Raises ChatRefusedError.
        """
        try:
            return await self._keep_equal(chat, _accounts(wanted))
        except WeComError as error:
            self._known.pop(chat, None)
            raise _refusal(error.code) from None
        except NETWORK as error:
            raise _silence(error) from None

    async def rename(self, chat: str, name: str) -> None:
        """Give it another name. Raises ChatRefusedError."""
        try:
            await self._update(chat, {"name": name[:NAME]})
        except WeComError as error:
            raise _refusal(error.code) from None
        except NETWORK as error:
            raise _silence(error) from None

    async def describe(self, chat: str, *, fresh: bool = False) -> Chat:
        """The chat, as it was at most ten minutes ago; raises WeComError and NETWORK."""
        now = self._line.clock.now()
        known, until = self._known.get(chat, (None, now))
        if known is not None and now < until and not fresh:
            return known
        client = await self._line.client()
        info = dict((await client.ask("appchat/get", {"chatid": chat}))["chat_info"])
        members = _accounts([str(each) for each in info.get("userlist") or ()])
        found = Chat(chat, str(info.get("name", "")), str(info.get("owner", "")), members)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[chat] = (found, now + _KNOWN_FOR)
        return found

    def known_size(self, chat: str) -> int:
        """How many are in it, as far as is known without asking."""
        known = self._known.get(chat)
        return max(1, len(known[0].members)) if known is not None else 1

    async def _create(self, name: str, owner: str, members: Sequence[str], chat: str) -> str:
        await self._count(Spend("chat:create", WECOM_CHAT_CREATE))
        body: dict[str, Any] = {
            "name": name[:NAME],
            "owner": owner if owner in members else members[0],
            "userlist": list(members),
        }
        answer = await self._line.call(
            "appchat/create", {**body, **({"chatid": chat} if chat else {})}
        )
        return str(answer.get("chatid") or chat)

    async def _keep_equal(self, chat: str, wanted: Sequence[str]) -> Kept:
        there, now = await self.describe(chat, fresh=True), self._line.clock.now()
        strange = {each for each, until in self._strangers.items() if until > now}
        wanted = [each for each in wanted if each not in strange][:MOST]
        added = [each for each in wanted if each not in there.members]
        removed = [each for each in there.members if each not in wanted]
        if (not added and not removed) or len(wanted) < FEWEST:
            return Kept()
        left_out: list[str] = []
        try:
            await self._change(there, added, removed)
        except WeComError as error:
            if error.code != STRANGER:
                raise
            known = await self._only_known(added)
            left_out = [each for each in added if each not in known]
            self._strangers.update(dict.fromkeys(left_out, now + _STRANGE_FOR))
            added = [each for each in added if each in known]
            staying = len(there.members) - len(removed) + len(added)
            if (added or removed) and staying >= FEWEST:
                await self._change(there, added, removed)
        self._known.pop(chat, None)
        return Kept(tuple(added), tuple(removed), tuple(left_out))

    async def _change(self, there: Chat, added: Sequence[str], removed: Sequence[str]) -> None:
        body: dict[str, Any] = {"add_user_list": list(added), "del_user_list": list(removed)}
        if there.owner.casefold() in removed:
            staying = [*(each for each in there.members if each not in removed), *added]
            body["owner"] = staying[0]
        await self._update(there.chat, body)

    async def _update(self, chat: str, body: Mapping[str, Any]) -> None:
        await self._count(Spend("chat:update", WECOM_CHAT_UPDATE))
        await self._line.call("appchat/update", {"chatid": chat, **body})

    async def _only_known(self, accounts: Sequence[str]) -> list[str]:
        """Those whom the platform knows and lets the app see."""
        gate = asyncio.Semaphore(_ASKING)

        async def known(account: str) -> bool:
            async with gate:
                answer = await self._line.ask("user/get", {"userid": account})
            return not answer.get("errcode")

        found = await asyncio.gather(*(known(each) for each in accounts))
        return [each for each, there in zip(accounts, found, strict=True) if there]

    async def _count(self, spend: Spend) -> None:
        if await self._line.spending.take([spend], self._line.clock):
            raise WeComError(TOO_OFTEN, "our own count")


def _accounts(members: Sequence[str]) -> tuple[str, ...]:
    """Each once; letter case does not count (wecom.md 2.8)."""
    return tuple(dict.fromkeys(each.casefold() for each in members if each))


def _refusal(code: int) -> ChatRefusedError:
    logger.warning("chat refused", extra={"errcode": code})
    halt = HALTS.get(code)
    why = _WHY.get(code) or (halt.cause if halt else f"企业微信没有照办（错误码 {code}）")
    return ChatRefusedError(why, for_now=code in _FOR_NOW, gone=code in GONE)


def _silence(error: BaseException) -> ChatRefusedError:
    return ChatRefusedError(f"企业微信没有回应（{type(error).__name__}）", for_now=True)
