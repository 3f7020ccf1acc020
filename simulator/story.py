"""Story files: dialogues written down in YAML, read strictly.

An unknown key, channel or shape stops the story with a clear message: a story never passes by
not being understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

import texts

CHANNELS = ("wecom", "wecom_bot", "chat", "qq", "onebot", "console")
SHANGHAI = timezone(timedelta(hours=8))
_WHO = re.compile(r"(?P<name>[^@]+)@(?:(?P<channel>[a-z_]+)|group\((?P<group>[^)]+)\))")
_LATER = re.compile(r"\+(\d+)([smhd])")
_DAY_MINUTES = 24 * 60
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class StoryError(Exception):
    """A story that is not written as the format says; the message names the place."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Words or /patterns/ that must, or must not, occur."""

    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Somebody writes, presses a button or sends a file."""

    name: str
    channel: str
    group: str | None
    text: str = ""
    press: str = ""
    file: str = ""
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True)
class Move:
    """The clock moves: to a time of day, to a moment, or on by a while."""

    to: str

    def target(self, now: datetime) -> datetime:
        """Where the clock stands afterwards."""
        if match := _LATER.fullmatch(self.to):
            return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", self.to):
            local = now.astimezone(SHANGHAI)
            return local.replace(
                hour=int(match[1]), minute=int(match[2]), second=int(match[3] or 0), microsecond=0
            )
        return read_moment(self.to)


@dataclass(frozen=True, slots=True)
class Remember:
    """Names for what the last reply holds."""

    patterns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What reached somebody unasked since the last such look."""

    to: str
    expect: Expectation
    nothing: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts of the record about a person."""

    name: str
    counts: tuple[tuple[str, int], ...]


Step = Say | Move | Remember | Pushed | Fact


@dataclass(frozen=True, slots=True)
class Story:
    """One story file."""

    path: Path
    title: str
    office: str
    clock: datetime
    steps: tuple[Step, ...]
    # whether one person's turns a minute are counted, as in a live office
    limits: bool = False

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are named, in the order in which they first are."""
        said = [step.channel for step in self.steps if isinstance(step, Say)]
        return tuple(dict.fromkeys(channel for channel in said if channel != "group"))

    def moved_to(self, channel: str) -> Story:
        """The same story with everybody who is on WeCom, and its groups, on another channel."""
        moved = [
            replace(step, channel=channel)
            if isinstance(step, Say) and step.channel in ("wecom", "group")
            else step
            for step in self.steps
        ]
        return replace(self, steps=tuple(moved))


def read_story(path: Path) -> Story:
    """Read a file; raises StoryError."""
    try:
        raw = yaml.safe_load(texts.read(path))
    except FileNotFoundError:
        raise StoryError("找不到这个文件") from None
    except OSError:
        raise StoryError("这个文件打不开") from None
    except texts.NotTextError:
        raise StoryError("不是文本文件，请用 UTF-8 编码保存") from None
    except yaml.YAMLError as error:
        raise StoryError(f"不是 YAML：{error}") from None
    top = _mapping(raw, "故事")
    _known(top, {"title", "office", "clock", "limits", "steps"}, "故事")
    if not isinstance(top.get("steps"), list) or not top["steps"]:
        raise StoryError("故事要有 steps，是一个列表")
    if "clock" not in top:
        raise StoryError("故事要有 clock")
    limits = top.get("limits", False)
    if limits not in (True, False):
        raise StoryError("limits 只能是 true 或 false")
    return Story(
        path=path,
        title=str(top.get("title", path.stem)),
        office=str(top.get("office", "demo")),
        clock=read_moment(top["clock"]),
        steps=tuple(_step(each, number) for number, each in enumerate(top["steps"], start=1)),
        limits=limits,
    )


