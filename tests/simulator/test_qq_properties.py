"""Passive replies against a model: never too many, never too late, never twice (page A7)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import SimClock
from simulator.qq import ApiError, Bot, FakeQQ, Limits, Person
from simulator.qq.platform import Platform
from simulator.qq.records import Group, Occasion
from simulator.qq.replies import occasion_of, sequence
from simulator.qq.targets import Target, at_group, at_person
from tests.simulator.qq_scene import START

_STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=20)


@given(_STEPS, st.booleans())
def test_replies_follow_the_model(steps: list[tuple[int, int]], in_group: bool) -> None:
    platform = FakeQQ(SimClock(START, frozen=True)).platform
    bot = platform.bots["1"] = Bot("1", "助手", "secret")
    target = _target(platform, bot, in_group=in_group)
    platform.remember(bot, Occasion("m1", target.key, platform.now()))
    limits = Limits()
    window = limits.group_window if in_group else limits.user_window
    most = limits.group_replies if in_group else limits.user_replies
    passed, used = timedelta(), set[int]()
    for minutes, number in steps:
        platform.clock.advance(timedelta(minutes=minutes))
        passed += timedelta(minutes=minutes)
        code = _reply(platform, target, number)
        if number in used:
            assert code == 40054005
        elif passed > window:
            assert code == 40034005
        elif len(used) == most:
            assert code == 40034128
        else:
            assert code == 0
            used.add(number)


def _reply(platform: Platform, target: Target, number: int) -> int:
    body: dict[str, object] = {"msg_id": "m1", "msg_seq": number}
    try:
        found = occasion_of(platform, target, body)
    except ApiError as error:
        return error.code
    assert found is not None
    found.used.add(sequence(body))
    return 0


def _target(platform: Platform, bot: Bot, *, in_group: bool) -> Target:
    person = platform.people["lina"] = Person("lina", "李娜")
    if in_group:
        return at_group(bot, Group("group1", "1班", ["lina"]))
    return at_person(platform, bot, person)
