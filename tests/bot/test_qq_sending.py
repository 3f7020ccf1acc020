"""What becomes of messages: every class of qq.md A9 on the wire, against the fake platform."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.base import Noted, Outgoing
from bot.channels.qq.errors import CODES, Kind
from bot.channels.qq.fates import FATES
from bot.channels.qq.words import NO_LINKS
from bot.channels.spending import MARGIN
from handlers.reply import Card, File, Reply
from handlers.ways import GROUP, PRIVATE
from simulator.common.screen import Kind as Seen
from storage.outbox_values import FrozenRequest, Result
from tests.bot import qq_world as worlds
from tests.bot.qq_world import NOTICE, QQWorld, qq_world, slot

NOTE = Reply("明天 8.30 集合")


async def passive(world: QQWorld, text: str = "你好", chat: str | None = None) -> str:
    """Somebody spoke and was answered; the id that a later reply may quote."""
    return (await world.say(text, chat)).reply_to


# -- replies and active messages ----------------------------------------------------------------


async def test_a_reply_that_was_set_aside_is_no_active_message() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        world.bot.pushes = False
        assert await world.result(NOTE, slots=[slot(quoted, 2)]) is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]
        assert world.fake.platform.sent[world.seen()[-1].id].passive


async def test_without_one_it_is_an_active_message() -> None:
    async with qq_world() as world:
        outcome = await world.send(NOTE)
        assert outcome.outcomes[0].result is Result.SENT
        assert outcome.platform_id == world.seen()[0].id
        assert not world.fake.platform.sent[outcome.platform_id].passive


async def test_into_a_group() -> None:
    async with qq_world() as world:
        assert await world.result(NOTE, world.group) is Result.SENT
        assert world.words("lina") == ["明天 8.30 集合"]


async def test_the_windows_are_what_the_platform_grants() -> None:
    """Four in private and five in a group, the answer included; the next is an active message."""
    async with qq_world() as world:
        for chat, count in ((None, 4), (worlds.GROUP, 5)):
            account = world.user if chat is None else world.group
            quoted = await passive(world, "你好", chat)
            for seq in range(2, count + 1):
                assert await world.result(NOTE, account, slots=[slot(quoted, seq)]) is Result.SENT
                assert world.fake.platform.sent[world.seen()[-1].id].passive
            assert await world.result(NOTE, account, slots=[slot(quoted, 9)]) is Result.SENT
            assert not world.fake.platform.sent[world.seen()[-1].id].passive


@pytest.mark.parametrize(("chat", "minutes"), [(None, 61), (worlds.GROUP, 6)])
async def test_a_reply_that_comes_too_late_is_sent_as_an_active_message(
    chat: str | None, minutes: int
) -> None:
    async with qq_world() as world:
        account = world.user if chat is None else world.group
        quoted = await passive(world, "你好", chat)
        world.fake.clock.advance(timedelta(minutes=minutes))
        before = world.calls()
        assert await world.result(NOTE, account, slots=[slot(quoted, 2)]) is Result.SENT
        assert world.calls() == before + 2


@pytest.mark.parametrize("code", CODES[Kind.CONTEXT_GONE])
async def test_a_place_that_is_gone_is_left_once(code: int) -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        world.fake.faults.fail(code, path="users/messages")
        assert await world.result(NOTE, slots=[slot(quoted, 2)]) is Result.SENT
        world.fake.faults.fail(code, times=2, path="users/messages")
        before = world.calls()
        assert await world.result(NOTE, slots=[slot(quoted, 3)]) is Result.PARKED
        assert world.calls() == before + 2


async def test_a_place_that_is_gone_where_active_messages_are_refused_is_parked() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        world.bot.refusing.add("zhangwei")
        world.fake.clock.advance(timedelta(hours=2))
        assert await world.result(NOTE, slots=[slot(quoted, 2)]) is Result.PARKED
        assert [each.account for each in world.office.notes] == [world.user]


# -- refusals -----------------------------------------------------------------------------------


async def test_who_refuses_is_parked_and_noted() -> None:
    async with qq_world() as world:
        world.bot.refusing.add("zhangwei")
        assert await world.result(NOTE) is Result.PARKED
        (noted,) = world.office.notes
        assert (noted.place, noted.account) == (PRIVATE, world.user)
        assert noted.refused


async def test_who_is_known_to_refuse_is_not_asked_again() -> None:
    async with qq_world() as world:
        outcome = await world.send(NOTE, refused="关闭了主动消息")
        assert outcome.outcomes[0].result is Result.PARKED
        assert world.calls() == 0


async def test_who_is_known_to_refuse_is_answered_all_the_same() -> None:
    async with qq_world() as world:
        world.bot.refusing.add("zhangwei")
        quoted = await passive(world)
        outcome = await world.send(NOTE, slots=[slot(quoted, 2)], refused="关闭了主动消息")
        assert outcome.outcomes[0].result is Result.SENT


async def test_a_group_whose_owner_allows_nothing() -> None:
    async with qq_world() as world:
        world.fake.platform.groups[worlds.GROUP].seats[worlds.APPID].proactive = False
        assert await world.result(NOTE, world.group) is Result.PARKED
        assert world.office.notes == [Noted(GROUP, world.group, FATES[Kind.REFUSED].refused)]


async def test_who_is_no_friend_any_more() -> None:
    async with qq_world() as world:
        world.bot.friends.discard("zhangwei")
        assert await world.result(NOTE) is Result.PARKED
        assert world.office.notes


async def test_a_group_that_we_are_not_in() -> None:
    async with qq_world() as world:
        account = world.group
        del world.fake.platform.groups[worlds.GROUP].seats[worlds.APPID]
        assert await world.result(NOTE, account) is Result.REJECTED
        assert world.office.notes


async def test_muted_in_a_group_it_waits_without_a_note() -> None:
    async with qq_world() as world:
        world.fake.mute(worlds.GROUP)
        assert await world.result(NOTE, world.group) is Result.PARKED
        assert not world.office.notes


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=f"{kind}-{code}")
        for kind, codes in CODES.items()
        for code in codes
        if kind
        not in (
            *(Kind.AUDITED, Kind.LOGIN, Kind.RETRY, Kind.RETRY_ONCE, Kind.DUPLICATE, Kind.FORMAT),
            *(Kind.LINK, Kind.CONTEXT_GONE),
        )
    ],
)
async def test_every_code_has_the_fate_of_its_class(code: int) -> None:
    kind = next(kind for kind, codes in CODES.items() if code in codes)
    fate = FATES[kind]
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(code, times=9, path="users/messages")
        outcome = await world.send(NOTE)
        (found,) = outcome.outcomes
        assert world.calls() == 1, "asked again at once"
        assert found.result is fate.result
        assert str(code) in found.error
        halt, clock = fate.halt, world.fake.clock
        span = timedelta() if halt is None else halt.span or timedelta()
        again = (fate.later or span) if fate.result is Result.RETRY else timedelta()
        assert found.retry_at == (clock.now() + again if again else None)
        assert outcome.pause == span.total_seconds()
        assert outcome.cause == (halt.cause.format(code=code) if halt and span else "")
        assert bool(world.office.notes) == bool(fate.refused)


# -- what passes --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*CODES[Kind.RETRY], *CODES[Kind.RETRY_ONCE]])
async def test_what_passes_is_tried_again(code: int) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(code, path="users/messages")
        assert await world.result(NOTE) is Result.SENT
        assert world.calls() == 2


@pytest.mark.parametrize(("kind", "tries"), [(Kind.RETRY, 4), (Kind.RETRY_ONCE, 2)])
async def test_what_does_not_pass_goes_back_into_the_queue(kind: Kind, tries: int) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(CODES[kind][0], times=99, path="users/messages")
        outcome = await world.outcome(NOTE)
        assert (outcome.result, outcome.retry_at) == (Result.RETRY, None)
        assert world.calls() == tries


async def test_a_server_that_stumbles_is_tried_again() -> None:
    async with qq_world() as world:
        world.fake.faults.crash(500, times=2, path="users/messages")
        assert await world.result(NOTE) is Result.SENT


async def test_too_often_waits_as_long_as_the_platform_says() -> None:
    async with qq_world() as world:
        world.fake.faults.fail(304007, status=429, retry_after=40, path="users/messages")
        outcome = await world.send(NOTE)
        (found,) = outcome.outcomes
        assert found.retry_at == world.fake.clock.now() + timedelta(seconds=40)
        assert (outcome.pause, bool(outcome.cause)) == (40, True)
        assert world.calls() == 1


async def test_held_for_audit_is_sent() -> None:
    async with qq_world() as world:
        world.fake.faults.audits = 1
        outcome = await world.send(NOTE)
        assert outcome.outcomes[0].result is Result.SENT
        (audit_id,) = world.fake.desk.held
        await world.fake.finish_audit(audit_id)
        assert world.words() == ["明天 8.30 集合"]


# -- nobody knows whether it arrived ------------------------------------------------------------


async def test_a_reply_whose_answer_was_lost_is_repeated_and_seen_once() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        world.fake.faults.drop_answers = 1
        assert await world.result(NOTE, slots=[slot(quoted, 2)]) is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]
        assert world.fake.calls.count("users/messages", 40054005) == 1


async def test_a_reply_that_broke_off_on_the_way_is_repeated() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        world.fake.faults.crash(502, times=2, path="users/messages")
        assert await world.result(NOTE, slots=[slot(quoted, 2)]) is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]


async def test_a_reply_that_stays_in_doubt_is_repeated_by_the_outbox() -> None:
    """As frozen; what the lost tries have delivered is not delivered again."""
    async with qq_world() as world:
        quoted = await passive(world)
        (frozen,) = world.frozen(NOTE, slots=[slot(quoted, 2)])
        world.fake.faults.drop_answers = 3
        outcome = await world.again(frozen.request)
        assert not outcome.answered
        assert world.channel.repeats(frozen.request)
        assert (await world.again(frozen.request)).outcomes[0].result is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]


async def test_after_a_crash_a_repeat_counts_as_delivered() -> None:
    """Another process makes the call that a dead one had made: the number is known there."""
    async with qq_world() as world:
        quoted = await passive(world)
        (frozen,) = world.frozen(NOTE, slots=[slot(quoted, 2)])
        await world.again(frozen.request)
        world.fake.clock.advance(timedelta(seconds=125))
        assert (await world.again(frozen.request)).outcomes[0].result is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]


async def test_after_a_crash_a_place_that_is_gone_is_not_left() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        (frozen,) = world.frozen(NOTE, slots=[slot(quoted, 2)])
        world.fake.clock.advance(timedelta(minutes=61))
        assert (await world.again(frozen.request)).outcomes[0].result is Result.UNKNOWN
        assert world.words() == ["好的"]


async def test_an_active_message_whose_answer_was_lost_is_unknown() -> None:
    async with qq_world() as world:
        (frozen,) = world.frozen(NOTE)
        world.fake.faults.drop_answers = 1
        outcome = await world.again(frozen.request)
        assert outcome.outcomes[0].result is Result.UNKNOWN
        assert world.channel.repeats(frozen.request) is None
        assert world.words() == ["明天 8.30 集合"]


async def test_a_platform_that_never_answers_is_given_up_in_time() -> None:
    """Before the outbox's lease runs out; a reply is made again, an active message is not."""
    async with qq_world(timing=worlds.slower(call=0.2)) as world:
        quoted = await passive(world)
        world.fake.faults.stalls, world.fake.faults.stall_path = 2, "users/messages"
        world.fake.faults.stall_done = True
        (frozen,) = world.frozen(NOTE, slots=[slot(quoted, 2)])
        assert not (await world.again(frozen.request)).answered
        assert (await world.result(NOTE)) is Result.UNKNOWN
        assert (await world.again(frozen.request)).outcomes[0].result is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合", "明天 8.30 集合"]


