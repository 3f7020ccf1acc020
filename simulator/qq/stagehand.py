"""What everything that a person does in the fake rests on: the platform, and where a chat leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.clock import SimClock
from simulator.common.acting import UNHEARD, Delivery, NotOnScreenError
from simulator.common.calls import CallLog
from simulator.common.errands import Errands
from simulator.common.foundation import Fake
from simulator.qq import board, targets
from simulator.qq.board import Content
from simulator.qq.delivery import Post
from simulator.qq.faults import Faults
from simulator.qq.gateway import Gateway
from simulator.qq.limits import Limits
from simulator.qq.platform import Platform
from simulator.qq.pressing import Pressing
from simulator.qq.records import Bot, Group, Interaction, Person
from simulator.qq.sending import Desk
from simulator.qq.targets import Target
from simulator.qq.webhook import Webhooks


class Stagehand(Fake[Limits, Faults]):
    """The parts of one fake platform; FakeQQ adds the scene, the acting and the looking."""

    platform: Platform

    def __init__(
        self,
        clock: SimClock | None = None,
        *,
        limits: Limits | None = None,
        base_url: str = "http://127.0.0.1:8091",
    ) -> None:
        self.platform = Platform(
            clock or SimClock(), limits or Limits(), Faults(), base_url.rstrip("/")
        )
        self.calls = CallLog()
        self.courier = Errands()
        self.gateway = Gateway(self.platform)
        self.webhooks = Webhooks(self.platform, self.courier)
        self.post = Post(self.platform, self.courier, self.gateway, self.webhooks)
        self.desk = Desk(self.platform, self.courier)
        self.pressing = Pressing(self.platform, self.courier, self.post)

    @property
    def api_base(self) -> str:
        """What stands for https://api.sgroup.qq.com (A1)."""
        return self.platform.base_url

    @property
    def token_url(self) -> str:
        """What stands for https://bots.qq.com/app/getAppAccessToken; the new host's address is
        `api_base` + /app/getAppAccessToken."""
        return f"{self.platform.base_url}/bots/app/getAppAccessToken"

    @property
    def interactions(self) -> list[Interaction]:
        """Every pressed button, with when it was acknowledged."""
        return list(self.platform.interactions.values())

    # -- for the acting ------------------------------------------------------------------------

    def _bot(self, appid: str | None) -> Bot:
        """The bot with this AppID, the first one for None."""
        bots = self.platform.bots
        return next(iter(bots.values())) if appid is None else bots[appid]

    def _person(self, account: str) -> Person:
        return self.platform.people[account]

    def _group(self, account: str, chat: str) -> Group:
        """NotOnScreenError when this person has no such group."""
        group = self.platform.groups.get(chat)
        if group is None or account not in group.members:
            raise NotOnScreenError(f"{self._person(account).name}没有这个群：{chat}")
        return group

    def _private(self, account: str, chat: str | None) -> Target:
        """NotOnScreenError when there is no such bot, or the person is not its friend."""
        person = self._person(account)
        for bot in self.platform.bots.values():
            name = targets.private_chat(self.platform, bot)
            if chat in (name, f"c2c:{bot.appid}") or (chat is None and name == "c2c"):
                if account not in bot.friends:
                    raise NotOnScreenError(f"{person.name}没有添加{bot.name}")
                return targets.at_person(self.platform, bot, person)
        raise NotOnScreenError(f"没有这个对话：{chat}")

    def _mine(
        self, account: str, chat: str, viewers: Sequence[str], content: Content, ident: str
    ) -> None:
        """Shows a person's own message, "sending" on their own screen."""
        for viewer in viewers:
            board.show(
                self.platform,
                viewer,
                content,
                message_id=ident,
                chat=chat,
                sender=account,
                mine=viewer == account,
            )

    def _settled(self, account: str, ident: str, deliveries: Sequence[Delivery]) -> Delivery:
        """Ends "sending"; the first delivery counts, and none means that no bot could hear it."""
        delivery = deliveries[0] if deliveries else UNHEARD
        failure = "" if delivery.ok else delivery.reason or "未送达"
        self.platform.screens.settle(account, ident, failure)
        return replace(delivery, message_id=ident)