def read_moment(value: object) -> datetime:
    """A date with a time; without a zone it is the office's."""
    if isinstance(value, datetime):
        # YAML reads a zone into UTC and drops it
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise StoryError(f"不是时刻：{value}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _step(raw: object, number: int) -> Step:
    place = f"第 {number} 步"
    step = _mapping(raw, place)
    if "at" in step:
        _known(step, {"at"}, place)
        return _move(step["at"], place)
    if "remember" in step:
        _known(step, {"remember"}, place)
        named = _mapping(step["remember"], place)
        return Remember(tuple((str(key), _word(value, place)) for key, value in named.items()))
    if "pushed" in step:
        _known(step, {"pushed"}, place)
        return _pushed(_mapping(step["pushed"], place), place)
    if "person" in step:
        _known(step, {"person"}, place)
        return _fact(_mapping(step["person"], place), place)
    return _say(step, place)


def _move(value: object, place: str) -> Move:
    if isinstance(value, int):
        # YAML 1.1 reads 10:25 and 10:25:30 as numbers of base 60
        minutes, seconds = divmod(value, 60) if value >= _DAY_MINUTES else (value, 0)
        value = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    move = Move(value.isoformat() if isinstance(value, datetime) else str(value))
    try:
        move.target(datetime(2021, 1, 1, tzinfo=SHANGHAI))
    except (StoryError, ValueError):
        raise StoryError(f"{place}：不认识的时间「{value}」") from None
    return move


def _pushed(body: Mapping[str, Any], place: str) -> Pushed:
    _known(body, {"to", "expect", "never", "none"}, place)
    if "to" not in body:
        raise StoryError(f"{place}：pushed 要写 to")
    nothing = body.get("none", False)
    if nothing not in (True, False):
        raise StoryError(f"{place}：none 只能是 true")
    expect = _expectation(body, place)
    if nothing and expect != Expectation():
        raise StoryError(f"{place}：none 不能和 expect、never 同时写")
    if not nothing and expect == Expectation():
        raise StoryError(f"{place}：pushed 要写 expect、never 或 none")
    return Pushed(str(body["to"]), expect, nothing=nothing)


def _fact(body: Mapping[str, Any], place: str) -> Fact:
    _known(body, {"name", "count"}, place)
    if "name" not in body or not body.get("count"):
        raise StoryError(f"{place}：person 要写 name 和 count")
    counts = _mapping(body["count"], place)
    for key, value in counts.items():
        if type(value) is not int:
            raise StoryError(f"{place}：count 的 {key} 应为数字，这里是「{value}」")
    return Fact(str(body["name"]), tuple((str(key), value) for key, value in counts.items()))


def _say(step: Mapping[str, Any], place: str) -> Say:
    who = [key for key in step if key not in {"expect", "never", "private"}]
    if len(who) != 1:
        raise StoryError(f"{place}：一步只能有一件事，这里有 {who or '没有'}")
    match = _WHO.fullmatch(str(who[0]))
    if match is None:
        raise StoryError(f"{place}：不认识的键「{who[0]}」")
    channel = match["channel"] or "group"
    if match["group"] is None and channel not in CHANNELS:
        raise StoryError(f"{place}：不认识的渠道「{channel}」")
    doing = step[who[0]]
    said: dict[str, str] = {}
    if isinstance(doing, Mapping):
        _known(doing, {"press", "file"}, place)
        if len(doing) != 1:
            raise StoryError(f"{place}：press 和 file 只能写一个")
        said = {str(key): str(value) for key, value in doing.items()}
    else:
        said["text"] = "" if doing is None else str(doing)
    return Say(
        name=match["name"].strip(),
        channel=channel,
        group=match["group"],
        expect=_expectation(step, place),
        **said,
    )


def _expectation(body: Mapping[str, Any], place: str) -> Expectation:
    return Expectation(*(_words(body, key, place) for key in ("expect", "never", "private")))


def _words(body: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    if key not in body:
        return ()
    value = body[key]
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if not several or value in (None, ""):
        raise StoryError(f"{place}：{key} 后面没有内容")
    return tuple(_word(each, place) for each in several)


def _word(value: object, place: str) -> str:
    """Words or a /pattern/; what YAML took for something else must be quoted."""
    if value in (None, "") or isinstance(value, bool | Mapping | list):
        raise StoryError(f"{place}：「{value}」应为文字，请加引号")
    text = str(value)
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        try:
            re.compile(text[1:-1])
        except re.error:
            raise StoryError(f"{place}：「{text}」不是正则表达式") from None
    return text


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise StoryError(f"{place}：应为「键: 值」，这里是 {type(value).__name__}")
    return value


def _known(body: Mapping[str, Any], keys: set[str], place: str) -> None:
    unknown = [str(key) for key in body if key not in keys]
    if unknown:
        raise StoryError(f"{place}：不认识的键 " + "、".join(unknown))
