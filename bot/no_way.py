"""What is said where a channel cannot carry an answer and no other way leads to the person.

An AI bot by callback alone writes nothing first and sends no files: nothing is queued that could
never leave, and nobody is left without a word.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace

from bot.channels.base import Incoming
from bot.channels.rendering import in_words, split_bytes
from handlers.contract import OfficeFacts
from handlers.reply import Reply
from handlers.ways import Ways

# The acknowledgement where the answer cannot follow by itself.
ASK_AGAIN = "稍等，正在办理。过一会儿如果没有回复，请随便发一句（如「好了吗」），我就把结果告诉您。"
_EARLIER = "先回您刚才问的：\n{kept}\n\n{now}"
_CUT = "\n……（太长了，请分开问）"
REMEMBERED, EACH = 1000, 5

Fits = Callable[[Reply], bool]


def follows(incoming: Incoming, ways: Ways) -> bool:
    """Whether a later answer can come by itself to where this was said."""
    here, push = ways.get(incoming.channel), ways.get(incoming.push_channel)
    if incoming.group is not None and here is not None and here.group_push:
        return True
    return push is not None and push.push


def what_fits(reply: Reply, incoming: Incoming, office: OfficeFacts, fits: Fits) -> Reply:
    """As much of a reply as can travel in the answer, and a word on what cannot."""
    if fits(reply):
        return reply
    words = in_words(reply)
    if reply.files:
        words = f"{words}\n{_no_files(reply, office)}".strip()
    plain = replace(reply, text=words, card=None, files=())
    if fits(plain):
        return plain
    can = office.ways.get(incoming.channel)
    limit = (can.text_bytes if can is not None else len(words.encode()) // 2) - len(_CUT.encode())
    first = split_bytes(words, limit)[0]
    return replace(plain, text=first + _CUT)


def _no_files(reply: Reply, office: OfficeFacts) -> str:
    names = "、".join(f"「{file.name}」" for file in reply.files)
    others = [can.title for can in office.ways.values() if can.files and can.push and can.title]
    where = f"请在{'或'.join(others)}里再要一次" if others else f"请联系{office.name}"
    return f"这里发不了文件{names}，{where}。"


class KeptAnswers:
    """Answers that nothing could carry, until the same person writes in the same place again.

    Of this process: a restart answers anew what it had promised, and keeps it again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str | None], deque[Reply]] = OrderedDict()

    def keep(self, incoming: Incoming, reply: Reply) -> None:
        """One more that fits by itself; of many to the same person the oldest are dropped."""
        mine = self._kept.setdefault(_key(incoming), deque(maxlen=EACH))
        mine.append(Reply(text=in_words(reply)))
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def take(self, incoming: Incoming) -> Reply | None:
        """The oldest that is kept for whoever says this here."""
        mine = self._kept.get(_key(incoming))
        if not mine:
            return None
        first = mine.popleft()
        if not mine:
            del self._kept[_key(incoming)]
        return first

    def with_kept(self, incoming: Incoming, reply: Reply, fits: Fits) -> Reply:
        """This answer, and before it what was kept; where both are too much, this one is kept."""
        kept = self.take(incoming)
        if kept is None:
            return reply
        both = replace(reply, text=_EARLIER.format(kept=kept.text, now=reply.text).strip())
        if fits(both):
            return both
        self.keep(incoming, reply)
        return kept


def _key(incoming: Incoming) -> tuple[str, str, str | None]:
    return (incoming.realm, incoming.account, incoming.group)
