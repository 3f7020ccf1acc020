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

from simulator.common.acting import NotOnScreenError
from simulator.common.screen import Shown
from simulator.stage import Production, Stage
from simulator.story import Expectation, Fact, Move, Pushed, Remember, Say, Step, Story, StoryError
from simulator.troupe import Troupe


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
        self._cursors: dict[tuple[int, str], int] = {}
        self._unasked: dict[str, list[str]] = {}
        # the platform a group is on, where a story does not say: its speaker's, else the story's
        self._spoke: dict[str, str] = {}
        self._ground = "wecom"
        self._names: dict[str, str] = {}
        self._last = ""

    async def play(self, story: Story) -> list[Line]:
        """Every step in order; a step that fails does not stop the others."""
        for channel in story.channels:
            if self._stage.troupe(channel) is None:
                raise StoryError(f"渠道「{channel}」还没有开通，这个故事不能演")
        self._ground = next(iter(story.channels), "wecom")
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
        channel = self._channel(step)
        troupe = self._troupe(channel)
        account = self._account(step.name, troupe)
        self._gather()
        chat = troupe.private
        if step.group is not None:
            chat = self._group(step.group, step.name, troupe, account)
        text = self._fill(step.text)
        side = troupe.side
        if step.press and troupe.buttons:
            await side.press(account, None, self._fill(step.press))
        elif step.press:
            await side.say(account, self._fill(step.press), chat)
        elif step.file:
            path = folder / step.file
            await side.send_file(account, path.name, path.read_bytes(), chat)
        else:
            await side.say(account, text, chat)
        await side.quiet()
        await self._settle()
        await side.quiet()
        seen = [(each, where) for where in self._everywhere() for each in self._new_of(step, where)]
        title = f"{step.name}：{text or step.press or step.file}"
        if step.group is None:
            self._last = _words([each for each, _ in seen])
            return _compare(title, step.expect, self._last, private=None, fill=self._fill)
        here = _words([each for each, where in seen if where.side is side and each.chat == chat])
        aside = _words(
            [each for each, where in seen if where.side is not side or each.chat != chat]
        )
        self._last = aside or here
        return _compare(title, step.expect, here, private=aside, fill=self._fill)

    def _channel(self, step: Say) -> str:
        """The platform of a step; a group is where its speaker was last, else the story's."""
        if step.channel != "group":
            self._spoke[step.name] = step.channel
            return step.channel
        spoke = self._spoke.get(step.name, self._ground)
        return "wecom" if spoke == "wecom_bot" else spoke

    def _troupe(self, channel: str) -> Troupe:
        troupe = self._stage.troupe(channel)
        if troupe is None:
            raise StoryError(f"渠道「{channel}」还没有开通，这个故事不能演")
        return troupe

    def _everywhere(self) -> list[Troupe]:
        """Each platform once."""
        return list({id(each.side): each for each in self._stage.troupes.values()}.values())

    def _new_of(self, step: Say, troupe: Troupe) -> list[Shown]:
        account = troupe.account(step.name)
        if account is None:
            return []
        return [each for each in self._new(troupe, account) if not each.mine]

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
        if all(troupe.account(step.to) is None for troupe in self._everywhere()):
            return Line(title, f"故事里没有「{step.to}」这个人")
        came = "\n".join(self._unasked.pop(step.to, []))
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

    def _account(self, name: str, troupe: Troupe) -> str:
        """Somebody's account; whoever is of the roster is bound by it."""
        account = troupe.account(name) or troupe.admit(name)
        for each in troupe.identities(account):
            self._show.bind(name, each.account, self._stage.clock.now(), each.realm)
        return account

    def _group(self, group: str, name: str, troupe: Troupe, account: str) -> str:
        """The class's group on this platform, made where the office has none there."""
        chat = troupe.chat(group, account)
        if chat is None and (chat := troupe.open_group(group, account)) is not None:
            known = troupe.group_identity(chat)
            self._show.bind_group(group, known.account, known.realm)
            for member in self._stage.members(group):
                troupe.chat(group, troupe.account(member) or troupe.admit(member))
        if chat is None:
            raise StoryError(f"没有叫「{group}」的群")
        for each in troupe.identities(account):
            self._show.bind(name, each.account, self._stage.clock.now(), each.realm)
        return chat

    def _gather(self) -> None:
        """What reached anybody since the last look came unasked; what people write did not."""
        for troupe in self._everywhere():
            people = set(troupe.accounts())
            for account in people:
                new = self._new(troupe, account)
                words = _words([each for each in new if each.sender not in people])
                if words:
                    self._unasked.setdefault(troupe.name(account), []).append(words)

    def _new(self, troupe: Troupe, account: str) -> list[Shown]:
        key = (id(troupe.side), account)
        since = self._cursors.get(key, 0)
        seen = troupe.side.shown(account, since)
        self._cursors[key] = troupe.side.cursor(account)
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
