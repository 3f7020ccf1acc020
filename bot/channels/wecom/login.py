"""Signing in on a web page with the WeCom account (OAuth, wecom.md 2.10).

/wecom/login sends the browser to WeCom with a state of its own; /wecom/login/back takes the code
that comes back, asks once whose it is and hands out a session; /wecom/me says who one is, and
/wecom/logout ends the session, also for whoever has copied the cookie.
"""

from __future__ import annotations

import html
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.channels.wecom.contacts import REALM, Ask, Run
from bot.channels.wecom.messages import text
from bot.clock import Clock
from bot.web_session import Signer
from storage.accounts import Accounts
from storage.journal import Audit, Outcome, SeenMessages
from storage.people import Person
from storage.unit import Unit

logger = logging.getLogger("shixun.wecom")

INSIDE = "https://open.weixin.qq.com/connect/oauth2/authorize"
IN_BROWSER = "https://login.work.weixin.qq.com/wwlogin/sso/login"
STATE_COOKIE, SESSION_COOKIE = "shixun_login", "shixun_session"
STATE_LIFE = timedelta(minutes=5)  # as long as a code lives
SESSION_LIFE = timedelta(hours=12)
HOME, OUT = "/wecom/me", "/wecom/logout"
# sessions that were ended before their time; remembered longer than one lives
ENDED = "wecom.logout"
CODE_BYTES = 512
_MOST_PATH = 512
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What auth/getuserinfo answers to a code that is not good (wecom.md 5.2), and to one's own setup.
BAD_CODE = frozenset({40029, 41008, 42003, 42022})
OUT_OF_RANGE = 60011

NO_ADDRESS = "还没有配置网页地址，请管理员设置 SHIXUN_PUBLIC_URL。"
TOO_LATE = "登录超时或已经用过了，请重新打开链接。"
BAD_STATE = "这次登录不是从这个浏览器发起的，请重新打开链接。"
NOT_MEMBER = "只有本单位企业微信的成员可以登录。"
NO_ANSWER = "企业微信暂时没有回应，请稍后再试。"
NOT_BOUND = "这个企业微信账号还没有绑定。请先在企业微信里给我发送「绑定」，按提示绑定后再打开。"
SIGN_IN = "请先登录。"
SIGNED_OUT = "已退出登录。"


@dataclass(frozen=True, slots=True)
class LoginApp:
    """What of the app a login needs. `secret` signs the cookies."""

    corp_id: str
    agent_id: int
    secret: str
    public_url: str  # without a slash at its end; empty: there are no pages


