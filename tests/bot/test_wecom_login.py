"""Signing in on a web page with the WeCom account (wecom.md 2.10), against the fake."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom import login
from bot.channels.wecom.login import SESSION_COOKIE, STATE_COOKIE, _local
from bot.web_session import Signer
from storage.accounts import Accounts
from storage.journal import Audit
from tests.bot.wecom_app_stage import PUBLIC, AppStage, app_stage
from tests.bot.worlds import NOW, World

INSIDE = {"User-Agent": "Mozilla/5.0 wxwork/4.1.36 MicroMessenger/7.0.1"}


class Browser:
    """One person's browser at the bot's pages; keeps cookies, follows nothing."""

    def __init__(self, stage: AppStage) -> None:
        self.stage = stage
        self.cookies: dict[str, str] = {}
        self.set: dict[str, str] = {}

    async def get(
        self, path: str, *, headers: dict[str, str] | None = None, **query: str
    ) -> tuple[aiohttp.ClientResponse, str]:
        """The answer and its text."""
        url = self.stage.bot.address + path
        # the pages say Secure, the test's address is plain
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**(headers or {}), **({"Cookie": kept} if kept else {})}
        http = self.stage.world.http
        async with http.get(url, params=query, headers=sent, allow_redirects=False) as answer:
            text = await answer.text()
        for line in answer.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.set[name] = line
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer, text

    async def post(self, path: str) -> tuple[aiohttp.ClientResponse, str]:
        """As a form on a page of ours does."""
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = self.stage.bot.address + path
        async with self.stage.world.http.post(url, headers={"Cookie": kept}) as answer:
            return answer, await answer.text()

    async def begin(self, to: str = "", headers: dict[str, str] | None = None) -> str:
        """Ask to sign in; the state that WeCom is sent."""
        answer, _ = await self.get("/wecom/login", headers=headers, **({"to": to} if to else {}))
        assert answer.status == 302
        return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]

    async def sign_in(self, account: str, to: str = "") -> tuple[aiohttp.ClientResponse, str]:
        """All of it, as this account."""
        state = await self.begin(to)
        code = self.stage.world.stage.fake.login_code(account)
        return await self.get("/wecom/login/back", code=code, state=state)


# -- there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False])
async def test_one_is_sent_to_the_platform(world: World, inside: bool) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        answer, _ = await browser.get("/wecom/login", headers=INSIDE if inside else {})
        there = urlsplit(answer.headers["Location"])
        query = {name: values[0] for name, values in parse_qs(there.query).items()}
        assert query.pop("state").isalnum()
        common = {
            "appid": world.keys.corp_id,
            "agentid": str(world.keys.agent_id),
            "redirect_uri": f"{PUBLIC}/wecom/login/back",
        }
        if inside:
            assert f"https://{there.netloc}{there.path}" == login.INSIDE
            assert there.fragment == "wechat_redirect"
            assert query == {**common, "response_type": "code", "scope": "snsapi_base"}
        else:
            assert f"https://{there.netloc}{there.path}" == login.IN_BROWSER
            assert query == {**common, "login_type": "CorpApp"}
        cookie = browser.set[STATE_COOKIE]
        for mark in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/wecom/login", "Max-Age=300"):
            assert mark in cookie
        assert answer.headers["Cache-Control"] == "no-store"


async def test_without_a_public_address_there_are_no_pages(world: World) -> None:
    async with app_stage(world, public_url="") as stage:
        answer, text = await Browser(stage).get("/wecom/login")
        assert answer.status == 503
        assert "SHIXUN_PUBLIC_URL" in text


# -- and back --------------------------------------------------------------------------------------


async def test_one_comes_back_as_oneself(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        browser = Browser(stage)
        answer, _ = await browser.sign_in("zhangwei")
        assert (answer.status, answer.headers["Location"]) == (303, "/wecom/me")
        cookie = browser.set[SESSION_COOKIE]
        for mark in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/;"):
            assert mark in cookie + ";"
        assert STATE_COOKIE not in browser.cookies
        answer, text = await browser.get("/wecom/me")
        assert answer.status == 200
        assert "您好，张伟老师" in text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        with each_world.application.database.unit() as unit:
            (entry,) = [e for e in Audit(unit).entries() if e["intent"] == "web.login"]
        assert entry["outcome"] == "done"


async def test_the_letter_case_of_an_id_makes_no_difference(world: World) -> None:
    async with app_stage(world) as stage:
        world.stage.corp.add_member("LinaBig", "李娜", "", "")
        with world.application.database.unit() as unit:
            person = Accounts(unit).holder("wecom", "lina")
            assert person is not None
            Accounts(unit).bind("wecom", "linabig", person.id, world.clock.now())
        browser = Browser(stage)
        assert (await browser.sign_in("LinaBig"))[0].status == 303
        assert "李娜" in (await browser.get("/wecom/me"))[1]


async def test_one_lands_where_one_wanted_to_go(world: World) -> None:
    async with app_stage(world) as stage:
        to = "/console/notices?page=2"
        assert (await Browser(stage).sign_in("zhangwei", to))[0].headers["Location"] == to
        for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nY: z"):
            answer, _ = await Browser(stage).sign_in("zhangwei", evil)
            assert answer.headers["Location"] == "/wecom/me"


@given(st.text(max_size=40) | st.from_regex(r"[/\\]{1,3}[a-z@.:]{0,10}", fullmatch=True))
def test_wherever_one_wants_to_go_one_stays_here(to: str) -> None:
    there = urlsplit(_local(to))
    assert not there.scheme
    assert not there.netloc
    assert there.path.startswith("/")
    assert not there.path.startswith(("//", "/\\"))


# -- refused ---------------------------------------------------------------------------------------


async def refusal(answer: aiohttp.ClientResponse, text: str, browser: Browser, words: str) -> None:
    """A page in Chinese and no session."""
    assert answer.status in (400, 401, 403, 502)
    assert words in text
    assert SESSION_COOKIE not in browser.cookies


async def test_a_code_or_a_state_is_good_once(world: World) -> None:
    async with app_stage(world) as stage:
        first, second = Browser(stage), Browser(stage)
        state = await first.begin()
        kept = dict(first.cookies)
        code = world.stage.fake.login_code("zhangwei")
        assert (await first.get("/wecom/login/back", code=code, state=state))[0].status == 303
        # the same browser with its old cookie and a fresh code: the state was used
        first.cookies = kept
        fresh = world.stage.fake.login_code("zhangwei")
        answer, text = await first.get("/wecom/login/back", code=fresh, state=state)
        await refusal(answer, text, first, login.TOO_LATE)
        # another browser with a state of its own and the used code
        state = await second.begin()
        answer, text = await second.get("/wecom/login/back", code=code, state=state)
        await refusal(answer, text, second, login.TOO_LATE)


async def test_a_login_that_another_browser_began_is_refused(world: World) -> None:
    """Somebody is made to open a link that signs them in as somebody else."""
    async with app_stage(world) as stage:
        attacker, victim = Browser(stage), Browser(stage)
        state = await attacker.begin()
        code = world.stage.fake.login_code("liguoqiang")
        answer, text = await victim.get("/wecom/login/back", code=code, state=state)
        await refusal(answer, text, victim, login.TOO_LATE)
        await victim.begin()
        answer, text = await victim.get("/wecom/login/back", code=code, state=state)
        await refusal(answer, text, victim, login.BAD_STATE)


async def test_five_minutes_later_it_is_over(world: World) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        state = await browser.begin()
        world.clock.advance(timedelta(minutes=5))
        code = world.stage.fake.login_code("zhangwei")
        answer, text = await browser.get("/wecom/login/back", code=code, state=state)
        await refusal(answer, text, browser, login.TOO_LATE)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (40029, login.TOO_LATE),
        (42003, login.TOO_LATE),
        (60011, login.NOT_MEMBER),
        (-1, login.NO_ANSWER),
        (50001, login.NO_ANSWER),
    ],
)
async def test_what_the_platform_refuses_is_said(world: World, code: int, words: str) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        world.stage.fake.faults.fail(code, path="auth/getuserinfo")
        await refusal(*await browser.sign_in("zhangwei"), browser, words)


@pytest.mark.parametrize("code", ["", "nobody", "x" * 600])
async def test_a_code_that_nobody_made_is_refused(world: World, code: str) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        state = await browser.begin()
        answer, text = await browser.get("/wecom/login/back", code=code, state=state)
        await refusal(answer, text, browser, login.TOO_LATE)


async def test_who_is_not_bound_learns_how(world: World) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        await refusal(*await browser.sign_in("newcomer1"), browser, "绑定")


# -- the session -----------------------------------------------------------------------------------


async def test_a_session_ends_with_its_time_and_with_its_binding(world: World) -> None:
    async with app_stage(world) as stage:
        one, other = Browser(stage), Browser(stage)
        await one.sign_in("zhangwei")
        await other.sign_in("lina")
        with world.application.database.unit() as unit:
            Accounts(unit).unbind("wecom", "zhangwei")
        answer, text = await one.get("/wecom/me")
        assert answer.status == 401
        assert "张伟" not in text
        assert (await other.get("/wecom/me"))[0].status == 200
        with world.application.database.unit() as unit:
            person = Accounts(unit).holder("wecom", "lina")
            assert person is not None
            Accounts(unit).bind("wecom", "zhangwei", person.id, world.clock.now())
        assert (await one.get("/wecom/me"))[0].status == 401, "somebody else's by now"
        world.clock.advance(timedelta(hours=12))
        assert (await other.get("/wecom/me"))[0].status == 401


async def test_leaving_ends_the_session_for_whoever_has_the_cookie(each_world: World) -> None:
    async with app_stage(each_world) as stage:
        browser = Browser(stage)
        await browser.sign_in("zhangwei")
        _, page = await browser.get("/wecom/me")
        assert 'action="/wecom/logout"' in page
        answer, text = await browser.post("/wecom/logout")
        assert (answer.status, "已退出登录" in text) == (200, True)
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        # the cookie that somebody had copied
        assert (await browser.get("/wecom/me"))[0].status == 401
        await browser.post("/wecom/logout")
        await browser.sign_in("zhangwei")
        assert (await browser.get("/wecom/me"))[0].status == 200
        with each_world.application.database.unit() as unit:
            told = [
                (each["intent"], each["outcome"], each["account"])
                for each in Audit(unit).entries(limit=5)
                if each["intent"].startswith("web.")
            ]
    assert told == [
        ("web.login", "done", "zhangwei"),
        ("web.logout", "done", "zhangwei"),
        ("web.login", "done", "zhangwei"),
    ]


async def test_a_cookie_that_we_did_not_make_is_nobody(world: World) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        forged = Signer("another secret", "session").seal(
            {"a": "zhangwei", "p": "1"}, NOW + timedelta(hours=1)
        )
        # signed by us, but as the state of a login
        other = Signer(world.keys.secret, "login").seal(
            {"a": "zhangwei", "p": "1"}, NOW + timedelta(hours=1)
        )
        for value in ("", "x", ".", "a.b", forged, other):
            browser.cookies = {SESSION_COOKIE: value}
            assert (await browser.get("/wecom/me"))[0].status == 401


FIELDS = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4)


@given(FIELDS)
def test_what_was_sealed_is_read_back(fields: dict[str, str]) -> None:
    signer = Signer("secret", "session")
    sealed = signer.seal(fields, NOW + timedelta(minutes=1))
    assert signer.read(sealed, NOW) == fields
    assert signer.read(sealed, NOW + timedelta(minutes=1)) is None
    assert Signer("secret", "login").read(sealed, NOW) is None
    assert Signer("other", "session").read(sealed, NOW) is None


@given(FIELDS, st.data())
def test_any_change_of_a_sealed_value_is_seen(fields: dict[str, str], data: st.DataObject) -> None:
    signer = Signer("secret", "session")
    sealed = signer.seal(fields, NOW + timedelta(minutes=1))
    where = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_.学"))
    changed = sealed[:where] + other + sealed[where + 1 :]
    if changed != sealed:
        assert signer.read(changed, NOW) is None


@given(st.text(max_size=60))
def test_reading_never_raises(text: str) -> None:
    assert Signer("secret", "session").read(text, NOW) is None


async def test_nothing_personal_is_logged(world: World, log_lines: list[str]) -> None:
    async with app_stage(world) as stage:
        browser = Browser(stage)
        await browser.sign_in("zhangwei")
        await browser.get("/wecom/me")
        await browser.get("/wecom/login/back", code="abc-code", state="abc-state")
        ours = [line for line in log_lines if '"from": "shixun' in line]
        words = ("zhangwei", "张伟", "abc-code", "abc-state")
        assert not [word for line in ours for word in words if word in line]
