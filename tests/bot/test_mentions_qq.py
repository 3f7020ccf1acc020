"""@ in messages for groups of the official QQ bot: in markdown, where it may be sent (qq.md A8)."""

from __future__ import annotations

import pytest

from bot.channels.qq.parts import NOBODY, calls_in, parts
from handlers.reply import Card, Choice, Mention, Reply, action
from simulator.common.screen import Kind
from storage.outbox_values import Result
from tests.bot.qq_world import GROUP, QQWorld, qq_world, slot

TEXT = "@张伟 @李娜 @所有人 带 *U盘* <@all> <qqbot-at-everyone />，见 表.xlsx"
PLAIN = "@张伟 @李娜 @所有人 带 *U盘* <@all> <qqbot-at-everyone />，见 表·xlsx"
MARKED = "带 ＊U盘＊ ＜@all＞ ＜qqbot-at-everyone /＞，见 表·xlsx"
WEI = {"@张伟": "ABC123"}


def called(world: QQWorld, text: str = TEXT) -> Reply:
    """A message that calls 张伟, who is known in this group, and 李娜, who is known elsewhere."""
    here = f"{world.group}:{world.fake.member_openid('zhangwei', GROUP)}"
    elsewhere = f"other:{world.fake.member_openid('lina', GROUP)}"
    return Reply(
        text,
        mentions=(
            Mention("@张伟", (("qq", world.user), ("qq_group", "other:x"), ("qq_group", here))),
            Mention("@李娜", (("qq_group", elsewhere), ("onebot", "10010"))),
            Mention("@所有人", everybody=True),
        ),
    )


async def test_a_member_of_this_group_is_called() -> None:
    async with qq_world() as world:
        assert await world.result(called(world), world.group) is Result.SENT
        (shown,) = world.seen("lina")
        assert shown.kind is Kind.MARKDOWN
        # the platform has made a name of the only mark that there was
        assert shown.words == f"@张伟 @李娜 @所有人 {MARKED}"
        (request,) = world.frozen(called(world), world.group)
        member = world.fake.member_openid("zhangwei", GROUP)
        said = request.request["parts"][0]["markdown"]
        assert said.startswith(f'<qqbot-at-user id="{member}" /> @李娜')
        assert said.count("<") == 1


async def test_without_markdown_it_is_words() -> None:
    async with qq_world() as world:
        world.bot.markdown = False
        assert await world.result(called(world), world.group) is Result.SENT
        assert world.words("lina") == [PLAIN]
        assert await world.result(called(world), world.group) is Result.SENT
        assert world.words("lina") == [PLAIN, PLAIN]
        assert world.calls() == 3, "what was refused is not tried again at once"


async def test_as_a_reply_that_was_set_aside() -> None:
    async with qq_world() as world:
        quoted = (await world.say("你好", GROUP)).reply_to
        world.bot.pushes = False
        world.bot.markdown = False
        slots = [slot(quoted, 2)]
        assert await world.result(called(world), world.group, slots=slots) is Result.SENT
        assert world.words("lina")[-1] == PLAIN


async def test_in_private_nobody_is_called() -> None:
    async with qq_world() as world:
        assert await world.result(called(world)) is Result.SENT
        (shown,) = world.seen()
        assert (shown.kind, shown.words) == (Kind.TEXT, PLAIN)


def test_only_a_members_id_of_this_group() -> None:
    def member(account: str) -> dict[str, str]:
        return calls_in(Reply("@张伟", mentions=(Mention("@张伟", (("qq_group", account),)),)), "g")

    assert member("g:ABC-12_3") == {"@张伟": "ABC-12_3"}
    assert member("h:ABC") == {}
    assert member('g:A" /><qqbot-at-everyone') == {}
    assert calls_in(Reply("@所有人", mentions=(Mention("@所有人", everybody=True),)), "g") == {}


@pytest.mark.parametrize("text", ["@张伟东 到", "张伟 到", "x@张伟 到"])
def test_who_is_not_called_in_the_text_makes_no_markdown(text: str) -> None:
    assert parts(Reply(text), most=1, buttons=True, calls=WEI) == [{"text": text}]


def test_a_card_and_a_call_are_one_message() -> None:
    card = Card("通知 N1", "见上", choices=(Choice("收到", action("x")),))
    (part,) = parts(Reply("@张伟 到", card), most=1, buttons=True, calls=WEI)
    assert part["markdown"].startswith('<qqbot-at-user id="ABC123" /> 到\n\n**通知 N1**')
    assert "keyboard" in part
    (part,) = parts(Reply("@张伟 到", card), most=1, buttons=False, calls=WEI)
    assert part["markdown"].startswith('<qqbot-at-user id="ABC123" /> 到\n\n【通知 N1】')
    assert "keyboard" not in part
    (part,) = parts(Reply("@张伟 到", card), most=1, buttons=False, calls=NOBODY)
    assert set(part) == {"text"}


def test_what_is_too_long_for_markdown_is_words() -> None:
    long = "@张伟 " + "学" * 1790
    (part,) = parts(Reply(long), most=1, buttons=True, calls=WEI)
    assert set(part) == {"text"}
