"""Text to meaning, from top to bottom: tidy, closed forms, quotation, clause, scorer, slots.

Pure and deterministic; knows no people, no tables and no channel.
"""

from __future__ import annotations

from datetime import datetime

from nlp.clauses import wanted
from nlp.concepts import Concepts
from nlp.decide import FALLBACK, NOTHING, Ranking, is_sure, offers, rank
from nlp.directions import check_direction
from nlp.features import Extractor
from nlp.forms import Forms
from nlp.model import Model, load_model
from nlp.names import NameBook
from nlp.normalise import bare, tidy
from nlp.quotation import asked
from nlp.segment import Segmenter
from nlp.slots import SlotFiller
from nlp.slots.uses import USES
from nlp.talk import continue_talk
from nlp.vocabulary import Context, Meaning, Vocabulary

_PASSES_WORDS_ON = frozenset({"notice.draft", "reminder.create"})


class Understanding:
    """Reads messages in the words of one office. Immutable; a changed vocabulary is a new one."""

    def __init__(self, vocabulary: Vocabulary, model: Model | None = None) -> None:
        self._vocabulary = vocabulary
        self._model = model or load_model()
        self._allowed = {one.name: one.roles for one in vocabulary.intents}
        self._acting = {one.name for one in vocabulary.intents if one.acting}
        self._forms = Forms(vocabulary.intents)
        self._taught = {bare(tidy(text)): name for name, text in vocabulary.examples}
        self._concepts = Concepts(vocabulary.synonyms)
        self._extractor = Extractor(Segmenter(vocabulary.words), self._concepts)
        self._slots = SlotFiller(NameBook.of(vocabulary.names))

    def read(
        self, text: str, *, now: datetime, role: str = "teacher", context: Context | None = None
    ) -> Meaning:
        """What a message means. Never raises on any text; cost is linear in its length."""
        clean = tidy(text)
        form = self._forms.match(clean, text.strip())
        if form is not None:
            slots = {**self._slots.fill(clean, form.intent, now), **form.slots}
            used = USES.get(form.intent, ())
            kept = {key: slots[key] for key in (*used, *form.slots) if key in slots}
            return Meaning(form.intent, 1.0, None, kept, why=(f"整句：{form.form}",), text=clean)
        continued = continue_talk(clean, now, context, self._slots)
        if continued is not None:
            return continued
        return self._scored(clean, now, role)

    def _scored(self, clean: str, now: datetime, role: str) -> Meaning:
        own = asked(clean)
        request = wanted(own)
        words = bare(request.first) or bare(own)
        if not any(char.isalnum() for char in words):
            return Meaning(FALLBACK, 1.0, None, {}, why=("没有文字",), text=clean)
        taught = self._taught.get(words)
        ranking = self._rank(words, role)
        why = [request.rule] if request.rule else []
        if request.second and len(words) < len(bare(own)) // 3:
            ranking = self._rank(bare(own), role)
        turned = check_direction(ranking, request.first)
        if turned is not None:
            ranking, rule = turned
            why.append(rule)
        intent = taught or ranking.names[0]
        score = 1.0 if taught else ranking.chances[0]
        sure = taught is not None or is_sure(ranking, intent in self._acting)
        if score < NOTHING and intent != FALLBACK:
            why.append("把握太小")
        shown = self._concepts.found(words)[:6]
        why.append("词：" + " ".join(word for word, _ in shown) if shown else "没有熟悉的词")
        source = clean if intent in _PASSES_WORDS_ON else request.first
        second = None
        if request.second:
            second = self._rank(bare(request.second), role).names[0]
        return Meaning(
            intent=intent,
            score=score,
            runner_up=next(name for name in ranking.names if name != intent),
            slots=self._slots.fill(source, intent, now, clean if source == own else None),
            suggestions=() if sure or intent == FALLBACK else offers(ranking),
            offered=offers(ranking),
            second=None if second in (intent, FALLBACK) else second,
            why=tuple(why),
            text=clean,
        )

    def _rank(self, words: str, role: str) -> Ranking:
        margins = self._model.score(self._extractor.features(words))
        return rank(
            self._model.intents,
            margins,
            self._model.header["temperature"],
            self._allowed,
            role,
        )
