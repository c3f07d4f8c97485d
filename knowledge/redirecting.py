"""Answers for what is not civil affairs: who owns it, its hotline, and which neighbouring part is ours.
A boundary statement of a card that fits the words says where the line runs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from knowledge.answer import Answer, Choice, Citation
from knowledge.rendering import Spoken, basis_line, fill_hotlines, in_force, say

if TYPE_CHECKING:
    from knowledge.base import Knowledge

SERVICE = "out_of_scope"
MIN_KEYWORD = 2


def redirect(knowledge: Knowledge, department_code: str, *, text: str, on: date) -> Answer:
    """See :meth:`knowledge.base.Knowledge.redirect`."""
    data = knowledge.data
    department = data.departments[department_code]
    wording = data.wording.redirect
    fitting = _fitting(knowledge, department_code, text, on)
    lines = [department.redirect_text]
    choices: list[Choice] = []
    if fitting is not None and fitting.text not in department.redirect_text:
        lines.append(fitting.text)
    if department_code in data.wording.no_name:
        return Answer(decision="redirect", service=SERVICE, aspect="boundary", text="\n".join(lines))
    lines.append(wording.name_line.format(name=department.name))
    if department.hotline:
        hotline = data.hotlines[department.hotline]
        lines.append(wording.hotline_line.format(number=hotline.number, name=hotline.name))
    else:
        lines.append(fill_hotlines(data, wording.no_hotline))
    if fitting is not None:
        card = fitting.card
        lines.append(wording.ours.format(label=card.choice_label))
        payload = data.wording.aspect_payloads["overview"].format(short=knowledge.short_name(card.service))
        choices.append(Choice(title=card.choice_label, payload=payload))
    citations = list(fitting.citations) if fitting else []
    if department.document and department.document not in (citation.document for citation in citations):
        document = data.documents[department.document]
        citations.append(
            Citation(
                document=document.id, title=document.title, number=document.number,
                effective_from=document.effective_from, confidence=department.confidence,
            )
        )  # fmt: skip
    if basis := basis_line(data, (citation for citation in citations if fitting)):
        lines.append(basis)
    return Answer(
        decision="redirect",
        service=SERVICE,
        aspect="boundary",
        text="\n".join(lines),
        citations=citations,
        choices=choices,
        statements=[fitting.statement.id] if fitting else [],
    )


def _fitting(knowledge: Knowledge, department: str, text: str, on: date) -> Spoken | None:
    """The statement naming this department whose keywords the words hold best; None when none does."""
    words = text.lower()
    best: tuple[int, Spoken | None] = (MIN_KEYWORD - 1, None)
    for code in knowledge.services:
        card = knowledge.card(code)
        for statement in card.statements:
            if statement.department != department or not in_force(knowledge.data, statement, on):
                continue
            found = sum(len(key) for key in statement.keywords if key.lower() in words)
            if found > best[0]:
                best = (found, say(knowledge.data, card, statement, on))
    return best[1]