async def test_a_number_that_is_taken_on_the_first_try_gives_way_once() -> None:
    async with qq_world() as world:
        quoted = await passive(world)
        assert await world.result(NOTE, slots=[slot(quoted, 1)]) is Result.SENT
        assert world.words() == ["好的", "明天 8.30 集合"]
        world.fake.faults.fail(40054005, times=9, path="users/messages")
        assert await world.result(NOTE, slots=[slot(quoted, 3)]) is Result.UNKNOWN


async def test_nobody_there_waits_without_counting_a_try() -> None:
    async with qq_world() as world:
        await world.send(NOTE)
        own = world.channel._api._bot
        world.channel._api._bot = replace(own, api_base="http://127.0.0.1:9")
        found = await world.outcome(NOTE)
        assert found.result is Result.RETRY
        assert found.retry_at


# -- cards, files, words ------------------------------------------------------------------------


async def test_a_card_has_buttons() -> None:
    async with qq_world() as world:
        assert await world.result(Reply("有新通知", NOTICE)) is Result.SENT
        (shown,) = world.seen()
        assert shown.card is not None
        assert [each.text for each in shown.card.buttons] == ["收到"]
        assert "通知 N37" in shown.words


@pytest.mark.parametrize("denied", ["markdown", "keyboard"])
async def test_what_is_not_granted_is_said_in_words_and_not_tried_again(denied: str) -> None:
    async with qq_world() as world:
        setattr(world.bot, denied, False)
        quoted = await passive(world)
        for seq in (2, 3):
            reply = Reply(card=NOTICE)
            assert await world.result(reply, slots=[slot(quoted, seq)]) is Result.SENT
        assert world.calls() == 1 + 2 + 1
        assert "1. 收到" in world.words()[-1]
        # in groups it is another permission
        await world.send(Reply(card=NOTICE), world.group)
        assert world.calls() == 4 + 2
        setattr(world.bot, denied, True)
        world.fake.clock.advance(timedelta(days=1, minutes=1))
        await world.send(Reply(card=NOTICE))
        assert world.seen()[-1].card is not None


