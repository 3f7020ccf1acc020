"""The chat page as a newcomer sees it: the demo office in a real Chromium.

Where there is no Chromium these are skipped, unless SHIXUN_BROWSER_TESTS=required.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = os.environ.get("SHIXUN_BROWSER_TESTS") == "required"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 10_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not REQUIRED, reason="no chromium on this machine's PATH"
    ),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The demo office, started as a newcomer starts it, on a free port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "run_bot.py", "demo"],
        cwd=ROOT,
        env={**os.environ, "SHIXUN_PORT": str(port), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            break
    assert f"http://127.0.0.1:{port}/" in said, said
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A wide window on the chat page; anything on its console fails the test."""
    yield from _opened(browser, address, 1280, 860)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """The same on a phone 390 points wide."""
    yield from _opened(browser, address, 390, 844)


def _opened(browser: Browser, address: str, width: int, height: int) -> Iterator[Page]:
    problems: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    made.on("console", lambda message: problems.append(f"{message.type}: {message.text}"))
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.goto(address + "/")
    expect(made.locator("section.column .head b")).to_be_visible()
    expect(made.locator("#moment")).not_to_have_value("")
    yield made
    context.close()
    assert not problems


def choose(page: Page, name: str) -> None:
    """Pick a person on the left."""
    page.fill("#search", name)
    page.locator("#list button.person", has_text=name).first.click()
    expect(page.locator("section.column.active .head")).to_contain_text(name)


def say(column: Locator, words: str) -> None:
    """Type into a column's entry and press Enter."""
    column.locator("textarea").fill(words)
    column.locator("textarea").press("Enter")


def column(page: Page, number: int = 0) -> Locator:
    """One of the chats that stand beside each other."""
    return page.locator("section.column").nth(number)


def test_it_starts_with_a_teacher_who_has_classes(page: Page) -> None:
    expect(column(page).locator(".head")).to_contain_text("张伟")
    groups = column(page).get_by_role("tab", name="企业微信 群：")
    expect(groups).to_have_count(2)
    for role in ("教师", "班主任", "师训股"):
        assert role in page.title()


def test_a_teacher_asks_and_sees_the_answer(page: Page, tmp_path: Path) -> None:
    choose(page, "张伟")
    say(column(page), "我的学分")
    expect(column(page).locator(".item.mine").last).to_contain_text("我的学分")
    expect(column(page).locator(".item:not(.mine)").last).to_contain_text("62 学分")
    expect(column(page).locator(".state.bad")).to_have_count(0)
    shot = tmp_path / "chat.png"
    page.screenshot(path=shot)
    assert shot.stat().st_size > 20_000


def test_a_cards_button_is_pressed(page: Page) -> None:
    choose(page, "张伟")
    say(column(page), "菜单")
    card = column(page).locator(".card").last
    expect(card).to_contain_text("常用功能")
    replies = column(page).locator(".item:not(.mine)")
    before = replies.count()
    card.locator(".acts button", has_text="学分明细").click()
    expect(replies).not_to_have_count(before)
    expect(replies.last).to_contain_text("学分")


@pytest.mark.parametrize("chat", ["QQ QQ机器人", "QQ号 师训助手"])
def test_the_same_teacher_is_known_on_qq(page: Page, chat: str) -> None:
    choose(page, "陈静")
    mine = column(page)
    mine.get_by_role("tab", name=chat, exact=True).click()
    say(mine, "我绑定的是谁")
    expect(mine.locator(".item:not(.mine)").last).to_contain_text("陈静（云溪县第一中学）")
    expect(mine.locator(".state.bad")).to_have_count(0)


def test_a_button_on_qq_is_pressed(page: Page) -> None:
    choose(page, "张伟")
    mine = column(page)
    mine.get_by_role("tab", name="QQ QQ机器人", exact=True).click()
    say(mine, "菜单")
    card = mine.locator(".card").last
    expect(card).to_contain_text("常用功能")
    card.get_by_role("button", name="学分明细").click()
    expect(mine.locator(".item:not(.mine)").last).to_contain_text("学分记录 7 条")
    expect(mine.locator(".problem")).to_be_hidden()