class LoginRefusedError(Exception):
    """It goes no further; the message says why, in Chinese."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Login:
    """The four addresses."""

    def __init__(self, app: LoginApp, run: Callable[[], Run | None], clock: Clock, ask: Ask):
        """`run`: units of work, once there are any."""
        self._app = app
        self._run = run
        self._clock = clock
        self._ask = ask
        self._states = Signer(app.secret, "login")
        self._sessions = Signer(app.secret, "session")

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get("/wecom/login", self._begin),
            web.get("/wecom/login/back", self._back),
            web.get(HOME, self._home),
            # cookies that are Lax do not come with another site's POST
            web.post(OUT, self._out),
        ]

    async def _begin(self, request: web.Request) -> web.Response:
        """To WeCom: silently inside its client, with a code to scan in any other browser."""
        if not self._app.public_url:
            return _page(NO_ADDRESS, status=503)
        state = secrets.token_hex(16)
        until = self._clock.now() + STATE_LIFE
        to = _local(request.query.get("to", ""))
        inside = "wxwork" in request.headers.get("User-Agent", "").lower()
        answer = web.Response(
            status=302, headers={**HEADERS, "Location": self._there(state, inside)}
        )
        self._put(answer, STATE_COOKIE, self._states.seal({"s": state, "t": to}, until), STATE_LIFE)
        return answer

    async def _back(self, request: web.Request) -> web.Response:
        try:
            account, person, to = await self._arrived(request)
        except LoginRefusedError as refused:
            answer = _page(str(refused), status=refused.status)
            answer.del_cookie(STATE_COOKIE, path="/wecom/login")
            return answer
        answer = web.Response(status=303, headers={**HEADERS, "Location": to})
        answer.del_cookie(STATE_COOKIE, path="/wecom/login")
        session = {"a": account, "p": str(person.id), "i": secrets.token_hex(16)}
        sealed = self._sessions.seal(session, self._clock.now() + SESSION_LIFE)
        self._put(answer, SESSION_COOKIE, sealed, SESSION_LIFE)
        return answer

    async def _home(self, request: web.Request) -> web.Response:
        person = await self.who(request)
        if person is None:
            return _page(SIGN_IN, link=("/wecom/login", "登录"), status=401)
        where = f"{person.organisation}，工号 {person.staff_number}"
        lines = (where, "可以回到企业微信继续提问了。")
        return _page(f"您好，{person.name}老师", *lines, button=(OUT, "退出登录"))

    async def _out(self, request: web.Request) -> web.Response:
        kept, run = self._session(request), self._run()
        if kept is not None and run is not None:
            await run(lambda unit: self._signed_out(unit, kept))
        answer = _page(SIGNED_OUT, link=("/wecom/login", "重新登录"))
        answer.del_cookie(SESSION_COOKIE, path="/")
        return answer

    async def who(self, request: web.Request) -> Person | None:
        """The person behind a request's session; unbinding the account ends it at once."""
        kept, run = self._session(request), self._run()
        if kept is None or run is None:
            return None
        person = await run(lambda unit: self._holder(unit, kept))
        if person is None or str(person.id) != kept["p"] or not person.in_service:
            return None
        return person

    # -- inside ---------------------------------------------------------------------------------

    def _session(self, request: web.Request) -> Mapping[str, str] | None:
        return self._sessions.read(request.cookies.get(SESSION_COOKIE, ""), self._clock.now())

    @staticmethod
    def _holder(unit: Unit, kept: Mapping[str, str]) -> Person | None:
        if SeenMessages(unit).answered_at(ENDED, kept.get("i", "")) is not None:
            return None
        return Accounts(unit).holder(REALM, kept["a"])

    def _signed_out(self, unit: Unit, kept: Mapping[str, str]) -> None:
        person, now = self._holder(unit, kept), self._clock.now()
        if SeenMessages(unit).first(ENDED, kept.get("i", ""), now):
            self._audit(unit, "web.logout", Outcome.DONE, kept["a"], person)

    async def _arrived(self, request: web.Request) -> tuple[str, Person, str]:
        """The account, its person and where they wanted to go; raises LoginRefusedError."""
        now, state = self._clock.now(), request.query.get("state", "")
        kept = self._states.read(request.cookies.get(STATE_COOKIE, ""), now)
        if kept is None:
            raise LoginRefusedError(TOO_LATE, 400)
        if not state.isascii() or not secrets.compare_digest(kept["s"], state):
            raise LoginRefusedError(BAD_STATE, 400)
        run = self._run()
        if run is None:
            raise LoginRefusedError(NO_ANSWER, 503)
        if not await run(lambda unit: SeenMessages(unit).first("wecom.login", state, now)):
            raise LoginRefusedError(TOO_LATE, 400)
        account = await self._account(request.query.get("code", ""))
        person = await run(lambda unit: self._signed_in(unit, account))
        if person is None or not person.in_service:
            raise LoginRefusedError(NOT_BOUND, 403)
        return account, person, kept["t"]

    async def _account(self, code: str) -> str:
        """Whose code it is; one use, five minutes."""
        if not code.isascii() or not 0 < len(code) <= CODE_BYTES:
            raise LoginRefusedError(TOO_LATE, 400)
        told = await self._ask("auth/getuserinfo", {"code": code}, None)
        errcode = told.get("errcode")
        if errcode in BAD_CODE:
            raise LoginRefusedError(TOO_LATE, 400)
        if errcode == OUT_OF_RANGE:
            raise LoginRefusedError(NOT_MEMBER, 403)
        if errcode:
            raise LoginRefusedError(NO_ANSWER, 502)
        if not (account := text(told, "userid").casefold()):
            raise LoginRefusedError(NOT_MEMBER, 403)
        return account

    def _signed_in(self, unit: Unit, account: str) -> Person | None:
        person = Accounts(unit).holder(REALM, account)
        good = person is not None and person.in_service
        self._audit(unit, "web.login", Outcome.DONE if good else Outcome.REFUSED, account, person)
        return person

    def _audit(
        self, unit: Unit, what: str, outcome: Outcome, account: str, person: Person | None
    ) -> None:
        Audit(unit).add(
            at=self._clock.now(),
            turn=secrets.token_hex(4),
            actor_id=None if person is None else person.id,
            channel=REALM,
            account=account,
            intent=what,
            outcome=outcome,
            detail={},
        )

    def _there(self, state: str, inside: bool) -> str:
        app = self._app
        back = {"redirect_uri": f"{app.public_url}/wecom/login/back", "state": state}
        agent = {"agentid": str(app.agent_id)}
        if inside:
            scope = {"response_type": "code", "scope": "snsapi_base"}
            # the order of the page, and its fragment: without it the client shows an error
            query = {"appid": app.corp_id, **back, **scope, **agent}
            return f"{INSIDE}?{urlencode(query)}#wechat_redirect"
        kind = {"login_type": "CorpApp", "appid": app.corp_id}
        return f"{IN_BROWSER}?{urlencode({**kind, **agent, **back})}"

    def _put(self, answer: web.Response, name: str, value: str, life: timedelta) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=int(life.total_seconds()),
            path="/wecom/login" if name == STATE_COOKIE else "/",
            httponly=True,
            samesite="Lax",
            secure=self._app.public_url.startswith("https://"),
        )


def _local(to: str) -> str:
    """A path of ours; whatever could lead elsewhere leads home."""
    plain = all(" " < sign < "\x7f" for sign in to) and "\\" not in to
    if not plain or len(to) > _MOST_PATH or not to.startswith("/") or to.startswith("//"):
        return HOME
    try:
        parts = urlsplit(to)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc or parts.path.startswith("//") else to


def _page(
    title: str,
    *lines: str,
    link: tuple[str, str] | None = None,
    button: tuple[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    """A small page without a script; every word is escaped."""
    words = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    if link is not None:
        words += f'<p><a href="{html.escape(link[0])}">{html.escape(link[1])}</a></p>'
    if button is not None:
        words += (
            f'<form method="post" action="{html.escape(button[0])}">'
            f"<button>{html.escape(button[1])}</button></form>"
        )
    shown = html.escape(title)
    body = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown}</title></head><body><h1>{shown}</h1>{words}</body></html>"
    )
    return web.Response(text=body, content_type="text/html", status=status, headers=HEADERS)