@pytest.mark.parametrize("code", CODES[Kind.FORMAT])
async def test_every_code_that_denies_a_format_falls_back(code: int) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(code, path="users/messages")
        assert await world.result(Reply(card=NOTICE)) is Result.SENT
        assert world.seen()[0].kind is Seen.TEXT


async def test_markdown_of_users_is_shown_as_it_was_written() -> None:
    async with qq_world() as world:
        card = Card("<qqbot-at-everyone />", "# 一 *二* [三](四)", (), NOTICE.choices)
        await world.send(Reply(card=card))
        assert "<" not in world.words()[0]
        assert "＃ 一 ＊二＊" in world.words()[0]


async def test_addresses_do_not_leave() -> None:
    async with qq_world() as world:
        text = "3.A班 的 学分.xlsx 见 https://example.edu.cn/a.html，3.5 学分"
        assert await world.result(Reply(text)) is Result.SENT
        assert world.calls() == 1
        assert world.words() == [f"3·A班 的 学分·xlsx 见 ［链接］，3.5 学分\n{NO_LINKS}"]


@pytest.mark.parametrize("code", CODES[Kind.LINK])
async def test_what_looks_like_an_address_all_the_same_is_tried_once_without(code: int) -> None:
    async with qq_world(webhook=True) as world:
        world.fake.faults.fail(code, path="users/messages")
        assert await world.result(Reply("还差 3.5 学分")) is Result.SENT
        assert world.words() == ["还差 3点5 学分"]
        world.fake.faults.fail(code, times=2, path="users/messages")
        assert await world.result(Reply("还差 3.5 学分")) is Result.REJECTED
        assert world.calls() == 4