def test_a_question_in_a_group_on_qq_is_answered_in_private(page: Page) -> None:
    choose(page, "徐丽")
    mine = column(page)
    mine.get_by_role("tab", name="QQ 群：信息技术1班", exact=True).click()
    say(mine, "我的学分")
    expect(mine.locator(".item:not(.mine)").last).to_contain_text("已私信回复")
    choose(page, "刘洋")
    column(page).get_by_role("tab", name="QQ 群：信息技术1班", exact=True).click()
    expect(column(page).locator(".log")).to_contain_text("已私信回复")
    expect(column(page).locator(".log")).not_to_contain_text("计入")


def test_the_menu_of_the_app_is_there(page: Page) -> None:
    choose(page, "李娜")
    bar = column(page).locator(".menubar")
    bar.get_by_role("button", name="☰ 查询").click()
    replies = column(page).locator(".item:not(.mine)")
    before = replies.count()
    bar.locator(".entries:visible button").first.click()
    expect(replies).not_to_have_count(before)
    expect(column(page).locator(".problem")).to_be_hidden()


def test_two_people_side_by_side(page: Page) -> None:
    choose(page, "张伟")
    page.click("#beside")
    expect(page.locator("section.column")).to_have_count(2)
    choose(page, "李娜")
    say(column(page, 1), "我绑定的是谁")
    expect(column(page, 1).locator(".item:not(.mine)").last).to_contain_text("李娜")
    expect(column(page, 0).locator(".log")).not_to_contain_text("李娜")
    say(column(page, 0), "我绑定的是谁")
    expect(column(page, 0).locator(".item:not(.mine)").last).to_contain_text("张伟")
    page.reload()
    expect(page.locator("section.column")).to_have_count(2)
    expect(column(page, 1).locator(".head")).to_contain_text("李娜")


def test_in_a_group_the_answer_goes_to_the_private_chat(page: Page) -> None:
    choose(page, "王芳")
    mine = column(page)
    mine.get_by_role("tab", name="企业微信 群：信息技术1班", exact=True).click()
    say(mine, "我的学分")
    expect(mine.locator(".item:not(.mine)").last).to_contain_text("已私信回复您")
    private = mine.get_by_role("tab", name="企业微信 师训助手", exact=True)
    expect(private).to_have_class("new")
    private.click()
    expect(mine.locator(".item:not(.mine)").last).to_contain_text("学分")


def test_the_clock_can_be_set(page: Page) -> None:
    page.fill("#moment", "2021-07-14T07:55")
    page.click("#clock button[data-clock=set]")
    expect(page.locator("#now")).to_have_text("2021-07-14 周三 07:55")
    expect(page.locator("#mode")).to_have_text("模拟时间")
    choose(page, "张伟")
    say(column(page), "今天有课吗")
    expect(column(page).locator(".item:not(.mine)").last).to_contain_text("14日")


def test_words_are_never_taken_for_markup(page: Page) -> None:
    choose(page, "刘洋")
    say(column(page), "<img src=x onerror=alert(1)><b>粗</b>")
    expect(column(page).locator(".item.mine").last).to_contain_text("<img src=x onerror=alert(1)>")
    expect(column(page).locator(".item:not(.mine)").last).to_be_visible()
    assert column(page).locator(".log b").count() == 0


def test_a_chat_stays_at_its_end_when_it_grows_narrower(page: Page, address: str) -> None:
    choose(page, "罗兰")
    say(column(page), "很长的一段话，" * 80)
    expect(column(page).locator(".item:not(.mine)").last).to_be_visible()
    page.goto(f"{address}/?as=罗兰&as=周明&as=李国强")
    expect(column(page).locator(".item:not(.mine)").last).to_be_in_viewport()
    page.locator("section.column .close").last.click()
    page.click("#beside")
    expect(column(page).locator(".item:not(.mine)").last).to_be_in_viewport()


def test_a_newcomer_learns_how_to_begin(page: Page) -> None:
    choose(page, "新来的老师")
    say(column(page), "我的学分")
    expect(column(page).locator(".item:not(.mine)").last).to_contain_text("绑定")


def test_it_fits_a_phone(phone: Page) -> None:
    phone.click("#drawer")
    choose(phone, "陈静")
    expect(phone.locator("#people")).not_to_be_in_viewport()
    say(column(phone), "菜单")
    expect(column(phone).locator(".card").last).to_contain_text("常用功能")
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "it scrolls sideways"
    for part in (".card", "textarea", "button.send"):
        box = column(phone).locator(part).last.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_the_address_answers_health_too(address: str) -> None:
    with urllib.request.urlopen(address + "/healthz", timeout=5) as answer:  # noqa: S310
        assert answer.status == 200
