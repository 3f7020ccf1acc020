"""How accounts and roles are called in a reply. Knows no tables."""

from __future__ import annotations

from datetime import date

from handlers.permissions import Role
from handlers.wording import moment_words
from storage.accounts import Account

CHANNEL_WORDS = {
    "wecom": "企业微信",
    "wecom_bot": "企业微信",
    "qq": "QQ",
    "qq_group": "QQ群里的",  # the platform gives a person another one in each group
    "onebot": "QQ",
}
ROLE_WORDS = {
    Role.TEACHER: "教师",
    Role.CLASS_TUTOR: "班主任",
    Role.WORKSHOP_LEADER: "坊主",
    Role.PROVIDER: "承办机构",
    Role.SCHOOL_ADMIN: "校级管理员",
    Role.COUNTY_ADMIN: "县级管理员",
}
# an id that a person may recognise is shown whole, what only the platform knows by its end
_LONGEST, _TAIL = 20, 6


def account_words(account: Account) -> str:
    """企业微信账号 zhangwei; QQ账号 …a1b2c3 where the platform made the id up."""
    kind = CHANNEL_WORDS.get(account.channel, account.channel)
    name = account.account
    shown = name if len(name) <= _LONGEST else f"…{name[-_TAIL:]}"
    return f"{kind}账号 {shown}"


def bound_words(account: Account, today: date) -> str:
    """The account and since when: 企业微信账号 zhangwei（7月12日（周一）08:30绑定）."""
    return f"{account_words(account)}（{moment_words(account.bound_at, today)}绑定）"
