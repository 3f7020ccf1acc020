"""Check-up of the WeCom self-built app, by asking the platform (wecom.md 2.1, 2.2, 5.2).

Nothing reaches anybody: the one message goes to an account that nobody has.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.checks.values import Check, Finding, Setup
from bot.checks.web import UnreachableError, Web, host_of

SECRET = Check("wecom.secret", "企业微信应用 · 企业 ID 和 Secret")
AGENT = Check("wecom.agent", "企业微信应用 · AgentId 和可见范围")
PAGES = Check("wecom.pages", "企业微信应用 · 网页登录的可信域名")
CARDS = Check("wecom.cards", "企业微信应用 · 接收消息和卡片按钮")
_APP = "管理后台 → 应用管理 → 自建 → 这个应用"
_NOT_ASKED = "前面一项没有过，没有查"
NO_CALLBACK, WRONG_AGENT, NO_IP = 43012, 301002, 60020
# what a message to nobody is answered with
_NOBODY = frozenset({0, 40003, 40031, 60111, 81013})
_ADDRESS = re.compile(r"from ip: ?([0-9a-fA-F.:]+)")

# errcode → what is wrong, what to do
CODES: Mapping[int, tuple[str, str]] = {
    40013: (
        "企业 ID 不对（40013）",
        "管理后台 → 我的企业 → 企业信息，最下面的“企业 ID”，填到 SHIXUN_WECOM_CORP_ID",
    ),
    40001: (
        "Secret 不对，或者是另一个企业的（40001）",
        f"{_APP} → Secret → 查看（会发到您的企业微信），填到 SHIXUN_WECOM_SECRET。"
        "不要拿成“通讯录同步”或别的应用的 Secret",
    ),
    50003: ("应用被停用了（50003）", f"{_APP} → 启用"),
    48002: ("应用没有这个接口的权限（48002）", f"{_APP}，检查它是不是自建应用、有没有被限制"),
    WRONG_AGENT: (
        "AgentId 和 Secret 不是同一个应用的（301002）",
        f"{_APP}，把最上面的 AgentId 和它下面的 Secret 一起重新复制",
    ),
    40056: ("没有这个 AgentId（40056）", f"{_APP}，复制最上面的 AgentId 到 SHIXUN_WECOM_AGENT_ID"),
    45009: ("问得太频繁了（45009）", "过一小时再查；Secret 反复填错会让这台机器被封一小时"),
}


async def check_wecom(setup: Setup, web: Web) -> list[Finding]:
    """The app as the platform sees it."""
    if not setup.has_wecom_app:
        return [Check("wecom", "企业微信应用").off()]
    call = _Calls(setup, web)
    query = {"corpid": setup.wecom_corp_id, "corpsecret": setup.wecom_secret.get_secret_value()}
    try:
        told = await call.get("gettoken", query)
    except UnreachableError as error:
        return [SECRET.wrong(f"连不上企业微信：{error}", _network(setup)), AGENT.off(_NOT_ASKED)]
    if (code := _code(told)) or not told.get("access_token"):
        return [_refused(SECRET, code, told), AGENT.off(_NOT_ASKED), CARDS.off(_NOT_ASKED)]
    call.token = str(told["access_token"])
    try:
        return [SECRET.fine("企业微信认得"), *await _agent(setup, call), await _cards(setup, call)]
    except UnreachableError as error:
        return [SECRET.fine("企业微信认得"), AGENT.wrong(f"问到一半断了：{error}", _network(setup))]


class _Calls:
    """Calls with the app's token."""

    def __init__(self, setup: Setup, web: Web) -> None:
        self._base = setup.wecom_api_base
        self._web = web
        self.token = ""

    async def get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        """The answer, whatever its errcode; raises UnreachableError."""
        named = {**query, "access_token": self.token} if self.token else query
        return await self._told("GET", path, named, None)

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """As `get`."""
        return await self._told("POST", path, {"access_token": self.token}, body)

    async def _told(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        heard = await self._web.ask(method, self._base + path, query=query, body=body)
        if not heard.fields:
            raise UnreachableError(
                f"{host_of(self._base)} 的回答不是企业微信的（HTTP {heard.status}）"
            )
        return heard.fields


async def _agent(setup: Setup, call: _Calls) -> list[Finding]:
    told = await call.get("agent/get", {"agentid": str(setup.wecom_agent_id)})
    if code := _code(told):
        return [_refused(AGENT, code, told)]
    if told.get("close") == 1:
        return [AGENT.wrong(*CODES[50003])]
    people = _count(told, "allow_userinfos", "user")
    parties = _count(told, "allow_partys", "partyid")
    tags = _count(told, "allow_tags", "tagid")
    if not people + parties + tags:
        mend = f"{_APP} → 可见范围 → 编辑，加上老师们所在的部门"
        return [AGENT.wrong("可见范围是空的：谁也看不到它，通知也发不出去", mend)]
    seen = f"可见范围：{parties} 个部门、{people} 个人、{tags} 个标签"
    return [AGENT.fine(seen), *_pages(setup, str(told.get("redirect_domain") or ""))]


def _pages(setup: Setup, trusted: str) -> list[Finding]:
    """Signing in on web pages needs the domain of PUBLIC_URL (50001); nothing else does."""
    wanted = urlsplit(setup.public_url).netloc.casefold()
    if not wanted:
        return []
    if trusted.casefold() in (wanted, wanted.partition(":")[0]):
        return [PAGES.fine(trusted)]
    says = f"后台填的是 {trusted}，网页地址是 {wanted}" if trusted else "后台还没有填"
    return [PAGES.wrong(says, f"{_APP} → 网页授权及JS-SDK → 设置可信域名，填 {wanted}")]


async def _cards(setup: Setup, call: _Calls) -> Finding:
    """A card with a button needs a callback address; the receiver does not exist."""
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "检查"},
        "task_id": f"doctor-{secrets.token_hex(8)}",
        "button_list": [{"text": "好", "style": 1, "key": "ok"}],
    }
    body = {
        "touser": f"shixun-doctor-{secrets.token_hex(8)}",
        "msgtype": "template_card",
        "agentid": setup.wecom_agent_id,
        "template_card": card,
    }
    told = await call.post("message/send", body)
    code = _code(told)
    if code == NO_CALLBACK:
        url = f"{setup.public_url or 'https://您的域名'}/wecom/callback"
        return CARDS.wrong(
            "应用没有设置接收消息的地址（43012）：听不到老师说话，卡片上的按钮也不能用",
            f"{_APP} → 接收消息 → 设置API接收：URL 填 {url}，"
            "Token 和 EncodingAESKey 填成和设置里一样的，程序运行着时点保存",
        )
    if code in _NOBODY:
        return CARDS.fine("后台保存过接收消息的地址")
    return CARDS.off(f"没有查成（错误码 {code}）")


def _refused(check: Check, code: int, told: Mapping[str, Any]) -> Finding:
    if code == NO_IP:
        found = _ADDRESS.search(str(told.get("errmsg", "")))
        ours = f" {found[1].rstrip('.')} " if found else "（问上网的管理员）"
        return check.wrong(
            f"本机出口 IP{ours}不在应用的“企业可信IP”里（60020）",
            f"{_APP} → 企业可信IP → 配置，加上{ours.strip()}；约一分钟后生效",
        )
    says, mend = CODES.get(
        code, (f"企业微信拒绝了（错误码 {code}）", "过几分钟再查；还是这样，把错误码告诉开发者")
    )
    return check.wrong(says, mend)


def _code(told: Mapping[str, Any]) -> int:
    code = told.get("errcode")
    return code if isinstance(code, int) else 0


def _count(told: Mapping[str, Any], name: str, inside: str) -> int:
    kept = told.get(name)
    listed = kept.get(inside) if isinstance(kept, dict) else None
    return len(listed) if isinstance(listed, list) else 0


def _network(setup: Setup) -> str:
    return f"检查这台机器能不能上网，防火墙有没有放行 {host_of(setup.wecom_api_base)}"
