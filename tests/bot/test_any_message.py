"""No message stands still: the whole turn of whatever is written, with and without a question."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from handlers.flow import INTENTS as FLOW
from storage import tables
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


async def bound(world: World, accounts: list[str], number: int) -> str:
    """Who is asked next: a yes in some words has unbound whoever was asked before."""
    while True:
        told = await world.send(message(accounts[0], "我绑定的是谁", number))
        if "这个账号绑定的是" in told.words:
            return accounts[0]
        del accounts[0]
        number += 10_000


@pytest.mark.parametrize("question", QUESTIONS)
async def test_whatever_is_said_over_and_over(world: World, question: str) -> None:
    with world.application.database.unit() as unit:
        accounts = [row.account for row in unit.rows(select(tables.accounts))]
    slow, number = [], 0
    for fill in FILLS:
        for text in (fill * 200 + "x", (fill * 6200)[:3000]):
            spent = []
            for _ in range(3):
                number += 3
                account = await bound(world, accounts, number)
                if QUESTIONS[question]:
                    await world.send(message(account, QUESTIONS[question], number + 1))
                begun = time.process_time()
                answered = await world.send(message(account, text, number + 2))
                spent.append(time.process_time() - begun)
                assert answered.status == 200
                if spent[-1] < ALLOWED:
                    break
            if min(spent) >= ALLOWED:
                slow.append((fill, len(text), min(spent)))
    assert not slow


async def test_what_is_too_long_to_read_is_said_to_be(world: World) -> None:
    told = await world.send(message("lina", "我的学分" * 5000, 1))
    assert "这条消息有 20,000 个字，太长了" in told.words
    notice = "明天下午两点集中。" * 300
    await world.send(message("liguoqiang", "给信息技术1班发通知", 2))
    refused = await world.send(message("liguoqiang", notice, 3))
    assert "最多 1500 个字" in refused.words