async def test_files_are_uploaded_and_follow_the_words() -> None:
    async with qq_world() as world:
        world.office.files = {7: ("学分.xlsx", b"PK\x03\x04data")}
        reply = Reply("给您", files=(File("学分.xlsx", b"PK\x03\x04data"),))
        quoted = await passive(world)
        outcome = await world.send(
            reply, slots=[slot(quoted, 2), slot(quoted, 3)], attachments=(7,)
        )
        assert outcome.outcomes[0].result is Result.SENT
        assert world.words()[1] == "给您"
        assert len(world.seen()) == 3
        assert world.seen()[-1].kind is Seen.FILE
        assert len(outcome.platform_id.split(" ")) == 2


async def test_an_upload_that_stumbles_is_repeated_and_harms_nobody() -> None:
    async with qq_world() as world:
        world.office.files = {7: ("学分.xlsx", b"PK\x03\x04data")}
        reply = Reply(files=(File("学分.xlsx", b"PK\x03\x04data"),))
        world.fake.faults.drop_path, world.fake.faults.drop_answers = "users/files", 2
        assert (await world.send(reply, attachments=(7,))).outcomes[0].result is Result.SENT
        world.fake.faults.drop_answers = 99
        assert (await world.send(reply, attachments=(7,))).outcomes[0].result is Result.RETRY
        assert len(world.seen()) == 1


