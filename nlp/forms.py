"""Closed forms: messages whose whole text leaves no doubt, so that they may act.

A form is a regular expression on the tidied message without padding; named groups are slots.
The declared forms of the intents come first, then those that every office has. Forms are for
short messages; one that starts with (?s) also takes a long one: 更正 N37：and a whole notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlp.normalise import strip_padding
from nlp.spelling import NAME
from nlp.vocabulary import IntentWords

_CODE = r"(?P<code>(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{4,8})"
_NUMBER = r"(?P<code>[Nn]?\d{1,5})"
_NAME = rf"(?P<person>{NAME}{{2,5}})"

BUILT_IN: tuple[tuple[str, str], ...] = (
    (
        "attendance.check_in",
        rf"(?:(?:签到码|签到|打卡|码|code|qiandao|qian dao)(?:是|为|:|：)?)? ?{_CODE}",
    ),
    ("attendance.check_in", rf"{_CODE} ?(?:签到|打卡)"),
    ("attendance.check_in", r"签到|打卡|到"),
    ("attendance.check_out", r"签退|签离"),
    ("attendance.make_up", r"补签|补卡"),
    ("account.bind", rf"(?:重新)?绑定? ?(?:我)?[:：]? ?{_NAME}[,，、 ]*{_CODE}"),
    ("account.bind", rf"绑定? ?(?:码|我)?[:：]? ?{_CODE}"),
    ("account.bind", r"绑定|我要绑定"),
    ("account.unbind", r"解绑|解除绑定|取消绑定"),
    ("notice.stop_all", r"紧急停发|全部停发|停发所有通知|紧急停止"),
    ("notice.confirm", r"收到|已收到|已阅|收悉|知道了"),
    # 同意12号 may be somebody's leave: without N a number is a notice's only where it says so
    ("notice.approve", rf"(?:批准|同意)(?:(?:发送|发布)(?:通知)?|通知) ?{_NUMBER}(?:号)?"),
    ("notice.approve", r"(?:批准|同意) ?(?P<code>[Nn]\d{1,5})(?:号)?"),
    ("flow.confirm", r"确认|确定|是|是的|对|对的|好|好的|行|可以|嗯|嗯嗯|ok|OK|Ok|没错|没问题"),
    ("flow.cancel", r"取消|算了|不用了|不弄了|不要了|返回|退出|否|不是|不对"),
    ("chat.handoff", r"人工|转人工|人工服务|人工客服"),
    ("menu.show", r"菜单|帮助|功能|help|menu"),
)
_EDGE = re.compile(
    r"^[\s，。！？!?.,~～、；;：:…\"“”‘’'（）()]+|[\s，。！？!.,~～、；;：:…\"“”‘’'（）()]+$"
)
LONGEST = 60
OF_ANY_LENGTH = "(?s)"
_CJK_GAP = re.compile(r"(?<=[一-鿿]) (?=[一-鿿])")


@dataclass(frozen=True, slots=True)
class FormMatch:
    """The intent whose form matched, its slots, and the words that it matched."""

    intent: str
    slots: Mapping[str, str]
    words: str


class Forms:
    """All closed forms, compiled once. Raises ValueError naming a form that is no expression."""

    def __init__(self, intents: Iterable[IntentWords]) -> None:
        pairs: list[tuple[str, str]] = []
        exist: set[str] = set()
        for intent in intents:
            exist.add(intent.name)
            pairs += [(intent.name, form) for form in intent.forms]
        pairs += [pair for pair in BUILT_IN if pair[0] in exist]
        self._forms: list[tuple[str, re.Pattern[str]]] = []
        self._long: list[tuple[str, re.Pattern[str]]] = []
        for name, form in pairs:
            try:
                compiled = (name, re.compile(form))
            except re.error as problem:
                raise ValueError(f"{name}: {form!r} is not a valid form: {problem}") from problem
            self._forms.append(compiled)
            if form.startswith(OF_ANY_LENGTH):
                self._long.append(compiled)

    def match(self, text: str, written: str = "") -> FormMatch | None:
        """The first form that is the whole message, with or without the padding around it.

        `written` is the message before tidying: a single ? is a form, a row of them is not.
        """
        if len(text) > LONGEST:
            return _first([text.strip()], self._long)
        core = form_text(text)
        candidates = dict.fromkeys((core, form_text(strip_padding(core))))
        if len(written) == 1:
            candidates[written] = None
        return _first(candidates, self._forms)


def _first(
    candidates: Iterable[str], forms: Iterable[tuple[str, re.Pattern[str]]]
) -> FormMatch | None:
    for candidate in candidates:
        for name, pattern in forms:
            found = pattern.fullmatch(candidate)
            if found:
                slots = {key: value for key, value in found.groupdict().items() if value}
                if "code" in slots:
                    slots["code"] = slots["code"].upper()
                return FormMatch(name, slots, candidate)
    return None


def form_text(text: str) -> str:
    """The message without punctuation at its ends and without blanks between characters."""
    return _CJK_GAP.sub("", _EDGE.sub("", text)).strip()
