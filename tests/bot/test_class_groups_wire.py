"""Class groups through the real application: bound in the group, and a key that nobody reads."""

from __future__ import annotations

import re

from sqlalchemy import select

from storage.groups import Groups
from storage.tables import audit, unanswered
from tests.bot.worlds import GROUP, World

OFFICER, TUTOR, TEACHER = "liguoqiang", "zhouming", "zhangwei"
NEW = "wr-new"
KEY = "693a91f6-7ab1-4bc4-97a0-0ec2f1fa5aaa"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


async def test_a_new_group_becomes_a_classs_and_is_let_go(each_world: World) -> None:
    world = each_world
    members = [OFFICER, TUTOR, TEACHER]
    world.stage.corp.add_group(NEW, "新群", members, [world.keys.bot_id])
    await world.say(OFFICER, "班级群码 信息技术1班")
    found = re.search(r"群码：(\d{6})", world.words(OFFICER)[-1])
    assert found is not None
    await world.say(TEACHER, f"绑定班级 {found[1]}", NEW)
    assert "绑定成功：这个群是「信息技术1班」的班级群了" in world.words(TEACHER, NEW)[-1]
    # the code's owner hears of it, in private
    await world.quiet()
    assert "您的群码已经用掉" in world.words(OFFICER)[-1]
    with world.application.database.unit() as unit:
        assert Groups(unit).class_of("wecom", NEW) == Groups(unit).class_of("wecom", GROUP)
    await world.say(TEACHER, "解绑班级", NEW)
    assert "不在您的权限之内" in world.words(TEACHER, NEW)[-1]
    await world.say(OFFICER, "解绑班级", NEW)
    assert "不再是「信息技术1班」的班级群" in world.words(OFFICER, NEW)[-1]
    with world.application.database.unit() as unit:
        assert Groups(unit).class_of("wecom", NEW) is None
        (row,) = unit.rows(select(audit).where(audit.c.intent == "group.bind"))
        assert row.detail["channel"] == "wecom"


async def test_a_robots_key_is_in_no_log_no_reply_and_no_list(
    world: World, log_lines: list[str]
) -> None:
    await world.say(OFFICER, f"绑定群机器人 信息技术1班 {ADDRESS}")
    await world.say(OFFICER, "绑定群机器人 信息技术1班")
    await world.say(OFFICER, f"地址是 {ADDRESS} 你看看")
    await world.say(TUTOR, f"绑定群机器人 信息技术1班 {ADDRESS}", GROUP)
    assert "重新生成地址" in world.words(TUTOR, GROUP)[-1]
    await world.say(TEACHER, ADDRESS)
    heard = [world.words(account) for account in (OFFICER, TUTOR, TEACHER)]
    assert KEY not in repr(heard)
    assert not [line for line in log_lines if KEY in line]
    with world.application.database.unit() as unit:
        kept = [*unit.rows(select(audit.c.detail)), *unit.rows(select(unanswered.c.text))]
    assert KEY not in repr(kept)