async def test_half_of_a_message_is_not_sent_anew() -> None:
    async with qq_world() as world:
        world.office.files = {7: ("学分.xlsx", b"PK\x03\x04data")}
        reply = Reply("给您", files=(File("学分.xlsx", b"PK\x03\x04data"),))
        world.fake.faults.crash(500, times=99, path="users/files")
        outcome = await world.send(reply, attachments=(7,))
        assert outcome.outcomes[0].result is Result.UNKNOWN
        assert "1 of 2" in outcome.outcomes[0].error


async def test_a_long_answer_takes_the_replies_that_are_left() -> None:
    async with qq_world() as world:
        long = Reply("\n".join("学时" * 50 for _ in range(60)))
        quoted = await passive(world)
        assert not world.channel.at_once(long)
        left = [slot(quoted, 2), slot(quoted, 3)]
        assert await world.result(long, slots=left) is Result.SENT
        assert len(world.seen()) == 3
        assert "其余请看" in world.words()[-1]


# -- quotas -------------------------------------------------------------------------------------


async def test_active_messages_keep_to_the_quotas_of_a_minute() -> None:
    """Twenty to one group, thirty to all; what is over stays in the queue."""
    async with qq_world() as world:
        world.fake.add_group("语文2班", ["zhangwei"], chat="group2", proactive=True)
        sent = []
        for chat in (worlds.GROUP, "group2"):
            openid = world.fake.group_openid(chat)
            for _ in range(25):
                outgoing = Outgoing(1, openid, NOTE, group=True)
                for made in world.channel.requests([outgoing]):
                    assert isinstance(made, FrozenRequest)
                    assert (await world.again(made.request)).outcomes[0].result is Result.SENT
                    sent.append(chat)
        assert (sent.count(worlds.GROUP), sent.count("group2")) == (20, 10)
        assert not world.fake.calls.count("groups/messages", 40034100)
        world.fake.clock.advance(timedelta(minutes=1) + MARGIN)
        assert world.frozen(NOTE, world.group)


async def test_active_messages_to_people_are_paced() -> None:
    async with qq_world() as world:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for _ in range(6):
            assert await world.result(NOTE) is Result.SENT
        assert loop.time() - begun >= 1


async def test_a_call_that_the_quota_does_not_let_out_any_more_waits() -> None:
    """Frozen by two rounds at once."""
    async with qq_world() as world:
        frozen = [world.frozen(NOTE, world.group)[0] for _ in range(21)]
        outcomes = [(await world.again(each.request)).outcomes[0] for each in frozen]
        assert [each.result for each in outcomes] == [*[Result.SENT] * 20, Result.RETRY]
        assert outcomes[-1].retry_at == world.fake.clock.now() + timedelta(minutes=1) + MARGIN


async def test_one_call_a_chat_at_a_time() -> None:
    async with qq_world() as world:
        due = [Outgoing(n, world.user, NOTE) for n in (1, 2)]
        due += [Outgoing(3, world.group, NOTE, group=True), Outgoing(4, world.user, Reply())]
        made = world.channel.requests(due)
        assert [each.deliveries for each in made if hasattr(each, "deliveries")] == [(1,), (3,)]


# -- taking back --------------------------------------------------------------------------------


async def test_a_message_is_taken_back_within_two_minutes() -> None:
    async with qq_world() as world:
        for account in (world.user, world.group):
            (frozen,) = world.frozen(NOTE, account)
            outcome = await world.again(frozen.request)
            world.fake.clock.advance(timedelta(seconds=110))
            assert await world.channel.recall(frozen.request, outcome.platform_id) == ""
            assert world.seen()[-1].kind is Seen.RECALLED


async def test_after_two_minutes_it_stays() -> None:
    async with qq_world() as world:
        (frozen,) = world.frozen(NOTE)
        outcome = await world.again(frozen.request)
        world.fake.clock.advance(timedelta(seconds=125))
        assert "两分钟" in await world.channel.recall(frozen.request, outcome.platform_id)
        assert "QQ" in await world.channel.recall(frozen.request, "ROBOT1.0_nobody")
        assert await world.channel.recall(frozen.request, "")
