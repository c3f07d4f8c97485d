"""Finds the statements that fit a question, by what they say and by the questions (FAQ) that they answer.
Words, characters and synonyms decide; an encoder may be given, and then meaning does too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from re import Match

import numpy as np

from knowledge.data import Data
from knowledge.schema import PLACEHOLDER, Card, Faq, Statement
from knowledge.searching import Index, Reader, Vector, WordIndex
from knowledge.vectors import Encode, Keeping, unit

KEYWORD_WEIGHT = 2
# The statement a question names first answers it best; the others complete it.
BY_PLACE = (1.0, 0.8, 0.7, 0.6)
# How much each view counts in a score (benchmarks/retrieval.py measures it): the likeness to a statement and all that is
# asked of it, the share of the question that it holds, the closest known question; with an encoder the meaning of
# the closest question and of the statement.
OWN, HELD, ASKED = 1.0, 1.0, 0.25
ASKED_MEANING, BARE_MEANING = 0.5, 0.5
# A service thought unlikely keeps this share of its score, one thought certain all of it.
UNLIKELY, LEANING = 0.02, 0.04
WORTH_NAMING = 0.01
BETWEEN = "\n"


class Retriever:
    """The indexes over one state of the knowledge; built at first use, never changed."""

    def __init__(self, data: Data, encode: Encode | None = None) -> None:
        self._data = data
        self._encode = Keeping(encode) if encode is not None and not isinstance(encode, Keeping) else encode
        self._own: dict[str, Index] = {}

    @cached_property
    def statements(self) -> dict[str, tuple[Card, Statement]]:
        """Every statement by id, with its card."""
        return {
            statement.id: (card, statement)
            for card in self._data.cards.values()
            for statement in card.statements
        }

    def find(
        self, text: str, service: str | None = None, services: Mapping[str, float] | None = None
    ) -> dict[str, float]:
        """Statement id → score 0..1 for what fits ``text``.

        ``service`` keeps to one card. ``services`` is how likely each service is (0..1, need not sum to 1):
        the caller's reading of the conversation.
        """
        asked = self._reader.read(text)
        if not asked:
            return {}
        chosen = self._of_service[service] if service is not None else self._everywhere
        own = self._own_index(service) if service is not None else self._whole
        score = OWN * own.likeness(asked)
        score += HELD * self._held.share(asked)[chosen]
        score += ASKED * self._through_questions(self._asked.likeness(asked))[chosen]
        most = OWN + HELD + ASKED
        if self._encode is not None:
            by_statement, by_question = self._meanings(text)
            score += BARE_MEANING * by_statement[chosen]
            score += ASKED_MEANING * self._through_questions(by_question)[chosen]
            most += BARE_MEANING + ASKED_MEANING
        score /= most
        if services is not None:
            likely = np.asarray([services.get(code, 0.0) for code in self._service_of])[chosen]
            score *= ((likely + UNLIKELY) / (1 + UNLIKELY)) ** LEANING
        ids = self._ids
        return {
            ids[at]: float(value) for at, value in zip(chosen, score, strict=True) if value >= WORTH_NAMING
        }

    def questions(self, text: str, service: str | None = None) -> list[tuple[Faq, float]]:
        """FAQ with a wording close to ``text``, with how close (0..1), best first."""
        likeness = self._asked.likeness(self._reader.read(text))
        best: dict[str, float] = {}
        for at in np.argsort(-likeness)[:50]:
            key = self._asked.ids[at].split(BETWEEN)[0]
            if likeness[at] > 0 and (service is None or self._data.faq[key].service == service):
                best.setdefault(key, float(likeness[at]))
        return [(self._data.faq[key], match) for key, match in best.items()]

    def warm(self) -> None:
        """Build every index and encode every text now."""
        for code in self._data.cards:
            self._own_index(code)
        _ = self._whole, self._held, self._asked, self._answered
        if self._encode is not None:
            _ = self._vectors

    @cached_property
    def _ids(self) -> list[str]:
        return list(self.statements)

    @cached_property
    def _service_of(self) -> list[str]:
        return [card.service for card, _ in self.statements.values()]

    @cached_property
    def _everywhere(self) -> np.ndarray:
        return np.arange(len(self._ids))

    @cached_property
    def _of_service(self) -> dict[str, np.ndarray]:
        found: dict[str, list[int]] = {code: [] for code in self._data.cards}
        for at, code in enumerate(self._service_of):
            found[code].append(at)
        return {code: np.asarray(places, dtype=np.int64) for code, places in found.items()}

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._data.wording.stop_words, self._data.thesaurus)

    @cached_property
    def _wordings(self) -> dict[str, Counter[str]]:
        """Features of each wording of each question."""
        return {
            f"{faq.id}{BETWEEN}{number}": self._reader.read(wording)
            for faq in self._data.faq.values()
            for number, wording in enumerate(faq.wordings)
        }

    @cached_property
    def _full(self) -> dict[str, Counter[str]]:
        """What a statement is found by: what it says and, in residents' words, what it answers first."""
        full = {
            key: self._reader.read(
                " ".join([self._named_text(statement), *statement.keywords * KEYWORD_WEIGHT])
            )
            for key, (_, statement) in self.statements.items()
        }
        for key, features in self._wordings.items():
            full[self._data.faq[key.split(BETWEEN)[0]].statements[0]].update(features)
        return full

    @cached_property
    def _whole(self) -> Index:
        names = {
            code: self._reader.read(" ".join([card.name, *card.aliases[:4]]))
            for code, card in self._data.cards.items()
        }
        return Index(
            {key: features + names[self.statements[key][0].service] for key, features in self._full.items()}
        )

    @cached_property
    def _held(self) -> WordIndex:
        return WordIndex(self._full)

    @cached_property
    def _asked(self) -> Index:
        return Index(self._wordings)

    def _own_index(self, service: str) -> Index:
        # Inside one card a word counts by how well it tells that card's statements apart.
        if service not in self._own:
            ids = [self._ids[at] for at in self._of_service[service]]
            self._own[service] = Index({key: self._full[key] for key in ids})
        return self._own[service]

    @cached_property
    def _answered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which wording is answered by which statement, and how well: three arrays of one length."""
        place = {key: at for at, key in enumerate(self._ids)}
        pairs = [
            (wording, place[key], worth)
            for wording, name in enumerate(self._asked.ids)
            for key, worth in zip(self._data.faq[name.split(BETWEEN)[0]].statements, BY_PLACE, strict=False)
        ]
        wordings, places, worths = zip(*pairs, strict=True) if pairs else ((), (), ())
        return np.asarray(wordings, np.int64), np.asarray(places, np.int64), np.asarray(worths, np.float32)

    def _through_questions(self, likeness: Vector) -> Vector:
        """How close the closest question comes that each statement answers, from the likeness of each wording."""
        wordings, places, worths = self._answered
        found = np.zeros(len(self._ids), dtype=np.float32)
        np.maximum.at(found, places, likeness[wordings] * worths)
        return found

    @cached_property
    def _vectors(self) -> tuple[Vector, Vector, Vector]:
        """Vectors of statements and of wordings, about their middle; and that middle."""
        assert self._encode is not None
        said = [self._named_text(statement) for _, statement in self.statements.values()]
        asked = [wording for faq in self._data.faq.values() for wording in faq.wordings]
        vectors = self._encode.whole([*said, *asked])
        # Sentence encoders put all sentences into one narrow cone; about the middle they stand apart.
        middle = vectors.mean(axis=0)
        centred = unit(vectors - middle)
        return centred[: len(said)], centred[len(said) :], middle

    def _meanings(self, text: str) -> tuple[Vector, Vector]:
        """Likeness in meaning of ``text`` to each statement and to each wording."""
        assert self._encode is not None
        said, asked, middle = self._vectors
        vector = unit(self._encode([text]) - middle)[0]
        return np.maximum(said @ vector, 0.0), np.maximum(asked @ vector, 0.0)

    def _named_text(self, statement: Statement) -> str:
        return PLACEHOLDER.sub(self._named, statement.text)

    def _named(self, match: Match[str]) -> str:
        standard = self._data.standards.get(match["standard"] or "")
        return standard.name if standard else ""
