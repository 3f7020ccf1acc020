"""A person's accounts as several topics speak of them. Knows no tables."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.account_words import bound_words
from handlers.contract import Turn
from storage.accounts import Account


def is_this(turn: Turn, account: Account) -> bool:
    """Whether it is the one that the message comes from."""
    return (account.channel, account.account) == (turn.asker.channel, turn.asker.account)


def listed(turn: Turn, accounts: Sequence[Account]) -> str:
    """One a line, with since when."""
    return "\n".join(f"· {bound_words(each, turn.now.date())}" for each in accounts)


def ids(accounts: Sequence[Account]) -> str:
    """For the audit: whoever looks into it needs the accounts that are gone."""
    return " ".join(f"{each.channel}:{each.account}" for each in accounts)[:500]
