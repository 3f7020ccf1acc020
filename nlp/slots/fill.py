"""Fills the slots that an intent uses (nlp.slots.uses) from a tidied message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nlp.names import NameBook, NameIndex
from nlp.slots import codes, kinds, messages, moments, people, places, programmes, spelled
from nlp.slots.uses import AMOUNTS, NAMES_A_PROGRAMME, OWN_KIND, USES
from nlp.times import TimeReading
from nlp.vocabulary import SlotValue

_SIGN_CODES = frozenset(
    {
        "account.bind", "attendance.check_in", "attendance.check_out", "attendance.make_up",
        "session.close",
    }
)  # fmt: skip
_NOTICE_CODES = frozenset(
    {"notice.approve", "notice.status", "notice.recall", "audit.query", "notice.confirm"}
)
_WITH_MESSAGE = frozenset({"notice.draft", "reminder.create"})
_CREDITS = frozenset({"class_hour", "credit"})
# Slots that may stand in what the request leaves out: quoted words, the part before it.
_FROM_WHOLE = ("person", "code", "decision")
_PROVIDERS = (("奥鹏", "奥鹏教育网"), ("继教网", "继教网"))
_PROVIDER = re.compile(r"[一-鿿]{2,6}?(?:幼专|师范大学|师范学院|教育学院|师院|师大|教育网)")
_PROVIDER_START = re.compile(r"^.*(?:是|在|的|由|去|到|和|跟|有|请)")


@dataclass(frozen=True, slots=True)
class Work:
    """One message being read for one intent: `about` is the text without what is passed on,
    `plain` the same with typed pinyin and homophones in characters."""

    text: str
    about: str
    plain: str
    intent: str
    times: TimeReading


class SlotFiller:
    """Reads slots with the help of the office's names."""

    def __init__(self, names: NameBook) -> None:
        self._names = names
        self._readers: dict[str, Callable[[Work], SlotValue | None]] = {
            "when": lambda work: moments.when(work.times, work.intent, work.plain),
            "year": lambda work: moments.year(work.times, work.plain),
            "time_of_day": lambda work: moments.time_of_day(work.times, work.plain, work.intent),
            "recurrence": lambda work: moments.recurrence(work.times, work.plain, work.intent),
            "stage": lambda work: kinds.stage_and_subject(places.without_schools(work.plain))[0],
            "subject": lambda work: kinds.stage_and_subject(places.without_schools(work.plain))[1],
            "mode": lambda work: kinds.only("mode", work.plain),
            "level": lambda work: kinds.level(work.plain),
            "leave_type": lambda work: kinds.leave_type(work.plain),
            "status": lambda work: kinds.first("status", work.plain),
            "decision": lambda work: kinds.decision(work.plain),
            "action": lambda work: kinds.first("action", work.plain),
            "code": _code,
            "message": _message,
            "reason": _reason,
            "person": self._person,
            "school": self._school,
            "region": self._region,
            "provider": self._provider,
            "programme": self._programme,
        }

    def fill(
        self, text: str, intent: str, now: datetime, whole: str | None = None
    ) -> dict[str, SlotValue]:
        """The slots of `intent` that the text gives, in the order of nlp.slots.uses.

        `whole` is the message with what it quotes: it may hold the person or the code
        that `text` leaves out.
        """
        wanted = USES.get(intent, ())
        if not wanted:
            return {}
        about = _without_message(text) if intent in _WITH_MESSAGE else text
        plain = spelled.plain(about)
        work = Work(text, about, plain, intent, moments.read(plain, now, intent))
        out: dict[str, SlotValue] = {}
        for slot in wanted:
            reader = self._readers.get(slot)
            value = reader(work) if reader else None
            if value is not None:
                out[slot] = value
        if "amount" in wanted:
            measured = codes.amount(work.plain, AMOUNTS.get(intent, _CREDITS))
            if measured:
                out["amount"], out["unit"] = measured
        if whole:
            everything = Work(whole, whole, spelled.plain(whole), intent, work.times)
            for slot in _FROM_WHOLE:
                if slot in wanted and slot not in out:
                    value = self._readers[slot](everything)
                    if value is not None:
                        out[slot] = value
            named = programmes.quoted(whole) if intent in NAMES_A_PROGRAMME else None
            if named and "programme" in wanted and "programme" not in out:
                out["programme"] = named
        _reconcile(out, intent)
        return out

    def _person(self, work: Work) -> SlotValue | None:
        return _known(self._names.people, work.about, people.person(work.about))

    def _school(self, work: Work) -> SlotValue | None:
        return _known(self._names.schools, work.about, places.school(work.about))

    def _region(self, work: Work) -> SlotValue | None:
        someone = people.person(work.about) if "person" in USES.get(work.intent, ()) else None
        return _known(
            self._names.regions, work.about, places.region(work.about.replace(someone or "※", "※"))
        )

    def _programme(self, work: Work) -> SlotValue | None:
        guessed = None
        if work.intent in NAMES_A_PROGRAMME:
            guessed = programmes.programme(work.plain)
        if (
            guessed
            and work.intent == "credit.record"
            and not guessed.endswith(("班", "送教下乡", "送培"))
        ):
            guessed = None  # hours go to a class; 研修学时 and 工程 only say what they were for
        return _known(self._names.programmes, work.about, guessed)

    def _provider(self, work: Work) -> SlotValue | None:
        found = _known(self._names.providers, work.about, None)
        if found is not None:
            return found
        for word, canonical in _PROVIDERS:
            if word in work.about:
                return canonical
        shaped = _PROVIDER.search(work.about)
        return _PROVIDER_START.sub("", shaped.group()) if shaped else None


def _known(index: NameIndex, text: str, guessed: str | None) -> SlotValue | None:
    """The office's own name; several: a list to choose from; else the words as written."""
    if index:
        found = index.find(text)
        canonical = found.canonical if found else (index.resolve(guessed) if guessed else ())
        if len(canonical) == 1:
            return canonical[0]
        if canonical:
            return list(canonical)
    return guessed


def _code(work: Work) -> SlotValue | None:
    if work.intent in _SIGN_CODES:
        return codes.sign_in_code(work.text)
    if work.intent in _NOTICE_CODES:
        return codes.notice_code(work.text)
    return codes.application_code(work.plain)


def _message(work: Work) -> SlotValue | None:
    if work.intent == "reminder.create":
        return messages.quoted_text(work.text)
    return messages.message_text(work.text)


def _reason(work: Work) -> SlotValue | None:
    if work.intent == "session.mark":
        return messages.excuse(work.text)
    if work.intent == "leave.request":
        return messages.reason_text(work.plain, work.times.spans)
    return messages.reason_text(work.plain, work.times.spans) or messages.excuse(work.text)


def _without_message(text: str) -> str:
    passed_on = messages.message_text(text) or messages.quoted_text(text)
    return text.replace(passed_on, "") if passed_on else text


def _reconcile(out: dict[str, SlotValue], intent: str) -> None:
    """A year does not stand beside the stretch it belongs to; a programme names its own stage,
    subject and level."""
    if "year" in out and "when" in out:
        del out["when"]
    if "programme" in out and intent in OWN_KIND:
        for slot in ("subject", "stage", "level"):
            out.pop(slot, None)
    if intent == "session.mark" and out.get("status") not in (None, "late", "absent"):
        del out["status"]
