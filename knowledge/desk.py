"""The longer layout of an answer for the hotline desk: every statement with its source, values and id.
Same facts as the chat layout; an agent reads it while talking."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.data import Data
from knowledge.rendering import Spoken, as_text, basis_line, source_of


def desk_text(data: Data, spoken: Sequence[Spoken], lead: Sequence[str]) -> str:
    """Numbered statements; under each its source, confidence, id, values, who entered and confirmed them."""
    wording = data.wording.desk
    lines = list(lead)
    heading = None
    for index, item in enumerate(spoken, start=1):
        if item.statement.aspect != heading:
            heading = item.statement.aspect
            lines.append(wording.heading.format(label=data.wording.aspects[heading]))
        lines.append(wording.statement.format(index=index, text=item.text))
        basis = basis_line(data, item.citations, most=9, silent=False).removeprefix(data.wording.basis.lead)
        lines.append(wording.source.format(basis=basis, confidence=item.confidence, id=item.statement.id))
        for reading in item.readings:
            if reading.value is not None:
                source = source_of(data, data.documents[reading.value.document], reading.value.article)
                lines.append(
                    wording.value.format(
                        name=reading.standard.name,
                        value=as_text(reading.value.value) + reading.standard.unit,
                        source=source,
                        entered_by=reading.value.entered_by,
                        confirmed_by=reading.value.confirmed_by or wording.unconfirmed,
                    )
                )
        if item.asked_of:
            lines.append(wording.pending_with.format(who=data.wording.basis.joiner.join(item.asked_of)))
    if any(item.demo for item in spoken):
        lines.append(data.wording.demo.line)
    return "\n".join(lines)
