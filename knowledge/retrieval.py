"""Finds the statements that fit a question: BM25 over the statements and over residents' questions (FAQ).
An encoder may be given for dense retrieval; without one the words alone decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from re import Match
from typing import Any

from knowledge.data import Data
from knowledge.schema import PLACEHOLDER, Card, Faq, Statement
from knowledge.searching import Index, teach

KEYWORD_WEIGHT = 3
# The statement a question names first answers it best; the others complete it.
BY_PLACE = (1.0, 0.8, 0.7, 0.6)
FAQ_WEIGHT, DENSE_WEIGHT = 0.2, 0.5
FAQ_WORTH = 0.3
BETWEEN = "\n"

# Texts to one vector each, of unit length; called with all texts once an index and with one question.
Encode = Callable[[Sequence[str]], Sequence[Sequence[float]]]


class Retriever:
    """The indexes over one state of the knowledge; built at first use, never changed."""

    def __init__(self, data: Data, encode: Encode | None = None) -> None:
        self._data, self._encode = data, encode
        self._card_indexes: dict[str, Index] = {}
        self._card_faq: dict[str, Index] = {}

    @cached_property
    def statements(self) -> dict[str, tuple[Card, Statement]]:
        """Every statement by id, with its card."""
        return {
            statement.id: (card, statement)
            for card in self._data.cards.values()
            for statement in card.statements
        }

    def find(self, text: str, service: str | None = None) -> dict[str, tuple[float, float]]:
        """Statement id → (fused score, share 0..1) for what fits ``text``; ``service`` keeps to one card."""
        # Inside one card a word counts by how well it tells that card's statements apart.
        index = self._index if service is None else self._card_index(service)
        scores, best = index.scores(text)
        shares = {key: score / best for key, score in scores.items() if score > 0}
        fused: dict[str, float] = defaultdict(float, shares)
        by_question: dict[str, float] = {}
        for faq, match in self.questions(text, service)[:12]:
            for key, place in zip(faq.statements, BY_PLACE, strict=False):
                by_question[key] = max(by_question.get(key, 0.0), match * place)
        for key, match in by_question.items():
            if service is None or self.statements[key][0].service == service:
                fused[key] += FAQ_WEIGHT * match
                shares[key] = max(shares.get(key, 0.0), match)
        for key, likeness in self._dense(text, service).items():
            fused[key] += DENSE_WEIGHT * likeness
        return {key: (score, min(1.0, shares.get(key, score))) for key, score in fused.items()}

    def questions(self, text: str, service: str | None = None) -> list[tuple[Faq, float]]:
        """FAQ whose question or another wording is close to ``text``, with how close (0..1), best first."""
        index = self._faq_index if service is None else self._card_faq_index(service)
        best: dict[str, float] = {}
        for key, match in index.closeness(text).items():
            faq = key.split(BETWEEN)[0]
            if match >= max(FAQ_WORTH, best.get(faq, 0.0)):
                best[faq] = match
        ordered = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        return [(self._data.faq[key], match) for key, match in ordered]

    @cached_property
    def _index(self) -> Index:
        for card in self._data.cards.values():
            teach(card.aliases)
        entries = {
            key: " ".join([self._searched(statement), card.name, *card.aliases[:4]])
            for key, (card, statement) in self.statements.items()
        }
        return Index(entries, self._data.wording.stop_words)

    @cached_property
    def _faq_index(self) -> Index:
        return Index(_wordings(self._data.faq.values()), self._data.wording.stop_words)

    def _card_index(self, service: str) -> Index:
        if service not in self._card_indexes:
            entries = {item.id: self._searched(item) for item in self._data.cards[service].statements}
            self._card_indexes[service] = Index(entries, self._data.wording.stop_words)
        return self._card_indexes[service]

    def _card_faq_index(self, service: str) -> Index:
        if service not in self._card_faq:
            # What every question about the service says tells its questions not apart.
            card = self._data.cards[service]
            common = self._data.wording.stop_words | set(card.aliases)
            mine = [faq for faq in self._data.faq.values() if faq.service == service]
            self._card_faq[service] = Index(_wordings(mine), common)
        return self._card_faq[service]

    @cached_property
    def _vectors(self) -> tuple[list[str], Any]:
        import numpy as np  # only where an encoder is given: it takes a second to import

        assert self._encode is not None
        texts = [(key, self._named_text(statement)) for key, (_, statement) in self.statements.items()]
        # A question stands for the statement that answers it first.
        texts += [(faq.statements[0], wording) for faq in self._data.faq.values() for wording in faq.wordings]
        return [key for key, _ in texts], np.asarray(self._encode([text for _, text in texts]))

    def _dense(self, text: str, service: str | None) -> Mapping[str, float]:
        if self._encode is None or not text.strip():
            return {}
        import numpy as np

        keys, vectors = self._vectors
        likeness = vectors @ np.asarray(self._encode([text]))[0]
        found: dict[str, float] = {}
        for position in np.argsort(-likeness)[:50]:
            key = keys[position]
            if likeness[position] > 0 and (service is None or self.statements[key][0].service == service):
                found.setdefault(key, float(likeness[position]))
        return found

    def _searched(self, statement: Statement) -> str:
        # What residents ask is part of what its first answer is found by: their words are not the card's.
        asked = self._asked.get(statement.id, ())
        return " ".join([self._named_text(statement), *statement.keywords * KEYWORD_WEIGHT, *asked])

    @cached_property
    def _asked(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for faq in self._data.faq.values():
            found[faq.statements[0]] += faq.wordings
        return found

    def _named_text(self, statement: Statement) -> str:
        return PLACEHOLDER.sub(self._named, statement.text)

    def _named(self, match: Match[str]) -> str:
        standard = self._data.standards.get(match["standard"] or "")
        return standard.name if standard else ""


def _wordings(questions: Iterable[Faq]) -> dict[str, str]:
    return {
        f"{faq.id}{BETWEEN}{number}": wording
        for faq in questions
        for number, wording in enumerate(faq.wordings)
    }
