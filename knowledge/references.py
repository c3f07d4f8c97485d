"""References between the knowledge files: citations, departments, placeholders, statements of an FAQ.
What leads to nothing is named with its place, so that it never becomes a hole in an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.data import Data
from knowledge.problems import Problem, line_of
from knowledge.schema import Statement, placeholders


def dangling(data: Data) -> list[Problem]:
    """Citations, departments, placeholders and FAQ statements that lead to nothing."""
    found: list[Problem] = []

    def miss(kind: str, key: str, entry: str, what: str) -> None:
        path = data.files[f"{kind}:{key}"]
        found.append(Problem(str(path), entry, what, line_of(path, entry)))

    for standard in data.standards.values():
        for value in standard.values:
            if value.document not in data.documents:
                miss("Standard", standard.id, standard.id, _unknown_document(value.document))
    for card in data.cards.values():
        for statement in card.statements:
            for fault in statement_misses(data, statement):
                miss("Card", card.service, statement.id, fault)
    for kind, table in (
        ("Office", data.offices),
        ("Hotline", data.hotlines),
        ("Department", data.departments),
    ):
        for key, entry in table.items():
            if entry.document and entry.document not in data.documents:
                miss(kind, key, key, _unknown_document(entry.document))
    for department in data.departments.values():
        if department.hotline and department.hotline not in data.hotlines:
            fault = f"热线不在名册 / unknown hotline: {department.hotline}"
            miss("Department", department.code, department.code, fault)
    if data.faq:
        known = {statement.id for card in data.cards.values() for statement in card.statements}
        for faq in data.faq.values():
            for unknown in [item for item in faq.statements if item not in known]:
                miss("Faq", faq.id, faq.id, f"没有这个句子 / unknown statement: {unknown}")
    return found


def statement_misses(data: Data, statement: Statement) -> Iterator[str]:
    """What one statement refers to and is not there."""
    for citation in statement.citations:
        if citation.document not in data.documents:
            yield _unknown_document(citation.document)
    for unknown in _unknown_placeholders(data, statement.text):
        yield f"占位符没有对应的数据 / unknown placeholder: {unknown}"
    if statement.department and statement.department not in data.departments:
        yield f"没有这个部门 / unknown department: {statement.department}"


def _unknown_document(document: str) -> str:
    return f"没有这份文件 / unknown document: {document}"


def _unknown_placeholders(data: Data, text: str) -> Iterable[str]:
    for match in placeholders(text):
        tables = (("standard", data.standards), ("office", data.offices), ("hotline", data.hotlines))
        if any(match[group] and match[group] not in table for group, table in tables):
            yield match[0]
