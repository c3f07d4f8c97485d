"""Knowledge: everything the bureau knows, read once, never changed; the questions one can ask of it.
The work is done in compose (answers), redirecting and searching; this is the door to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from knowledge.answer import Answer, Hit, Layout
from knowledge.compose import compose
from knowledge.data import Data
from knowledge.redirecting import redirect
from knowledge.rendering import in_force
from knowledge.retrieval import Retriever
from knowledge.schema import Card, Department, Document, Faq, Hotline, Office, Statement
from knowledge.standards_at import Reading, read_standard
from knowledge.vectors import Encode


class Knowledge:
    """Read-only; safe to share between threads. Made by :func:`knowledge.load`."""

    def __init__(self, data: Data, encode: Encode | None = None) -> None:
        self.data = data
        self._retriever = Retriever(data, encode)

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
        return self._retriever.statements[statement_id][1]

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

    def search(
        self,
        text: str,
        *,
        service: str | None = None,
        services: Mapping[str, float] | None = None,
        on: date,
        limit: int = 8,
    ) -> list[Hit]:
        """Statements in force on ``on`` that fit ``text``, best first.

        ``service`` keeps to one card; ``services`` is how likely each service is (0..1), when the caller only
        suspects. A statement is found by its own words and by the questions (FAQ) that it answers.
        """
        statements, hits = self._retriever.statements, []
        found = self._retriever.find(text, service, services)
        for key, score in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            card, statement = statements[key]
            if in_force(self.data, statement, on):
                hits.append(Hit(key, card.service, statement.aspect, round(score, 4)))
                if len(hits) == limit:
                    break
        return hits

    def questions(self, text: str, *, service: str | None = None) -> list[tuple[Faq, float]]:
        """Residents' questions (FAQ) close to ``text``, with how close (0..1), best first."""
        return self._retriever.questions(text, service)

    def located(self, statement_id: str) -> tuple[Card, Statement]:
        """A statement with the card it is written on; KeyError when there is none."""
        return self._retriever.statements[statement_id]

    def warm(self) -> None:
        """Build every search index now instead of at the first question (about two seconds)."""
        self._retriever.warm()
