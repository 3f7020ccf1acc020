"""How a notice looks to those who receive it, and how its number is written. Knows no tables."""

from __future__ import annotations

import re

from handlers.contract import OfficeFacts
from handlers.reply import Card, Choice, Mention, Reply, action

# What a card may hold without being cut (wecom.md 2.4); longer notices come as text as well.
CARD_WORDS = 100
SNIPPET = 24
_NUMBER = re.compile(r"[Nn]?\s*(\d{1,9})")


def notice_number(code: str | None) -> int | None:
    """37 of N37, n37 or 37; None for anything else."""
    match = _NUMBER.fullmatch(code.strip()) if code is not None else None
    return None if match is None else int(match[1])


def notice_reply(number: int, body: str, office: OfficeFacts) -> Reply:
    """A notice as it is sent: its words, who sends it, and the button that confirms it."""
    code = f"N{number}"
    button = Choice("收到", action("notice.confirm", code=code), done="已收到")
    if len(body) <= CARD_WORDS:
        card = Card(f"通知 {code}", body, (("发送", office.name[:26]),), (button,))
        return Reply(card=card)
    return Reply(
        text=f"【通知 {code}】\n{body}\n—— {office.name}",
        card=Card(f"通知 {code}", f"看完请点「收到」，或回复「收到{code}」。", (), (button,)),
    )


def group_notice(
    number: int, body: str, office: OfficeFacts, mentions: tuple[Mention, ...] = ()
) -> Reply:
    """A notice as a class's group sees it: nobody presses for others, or is named by us.

    `mentions`: whom its author calls; everybody is called in front where the words do not.
    """
    code = f"N{number}"
    front = "".join(f"{m.said} " for m in mentions if m.everybody and m.said not in body)
    return Reply(
        text=f"【通知 {code}】\n{front}{body}\n—— {office.name}\n"
        f"看到后请私聊「{office.bot_name}」回复：收到{code}",
        mentions=mentions,
    )


def snippet(body: str) -> str:
    """The beginning of a notice in one line."""
    line = " ".join(body.split())
    return line if len(line) <= SNIPPET else line[:SNIPPET] + "…"
