"""The directory's changes (wecom.md 1.8) on the wire, and encrypted ids (4.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.reply import Reply
from handlers.ways import PRIVATE
from storage.accounts import Accounts
from storage.journal import Audit
from storage.reachability import Reachability
from storage.roster_hints import HintKind, RosterHint, RosterHints
from storage.scope import EVERYTHING
from storage.tables import deliveries
from tests.bot.wecom_app_stage import FORMS, AppStage, app_stage
from tests.bot.worlds import World, message

EACH_FORM = pytest.mark.parametrize("form", FORMS)


def hints(stage: AppStage) -> tuple[RosterHint, ...]:
    """Those that are open, oldest first."""
    with stage.world.application.database.unit() as unit:
        return RosterHints(unit).open(EVERYTHING)[::-1]


def kinds(stage: AppStage) -> list[tuple[HintKind, str]]:
    """Of those, what about whom."""
    return [(each.kind, each.account) for each in hints(stage)]


def holder(stage: AppStage, account: str) -> str:
    """Who is bound to an account."""
    with stage.world.application.database.unit() as unit:
        person = Accounts(unit).holder("wecom", account)
        return "" if person is None else person.name


def refused(stage: AppStage, account: str) -> str:
    """Why an account cannot be written to."""
    with stage.world.application.database.unit() as unit:
        return Reachability(unit).of("wecom", PRIVATE, account).refused


def change(kind: str, **fields: object) -> dict[str, object]:
    """A change_contact event."""
    return {"MsgType": "event", "Event": "change_contact", "ChangeType": kind, **fields}


# -- ids -------------------------------------------------------------------------------------------


async def test_an_account_moves_with_its_person(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        contacts = each_world.stage.fake.contacts
        assert all(d.ok for d in await contacts.update_user("zhangwei", new_userid="ZhangWei2"))
        assert holder(stage, "zhangwei2") == "张伟"
        assert holder(stage, "zhangwei") == ""
        await stage.world.say("ZhangWei2", "我绑定的是谁")
        assert "张伟" in each_world.words("ZhangWei2")[-1]
        (hint,) = hints(stage)
        assert (hint.kind, hint.account, hint.new_account) == (
            HintKind.RENAMED,
            "zhangwei",
            "zhangwei2",
        )
        with each_world.application.database.unit() as unit:
            (entry,) = [e for e in Audit(unit).entries() if e["intent"] == "roster.hints"]
        assert entry["detail"]["moved"] == 1
        assert entry["actor_id"] is None


async def test_what_waits_for_an_account_moves_too(world: World) -> None:
    async with app_stage(world) as stage:
        world.queue(Reply(text="明天集中"), "lina")
        await world.stage.fake.contacts.update_user("lina", new_userid="lina.2021")
        await world.quiet()
        assert world.words("lina.2021")[-1:] == ["明天集中"]
        assert holder(stage, "lina.2021") == "李娜"


@EACH_FORM
async def test_another_letter_case_is_the_same_account(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        fields = change("update_user", UserID="zhangwei", NewUserID="ZhangWei")
        assert (await stage.tell(fields, form, by="sys")).status == 200
        assert holder(stage, "zhangwei") == "张伟"
        assert hints(stage) == ()


async def test_an_id_that_is_somebody_elses_moves_nobody(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        await stage.tell(change("update_user", UserID="zhangwei", NewUserID="lina"), by="sys")
        assert (holder(stage, "zhangwei"), holder(stage, "lina")) == ("张伟", "李娜")
        assert kinds(stage) == [(HintKind.RENAME_TAKEN, "zhangwei")]


async def test_a_persons_two_accounts_become_one(world: World) -> None:
    async with app_stage(world) as stage:
        with world.application.database.unit() as unit:
            person = Accounts(unit).holder("wecom", "zhangwei")
            assert person is not None
            Accounts(unit).bind("wecom", "zw", person.id, world.clock.now())
        await stage.tell(change("update_user", UserID="zhangwei", NewUserID="zw"), by="sys")
        assert (holder(stage, "zhangwei"), holder(stage, "zw")) == ("", "张伟")


@EACH_FORM
async def test_a_retry_of_the_event_changes_nothing(world: World, form: str) -> None:
    async with app_stage(world) as stage:
        fake = world.stage.fake
        world.stage.app.json_callbacks = form == "json"
        await fake.contacts.update_user("zhangwei", new_userid="zhangwei2")
        for same in (True, False):
            assert (await fake.redeliver(same_nonce=same)).ok
        assert len(hints(stage)) == 1
        fake.faults.callback_timeouts = 2
        await fake.contacts.create_party("夜班组")
        assert kinds(stage)[1:] == [(HintKind.PARTY_CREATED, "")]


# -- leaving and coming ----------------------------------------------------------------------------


async def test_a_deleted_member_keeps_the_person_and_is_not_written_to(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        told = await each_world.stage.fake.contacts.delete_user("zhangwei")
        assert [d.ok for d in told] == [True, True], "delete_user and unsubscribe"
        assert holder(stage, "zhangwei") == "张伟"
        assert "删除" in refused(stage, "zhangwei")
        (hint,) = hints(stage)
        assert (hint.kind, hint.person, hint.in_service) == (HintKind.DELETED, "张伟", True)


async def test_the_two_events_of_leaving_are_one_hint_in_either_order(world: World) -> None:
    async with app_stage(world) as stage:
        gone = {"MsgType": "event", "Event": "unsubscribe"}
        await stage.tell(gone, by="zhangwei")
        assert kinds(stage) == [(HintKind.HIDDEN, "zhangwei")]
        await stage.tell(change("delete_user", UserID="ZhangWei"), by="sys")
        assert kinds(stage) == [(HintKind.DELETED, "zhangwei")]
        await stage.tell(change("delete_user", UserID="lina"), by="sys")
        await stage.tell(gone, by="lina")
        assert kinds(stage)[1:] == [(HintKind.DELETED, "lina")]


async def test_who_is_hidden_and_shown_again_can_be_written_to(world: World) -> None:
    async with app_stage(world) as stage:
        contacts = world.stage.fake.contacts
        assert (await contacts.hide(world.stage.app, "zhangwei")).ok
        assert "可见范围" in refused(stage, "zhangwei")
        shown = await contacts.show(world.stage.app, "zhangwei")
        assert shown.ok
        assert "老师您好" in shown.passive_reply
        assert refused(stage, "zhangwei") == ""
        assert hints(stage) == ()


async def test_a_deleted_id_that_comes_back_belongs_to_nobody(each_world: World) -> None:
    """Whoever is given it now must not read what the former holder could."""
    async with app_stage(each_world) as stage:
        contacts = each_world.stage.fake.contacts
        await contacts.delete_user("zhangwei")
        await contacts.create_user("zhangwei", "张薇", "城东中学")
        assert holder(stage, "zhangwei") == ""
        assert refused(stage, "zhangwei") == ""
        assert kinds(stage) == [(HintKind.REUSED, "zhangwei")]
        await each_world.say("zhangwei", "我的学分")
        assert not any("62" in each for each in each_world.words("zhangwei")[-1:])
        assert "绑定" in each_world.words("zhangwei")[-1]


async def test_a_new_member_is_a_hint_with_the_name_that_the_directory_tells(world: World) -> None:
    async with app_stage(world) as stage:
        fake = world.stage.fake
        await fake.contacts.create_user("huangmin", "黄敏", "城关小学")
        assert fake.calls.count("user/get") == 1
        (hint,) = hints(stage)
        assert (hint.kind, hint.account, dict(hint.detail)) == (
            HintKind.CREATED,
            "huangmin",
            {"name": "黄敏"},
        )
        await fake.contacts.delete_user("huangmin")
        assert hints(stage) == (), "came and went: nothing to do"


@pytest.mark.parametrize("how", ["told", "refused", "silent"])
async def test_the_name_is_taken_from_where_it_is(world: World, how: str) -> None:
    async with app_stage(world) as stage:
        fake = world.stage.fake
        world.stage.app.contact_details = how == "told"
        if how == "refused":
            fake.faults.fail(60011, path="user/get")
        elif how == "silent":
            fake.faults.drop_answers, fake.faults.drop_path = 5, "user/get"
        told = await fake.contacts.create_user("huangmin", "黄敏", "城关小学")
        assert all(each.ok and each.attempts == 1 for each in told)
        (hint,) = hints(stage)
        assert hint.detail.get("name", "") == ("黄敏" if how == "told" else "")


async def test_departments_are_hints(world: World) -> None:
    async with app_stage(world) as stage:
        contacts = world.stage.fake.contacts
        await contacts.update_user("zhangwei", departments=["城东中学", "夜班组"])
        await contacts.create_party("早班组")
        made = max(world.stage.corp.departments)
        await contacts.update_party(made, name="晚班组")
        await contacts.update_party(made, parent=1)
        await contacts.delete_party(made)
        assert [each.kind for each in hints(stage)] == [
            HintKind.DEPARTMENTS,
            HintKind.PARTY_CREATED,
            HintKind.PARTY_CHANGED,
            HintKind.PARTY_CHANGED,
            HintKind.PARTY_DELETED,
        ]
        assert "," in hints(stage)[0].detail["departments"]


@EACH_FORM
@pytest.mark.parametrize(
    "fields",
    [
        change("update_tag", TagId=5, AddUserItems="zhangwei,lina"),
        change("a_change_of_next_year", UserID="zhangwei"),
        change("create_user"),
        change("update_user", NewUserID="x"),
        change("delete_user", UserID=""),
        change(""),
    ],
    ids=range(6),
)
async def test_what_concerns_nobody_leaves_no_hint(
    world: World, form: str, fields: dict[str, object]
) -> None:
    async with app_stage(world) as stage:
        assert (await stage.tell(fields, form, by="sys")).status == 200
        assert hints(stage) == ()


async def test_nothing_personal_is_logged(world: World, log_lines: list[str]) -> None:
    async with app_stage(world):
        contacts = world.stage.fake.contacts
        world.stage.app.contact_details = True
        await contacts.create_user("huangmin", "黄敏", "城关小学")
        await contacts.update_user("huangmin", new_userid="huangmin2")
        await contacts.delete_user("zhangwei")
        ours = [line for line in log_lines if '"from": "shixun' in line]
        assert ours
        assert not [w for line in ours for w in ("huangmin", "黄敏", "zhangwei") if w in line]


# -- encrypted ids ---------------------------------------------------------------------------------


def open_id(world: World, account: str) -> str:
    """As an AI bot sees this member whose creator is no super admin."""
    member = world.stage.corp.member(account)
    assert member is not None
    return member.open_userid


async def test_an_encrypted_id_is_the_account_behind_it(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        fake, encrypted = each_world.stage.fake, open_id(each_world, "zhangwei")
        for _ in range(3):
            assert await stage.channel.account(encrypted) == "zhangwei"
        assert fake.calls.count("batch/openuserid_to_userid", 0) == 1
    async with app_stage(each_world) as again:
        assert await again.channel.account(encrypted) == "zhangwei"
        assert fake.calls.count("batch/openuserid_to_userid", 0) == 1, "kept for every replica"
        assert hints(again) == (), "nothing for an officer to do"
        await each_world.stage.fake.contacts.update_user("zhangwei", new_userid="zw2")
        assert await again.channel.account(encrypted) == "zw2"


@pytest.mark.parametrize("plain", ["ZhangWei", "wo", "wozhang", "WOodAndManyMoreLettersThanThat"])
async def test_a_plain_id_is_folded_and_nobody_is_asked(world: World, plain: str) -> None:
    async with app_stage(world) as stage:
        assert await stage.channel.account(plain) == plain.casefold()
        assert world.stage.fake.calls.count("batch/openuserid_to_userid") == 0


async def test_what_cannot_be_converted_is_used_as_it_is(world: World) -> None:
    async with app_stage(world) as stage:
        fake, odd = world.stage.fake, "woAJ2GCAAAXtWyujaWJHDDGi0mACas1w"
        for _ in range(3):
            assert await stage.channel.account(odd) == odd
        assert fake.calls.count("batch/openuserid_to_userid", 40058) <= 1
        assert fake.calls.count("batch/openuserid_to_userid") == 1
        world.clock.advance(timedelta(minutes=11))
        await stage.channel.account(odd)
        assert fake.calls.count("batch/openuserid_to_userid") == 2


async def test_a_binding_made_under_an_encrypted_id_goes_to_the_account(world: World) -> None:
    async with app_stage(world) as stage:
        fake, account = world.stage.fake, "newcomer1"
        encrypted = open_id(world, account)
        fake.faults.fail(-1, path="batch/openuserid_to_userid")
        assert await stage.channel.account(encrypted) == encrypted
        with world.application.database.unit() as unit:
            person = Accounts(unit).holder("wecom", "zhangwei")
            assert person is not None
            Accounts(unit).bind("wecom", encrypted, person.id, world.clock.now())
        world.clock.advance(timedelta(minutes=1))
        assert await stage.channel.account(encrypted) == account
        assert (holder(stage, account), holder(stage, encrypted)) == ("张伟", "")


# -- the officer's list ----------------------------------------------------------------------------


async def test_an_officer_reads_the_list_and_works_it_off(world: World) -> None:
    async with app_stage(world) as stage:
        contacts = world.stage.fake.contacts
        await contacts.create_user("huangmin", "黄敏", "城关小学")
        await contacts.delete_user("zhangwei")
        await stage.send(message("liguoqiang", "通讯录变动", 71))
        told = "\n".join(world.words("liguoqiang"))
        assert "黄敏" in told
        assert "张伟" in told
        assert "消息发不到" in told
        await stage.send(message("liguoqiang", "通讯录变动已处理", 72))
        assert hints(stage) == ()
        await stage.send(message("lina", "通讯录变动", 73))
        assert not any("黄敏" in each for each in world.words("lina"))


async def test_the_person_s_other_accounts_hear_of_another_id_within_a_minute(world: World) -> None:
    async with app_stage(world) as stage:
        with world.application.database.unit() as unit:
            zhang = Accounts(unit).holder("wecom", "zhangwei")
            assert zhang is not None
            Accounts(unit).bind("wecom", "zhangwei.old", zhang.id, world.clock.now())
        world.clock.advance(timedelta(minutes=1))
        await world.stage.fake.contacts.update_user("zhangwei", new_userid="somebody")
        await world.application.chores.keep_house()
        with world.application.database.unit() as unit:
            told = [
                row.account
                for row in unit.rows(select(deliveries.c.account, deliveries.c.body))
                if "在通讯录里改了名" in str(row.body)
            ]
        assert told == ["zhangwei.old"]
        assert holder(stage, "somebody") == "张伟"


@EACH_FORM
@pytest.mark.parametrize("account", ["@all", "zhangwei|lina", "a b"])
async def test_an_event_of_what_can_be_nobody_s_id_changes_nothing(
    world: World, form: str, account: str
) -> None:
    async with app_stage(world) as stage:
        for fields in (
            change("create_user", UserID=account),
            change("update_user", UserID="zhangwei", NewUserID=account),
            change("delete_user", UserID=account),
        ):
            assert (await stage.tell(fields, form, by="sys")).status == 200
        assert holder(stage, "zhangwei") == "张伟"
        assert hints(stage) == ()
