"""People whose names are commands (取消, 签到): the bare word orders, and names nobody.

They are named where nothing but a name can stand (给取消补签, 签到老师), where a form asks for one
(绑定码 签到), and by 工号. Knows no people.
"""

from __future__ import annotations

from collections.abc import Iterable

from nlp.forms import Forms
from nlp.slots.people import begins_like_a_name
from nlp.vocabulary import IntentWords, Name


def commands_among(
    people: Iterable[Name], intents: Iterable[IntentWords], forms: Forms
) -> frozenset[str]:
    """The people's names that order something when they are the whole message."""
    keywords = frozenset(word for intent in intents for word in intent.keywords)

    def orders(word: str) -> bool:
        if word in keywords:
            return True
        # a roster has thousands of names and nearly all begin with a surname: few are matched
        return not begins_like_a_name(word) and forms.match(word) is not None

    return frozenset(each.canonical for each in people if orders(each.canonical))
