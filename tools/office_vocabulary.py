"""The vocabulary that the developer's tools measure with: the declared intents, no office names."""

from __future__ import annotations

from handlers.permissions import roles_allowed
from handlers.registry import INTENTS
from nlp.vocabulary import IntentWords, Vocabulary


def office_vocabulary() -> Vocabulary:
    """Every declared intent as the understanding is told of it."""
    return Vocabulary(
        tuple(
            IntentWords(
                name=one.name,
                title=one.title,
                roles=roles_allowed(one.permission),
                acting=one.acting,
                keywords=one.keywords,
                forms=one.forms,
                exact_only=one.exact_only,
            )
            for one in INTENTS
        )
    )
