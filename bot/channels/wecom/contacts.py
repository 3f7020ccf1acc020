"""The directory's changes (wecom.md 1.8) and encrypted ids (4.6), taken over into the records.

An account that got another id moves with its person; everything else is a hint for an officer.
Nothing here changes a person.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.channels.wecom.messages import Fields, message_key, text
from bot.clock import Clock
from handlers.ways import PRIVATE
from storage.accounts import Accounts
from storage.addresses import is_address
from storage.journal import Audit, Outcome, SeenMessages
from storage.person_names import LONGEST, spelled
from storage.reachability import Reachability
from storage.roster_hints import HintKind, Moved, RosterHints
from storage.unit import Unit

logger = logging.getLogger("shixun.wecom")

REALM = "wecom"
GONE_WHY = "已从企业微信通讯录删除"
HIDDEN_WHY = "看不到应用（移出可见范围或被禁用）"
_PARTIES = {
    "create_party": HintKind.PARTY_CREATED,
    "update_party": HintKind.PARTY_CHANGED,
    "delete_party": HintKind.PARTY_DELETED,
}
# An encrypted id; what merely looks like one comes back as invalid and is used as it is.
_OPEN_ID_LEAST = 24
# How long an id that cannot be converted is used as it is; where the platform gave no answer, less.
_ASK_AGAIN, _TRY_AGAIN = timedelta(minutes=10), timedelta(seconds=30)
_REMEMBERED = 5000

T = TypeVar("T")


class Run(Protocol):
    """Runs one unit of work (bot.workers)."""

    async def __call__(self, job: Callable[[Unit], T]) -> T:
        """Its result, once it is on disk."""


# One call of the server API with the app's token: path, query, body (a GET without one). Never
# raises: an answer with `errcode` was refused, or -1, did not come.
Ask = Callable[[str, Mapping[str, str], Mapping[str, Any] | None], Awaitable[Mapping[str, Any]]]


class Directory:
    """What the platform's directory says, noted once however often it is said."""

    def __init__(self, run: Run, clock: Clock, ask: Ask, channel: str) -> None:
        """`channel`: through which these accounts are written to."""
        self._run = run
        self._clock = clock
        self._ask = ask
        self._channel = channel

    async def changed(self, fields: Fields) -> None:
        """A change_contact event."""
        kind = text(fields, "ChangeType")
        logger.info("directory changed", extra={"reason": _word(kind)})
        name = ""
        if kind == "create_user":
            name = text(fields, "Name") or await self._name_of(text(fields, "UserID"))
        await self._once(fields, lambda unit: self._apply(unit, kind, fields, name))

    async def came(self, fields: Fields) -> None:
        """A subscribe event: this account can be written to."""
        account = _account(fields, "FromUserName")

        def note(unit: Unit) -> None:
            Reachability(unit).permit(self._channel, PRIVATE, account)
            RosterHints(unit).settle(REALM, account, (HintKind.HIDDEN,), self._clock.now())

        if account:
            await self._once(fields, note)

    async def left(self, fields: Fields) -> None:
        """An unsubscribe event: it cannot be written to any longer."""
        account = _account(fields, "FromUserName")
        if account:
            await self._once(
                fields, lambda unit: self._unreachable(unit, account, HintKind.HIDDEN, HIDDEN_WHY)
            )

    async def _once(self, fields: Fields, job: Callable[[Unit], None]) -> None:
        """In one unit with the event's own key: a retry changes nothing."""
        key, now = "contact:" + message_key(fields), self._clock.now()

        def work(unit: Unit) -> None:
            if SeenMessages(unit).first(self._channel, key, now):
                job(unit)

        await self._run(work)

    async def _name_of(self, userid: str) -> str:
        """Events of today carry no name (wecom.md 1.8); without it the hint is poorer, no more."""
        told = await self._ask("user/get", {"userid": userid}, None)
        return text(told, "name")

    def _apply(self, unit: Unit, kind: str, fields: Fields, name: str) -> None:
        account = _account(fields, "UserID")
        match kind:
            case "create_user" if account:
                self._created(unit, account, name)
            case "update_user" if account:
                self._updated(unit, account, fields)
            case "delete_user" if account:
                self._unreachable(unit, account, HintKind.DELETED, GONE_WHY)
            case _ if kind in _PARTIES:
                said = {"id": "Id", "name": "Name", "parent": "ParentId"}
                detail = {ours: v for ours, their in said.items() if (v := text(fields, their))}
                self._hint(unit, _PARTIES[kind], "", detail=detail)

    def _created(self, unit: Unit, account: str, name: str) -> None:
        hints, now = RosterHints(unit), self._clock.now()
        gone = hints.was(REALM, account, HintKind.DELETED)
        hints.settle(REALM, account, (HintKind.DELETED, HintKind.HIDDEN), now)
        Reachability(unit).permit(self._channel, PRIVATE, account)
        name = spelled(name)[:LONGEST]
        detail = {"name": name} if name else {}
        holder = Accounts(unit).holder(REALM, account)
        if gone and holder is not None:
            # whoever has this id now may be somebody else: the old one's records are not theirs
            Accounts(unit).unbind(REALM, account)
            self._audit(unit, person=holder.id, unbound=1)
            self._hint(unit, HintKind.REUSED, account, detail=detail)
        elif holder is None:
            self._hint(unit, HintKind.CREATED, account, detail=detail)

    def _updated(self, unit: Unit, account: str, fields: Fields) -> None:
        new = _account(fields, "NewUserID")
        if new and new != account:
            account = self._moved(unit, account, new)
        if departments := text(fields, "Department"):
            self._hint(unit, HintKind.DEPARTMENTS, account, detail={"departments": departments})

    def _moved(self, unit: Unit, old: str, new: str) -> str:
        """Move the account; where it is from now on."""
        holder = Accounts(unit).holder(REALM, old)
        moved = RosterHints(unit).move(REALM, old, new, self._clock.now())
        if moved is Moved.TAKEN:
            self._hint(unit, HintKind.RENAME_TAKEN, old, new_account=new)
        elif moved is Moved.DONE:
            assert holder is not None
            self._audit(unit, person=holder.id, moved=1)
            self._hint(unit, HintKind.RENAMED, old, new_account=new)
        return new

    def _unreachable(self, unit: Unit, account: str, kind: HintKind, why: str) -> None:
        """It stays bound, since its person may come back; it is listed and not written to."""
        hints, now = RosterHints(unit), self._clock.now()
        if Accounts(unit).holder(REALM, account) is None:
            hints.settle(REALM, account, (HintKind.CREATED,), now)
            return
        reach = Reachability(unit)
        if kind is HintKind.DELETED:
            hints.settle(REALM, account, (HintKind.HIDDEN,), now)
        elif reach.of(self._channel, PRIVATE, account).refused in (GONE_WHY, HIDDEN_WHY):
            return  # deleting causes both events, in either order
        reach.refuse(self._channel, PRIVATE, account, why, now)
        self._hint(unit, kind, account)

    def _hint(
        self,
        unit: Unit,
        kind: HintKind,
        account: str,
        *,
        new_account: str = "",
        detail: Mapping[str, str] | None = None,
    ) -> None:
        RosterHints(unit).add(
            kind, REALM, account, self._clock.now(), new_account=new_account, detail=detail
        )

    def _audit(self, unit: Unit, **detail: int) -> None:
        Audit(unit).add(
            at=self._clock.now(),
            turn=secrets.token_hex(4),
            actor_id=None,
            channel=REALM,
            intent="roster.hints",
            outcome=Outcome.DONE,
            detail=detail,
        )


