"""What a bureau officer may propose: a value, a contact, a sentence, a question pointed to a sentence.
Each function judges against the knowledge in use and makes the overlay entry that a change carries."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from knowledge.base import Knowledge
from knowledge.keeping.changes import Proposal, State
from knowledge.keeping.keeper import Refused
from knowledge.keeping.merge import merged_hotline, merged_standard
from knowledge.keeping.overlay import OFFICE_FIELDS, HotlinePatch, Kind, StandardPatch, faults_of
from knowledge.schema import Aspect, Citation, Document, Faq, StandardValue, Statement

BUREAU = "bureau_"
_UNCITABLE = ("draft", "repealed", "expired")


def document_for(
    knowledge: Knowledge, title: str | None, number: str | None, issuer: str | None = None
) -> Document:
    """The document of that number (文号) or title, or a new one as the bureau names it.

    Raises Refused when it may not rest on it, or when number and title belong to different documents.
    """
    number = normal_number(number) if number else None
    known = list(knowledge.data.documents.values())
    for document in known:
        same_number = number is not None and document.number and normal_number(document.number) == number
        if same_number or (number is None and title and _bare(document.title) == _bare(title)):
            if title and _bare(title) != _bare(document.title):
                raise Refused(f"{number} 是《{document.title}》，名称对不上 / this number has another title")
            if document.status in _UNCITABLE:
                raise Refused(f"《{document.title}》是草案、已废止或已到期，不能做依据 / {document.status}")
            return document
    if not title:
        raise Refused(f"文件库里没有 {number}，要写文件名称 / unknown document needs a title")
    # The same document named twice gets the same id.
    key = hashlib.sha256((number or _bare(title)).encode()).hexdigest()[:10]
    return Document(
        id=f"{BUREAU}{key}", title="".join(title.split()).strip("《》"), number=number, issuer=issuer, status="in_force", confidence="A"
    )  # fmt: skip


def normal_number(number: str) -> str:
    """A document number in one spelling: 咸民政发[2026] 5 号 → 咸民政发〔2026〕5号."""
    plain = "".join(unicodedata.normalize("NFKC", number).split())
    return plain.translate(str.maketrans("[【(﹝", "〔〔〔〔")).translate(str.maketrans("]】)﹞", "〕〕〕〕"))


def set_value(
    knowledge: Knowledge,
    state: State,
    standard_id: str,
    value: StandardValue,
    document: Document,
    *,
    unit: str | None = None,
) -> Proposal:
    """A dated value of a standard; it rules until the next one starts. Raises Refused."""
    standard = knowledge.data.standards.get(standard_id)
    if standard is None:
        raise Refused(f"没有这个标准 / unknown standard: {standard_id}")
    start, end = value.effective_from, value.effective_to
    for known in standard.values:
        later = known.effective_from
        if known.effective_from == start and known.value == value.value:
            raise Refused("和现有数值一样 / nothing new")
        if start and later and end and start < later <= end:
            raise Refused(f"到{end}为止，和{later}起的现有数值重叠 / overlaps a later value")
    kept = state.current.get(("standard", standard_id), {"values": []})
    # Values already entered are kept as they are; the one that starts the same day is corrected.
    entered = [item for item in kept["values"] if item.get("effective_from") != str(start)]
    payload: dict[str, Any] = {"values": [*entered, _json(value)]}
    if unit or kept.get("unit"):
        payload["unit"] = unit or kept["unit"]
    payload["documents"] = _documents(knowledge, (item["document"] for item in payload["values"]), [document])
    patch = StandardPatch.model_validate_json(json.dumps(_entry(standard_id, payload)))
    try:
        after = merged_standard(standard, patch)
    except ValidationError as error:
        raise Refused(faults_of(error)) from error
    before = [_json(item) for item in standard.values]
    return _proposal(state, "standard", standard_id, payload, before, [_json(item) for item in after.values])


def set_office(knowledge: Knowledge, state: State, office_id: str, fields: Mapping[str, str]) -> Proposal:
    """Contact fields of an office (address, phone, hours, url). Raises Refused."""
    office = knowledge.data.offices.get(office_id)
    if office is None:
        raise Refused(f"没有这个机构 / unknown office: {office_id}")
    before: dict[str, str | None] = {name: getattr(office, name) for name in OFFICE_FIELDS}
    if all(before[name] == said for name, said in fields.items()):
        raise Refused("和现有联系方式一样 / nothing new")
    payload = {**state.current.get(("office", office_id), {}), **fields}
    return _proposal(state, "office", office_id, payload, before, {**before, **fields})


def set_hotline(
    knowledge: Knowledge, state: State, known_number: str, number: str, name: str | None = None
) -> Proposal:
    """A hotline confirmed, or with the number and name that the bureau gives. Raises Refused.

    Numbers that stand in law or everybody knows (110) are not the bureau's to change.
    """
    hotline = knowledge.data.hotlines.get(known_number)
    if hotline is None:
        raise Refused(f"没有这个热线 / unknown hotline: {known_number}")
    current = state.current.get(("hotline", known_number))
    if hotline.confidence == "A" and current is None:
        raise Refused(f"{known_number} 不用核对 / needs no confirmation")
    payload = {"number": number, **({"name": name} if name else {})}
    if payload == current:
        raise Refused("和现有的一样 / nothing new")
    try:
        after = merged_hotline(
            hotline, HotlinePatch.model_validate_json(json.dumps(_entry(known_number, payload)))
        )
    except ValidationError as error:
        raise Refused(faults_of(error)) from error
    return _proposal(state, "hotline", known_number, payload, _json(hotline), _json(after))


def edit_statement(
    knowledge: Knowledge,
    state: State,
    statement_id: str,
    *,
    text: str | None = None,
    document: Document | None = None,
    article: str | None = None,
    confidence: str | None = None,
    keywords: Sequence[str] = (),
    effective_from: date | None = None,
    effective_to: date | None = None,
) -> Proposal:
    """Another wording, source or date of a statement; what is not given stays. Raises Refused.

    A new document makes a pending statement one of confidence A, unless said otherwise.
    """
    try:
        known = knowledge.statement(statement_id)
    except KeyError:
        raise Refused(f"没有这个句子 / unknown statement: {statement_id}") from None
    fields = dict(known)
    if text is not None:
        fields["text"] = text.strip()
    if document is not None:
        fields["citations"] = [Citation(document=document.id, article=article)]
        fields["confidence"] = "A" if known.confidence == "pending" else known.confidence
    if confidence is not None:
        fields["confidence"] = confidence
    if fields["confidence"] != "pending":
        fields["pending_with"] = None
    fields["keywords"] = list(dict.fromkeys([*known.keywords, *keywords]))
    fields["effective_from"] = effective_from or known.effective_from
    fields["effective_to"] = effective_to or known.effective_to
    after = _statement(fields)
    if after == known:
        raise Refused("和现在的一样 / nothing new")
    added = state.current.get(("statement", statement_id), {}).get("op") == "add"
    return _statement_proposal(knowledge, state, "add" if added else "replace", known, after, document)


def add_statement(
    knowledge: Knowledge,
    state: State,
    statement_id: str,
    *,
    text: str,
    document: Document,
    article: str | None = None,
    confidence: str = "A",
    keywords: Sequence[str] = (),
    effective_from: date | None = None,
) -> Proposal:
    """A new statement on a card; its id is service.aspect.slug. Raises Refused."""
    service, aspect = [*statement_id.split("."), "", ""][:2]
    if service not in knowledge.data.cards or aspect not in get_args(Aspect):
        raise Refused(f"编号应为 业务.方面.名 / id must be service.aspect.slug: {statement_id}")
    own = [item for item in knowledge.card(service).statements if item.aspect == aspect]
    if statement_id in {item.id for item in own}:
        raise Refused(f"已经有这个句子，用 edit 改 / exists already: {statement_id}")
    statement = _statement(
        {
            "id": statement_id, "aspect": aspect, "text": text.strip(), "confidence": confidence,
            "citations": [Citation(document=document.id, article=article)], "keywords": list(keywords),
            "effective_from": effective_from, "priority": 1 + max((item.priority for item in own), default=0),
        }
    )  # fmt: skip
    # One that was retired is still in the files: there it is replaced.
    retired = state.current.get(("statement", statement_id), {}).get("op") == "retire"
    return _statement_proposal(knowledge, state, "replace" if retired else "add", None, statement, document)


def retire_statement(knowledge: Knowledge, state: State, statement_id: str) -> Proposal:
    """A statement is no longer said. Raises Refused."""
    try:
        known = knowledge.statement(statement_id)
    except KeyError:
        raise Refused(f"没有这个句子 / unknown statement: {statement_id}") from None
    added = state.current.get(("statement", statement_id), {}).get("op") == "add"
    return _proposal(
        state, "statement", statement_id, None if added else {"op": "retire"}, _json(known), None
    )


def point_question(knowledge: Knowledge, state: State, phrase: str, statement_id: str) -> Proposal:
    """A resident's question (masked) is from now on answered by a statement. Raises Refused."""
    try:
        card, statement = knowledge.located(statement_id)
    except KeyError:
        raise Refused(f"没有这个句子 / unknown statement: {statement_id}") from None
    key = hashlib.sha256(phrase.encode()).hexdigest()[:10]
    try:
        faq = Faq(
            id=f"{card.service}.faq.{BUREAU}{key}", service=card.service, aspect=statement.aspect,
            question=phrase.strip(), statements=[statement_id],
        )  # fmt: skip
    except ValidationError as error:
        raise Refused(faults_of(error)) from error
    before = knowledge.data.faq.get(faq.id)
    if before == faq:
        raise Refused("已经指过去了 / nothing new")
    return _proposal(state, "faq", faq.id, {"faq": _json(faq)}, before and _json(before), _json(faq))


