"""The rule set that counts where no organisation has adopted one, and the reading of adopted ones.

The shipped text is package data of config/rules; an office replaces it by adopting its own.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from handlers.rules.credit_rules import CreditRuleSet
from handlers.rules.credit_toml import parse_rule_set

DEFAULT = "default.toml"
MOST_PARSED = 64


@lru_cache(maxsize=1)
def default_rule_set() -> CreditRuleSet:
    """The shipped default: 360 credits in five years, 72 a year, 校本 at most 24 a year."""
    return parse_rule_set((files("config") / "rules" / DEFAULT).read_text("utf-8"))


@lru_cache(maxsize=MOST_PARSED)
def parsed_rule_set(text: str) -> CreditRuleSet:
    """A rule set out of its text, parsed once a text. Raises RuleSetError."""
    return parse_rule_set(text)
