"""Plays stories on a stage: says what they say, looks at screens, compares.

A person's replies are all that they receive until the next step of anyone; what reaches others
meanwhile is unasked and waits for a `pushed` look.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simulator.stage import Production, Stage
from simulator.story import Expectation, Fact, Move, Pushed, Remember, Say, Step, Story, StoryError
from simulator.wecom.errors import NotOnScreenError
from simulator.wecom.screen import Shown

PLAYED = ("wecom", "wecom_bot", "chat", "group")


class Show(Production, Protocol):
    """A production whose records can be asked."""

    def count(self, name: str, fact: str) -> int:
        """How many of a fact a person has; raises LookupError."""


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one step. `came`: what was seen, where it failed."""

    step: str
    problem: str = ""
    came: str = ""


class Player:
    """Plays one story on one stage."""

    def __init__(self, stage: Stage, show: Show, settle: Callable[[], Awaitable[None]]) -> None:
        self._stage = stage
        self._show = show
        self._settle = settle
        self._cursors: dict[str, int] = {}
        self._unasked: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        self._last = ""

    async def play(self, story: Story) -> list[Line]:
        """Every step in order; a step that fails does not stop the others."""
        for step in story.steps:
            if isinstance(step, Say) and step.channel not in PLAYED:
                raise StoryError(f"渠道「{step.channel}」还没有开通，这个故事不能演")
        return [await self._step(step, story.path.parent) for step in story.steps]

    async def _step(self, step: Step, folder: Path) -> Line:
        try:
            match step:
                case Move():
                    await self._stage.advance(
                        step.target(self._stage.clock.now()), self._show, self._settle
                    )
                    self._gather()
                    return Line(f"时间 {step.to}")
                case Remember():
                    return self._remember(step)
                case Pushed():
                    return self._pushed(step)
                case Fact():
                    return self._fact(step)
                case Say():
                    return await self._say(step, folder)
        except (NotOnScreenError, LookupError, OSError) as error:
            return Line(_title(step), problem=str(error))

    async def _say(self, step: Say, folder: Path) -> Line:
        account = self._account(step.name)
        self._gather()
        chat = self._chat(step)
        text = self._fill(step.text)
        fake = self._stage.fake
        if step.press:
            await fake.press(account, None, self._fill(step.press))
        elif step.file:
            path = folder / step.file
            await fake.send_file(account, path.name, path.read_bytes(), chat)
        else:
            await fake.say(account, text, chat)
        await fake.quiet()
        await self._settle()
        seen = [each for each in self._new(account) if not each.mine]
        title = f"{step.name}：{text or step.press or step.file}"
        if step.group is None:
            self._last = _words(seen)
            return _compare(title, step.expect, self._last, private=None, fill=self._fill)
        here = _words([each for each in seen if each.chat == chat])
        aside = _words([each for each in seen if each.chat != chat])
        self._last = aside or here
        return _compare(title, step.expect, here, private=aside, fill=self._fill)

    def _remember(self, step: Remember) -> Line:
        for name, pattern in step.patterns:
            found = re.search(_pattern(pattern), self._last)
            if found is None:
                return Line(f"记住 {name}", f"上一条回复里没有 {pattern}", self._last)
            self._names[name] = found[1] if found.groups() else found[0]
        return Line("记住 " + "、".join(name for name, _ in step.patterns))

    def _pushed(self, step: Pushed) -> Line:
        self._gather()
        title = f"推送给 {step.to}"
        if self._stage.account(step.to) is None:
            return Line(title, f"故事里没有「{step.to}」这个人")
        came = "\n".join(self._unasked.pop(self._account(step.to), []))
        if step.nothing:
            return Line(title, "本来不该收到任何消息" if came else "", came)
        return _compare(title, step.expect, came, private=None, fill=self._fill)

    def _fact(self, step: Fact) -> Line:
        wrong = [
            f"{name} 应为 {count}，实际 {held}"
            for name, count in step.counts
            if (held := self._show.count(step.name, name)) != count
        ]
        return Line(f"{step.name} 的记录", "；".join(wrong))

    def _account(self, name: str) -> str:
        account = self._stage.account(name)
        if account is not None:
            if account.startswith("member"):
                self._show.bind(name, account, self._stage.clock.now())
            return account
        return self._stage.admit(name)

    def _chat(self, step: Say) -> str | None:
        if step.channel == "wecom_bot":
            return "bot"
        if step.group is None:
            return None
        groups = self._stage.corp.groups.values()
        for group in groups:
            if group.name == step.group:
                account = self._account(step.name)
                if account not in group.members:
                    group.members.append(account)
                return group.chat_id
        raise StoryError(f"没有叫「{step.group}」的群")

    def _gather(self) -> None:
        """What reached anybody since the last look came unasked; what people write did not."""
        people = self._stage.corp.members
        for person in self._stage.people():
            words = _words([each for each in self._new(person.userid) if each.sender not in people])
            if words:
                self._unasked.setdefault(person.userid, []).append(words)

    def _new(self, account: str) -> list[Shown]:
        since = self._cursors.get(account, 0)
        seen = self._stage.fake.shown(account, since)
        self._cursors[account] = self._stage.fake.cursor(account)
        # a card that only turned grey is not a message
        return [each for each in seen if each.seq > since]

    def _fill(self, text: str) -> str:
        """Put what was remembered in its place; LookupError for what never was."""

        def remembered(found: re.Match[str]) -> str:
            if found[1] not in self._names:
                raise LookupError(f"还没有记住 {found[1]}")
            return self._names[found[1]]

        return re.sub(r"\$\{(\w+)\}", remembered, text)


def _compare(
    title: str,
    expect: Expectation,
    came: str,
    *,
    private: str | None,
    fill: Callable[[str], str],
) -> Line:
    problems = [f"应有「{each}」" for each in expect.all_of if not _occurs(fill(each), came)]
    problems += [f"不应有「{each}」" for each in expect.none_of if _occurs(fill(each), came)]
    problems += [
        f"私聊应有「{each}」" for each in expect.private if not _occurs(fill(each), private or "")
    ]
    seen = came if private is None else f"群里：{came}\n私聊：{private}"
    return Line(title, "；".join(problems), seen if problems else "")


def _occurs(wanted: str, text: str) -> bool:
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return re.search(_pattern(wanted), text) is not None
    return wanted in text


def _pattern(written: str) -> str:
    whole = len(written) > 1 and written.startswith("/") and written.endswith("/")
    return written[1:-1] if whole else re.escape(written)


def _words(seen: Sequence[Shown]) -> str:
    return "\n".join(each.words for each in seen)


def _title(step: Step) -> str:
    return f"{step.name}：{step.text or step.press or step.file}" if isinstance(step, Say) else ""