def _statement(fields: dict[str, Any]) -> Statement:
    try:
        return Statement.model_validate(fields)
    except ValidationError as error:
        raise Refused(faults_of(error)) from error


def _proposal(
    state: State, kind: Kind, target: str, payload: dict[str, Any] | None, before: Any, after: Any
) -> Proposal:
    return Proposal(kind, target, payload, before, after, based_on=state.set_by.get((kind, target)))


def _statement_proposal(
    knowledge: Knowledge,
    state: State,
    op: str,
    before: Statement | None,
    after: Statement,
    document: Document | None,
) -> Proposal:
    cited = [citation.document for citation in after.citations]
    payload = {
        "op": op,
        "statement": _json(after),
        "documents": _documents(knowledge, cited, [document] if document else []),
    }
    return _proposal(state, "statement", after.id, payload, before and _json(before), _json(after))


def _documents(knowledge: Knowledge, cited: Iterable[str], given: Iterable[Document]) -> list[dict[str, Any]]:
    """The bureau's own documents among those cited: the files do not have them, the entry must bring them."""
    known = knowledge.data.documents | {document.id: document for document in given}
    return [_json(known[key]) for key in dict.fromkeys(cited) if key.startswith(BUREAU)]


def _entry(key: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"id": key, "change": "-", "entered_by": "-", "confirmed_by": "?", **payload}


def _json(model: BaseModel) -> dict[str, Any]:
    content: dict[str, Any] = model.model_dump(mode="json")
    return content


def _bare(title: str) -> str:
    """A title without book marks and blanks."""
    return "".join(unicodedata.normalize("NFKC", title).split()).strip("《》")
