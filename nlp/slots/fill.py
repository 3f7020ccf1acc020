"""Fills the slots that an intent uses (nlp.slots.uses) from a tidied message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from nlp.names import NameBook, NameIndex
from nlp.slots import codes, kinds, messages, moments, people, programmes
from nlp.slots.uses import NAMES_A_PROGRAMME, USES
from nlp.times import TimeReading
from nlp.vocabulary import SlotValue

_SIGN_CODES = frozenset(
    {"account.bind", "attendance.check_in", "attendance.check_out", "attendance.make_up"}
)
_NOTICE_CODES = frozenset(
    {"notice.approve", "notice.status", "notice.recall", "audit.query", "notice.confirm"}
)
_WITH_MESSAGE = frozenset({"notice.draft", "reminder.create"})
_PROVIDERS = (("奥鹏", "奥鹏教育网"), ("继教网", "继教网"))
_PROVIDER = re.compile(r"[一-鿿]{2,6}?(?:幼专|师范大学|师范学院|教育学院|师院|师大|教育网)")
_PROVIDER_START = re.compile(r"^.*(?:是|在|的|由|去|到|和|跟|有|请)")


@dataclass(frozen=True, slots=True)
class Work:
    """One message being read for one intent: `about` is the text without what is passed on."""

    text: str
    about: str
    intent: str
    times: TimeReading


class SlotFiller:
    """Reads slots with the help of the office's names."""

    def __init__(self, names: NameBook) -> None:
        self._names = names
        self._readers: dict[str, Callable[[Work], SlotValue | None]] = {
            "when": lambda work: moments.when(work.times, work.intent),
            "year": lambda work: moments.year(work.times, work.about),
            "time_of_day": lambda work: work.times.time_of_day,
            "recurrence": lambda work: work.times.recurrence,
            "stage": lambda work: kinds.stage_and_subject(work.about)[0],
            "subject": lambda work: kinds.stage_and_subject(work.about)[1],
            "mode": lambda work: kinds.only("mode", work.about),
            "level": lambda work: kinds.level(work.about),
            "leave_type": lambda work: kinds.leave_type(work.about),
            "status": lambda work: kinds.first("status", work.about),
            "decision": lambda work: kinds.decision(work.about),
            "action": lambda work: kinds.first("action", work.about),
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
        work = Work(text, about, intent, moments.read(about, now, intent))
        out: dict[str, SlotValue] = {}
        for slot in wanted:
            reader = self._readers.get(slot)
            value = reader(work) if reader else None
            if value is not None:
                out[slot] = value
        if "amount" in wanted:
            measured = codes.amount(work.about)
            if measured:
                out["amount"], out["unit"] = measured
        if whole:
            everything = Work(whole, whole, intent, work.times)
            for slot in ("person", "code"):
                if slot in wanted and slot not in out:
                    value = self._readers[slot](everything)
                    if value is not None:
                        out[slot] = value
        _reconcile(out, intent)
        return out

    def _person(self, work: Work) -> SlotValue | None:
        return _known(self._names.people, work.about, people.person(work.about))

    def _school(self, work: Work) -> SlotValue | None:
        return _known(self._names.schools, work.about, people.school(work.about))

    def _region(self, work: Work) -> SlotValue | None:
        return _known(self._names.regions, work.about, people.region(work.about))

    def _programme(self, work: Work) -> SlotValue | None:
        guessed = None
        if work.intent in NAMES_A_PROGRAMME:
            guessed = programmes.programme(work.about)
        if guessed and work.intent == "credit.record" and not guessed.endswith("班"):
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
    return codes.application_code(work.text)


def _message(work: Work) -> SlotValue | None:
    if work.intent == "reminder.create":
        return messages.quoted_text(work.text)
    return messages.message_text(work.text)


def _reason(work: Work) -> SlotValue | None:
    mishap = messages.excuse(work.text) if work.intent != "leave.request" else None
    if work.intent == "session.mark" or mishap is not None:
        return mishap
    return messages.reason_text(work.text, work.times.spans)


def _without_message(text: str) -> str:
    passed_on = messages.message_text(text) or messages.quoted_text(text)
    return text.replace(passed_on, "") if passed_on else text


def _reconcile(out: dict[str, SlotValue], intent: str) -> None:
    """A year does not stand beside the stretch it belongs to; a class names its own subject."""
    if "year" in out and "when" in out:
        del out["when"]
    if "programme" in out and intent in ("credit.record", "roster.query"):
        out.pop("subject", None)
        out.pop("stage", None)
    if intent == "session.mark" and out.get("status") not in (None, "late", "absent"):
        del out["status"]
