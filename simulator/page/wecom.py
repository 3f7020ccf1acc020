"""WeCom on the chat page: the app, the AI bots and the groups of one corp."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.screen import Screens
from simulator.common.values import JsonObject, rows, text
from simulator.page.sides import Chat, Media, Way
from simulator.wecom import board
from simulator.wecom.fake import FakeWeCom
from simulator.wecom.state import App, Corp

BADGE = "企业微信"
_PRIVATE = (Way.VOICE, Way.PICTURE, Way.PLACE)
_GROUP = (Way.VOICE, Way.PICTURE, Way.ROBOT)


class WeComSide:
    """Everybody of the page is a member from the beginning. `corp_id` None: the first corp."""

    key = ""

    def __init__(self, fake: FakeWeCom, corp_id: str | None) -> None:
        self.fake = fake
        self._corp_id = corp_id

    @property
    def corp(self) -> Corp:
        """The one that is played."""
        corps = self.fake.platform.corps
        return corps[self._corp_id] if self._corp_id else next(iter(corps.values()))

    @property
    def screens(self) -> Screens:
        """Of its members."""
        return self.corp.screens

    def account(self, userid: str) -> str | None:
        """Themselves."""
        return userid if self.corp.member(userid) else None

    def userid(self, account: str) -> str | None:
        """Themselves."""
        return account

    def chats(self, userid: str) -> list[Chat]:
        """The app, the AI bot, others of their kind, and the groups this person is in."""
        corp = self.corp
        made: list[Chat] = []
        for app in corp.apps.values():
            name = corp.chat_name(app)
            menu = _menu(app) if not made else ()
            made.append(Chat(name, app.name, BADGE, ways=_PRIVATE, menu=menu))
        names = {chat.name for chat in made}
        for bot in corp.aibots.values():
            title = f"{bot.name}（智能机器人）" if bot.name in names else bot.name
            made.append(Chat(corp.bot_chat_name(bot), title, BADGE, ways=_PRIVATE))
        wanted = userid.casefold()
        for group in corp.groups.values():
            if wanted in (member.casefold() for member in group.members):
                bot_name = corp.aibots[group.aibots[0]].name if group.aibots else ""
                chat = Chat(group.chat_id, group.name, BADGE, True, bot_name, _GROUP)
                made.append(chat)
        return made

    def chat_id(self, chat: str) -> str:
        """As it is."""
        return chat

    def sender(self, sender: str) -> str:
        """A member's name; an app, AI bot or robot is called by its name already."""
        member = self.corp.member(sender)
        return member.name if member else sender

    def media(self, ident: str) -> Media | None:
        """Of the corp."""
        return self.corp.media.get(ident)

    async def say(self, userid: str, text: str, chat: str, *, mention: bool) -> Delivery:
        """To the app for ""."""
        return await self.fake.say(userid, text, chat or None, mention=mention)

    async def speak(self, userid: str, words: str, chat: str) -> Delivery:
        """A voice message in which these words are spoken."""
        return await self.fake.speak(userid, words, chat or None)

    async def send_file(self, userid: str, name: str, data: bytes, chat: str) -> Delivery:
        """A file or a picture."""
        return await self.fake.send_file(userid, name, data, chat or None)

    async def press(
        self, userid: str, message: str, button: str, choices: Mapping[str, list[str]]
    ) -> Delivery:
        """A button of a card, with what was chosen in it."""
        return await self.fake.press(userid, message or None, button, dict(choices))

    async def let_in(self, userid: str, chat: str, *, on: bool) -> Delivery:
        """There is no such switch."""
        raise NotOnScreenError("企业微信没有这个开关")

    def add_robot(self, userid: str, chat: str) -> Delivery:
        """A webhook robot in a group; its address stands in the chat for whoever added it."""
        group = self.corp.groups.get(chat)
        if group is None or userid.casefold() not in (each.casefold() for each in group.members):
            raise NotOnScreenError("只能在群里添加群机器人")
        robot = self.corp.add_robot(chat, "群机器人")
        address = f"{self.fake.base_url}/cgi-bin/webhook/send?key={robot.key}"
        told = f"您添加了群机器人，它的 Webhook 地址（只有您看得到）：{address}"
        board.notice(self.fake.platform, self.corp, userid, chat, told)
        return Delivery(True, 0, 0, "", 0.0)


def _menu(app: App) -> list[JsonObject]:
    """Columns with their entries, as the bot has created them."""
    return [
        _entry(top) | {"entries": [_entry(entry) for entry in rows(top, "sub_button")]}
        for top in app.menu
    ]


def _entry(entry: JsonObject) -> JsonObject:
    return {name: text(entry, name) for name in ("name", "key", "url")}
