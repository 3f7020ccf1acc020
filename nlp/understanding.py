"""Text to meaning, from top to bottom: tidy, closed forms, the talk so far, quotation, clause,
scorer, slots. Pure and deterministic; knows no people, no tables and no channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from nlp.clauses import Request, wanted
from nlp.command_names import commands_among
from nlp.concepts import Concepts
from nlp.decide import FALLBACK, NOTHING, Ranker, Ranking
from nlp.directions import check_direction
from nlp.evidence import evidence
from nlp.features import Extractor
from nlp.forms import Forms
from nlp.model import Model, shipped_model
from nlp.names import NameBook
from nlp.normalise import bare, tidy, without_courtesy
from nlp.quotation import asked, own_lines
from nlp.sayings import Sayings
from nlp.segment import Segmenter
from nlp.slots import SlotFiller
from nlp.slots.moments import may_hold_time
from nlp.slots.uses import USES
from nlp.talk import answer_asked, continue_talk, with_pointed
from nlp.taught import Taught
from nlp.vocabulary import Context, IntentWords, Meaning, SlotValue, Vocabulary

_PASSES_WORDS_ON = frozenset({"notice.draft", "reminder.create"})
_SHOWN = 6
_KEPT = 1000
# How much the cut-out request and the writer's own words count against the whole message.
CUT_COUNTS = 0.5
CUT_SAID_COUNTS = 0.85
OWN_COUNTS = 0.25


class Understanding:
    """Reads messages in the words of one office. Immutable; a changed vocabulary is a new one."""

    def __init__(self, vocabulary: Vocabulary, model: Model | None = None) -> None:
        self._model = model or shipped_model()
        self._intents: Mapping[str, IntentWords] = {one.name: one for one in vocabulary.intents}
        allowed = {one.name: one.roles for one in vocabulary.intents if not one.exact_only}
        allowed.setdefault(FALLBACK, frozenset())
        header = self._model.header
        self._ranker = Ranker(header["intents"], header["temperature"], allowed)
        self._forms = Forms(vocabulary.intents)
        self._taught = Taught(vocabulary.examples)
        self._sayings = Sayings(vocabulary.synonyms)
        self._concepts = Concepts()
        self._extractor = Extractor(Segmenter(vocabulary.words), self._concepts)
        names = vocabulary.names
        commands = commands_among(names.people, vocabulary.intents, self._forms)
        self._slots = SlotFiller(NameBook.of(names, commands=commands))
        self._settled: dict[str, Meaning] = {}

    def read(
        self, text: str, *, now: datetime, role: str = "teacher", context: Context | None = None
    ) -> Meaning:
        """What a message means. Never raises on any text; cost is linear in its length."""
        clean = tidy(text)
        meaning = (
            self._by_form(clean, text.strip(), now)
            or self._by_own_form(clean, now)
            or answer_asked(clean, now, context, self._slots)
            or continue_talk(clean, now, context, self._slots)
        )
        if meaning is not None:
            return meaning
        meaning = self._by_score(clean, now, role)
        pointed = with_pointed(clean, meaning.intent, meaning.slots, context)
        return replace(meaning, slots=pointed) if pointed != meaning.slots else meaning

    def read_as(self, text: str, intent: str, *, now: datetime) -> dict[str, SlotValue]:
        """The slots of a message that its writer says was meant as this intent."""
        clean = tidy(text)
        source = clean if intent in _PASSES_WORDS_ON else wanted(asked(clean)).first
        return self._slots.fill(source, intent, now, clean)

    def _by_form(self, clean: str, written: str, now: datetime) -> Meaning | None:
        """By a closed form. What half the messages say (我的学分, 收到) is read once and kept.

        Kept is only what is the same at any time and holds no word of anybody's: no slot, no time.
        """
        if len(written) == 1:  # a single ? is a form, a row of them that was tidied to one is not
            return self._formed(clean, written, now)
        meaning = self._settled.get(clean)
        if meaning is None:
            meaning = self._formed(clean, written, now)
            free = meaning is not None and not meaning.slots and not may_hold_time(clean)
            if meaning is not None and free and len(self._settled) < _KEPT:
                self._settled[clean] = meaning
        return meaning

    def _formed(self, clean: str, written: str, now: datetime) -> Meaning | None:
        form = self._forms.match(clean, written)
        if form is None:
            return None
        slots = {**self._slots.fill(clean, form.intent, now), **form.slots}
        used = (*USES.get(form.intent, ()), *form.slots)
        kept = {key: slots[key] for key in used if key in slots}
        why = (f"整句：{form.words}",)
        return Meaning(form.intent, 1.0, None, kept, exact=True, why=why, text=clean)

    def _by_own_form(self, clean: str, now: datetime) -> Meaning | None:
        plain = self._sayings.plain(clean)
        meaning = self._by_form(plain, "", now) if plain != clean else None
        if meaning is None:
            return None
        return replace(meaning, text=clean, why=(*meaning.why, *self._sayings.why(clean)))

    def _by_score(self, clean: str, now: datetime, role: str) -> Meaning:
        said = without_courtesy(clean)
        own = asked(said)
        request = wanted(own)
        words = bare(request.first) or bare(own)
        if not any(char.isalnum() for char in words):
            return Meaning(FALLBACK, 1.0, None, {}, why=("没有文字",), text=clean)
        ranking, why = self._ranked(request, said, own, role)
        taught = self._taught.intent(words)
        if taught is not None and taught in ranking.names:
            ranking = Ranking(ranking.led_by(taught).names, (1.0, *ranking.chances[1:]))
            why += ("本单位的例句",)
        intent, score = ranking.names[0], ranking.chances[0]
        acting = intent in self._intents and self._intents[intent].acting
        sure = ranking.is_sure(acting) or intent == FALLBACK
        if score < NOTHING:
            intent, sure, why = FALLBACK, False, (*why, "把握太小")
        source = clean if intent in _PASSES_WORDS_ON else request.first
        second = self._second(request, intent, role)
        return Meaning(
            intent=intent,
            score=score,
            runner_up=ranking.second if intent == ranking.names[0] else ranking.names[0],
            slots=self._slots.fill(source, intent, now, clean),
            suggestions=() if sure else ranking.offers(),
            offered=ranking.offers(),
            second=second,
            second_said=(request.second or "") if second else "",
            why=(*why, *self._words_that_fired(words, intent)),
            text=clean,
        )

    def _ranked(
        self, request: Request, clean: str, own: str, role: str
    ) -> tuple[Ranking, tuple[str, ...]]:
        """The ranking of what is wanted first, corrected by direction, and the rules that fired.

        What the message quotes or asks besides counts for a part: a cut is a guess.
        """
        marks, reasons = evidence(own)
        margins = self._margins(bare(request.first) or bare(own))
        if request.second is not None:
            share = CUT_SAID_COUNTS if request.said_so else CUT_COUNTS
            margins = _mixed(margins, self._margins(bare(own)), share)
        lines = own_lines(clean)
        if own != lines:
            margins = _mixed(margins, self._margins(bare(lines)), OWN_COUNTS)
        ranking = self._ranker.rank(margins, role, marks)
        why = (*((request.rule,) if request.rule else ()), *reasons)
        turned = check_direction(ranking, self._sayings.plain(request.first))
        return (turned[0], (*why, turned[1])) if turned else (ranking, why)

    def _second(self, request: Request, first: str, role: str) -> str | None:
        if request.second is None:
            return None
        name = self._ranker.rank(self._margins(bare(request.second)), role).names[0]
        return None if name in (first, FALLBACK) else name

    def _margins(self, words: str) -> list[float]:
        return self._model.score(self._extractor.features(self._sayings.plain(words)))

    def _words_that_fired(self, words: str, intent: str) -> tuple[str, ...]:
        """For people: the declared keywords and the words of the trade that occur."""
        declared = self._intents[intent].keywords if intent in self._intents else ()
        keywords = [word for word in declared if word in words]
        known = [word for word, _ in self._concepts.found(self._sayings.plain(words))[:_SHOWN]]
        return (
            *self._sayings.why(words),
            *((f"关键词：{' '.join(keywords)}",) if keywords else ()),
            f"词：{' '.join(known)}" if known else "没有熟悉的词",
        )


def _mixed(part: list[float], whole: list[float], share: float) -> list[float]:
    return [share * a + (1 - share) * b for a, b in zip(part, whole, strict=True)]
