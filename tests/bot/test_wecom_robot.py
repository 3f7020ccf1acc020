"""Webhook robots on the wire: what they can say, their limit, and groups that are gone (C05)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from bot.channels.base import Noted, Outgoing
from bot.channels.spending import MARGIN
from bot.channels.wecom.robot import GONE, WeComRobotChannel
from bot.outbox import Postman
from handlers.reply import Card, Choice, File, Mention, Reply, action
from handlers.reply_json import reply_to_json
from simulator.common.screen import Kind, Shown
from simulator.stage import PREFIX
from storage.outbox import Outbox
from storage.outbox_values import DeliveryStatus, NewDelivery
from storage.pauses import Pauses
from storage.tables import deliveries
from tests.bot.worlds import GROUP, World

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60


class Robots:
    """A robot channel beside the real application, and the robot of one group."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.robot = world.stage.corp.add_robot(GROUP, "通知机器人", uuid4().hex)
        self.notes: list[Noted] = []
        application = world.application
        lines = application.channels["wecom"].line  # type: ignore[attr-defined]
        self.channel = WeComRobotChannel(
            f"{world.stage.address}{PREFIX}/cgi-bin/", world.clock, lines.attachment, self._note
        )
        self.channel.share(application.leasing)
        self.postman = Postman(
            application.workers, {"wecom_robot": self.channel}, world.clock, "robots"
        )

    async def _note(self, noted: Noted) -> None:
        self.notes.append(noted)

    def queue(self, *replies: Reply, key: str = "", place: str = "group") -> None:
        """Put replies into the outbox for the group."""
        now = self.world.clock.now()
        with self.world.application.database.unit() as unit:
            Outbox(unit).enqueue(
                [
                    NewDelivery(
                        unique_key=f"test:{uuid4().hex}",
                        channel="wecom_robot",
                        account=key or self.robot.key,
                        purpose="notice",
                        body=reply_to_json(unit, reply, now),
                        not_before=now,
                        place=place,
                    )
                    for reply in replies
                ],
                now,
            )

    async def say(self, *replies: Reply, key: str = "") -> None:
        """Queue them and send what is due."""
        self.queue(*replies, key=key)
        await self.postman.run_due()

    async def later(self, span: timedelta) -> None:
        """Time passes; what is due then is sent."""
        self.world.clock.advance(span)
        await self.postman.run_due()

    def shown(self) -> list[Shown]:
        """What stands in the group."""
        return [
            each for each in self.world.stage.fake.shown("zhangwei") if each.sender == "通知机器人"
        ]

    def words(self) -> list[str]:
        """The words of it."""
        return [each.words for each in self.shown()]

    def statuses(self) -> list[tuple[str, str]]:
        """Where the deliveries stand and why."""
        with self.world.application.database.unit() as unit:
            found = unit.rows(deliveries.select().order_by(deliveries.c.id))
            return [(row.status, row.error) for row in found]


@pytest.fixture
def robots(runner: asyncio.Runner, world: World) -> Iterator[Robots]:
    """A robot in the group of the first class."""
    made = Robots(world)
    yield made
    runner.run(made.channel.close())


async def test_every_kind_of_message(robots: Robots) -> None:
    card = Card(
        "明天集中",
        "八点半在三楼",
        facts=(("地点", "会议室"),),
        choices=(Choice("收到", action("notice.confirm", code="N1")),),
    )
    files = (
        File("合影.png", PNG, "image/png", picture=True),
        File("名单.csv", "姓名\n张伟\n".encode(), "text/csv"),
    )
    mentions = (Mention("@张伟", (("wecom", "zhangwei"),)), Mention("@所有人", everybody=True))
    said = "@所有人 <@lina> @张伟 请留意 <@all>"
    await robots.say(Reply(text=said, card=card, files=files, mentions=mentions))
    kinds = [each.kind for each in robots.shown()]
    assert kinds == [Kind.TEXT, Kind.MARKDOWN, Kind.IMAGE, Kind.FILE]
    words = robots.words()
    assert words[0] == "@所有人 ＜@lina＞ @张伟 请留意 ＜@all＞\n @张伟 @所有人"
    assert words[1] == "**明天集中**\n八点半在三楼\n> 地点：会议室", "no buttons that call nobody"
    assert words[3] == "名单.csv"
    assert robots.statuses() == [(DeliveryStatus.SENT, "")]


async def test_what_is_too_long_or_too_large(robots: Robots) -> None:
    long = "\n".join(f"第 {number} 行，说明天集中的事情。" * 3 for number in range(40))
    big = File("大图.png", PNG + b"0" * 2 * 1024 * 1024, "image/png", picture=True)
    huge = File("册子.pdf", b"0" * (20 * 1024 * 1024 + 1))
    await robots.say(Reply(text=long), Reply(files=(big,)), Reply(files=(huge,)))
    texts = [each.words for each in robots.shown() if each.kind is Kind.TEXT]
    assert "\n".join(texts) == long
    assert robots.shown()[-1].kind is Kind.FILE, "a picture of more than 2 MB is a file"
    assert [status for status, _ in robots.statuses()] == ["sent", "sent", "rejected"]


