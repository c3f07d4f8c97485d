"""Lays the bureau's confirmed changes over the files: what fits is in the answers, what does not is named.
One broken entry never takes the others, nor the files, with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from knowledge.data import Data
from knowledge.keeping.overlay import (
    OFFICE_FIELDS,
    FaqPatch,
    HotlinePatch,
    OfficePatch,
    Overlay,
    Patch,
    StandardPatch,
    StatementPatch,
    faults_of,
)
from knowledge.problems import Problem
from knowledge.references import statement_misses
from knowledge.schema import Card, Document, Faq, Hotline, Office, Standard, StandardValue


def lay(data: Data, overlay: Overlay) -> list[Problem]:
    """Change ``data`` to what the files and ``overlay`` say together; returns what was left out and why."""
    problems: list[Problem] = []
    retired = {patch.id for patch in overlay.statement if patch.op == "retire"}
    for file, patches in overlay.files().items():
        for patch in patches:
            try:
                if isinstance(patch, FaqPatch) and retired.issuperset(patch.faq.statements):
                    continue  # its answer is no longer said: the question waits with it
                # An entry is judged whole before anything of it is put in.
                _apply(data, patch)
            except ValidationError as error:
                fault = faults_of(error)
            except (KeyError, ValueError) as error:
                fault = str(error.args[0])
            else:
                continue
            problems.append(Problem(str(overlay.folder / file), _name(patch), fault))
    _drop_questions_without_answer(data)
    return problems


def merged_standard(standard: Standard, patch: StandardPatch) -> Standard:
    """``standard`` with the bureau's values; a value rules until the next one starts.

    ValidationError or ValueError when the result is not a sound standard.
    """
    fields: dict[str, Any] = {"values": merged_values(standard.values, patch.values)}
    if patch.unit is not None:
        fields["unit"] = patch.unit
    return Standard.model_validate(dict(standard) | fields)


def merged_hotline(hotline: Hotline, patch: HotlinePatch) -> Hotline:
    """``hotline`` as the bureau confirmed it; ValidationError when the number is none."""
    fields = {"number": patch.number, "name": patch.name or hotline.name, "confidence": "A"}
    return Hotline.model_validate(dict(hotline) | fields)


def merged_values(known: Iterable[StandardValue], entered: Iterable[StandardValue]) -> list[StandardValue]:
    """Values by start; an entered one replaces what starts the same day and ends what came before it."""
    by_start = {value.effective_from: value for value in known} | {
        value.effective_from: value for value in entered
    }
    ordered = [by_start[start] for start in sorted(by_start, key=lambda start: start or date.min)]
    merged = []
    for value, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is not None and following.effective_from is not None:
            last = following.effective_from - timedelta(days=1)
            if value.effective_to is None or value.effective_to > last:
                value = value.model_copy(update={"effective_to": last})
        merged.append(value)
    return merged


def _apply(data: Data, patch: Patch) -> None:
    documents = dict(data.documents)
    for document in patch.documents:
        _add_document(documents, document)
    trial = _with_documents(data, documents)
    steps: dict[type[Patch], Callable[[Data, Any], None]] = {
        StandardPatch: _standard,
        StatementPatch: _statement,
        OfficePatch: _office,
        HotlinePatch: _hotline,
        FaqPatch: _faq,
    }
    steps[type(patch)](trial, patch)
    data.documents.update(documents)


def _with_documents(data: Data, documents: dict[str, Document]) -> Data:
    """The same tables, but documents that are not kept unless the entry is."""
    return Data(**{**vars(data), "documents": documents})


def _add_document(documents: dict[str, Document], document: Document) -> None:
    known = documents.setdefault(document.id, document)
    if known != document:
        raise ValueError(f"同一编号的文件内容不同 / another document has this id: {document.id}")


def _standard(data: Data, patch: StandardPatch) -> None:
    standard = _known(data.standards, patch.id, "标准 / standard")
    for value in patch.values:
        _known(data.documents, value.document, "文件 / document")
    data.standards[patch.id] = merged_standard(standard, patch)
    data.bureau_standards.add(patch.id)


def _statement(data: Data, patch: StatementPatch) -> None:
    code = patch.id.split(".")[0]
    card = _known(data.cards, code, "卡片 / card")
    known = {statement.id: statement for statement in card.statements}
    if (patch.id in known) == (patch.op == "add"):
        raise ValueError(
            f"卡片里{'已经有' if patch.id in known else '没有'}这个句子 / {patch.op}: {patch.id}"
        )
    if patch.statement is None:
        del known[patch.id]
    else:
        for fault in statement_misses(data, patch.statement):
            raise ValueError(fault)
        known[patch.id] = patch.statement
    spoken = {statement.aspect: True for statement in known.values()}
    aspects = [aspect for aspect in card.covered_aspects if spoken.pop(aspect, False)] + list(spoken)
    fields = {"statements": list(known.values()), "covered_aspects": aspects}
    data.cards[code] = Card.model_validate(dict(card) | fields)


def _office(data: Data, patch: OfficePatch) -> None:
    office = _known(data.offices, patch.id, "机构 / office")
    fields = {field: getattr(patch, field) for field in OFFICE_FIELDS if getattr(patch, field) is not None}
    data.offices[patch.id] = Office.model_validate(dict(office) | fields)


def _hotline(data: Data, patch: HotlinePatch) -> None:
    data.hotlines[patch.id] = merged_hotline(_known(data.hotlines, patch.id, "热线 / hotline"), patch)


def _faq(data: Data, patch: FaqPatch) -> None:
    known = _statement_ids(data)
    for statement in patch.faq.statements:
        if statement not in known:
            raise ValueError(f"没有这个句子 / unknown statement: {statement}")
    data.faq[patch.id] = patch.faq


def _drop_questions_without_answer(data: Data) -> None:
    """A statement that is no longer said is taken out of the questions it answered."""
    known = _statement_ids(data)
    for key, faq in list(data.faq.items()):
        left = [statement for statement in faq.statements if statement in known]
        if not left:
            del data.faq[key]
        elif left != faq.statements:
            data.faq[key] = Faq.model_validate(dict(faq) | {"statements": left})


def _statement_ids(data: Data) -> set[str]:
    return {statement.id for card in data.cards.values() for statement in card.statements}


def _known(table: dict[str, Any], key: str, what: str) -> Any:
    if key not in table:
        raise ValueError(f"没有这个{what}: {key}")
    return table[key]


def _name(patch: Patch) -> str:
    return str(getattr(patch, "id", patch.change))
