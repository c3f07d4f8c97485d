"""Knowledge: everything the bureau knows, read once, never changed; the questions one can ask of it.
The work is done in compose (answers), redirecting and searching; this is the door to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from re import Match

from knowledge.answer import Answer, Hit, Layout
from knowledge.compose import compose
from knowledge.data import Data
from knowledge.redirecting import redirect
from knowledge.rendering import in_force
from knowledge.schema import PLACEHOLDER, Card, Department, Document, Hotline, Office, Statement
from knowledge.searching import Index, teach
from knowledge.standards_at import Reading, read_standard

KEYWORD_WEIGHT = 3


class Knowledge:
    """Read-only; safe to share between threads. Made by :func:`knowledge.load`."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._card_indexes: dict[str, Index] = {}

    @property
    def services(self) -> list[str]:
        """Codes that have a card, in the order of services.csv."""
        listed = [code for code in self.data.codes if code in self.data.cards]
        return listed + sorted(set(self.data.cards) - set(listed))

    @property
    def department_codes(self) -> list[str]:
        """Codes of the departments that own what is not civil affairs."""
        return list(self.data.departments)

    @property
    def demo(self) -> bool:
        """Whether fictional values are laid over pending standards."""
        return bool(self.data.demo_standards)

    def card(self, code: str) -> Card:
        """The card of a service code; KeyError when there is none."""
        return self.data.cards[code]

    def service_name(self, code: str) -> str:
        """Official name of a service (最低生活保障（低保）)."""
        card = self.data.cards.get(code)
        return card.name if card else self.data.codes[code]["name_zh"]

    def short_name(self, code: str) -> str:
        """What people call it (低保)."""
        card = self.data.cards.get(code)
        given = self.data.wording.short_names.get(code)
        return given or (card.aliases[0] if card and card.aliases else self.service_name(code))

    def choice_label(self, code: str) -> str:
        """What a button for the service shows, in residents' words, at most 20 characters."""
        card = self.data.cards.get(code)
        return card.choice_label if card else self.service_name(code)

    def office(self, office_id: str) -> Office:
        """An office by id; KeyError when there is none. A None field is not supplied yet."""
        return self.data.offices[office_id]

    def hotline(self, number: str) -> Hotline:
        """A public hotline by its number; KeyError when it is not on the list."""
        return self.data.hotlines[number]

    def department(self, code: str) -> Department:
        """A department by code; KeyError when there is none."""
        return self.data.departments[code]

    def document(self, document_id: str) -> Document:
        """A source by id; KeyError when there is none."""
        return self.data.documents[document_id]

    def statement(self, statement_id: str) -> Statement:
        """A statement by id (service.aspect.slug); KeyError when there is none."""
        return self._statements[statement_id][1]

    def standard(self, standard_id: str, *, on: date) -> Reading:
        """A standard read on a day: in force, expired, not yet or pending; KeyError when there is none."""
        return read_standard(self.data.standards[standard_id], on)

    def standards_on(self, day: date) -> Mapping[str, float | None]:
        """Every standard as a number in force on ``day``, None where there is none (for eligibility)."""
        return {key: read_standard(standard, day).number for key, standard in self.data.standards.items()}

    def answer(
        self, service: str, aspect: str | None = None, *, on: date, text: str = "", layout: Layout = "chat"
    ) -> Answer:
        """The answer on one aspect as of ``on``; ``text`` (the resident's words) lifts what fits them.

        KeyError when the service has no card. An aspect that is None or not covered gets the overview.
        """
        return compose(self, service, aspect, on=on, text=text, layout=layout)

    def redirect(self, department: str, *, text: str = "", on: date | None = None) -> Answer:
        """Who owns what is not ours, its hotline, and what next to it is ours; KeyError if unknown."""
        return redirect(self, department, text=text, on=on or date.today())

    def search(self, text: str, *, service: str | None = None, on: date, limit: int = 8) -> list[Hit]:
        """Statements in force on ``on`` that fit ``text``, best first; ``service`` keeps to one card."""
        # Inside one card a word counts by how well it tells that card's statements apart.
        index = self._index if service is None else self._card_index(service)
        scores, best = index.scores(text)
        hits = []
        for key, score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
            card, statement = self._statements[key]
            if score > 0 and in_force(self.data, statement, on):
                hits.append(Hit(key, card.service, statement.aspect, round(score, 4), round(score / best, 4)))
                if len(hits) == limit:
                    break
        return hits

    def warm(self) -> None:
        """Build the search index now instead of at the first question (about a second)."""
        self.search(next(iter(self._statements), ""), on=date.today())

    @cached_property
    def _statements(self) -> dict[str, tuple[Card, Statement]]:
        return {
            statement.id: (card, statement)
            for card in self.data.cards.values()
            for statement in card.statements
        }

    @cached_property
    def _index(self) -> Index:
        for card in self.data.cards.values():
            teach(card.aliases)
        entries = {
            key: " ".join([self._searched(statement), card.name, *card.aliases[:4]])
            for key, (card, statement) in self._statements.items()
        }
        return Index(entries, self.data.wording.stop_words)

    def _card_index(self, service: str) -> Index:
        if service not in self._card_indexes:
            entries = {item.id: self._searched(item) for item in self.data.cards[service].statements}
            self._card_indexes[service] = Index(entries, self.data.wording.stop_words)
        return self._card_indexes[service]

    def _searched(self, statement: Statement) -> str:
        return " ".join([PLACEHOLDER.sub(self._named, statement.text), *statement.keywords * KEYWORD_WEIGHT])

    def _named(self, match: Match[str]) -> str:
        standard = self.data.standards.get(match["standard"] or "")
        return standard.name if standard else ""
