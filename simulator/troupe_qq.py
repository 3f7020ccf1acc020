"""The people of the fake QQ platform on a stage: to the bot they are openids.

The same person is somebody else to the bot in each group (qq.md A6).
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.qq.fake import FakeQQ
from simulator.qq.records import Bot
from simulator.troupe import Identity, Side

_CHAT = "qqgroup{number}"


class QQTroupe:
    """Everybody is a friend of the bot; groups let it write first."""

    private: str | None = None
    buttons = True

    def __init__(self, fake: FakeQQ, bot: Bot) -> None:
        self.fake = fake
        self.bot = bot
        self.side: Side = fake
        self._accounts: dict[str, str] = {}
        self._groups: dict[str, str] = {}

    def accounts(self) -> Sequence[str]:
        """Everybody who came on."""
        return list(self._accounts.values())

    def account(self, name: str) -> str | None:
        """By name."""
        return self._accounts.get(name)

    def name(self, account: str) -> str:
        """Of an account."""
        return self.fake.platform.people[account].name

    def admit(self, name: str) -> str:
        """A new person."""
        account = self._accounts[name] = f"qq{len(self._accounts) + 1}"
        self.fake.add_person(account, name)
        return account

    def identities(self, account: str) -> Sequence[Identity]:
        """One openid in private and one in each group."""
        platform, bot = self.fake.platform, self.bot
        found = [Identity("qq", platform.user_openid(bot, account))]
        for group in platform.groups.values():
            if account in group.members:
                chat = platform.group_openid(bot, group)
                member = platform.member_openid(bot, group, account)
                found.append(Identity("qq_group", f"{chat}:{member}"))
        return found

    def chat(self, group: str, account: str) -> str | None:
        """A group that was opened."""
        chat = self._groups.get(group)
        if chat is not None and account not in self.fake.platform.groups[chat].members:
            self.fake.platform.groups[chat].members.append(account)
        return chat

    def open_group(self, group: str, account: str) -> str | None:
        """A new group with this person in it."""
        chat = self._groups[group] = _CHAT.format(number=len(self._groups) + 1)
        self.fake.add_group(group, [account], chat=chat, proactive=True)
        return chat

    def group_identity(self, chat: str) -> Identity:
        """The group's openid."""
        group = self.fake.platform.groups[chat]
        return Identity("qq_group", self.fake.platform.group_openid(self.bot, group))