class OpenIds:
    """Encrypted ids (wo…) of the AI bot as the accounts that they stand for.

    Asked for with the app's token and kept as a hint that is handled from the beginning, so that
    all replicas know it. What cannot be converted is an account of its own, to be bound by code.
    """

    def __init__(self, run: Run, clock: Clock, ask: Ask) -> None:
        self._run = run
        self._clock = clock
        self._ask = ask
        self._known: dict[str, str] = {}
        self._unknown: dict[str, datetime] = {}

    async def account(self, userid: str) -> str:
        """The account behind any id of the platform; letter case counts in an encrypted one."""
        if not may_be_open(userid):
            return userid.casefold()
        if (known := self._known.get(userid)) is not None:
            return known
        found = await self._run(lambda unit: RosterHints(unit).account_of(REALM, userid))
        found = found or await self._convert(userid)
        if not found:
            return userid
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[userid] = found
        return found

    def forget(self) -> None:
        """Ids have changed: what is known stands in the records only."""
        self._known.clear()

    async def _convert(self, open_id: str) -> str:
        now = self._clock.now()
        if now < self._unknown.get(open_id, now):
            return ""
        told = await self._ask("batch/openuserid_to_userid", {}, {"open_userid_list": [open_id]})
        if account := _converted(told, open_id):
            await self._run(lambda unit: self._keep(unit, open_id, account))
            return account
        if len(self._unknown) >= _REMEMBERED:
            self._unknown.clear()
        self._unknown[open_id] = now + (_TRY_AGAIN if told.get("errcode") else _ASK_AGAIN)
        return ""

    def _keep(self, unit: Unit, open_id: str, account: str) -> None:
        """Note it; a binding that was made under the encrypted id goes to the account."""
        hints, now = RosterHints(unit), self._clock.now()
        unit.lock()
        if hints.account_of(REALM, open_id):
            return
        hints.add(HintKind.OPEN_ID, REALM, open_id, now, new_account=account, handled=True)
        hints.move(REALM, open_id, account)


def may_be_open(userid: str) -> bool:
    """Whether an id looks encrypted (wecom.md 4.6)."""
    return userid.startswith("wo") and len(userid) >= _OPEN_ID_LEAST


def _converted(told: Mapping[str, Any], open_id: str) -> str:
    pairs = told.get("userid_list")
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, dict) and pair.get("open_userid") == open_id:
            return text(pair, "userid").casefold()
    return ""


def _account(fields: Fields, name: str) -> str:
    """The member that an event names; empty where it is nobody's id (@all, a|b)."""
    account = text(fields, name).casefold()
    return account if is_address(REALM, account) else ""


def _word(kind: str) -> str:
    """A change type for the log: nothing that was not published."""
    known = {*(each.value for each in HintKind), "update_tag"}
    return kind if kind in known else "other"
