"""The chat page with WeCom, the QQ bot and a QQ account beside each other, in a real Chromium.

At the other ends are bare bots, so that each button and each refusal can be brought about.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from simulator.common.values import JsonObject, table, text
from tests.browser.test_chat_page import CHROMIUM, PATIENCE, QUIET, REQUIRED
from tests.simulator.onebot_scene import PNG
from tests.simulator.page_scene import PageScene, scene
from tests.simulator.test_page_platforms import keyboard

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not REQUIRED, reason="no chromium on this machine's PATH"
    ),
]


@dataclass
class Open:
    """A window on the page of a scene."""

    page: Page
    scene: PageScene

    @property
    def column(self) -> Locator:
        """The first chat column."""
        return self.page.locator("section.column").first

    def tab(self, name: str) -> Locator:
        """A chat by its platform and name."""
        return self.column.get_by_role("tab", name=name, exact=True)

    async def say(self, words: str) -> None:
        """Type and press Enter."""
        await self.column.locator("textarea").fill(words)
        await self.column.locator("textarea").press("Enter")


@asynccontextmanager
async def opened(width: int = 1280) -> AsyncIterator[Open]:
    """The page on 张伟; anything on its console fails the test."""
    problems: list[str] = []
    async with scene() as made, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = await browser.new_context(
            viewport={"width": width, "height": 844}, locale="zh-CN"
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(made.base + "/")
        await expect(page.locator("section.column .head b")).to_have_text("张伟")
        yield Open(page, made)
        await browser.close()
    assert not problems


def run(work: Callable[[Open], Awaitable[None]], width: int = 1280) -> None:
    """Plays `work` on a fresh page."""

    async def play() -> None:
        async with opened(width) as made:
            await work(made)

    asyncio.run(play())


def test_every_chat_says_its_platform() -> None:
    async def look(at: Open) -> None:
        badges = at.column.locator(".tabs .badge")
        assert await badges.all_inner_texts() == ["企业微信"] * 4 + ["QQ"] * 3 + ["QQ号"] * 3
        for tab in await at.column.get_by_role("tab").all():
            await expect(tab).to_be_in_viewport()
        assert "教师" in await at.page.title()
        await at.column.locator(".tabs [aria-selected=true]").focus()
        await at.page.keyboard.press("ArrowLeft")
        await expect(at.tab("QQ号 群：心理健康网络班")).to_be_focused()
        await expect(at.column.locator("button.at")).to_have_text("@师训助手")

    run(look)


def test_buttons_on_qq_are_answered_or_the_client_says_so(tmp_path: Path) -> None:
    async def look(at: Open) -> None:
        async with at.scene.qq.online() as socket:
            await at.tab("QQ QQ机器人").click()
            await at.say("通知")
            ident = text(table(await socket.next(), "d"), "id")
            await at.scene.qq.to_user(
                "qq1", **keyboard(("ok", "收到"), ("no", "不去")), msg_id=ident, msg_seq=1
            )
            card = at.column.locator(".card").last
            await expect(card.locator("b")).to_have_text("请确认")
            await card.get_by_role("button", name="收到").click()
            await expect(at.column.locator(".problem")).to_have_text("请求第三方失败")
            await socket.next()
            await expect(card.get_by_role("button", name="收到")).to_be_enabled()
            await at.page.screenshot(path=tmp_path / "qq.png")
            await card.get_by_role("button", name="收到").click()
            pressed = text(table(await socket.next(), "d"), "id")
            await at.scene.qq.call("PUT", f"/interactions/{pressed}", {"code": 0})
            await expect(at.column.locator(".problem")).to_be_hidden()

    run(look)


def test_messages_that_were_not_asked_for_are_turned_away() -> None:
    async def look(at: Open) -> None:
        async with at.scene.qq.online() as socket:
            await expect(at.column.locator(".strip")).to_be_hidden()
            await at.tab("QQ QQ机器人").click()
            switch = at.column.get_by_role("switch")
            await expect(switch).to_be_checked()
            await switch.focus()
            await at.page.keyboard.press("Space")
            assert (await socket.next())["t"] == "C2C_MSG_REJECT"
            await expect(at.column.locator(".strip")).to_contain_text("已拒收主动消息")
            assert (await at.scene.qq.to_user("qq1")).code == 40054013
            await switch.click()
            await expect(at.column.locator(".strip")).to_contain_text("您接收机器人的主动消息")
            await at.tab("QQ 群：信息技术1班").click()
            await switch.click()
            await expect(at.column.locator(".strip")).to_contain_text("这个群已拒收")

    run(look)


def test_in_a_group_the_bot_is_mentioned_or_not() -> None:
    async def look(at: Open) -> None:
        async with at.scene.qq.online() as socket:
            await at.tab("QQ 群：信息技术1班").click()
            await at.say("在吗")
            await expect(at.column.locator(".mine").last).to_contain_text("@师训助手 在吗")
            await socket.next()
            at_button = at.column.locator("button.at")
            await at_button.click()
            await expect(at_button).to_have_attribute("aria-pressed", "false")
            await at.say("大家好")
            await expect(at.column.locator(".mine .bubble").last).to_have_text("大家好")
            assert socket.told.empty()

    run(look)


def test_the_account_on_qq_sends_pictures_and_takes_back() -> None:
    async def look(at: Open) -> None:
        token = at.scene.stage.keys.onebot_token
        async with at.scene.onebot.app(token=token) as app:
            await at.tab("QQ号 群：信息技术1班").click()
            await at.say("在吗")
            await expect(at.column.locator(".mine")).to_have_count(1)
            group = int(at.scene.roster.groups_bound[0][2])
            sent = await app.say("发错了", group)
            await expect(at.column.locator(".item .name")).to_have_text("师训助手")
            await app.done("delete_msg", message_id=sent)
            await expect(at.column.locator(".notice").last).to_have_text("消息已撤回")
            chooser = at.column.locator("input[type=file]").first
            await chooser.set_input_files(
                {"name": "截图.png", "mimeType": "image/png", "buffer": PNG}
            )
            await expect(at.column.locator(".mine .shot")).to_have_count(1)

    run(look)


def test_the_menu_is_the_one_that_the_bot_made() -> None:
    async def look(at: Open) -> None:
        stage = at.scene.stage
        entries = [
            {"type": "click", "name": name, "key": name} for name in ("学分明细", "还差多少")
        ]
        stage.app.menu = [
            {"name": "学分", "sub_button": entries},
            {"type": "click", "name": "本周安排", "key": "week"},
        ]
        await at.page.reload()
        bar = at.column.locator(".menubar")
        await bar.get_by_role("button", name="☰ 学分").press("Enter")
        await expect(bar.get_by_role("button", name="还差多少")).to_be_visible()
        await at.page.keyboard.press("Escape")
        await expect(bar.get_by_role("button", name="还差多少")).to_be_hidden()
        await expect(bar.get_by_role("button", name="☰ 学分")).to_be_focused()
        await at.tab("QQ QQ机器人").click()
        await expect(bar).to_be_hidden()

    run(look)


def test_news_leave_the_focus_where_it_is() -> None:
    async def look(at: Open) -> None:
        await at.tab("企业微信 群：信息技术1班").click()
        await expect(at.tab("企业微信 群：信息技术1班")).to_be_focused()
        said: JsonObject = {"as": "lina", "chat": "wr1", "text": "大家好", "mention": False}
        await at.scene.act("say", said)
        await expect(at.column.locator(".item .name")).to_have_text("李娜")
        await expect(at.tab("企业微信 群：信息技术1班")).to_be_focused()
        await at.scene.act("say", said | {"chat": "qq/信息技术1班"})
        await expect(at.tab("QQ 群：信息技术1班")).to_have_class("new")
        await expect(at.tab("企业微信 群：信息技术1班")).to_be_focused()

    run(look)


def test_all_of_it_fits_a_phone() -> None:
    async def look(at: Open) -> None:
        await at.tab("QQ 群：心理健康网络班").click()
        await expect(at.tab("QQ 群：心理健康网络班")).to_be_in_viewport()
        await at.say("很长的一句话，" * 12)
        wide = await at.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, "it scrolls sideways"
        for part in (".strip", "button.at", "textarea", "button.send"):
            box = await at.column.locator(part).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert box["width"] >= 30

    run(look, width=390)
