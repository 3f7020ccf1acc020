"""No message stands still: the whole turn of whatever is written, with and without a question."""

from __future__ import annotations

import time

import pytest

from handlers.flow import INTENTS as FLOW
from tests.bot.worlds import World, message

ALLOWED = 0.2
"""Seconds of process time for a turn, with the platform's side of it."""
FILLS = [
    *("哈", "嗯", "好", "好的", "嗯嗯，", "呀", "谢谢老师哈", "辛苦了", "那个", "请问", "周一"),
    *("一", "之", "7", "@", "@周明 ", "“", "(", "[", "\n", "\u200b", "😀", "何𬱖", "不对，"),
    *("是的 ", "取消，", "周三周四", "\u2005", "<xml>"),
    *sorted({form for each in FLOW for form in each.forms if form.isalnum()}),
]  # fmt: skip
QUESTIONS = {"none": "", "confirm": "解除绑定", "choice": "菜单", "slot": "绑定"}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_whatever_is_said_over_and_over(world: World, question: str) -> None:
    slow, number = [], 0
    for fill in FILLS:
        for text in (fill * 200 + "x", (fill * 6200)[:3000]):
            spent = []
            for _ in range(3):
                number += 2
                if QUESTIONS[question]:
                    await world.send(message("lina", QUESTIONS[question], number))
                begun = time.process_time()
                answered = await world.send(message("lina", text, number + 1))
                spent.append(time.process_time() - begun)
                assert answered.status == 200
                if spent[-1] < ALLOWED:
                    break
            if min(spent) >= ALLOWED:
                slow.append((fill, len(text), min(spent)))
    assert not slow
