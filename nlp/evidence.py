"""Marks in a message that speak for an intent whatever else it says: a code, pasted matter.

They only add to the scorer's margins. More such rules (谁改的, 有规定吗) were tried and dropped:
with a hand left out of training they gained nothing (docs/understanding.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from nlp.slots import codes

_FOR_SIGN_IN = {"attendance.check_in": 0.4, "account.bind": 0.4}
_OTHER_CODE = re.compile(r"退|补|编号|项目")
_FOR_NOTICE = dict.fromkeys(
    ("notice.approve", "notice.status", "notice.recall", "review.decide", "audit.query"), 0.15
)
_FOR_NOTHING = {"fallback": 0.6}
# Codes and marks stand in short messages; further on they are part of what was pasted.
_WITHIN = 120
_PASTED = 110
_ASKING = re.compile(r"[?？吗]|请问|我|帮|怎么|什么|哪|几|多少|通知|转发|发给|@")
_MACHINE_TEXT = re.compile(
    r"https?://|=hyperlink|<\w+>|select .* from|drop table|\{\{", re.IGNORECASE
)


def evidence(text: str) -> tuple[Mapping[str, float], tuple[str, ...]]:
    """(what to add to the margins of intents, the reasons) for a tidied message."""
    head = text[:_WITHIN]
    if _MACHINE_TEXT.search(head):
        return _FOR_NOTHING, ("不是话，是代码",)
    if len(text) > _PASTED and not _ASKING.search(head + text[-_WITHIN:]):
        return _FOR_NOTHING, ("像是粘贴来的文字",)
    kind = codes.kind(head)
    if kind == "notice":
        return _FOR_NOTICE, ()
    if kind == "sign_in" and not _OTHER_CODE.search(head):
        return _FOR_SIGN_IN, ()
    return {}, ()