async def test_a_card_of_many_words_is_text(robots: Robots) -> None:
    await robots.say(Reply(card=Card("说明", "很长的说明。" * 400)))
    assert {each.kind for each in robots.shown()} == {Kind.TEXT}
    assert "".join(robots.words()).startswith("【说明】")


async def test_twenty_a_minute_for_all_processes_together(robots: Robots) -> None:
    words = [f"第 {number} 条" for number in range(45)]
    await robots.say(*(Reply(text=each) for each in words))
    assert robots.words() == words[:20]
    other = WeComRobotChannel(
        f"{robots.world.stage.address}{PREFIX}/cgi-bin/",
        robots.world.clock,
        robots.channel._attachment,
        robots._note,
    )
    other.share(robots.world.application.leasing)
    postman = Postman(
        robots.world.application.workers, {"wecom_robot": other}, robots.world.clock, "b"
    )
    await asyncio.gather(postman.run_due(), robots.postman.run_due())
    assert len(robots.words()) == 20, "another process knows what was spent"
    await other.close()
    for _ in range(2):
        await robots.later(timedelta(minutes=1) + MARGIN)
    assert sorted(robots.words()) == sorted(words)
    assert robots.world.stage.fake.calls.count("webhook/send", 45009) == 0


async def test_a_robot_that_is_told_to_wait_waits_alone(robots: Robots) -> None:
    other = robots.world.stage.corp.add_robot(GROUP, "另一个", uuid4().hex)
    robots.world.stage.fake.faults.fail(45009, path="webhook/send")
    await robots.say(Reply(text="一"))
    await robots.say(Reply(text="二"), key=other.key)
    assert robots.words() == []
    assert "二" in robots.world.words("zhangwei", GROUP)
    await robots.later(timedelta(minutes=1))
    assert robots.words() == ["一"]


@pytest.mark.parametrize("code", sorted(GONE))
async def test_a_group_that_cannot_be_written_to_is_noted(
    robots: Robots, code: int, log_lines: list[str]
) -> None:
    world, robot = robots.world, robots.robot
    if code == 93000:
        del world.stage.corp.robots[robot.key]
    elif code == 93004:
        robot.enabled = False
    else:
        world.stage.corp.groups[GROUP].robots.remove(robot.key)
    await robots.say(Reply(text="一"))
    assert robots.notes == [Noted("group", robot.key, GONE[code])]
    assert robots.statuses() == [(DeliveryStatus.REJECTED, GONE[code])]
    world.stage.corp.robots[robot.key] = robot
    robot.enabled = True
    world.stage.corp.groups[GROUP].robots.append(robot.key)
    await robots.say(Reply(text="二"))
    assert robots.words() == ["二"]
    assert robots.notes[1:] == [Noted("group", robot.key)], "it may be written to again"
    assert not any(robot.key in line for line in log_lines)


async def test_the_key_is_nowhere_but_where_it_must_be(
    robots: Robots, log_lines: list[str]
) -> None:
    faults = robots.world.stage.fake.faults
    faults.drop_path, faults.drop_answers = "webhook/send", 6
    for _ in range(6):
        await robots.say(Reply(text="一"))
    with robots.world.application.database.unit() as unit:
        (pause,) = Pauses(unit).now(robots.world.clock.now())
    assert robots.robot.key not in f"{pause}"
    assert not any(robots.robot.key in line for line in log_lines)


async def test_a_lost_answer_is_unknown_and_not_sent_again(robots: Robots) -> None:
    faults = robots.world.stage.fake.faults
    faults.drop_path, faults.drop_answers = "webhook/send", 1
    await robots.say(Reply(text="一"))
    for _ in range(3):
        await robots.later(timedelta(minutes=10))
    assert robots.words() == ["一"]
    assert robots.statuses() == [(DeliveryStatus.UNKNOWN, "no answer")]


async def test_a_platform_that_is_unwell_is_left_alone(robots: Robots) -> None:
    robots.world.stage.fake.faults.fail(-1, times=8, path="webhook/send")
    robots.queue(*(Reply(text=f"第 {number} 条") for number in range(3)))
    for _ in range(30):
        await robots.later(timedelta(minutes=2))
    assert sorted(robots.words()) == ["第 0 条", "第 1 条", "第 2 条"]
    assert {status for status, _ in robots.statuses()} == {"sent"}


async def test_it_writes_into_groups_only(robots: Robots) -> None:
    can = robots.channel.capabilities
    assert (can.push, can.groups, can.group_push, can.buttons) == (False, False, True, 0)
    assert can.recall is None
    (refused,) = robots.channel.requests([Outgoing(1, "zhangwei", Reply(text="一"))])
    assert "只能发到群里" in f"{refused}"
