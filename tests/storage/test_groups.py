"""Group chats of classes, their one-time codes and the app's own chats, on both engines."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, update

from storage.app_chats import AppChats
from storage.groups import APP_CHAT, Groups
from storage.tables import accounts, enrolments, people
from storage.unit import Unit
from tests.handlers.turns import MONDAY, person_id, seed_class, seed_people

LATER = MONDAY + timedelta(minutes=30)


def office(unit: Unit) -> tuple[int, int]:
    """Two classes."""
    seed_people(unit)
    return seed_class(unit), seed_class(unit, "信息技术2班", members={"王芳": "trainee"})


def test_a_group_belongs_to_one_class_at_a_time(unit: Unit) -> None:
    first, second = office(unit)
    groups = Groups(unit)
    assert groups.class_of("qq_group", "g1") is None
    assert groups.bind(first, "qq_group", "g1", None, MONDAY)
    assert not groups.bind(first, "qq_group", "g1", None, LATER)
    assert groups.class_of("qq_group", "g1") == first
    # the same id on another platform is another group
    assert groups.class_of("wecom", "g1") is None
    assert groups.bind(second, "qq_group", "g1", None, LATER)
    assert groups.of_class(first) == ()
    assert groups.of_class(second) == (("qq_group", "g1", ""),)
    assert not groups.unbind(first, "qq_group", "g1")
    assert groups.unbind(second, "qq_group", "g1")
    assert groups.class_of("qq_group", "g1") is None


def test_groups_of_several_classes(unit: Unit) -> None:
    first, second = office(unit)
    groups = Groups(unit)
    groups.bind(second, "wecom", "w2", None, MONDAY)
    groups.bind(first, "wecom_robot", "key", None, MONDAY, "通知机器人")
    groups.bind(first, "onebot", "123", None, MONDAY)
    found = groups.of_classes([first, second])
    assert [(each.class_name, each.channel, each.name) for each in found] == [
        ("信息技术1班", "wecom_robot", "通知机器人"),
        ("信息技术1班", "onebot", ""),
        ("信息技术2班", "wecom", ""),
    ]
    assert groups.of_classes([]) == ()


def test_codes_are_kept_as_hashes_and_work_once(unit: Unit) -> None:
    first, second = office(unit)
    groups, by = Groups(unit), person_id(unit, "李国强")
    assert groups.code("123456") is None
    assert groups.issue_code(first, "123456", by, MONDAY, LATER)
    assert not groups.issue_code(second, "123456", by, MONDAY, LATER)
    found = groups.code("123456")
    assert found is not None
    assert (found.class_name, found.issued_by, found.expires_at) == ("信息技术1班", by, LATER)
    assert groups.use_code(found.id, MONDAY)
    assert not groups.use_code(found.id, MONDAY)
    # used digits may come again, for another class
    assert groups.issue_code(second, "123456", by, MONDAY, LATER)
    again = groups.code("123456")
    assert again is not None
    assert again.class_name == "信息技术2班"
    # and so may expired ones
    assert groups.issue_code(first, "123456", by, LATER, LATER + timedelta(minutes=30))


def test_a_chat_of_the_app_is_wanted_then_made(unit: Unit) -> None:
    first, _ = office(unit)
    chats, by = AppChats(unit), person_id(unit, "李国强")
    assert chats.want(first, "chat1", "信息技术1班", by)
    assert not chats.want(first, "chat2", "信息技术1班", by)
    (wanted,) = chats.wanted()
    assert (wanted.chat, wanted.owner, wanted.asked_by) == ("chat1", "10004", by)
    # the tutor first, then the trainees
    assert wanted.members == ("10004", "10001", "10002")
    assert chats.made() == ()
    # nothing is sent into a chat that is not there
    assert Groups(unit).of_class(first) == ()
    assert [each.made for each in Groups(unit).of_classes([first], wanted=True)] == [False]
    assert chats.created(wanted, "theirs", MONDAY)
    assert not chats.created(wanted, "theirs", MONDAY)
    assert chats.wanted() == ()
    assert Groups(unit).of_class(first) == ((APP_CHAT, "theirs", "信息技术1班"),)
    assert not chats.want(first, "chat3", "信息技术1班", by)


def test_the_members_follow_the_class(unit: Unit) -> None:
    first, _ = office(unit)
    chats, by = AppChats(unit), person_id(unit, "李国强")
    chats.want(first, "chat1", "信息技术1班", by)
    chats.created(chats.wanted()[0], "chat1", MONDAY)
    new = person_id(unit, "王芳")
    unit.add(
        insert(enrolments),
        {"training_class_id": first, "person_id": new, "role": "trainee"},
    )
    unit.run(update(people).where(people.c.name == "张伟").values(status="transferred"))
    unit.add(
        insert(accounts),
        {"channel": "qq", "account": "q", "person_id": new, "bound_at": MONDAY},
    )
    (chat,) = chats.made()
    assert chat.members == ("10004", "10002", "10003")


def test_a_wish_that_cannot_be_met_is_forgotten(unit: Unit) -> None:
    first, _ = office(unit)
    chats, by = AppChats(unit), person_id(unit, "李国强")
    chats.want(first, "chat1", "信息技术1班", by)
    (wanted,) = chats.wanted()
    assert chats.give_up(wanted)
    assert not chats.give_up(wanted)
    assert not chats.created(wanted, "chat1", MONDAY)
    assert chats.want(first, "chat2", "信息技术1班", by)
