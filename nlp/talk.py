"""Messages that mean something only after the one before: 那小学的呢, 不对，是周四.

The context is a value handed in; nothing is remembered here.
"""

from __future__ import annotations

import re
from datetime import datetime

from nlp.forms import form_text
from nlp.slots import SlotFiller
from nlp.slots.uses import USES
from nlp.vocabulary import Context, Meaning

_MORE = re.compile(
    r"^(?:那|那么|还有|再看看|换成|换)?(?P<rest>.{1,16}?)(?:的)?(?:呢|怎么样|咧|喃)$"
)
_THEN = re.compile(r"^(?:那|那么|换成|换)(?P<rest>.{2,14})$")
_CORRECTION = re.compile(
    r"^(?:哦|噢|啊)?(?:不对|不是|错了|搞错了|说错了|打错了|更正|改一下)[，,。！! ]*(?:应该)?(?:我?说的)?(?:是|要|改成)?(?P<rest>.{2,24})$"
)
_POINTING = re.compile(
    r"^(?:它|这个|那个|这一?[个条期班]|那一?[个条期班]|该班|第[一二三四五六七八九十\d]{1,2}[个条项])"
)


def continue_talk(
    clean: str, now: datetime, context: Context | None, filler: SlotFiller
) -> Meaning | None:
    """The meaning of a follow-up: the last intent with the slots that the message changes."""
    if context is None or context.intent is None or not USES.get(context.intent):
        return None
    core = form_text(clean)
    for pattern, rule in (
        (_CORRECTION, "更正上一句"),
        (_MORE, "接着上一句"),
        (_THEN, "接着上一句"),
    ):
        found = pattern.match(core)
        if not found:
            continue
        changed = filler.fill(found["rest"], context.intent, now)
        changed.pop("reason", None)
        if changed:
            merged = {**dict(context.slots), **changed}
            return Meaning(context.intent, 0.95, None, merged, why=(rule,), text=clean)
    return None


def points_back(clean: str) -> bool:
    """Whether the message speaks of something named before (它, 这个, 第二个)."""
    return bool(_POINTING.match(clean))
