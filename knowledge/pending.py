"""What the bureau still has to supply: values, contacts, hotlines, statements; grouped by who is asked.
`minzheng knowledge pending` prints it and the XLSX form is made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.base import Knowledge
from knowledge.schema import placeholders

Kind = Literal["standard", "office", "hotline", "statement"]
_CONTACTS = ("address", "phone", "hours")


@dataclass(frozen=True)
class Pending:
    """One thing to supply; ``id`` is that of the standard, office, hotline or statement it belongs to."""

    kind: Kind
    id: str
    name: str
    services: tuple[str, ...]
    asked_of: str
    what: str


def pending(knowledge: Knowledge) -> list[Pending]:
    """Everything still missing, by who is asked, kind and id. Fictional values count as missing."""
    found = [*_standards(knowledge), *_offices(knowledge), *_hotlines(knowledge), *_statements(knowledge)]
    return sorted(found, key=lambda item: (item.asked_of, item.kind, item.id))


def grouped(knowledge: Knowledge) -> dict[str, list[Pending]]:
    """:func:`pending` by who is asked."""
    groups: dict[str, list[Pending]] = {}
    for item in pending(knowledge):
        groups.setdefault(item.asked_of, []).append(item)
    return groups


def _standards(knowledge: Knowledge) -> Iterator[Pending]:
    for standard in knowledge.data.standards.values():
        fictional = standard.id in knowledge.data.demo_standards
        # Where every value has an end, the bureau has to say what holds afterwards.
        lasting = not fictional and any(value.effective_to is None for value in standard.values)
        if (asked := standard.pending) is not None and not lasting:
            yield Pending(
                "standard", standard.id, standard.name, (standard.service,), asked.asked_of, asked.what
            )


def _offices(knowledge: Knowledge) -> Iterator[Pending]:
    labels = knowledge.data.wording.contacts
    for office in knowledge.data.offices.values():
        fields = ("url",) if office.kind == "online" else _CONTACTS
        missing = [labels[field] for field in fields if getattr(office, field) is None]
        if missing:
            what = knowledge.data.wording.basis.joiner.join(missing)
            yield Pending(
                "office", office.id, office.name, tuple(office.services), office.pending_with or "", what
            )


def _hotlines(knowledge: Knowledge) -> Iterator[Pending]:
    wording = knowledge.data.wording
    for key, hotline in knowledge.data.hotlines.items():
        if hotline.confidence != "A":
            what = hotline.note or wording.contacts["hotline"]
            yield Pending("hotline", key, hotline.name, (), wording.hotlines_asked_of, what)


def _statements(knowledge: Knowledge) -> Iterator[Pending]:
    """Pending sentences without a placeholder; those with one wait for the standard or office itself."""
    for code in knowledge.services:
        for statement in knowledge.card(code).statements:
            if statement.confidence == "pending" and not placeholders(statement.text):
                who, name = statement.pending_with or "", knowledge.card(code).name
                yield Pending("statement", statement.id, name, (code,), who, statement.text)
