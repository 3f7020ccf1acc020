"""Messages that mean something only after the one before: 那小学的呢, 不对，是周四.

The context is a value handed in; nothing is remembered here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from nlp.forms import form_text
from nlp.slots import SlotFiller
from nlp.slots.uses import USES
from nlp.times import read_times
from nlp.vocabulary import Context, Meaning, SlotValue

_MORE = re.compile(
    r"^(?:那|那么|还有|再看看|换成|换)?(?P<rest>.{1,16}?)(?:的)?(?:呢|怎么样|咧|喃)$"
)
_THEN = re.compile(r"^(?:那|那么|换成|换)(?P<rest>.{2,14})$")
_CORRECTION = re.compile(
    r"^(?:哦|噢|啊)?(?:不对|不是|错了|搞错了|说错了|打错了|更正|改一下)[，,。！! ]*"
    r"(?:应该)?(?:我?说的)?(?:是|要|改成)?(?P<rest>.{2,24})$"
)
_POINTING = re.compile(
    r"它|(?<!除)[这那]一?[个条期]班?|该班|(?:第|最后)[一二三四五六七八九十\d]?[个条项]"
)
# What 它 may stand for, and the intents in which it stands for it.
_POINTED_AT = ("programme", "person", "code", "school")
# These read no class off their words, but 它 of theirs may be one.
_ALSO = {"schedule.query": ("programme",), "attendance.record": ("programme",)}


def continue_talk(
    clean: str, now: datetime, context: Context | None, filler: SlotFiller
) -> Meaning | None:
    """The meaning of a follow-up: the last intent with the slots that the message changes."""
    if context is None or context.intent is None or not USES.get(context.intent):
        return None
    core = form_text(clean)
    rules = ((_CORRECTION, "更正上一句"), (_MORE, "接着上一句"), (_THEN, "接着上一句"))
    for pattern, rule in rules:
        found = pattern.match(core)
        if not found:
            continue
        rest = found["rest"]
        changed = filler.fill(rest, context.intent, now)
        changed.pop("reason", None)
        if changed and _says_little_more(rest, changed) and not _about_else(rest, changed, now):
            merged = _merged(context.slots, changed)
            return Meaning(context.intent, 0.95, None, merged, why=(rule,), text=clean)
    return None


def answer_asked(
    clean: str, now: datetime, context: Context | None, filler: SlotFiller
) -> Meaning | None:
    """The answer to a question for one slot (哪天？ → 下周三), when it is nothing but that."""
    if context is None or context.intent is None or context.asked_slot is None:
        return None
    given = filler.fill(clean, context.intent, now)
    if context.asked_slot not in given or not _says_little_more(form_text(clean), given):
        return None
    merged = _merged(context.slots, given)
    return Meaning(context.intent, 0.95, None, merged, why=("回答刚才的问题",), text=clean)


def with_pointed(
    clean: str, intent: str, slots: Mapping[str, SlotValue], context: Context | None
) -> dict[str, SlotValue]:
    """The slots, with what 它 / 这个 / 那个班 stands for taken from the context."""
    out = dict(slots)
    if context is None or not _POINTING.search(clean):
        return out
    used = (*USES.get(intent, ()), *_ALSO.get(intent, ()))
    for name in _POINTED_AT:
        if name in used and name not in out and name in context.slots:
            out[name] = context.slots[name]
    return out


# About how many characters a message spends on each slot that is not words.
_PARTS = {
    "when": 10, "year": 6, "recurrence": 8, "time_of_day": 6, "status": 5, "stage": 4,
    "subject": 3, "mode": 3, "level": 3, "leave_type": 3, "decision": 3, "action": 3,
    "amount": 4, "unit": 0,
}  # fmt: skip
_SLACK = 4
_OTHER = 6


def _says_little_more(text: str, slots: Mapping[str, SlotValue]) -> bool:
    """Whether the slots cover the text but for a few characters: a longer one is a new request."""
    covered = sum(
        _PARTS.get(name) or (len(value) if isinstance(value, str) else _OTHER * (name != "unit"))
        for name, value in slots.items()
    )
    return len(text) <= covered + _SLACK


_FILLING = re.compile(r"[的那呢吗啊课有上还又再在是我们班去要\s，。？?]")


def _about_else(rest: str, changed: Mapping[str, SlotValue], now: datetime) -> bool:
    """Whether a time comes with words of its own: 今天天气 is no other day of what was asked."""
    if "when" not in changed:
        return False
    left = rest
    for span in read_times(rest, now).spans:
        left = left.replace(span.text, "", 1)
    for value in changed.values():
        left = left.replace(value, "", 1) if isinstance(value, str) else left
    return len(changed) == 1 and len(_FILLING.sub("", left)) > 1


def _merged(old: Mapping[str, SlotValue], new: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
    out = {**dict(old), **dict(new)}
    if "year" in new and "when" in old and "when" not in new:
        del out["when"]
    return out
