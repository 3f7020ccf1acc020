"""What a person can send: text, voice, pictures and files, in private and in groups (A5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.common.acting import Delivery, NotOnScreenError
from simulator.common.files import sniff
from simulator.common.screen import Kind
from simulator.qq import events, uploads
from simulator.qq.board import Content
from simulator.qq.events import Said
from simulator.qq.platform import group_key, message_id
from simulator.qq.records import Bot, Group, Hears, Media
from simulator.qq.stagehand import Stagehand

EVERYBODY = "全体成员"
_PICTURES = ("image/png", "image/jpeg", "image/gif")


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Who is mentioned at the front of a message, and what remains of it."""

    words: str
    accounts: tuple[str, ...] = ()
    everybody: bool = False
    marked: bool = False


class Talking(Stagehand):
    """The messages of a person; each returns when it was acknowledged or its retries ended.

    On the gateway "acknowledged" means handed to the connection. `chat` arguments: None or "c2c"
    the first bot, "c2c:APPID" another, or a group's chat.
    """

    async def say(
        self,
        account: str,
        text: str,
        chat: str | None = None,
        *,
        copies: int = 1,
        mention: bool = True,
        quote: str = "",
    ) -> Delivery:
        """Types a message.

        copies: the same message (same `d.id`, new payload ids) told that many times.
        mention: in a group, whether the first bot is @-mentioned. A text that begins with "@name "
        (of a bot, a member, or 全体成员) decides that itself.
        quote: the id of a message on the person's screen that they answer to.
        """
        said = Said(message_id(), text)
        quoted = self.platform.screens.find(account, quote) if quote else None
        if quoted is not None:
            said = replace(said, quoted=(quoted.id, quoted.words))
        return await self._say(account, chat, said, Kind.TEXT, mention=mention, copies=copies)

    async def speak(
        self, account: str, words: str, chat: str | None = None, *, mention: bool = False
    ) -> Delivery:
        """A voice message; the platform's own transcript is `words`. In a group a bot hears it
        only where it reads everything."""
        media = self._keep("voice", "语音.silk", b"\x02#!SILK_V3" + words.encode())
        said = Said(message_id(), "", media=(media,), transcript=words)
        return await self._say(account, chat, said, Kind.VOICE, mention=mention, shown=words)

    async def send_file(
        self,
        account: str,
        name: str,
        data: bytes,
        chat: str | None = None,
        *,
        words: str = "",
        mention: bool = False,
    ) -> Delivery:
        """A file or a picture; its kind follows from its first bytes. Only a picture can come
        with words and an @: NotOnScreenError for a file with either."""
        kind = "image" if sniff(data) in _PICTURES else "file"
        if kind == "file" and (words or mention):
            raise NotOnScreenError("文件不能带文字或 @")
        media = self._keep(kind, name, data)
        said = Said(message_id(), words, media=(media,))
        shown = Kind.IMAGE if kind == "image" else Kind.FILE
        return await self._say(account, chat, said, shown, mention=mention)

    async def redeliver(self) -> Delivery:
        """The last event of any bot once more, with the same payload id."""
        if self.post.last is None:
            raise NotOnScreenError("还没有发生过事件")
        return await self.post.tell(self.post.last)

    # -- inside --------------------------------------------------------------------------------

    async def _say(
        self,
        account: str,
        chat: str | None,
        said: Said,
        kind: Kind,
        *,
        mention: bool,
        copies: int = 1,
        shown: str = "",
    ) -> Delivery:
        media = said.media[0] if said.media else None
        content = Content(kind, shown or said.words, media=media)
        if chat is None or chat not in self.platform.groups:
            return await self._say_privately(account, chat, said, content, copies)
        group = self._group(account, chat)
        addressed = self._addressed(group, said.words, mention=mention)
        if not addressed.marked and addressed.accounts:
            first = self.platform.bots[addressed.accounts[0]]
            content = replace(content, text=f"@{first.name} {content.text}".rstrip())
        self._mine(account, group.chat, group.members, content, said.id)
        heard = replace(
            said,
            words=addressed.words,
            mentions=addressed.accounts,
            everybody=addressed.everybody,
        )
        deliveries = [
            await self._tell_group(bot, group, account, heard)
            for bot in self._hearers(group, heard)
            for _ in range(copies)
        ]
        return self._settled(account, said.id, deliveries)

    async def _say_privately(
        self, account: str, chat: str | None, said: Said, content: Content, copies: int
    ) -> Delivery:
        target = self._private(account, chat)
        self._mine(account, target.chat, target.viewers, content, said.id)
        data = events.private_message(self.platform, target.bot, self._person(account), said)
        deliveries = [
            await self.post.message(target.bot, target.key, "C2C_MESSAGE_CREATE", data)
            for _ in range(copies)
        ]
        return self._settled(account, said.id, deliveries)

    async def _tell_group(self, bot: Bot, group: Group, account: str, said: Said) -> Delivery:
        person = self._person(account)
        name, data = events.group_message(self.platform, bot, group, person, said)
        addressed = bot.appid in said.mentions
        return await self.post.message(bot, group_key(group), name, data, addressed=addressed)

    def _hearers(self, group: Group, said: Said) -> list[Bot]:
        """The bots that get this message: the mentioned ones first, then who reads everything."""
        bots = [self.platform.bots[appid] for appid in group.seats]
        mentioned = [bot for bot in bots if bot.appid in said.mentions]
        others = [bot for bot in bots if bot.appid not in said.mentions]
        return mentioned + [b for b in others if group.seats[b.appid].hears is Hears.ALL]

    def _addressed(self, group: Group, words: str, *, mention: bool) -> _Addressed:
        names = {self.platform.bots[appid].name: appid for appid in group.seats}
        names |= {self._person(account).name: account for account in group.members}
        names[EVERYBODY] = ""
        accounts: list[str] = []
        everybody = marked = False
        while (name := _front(words, names)) is not None:
            marked = True
            words = words[len(name) + 1 :].lstrip(" \u2005\xa0")
            if name == EVERYBODY:
                everybody = True
            else:
                accounts.append(names[name])
        if not marked and mention and group.seats:
            accounts = [next(iter(group.seats))]
        return _Addressed(words, tuple(accounts), everybody, marked)

    def _keep(self, kind: str, name: str, data: bytes) -> Media:
        return uploads.keep(self.platform, kind, name, data)


def _front(words: str, names: dict[str, str]) -> str | None:
    """The longest name that stands behind an @ at the front, as a word of its own."""
    for name in sorted(names, key=len, reverse=True):
        after = words[len(name) + 1 : len(name) + 2]
        if words.startswith(f"@{name}") and (not after or after.isspace()):
            return name
    return None
