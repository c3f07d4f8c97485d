"""One statement as it is said on a day: placeholders filled, wording by confidence, sources and amounts.
Nothing here knows about conversations or layouts; compose.py puts the sentences together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from re import Match
from typing import Literal

from knowledge.answer import Amount, Citation
from knowledge.data import Data
from knowledge.schema import PLACEHOLDER, Card, Document, Statement, placeholders
from knowledge.standards_at import Reading, as_text, read_standard

_ORDER = ("A", "A-", "B", "C")
_ENDINGS = "。！？"
OfficeField = Literal["phone", "address", "hours"]


@dataclass(frozen=True)
class Spoken:
    """A statement ready to be said; ``asked_of`` names who knows what is still missing in it."""

    statement: Statement
    card: Card
    text: str
    confidence: str
    citations: list[Citation]
    amounts: list[Amount]
    readings: list[Reading] = field(default_factory=list)
    asked_of: list[str] = field(default_factory=list)
    expired: bool = False
    demo: bool = False

    @property
    def pending(self) -> bool:
        """Whether the statement, or a value in it, is still to be supplied by the bureau."""
        return self.confidence == "pending" or bool(self.asked_of)


def in_force(data: Data, statement: Statement, on: date) -> bool:
    """False when the statement, or every document it rests on, starts after ``on``."""
    if statement.effective_from is not None and statement.effective_from > on:
        return False
    cited = [data.documents[citation.document] for citation in statement.citations]
    return not cited or any(
        document.effective_from is None or document.effective_from <= on for document in cited
    )


def say(data: Data, card: Card, statement: Statement, on: date) -> Spoken:
    """Fill and word ``statement`` for ``on``. A missing value is said to be missing, never left out."""
    found = placeholders(statement.text)
    readings = [read_standard(data.standards[match["standard"]], on) for match in found if match["standard"]]
    asked_of = list(dict.fromkeys(_asked_of(data, found, readings)))
    confidence = _confidence(statement, found, readings, asked_of)
    if confidence == "pending" and statement.pending_with and not asked_of:
        asked_of = [statement.pending_with]
    citations = _citations(data, statement, readings, confidence)
    demo = any(reading.standard.id in data.demo_standards for reading in readings)
    expired = _expired(data, statement, readings, on)
    text = PLACEHOLDER.sub(lambda match: _fill(data, match, on), statement.text)
    text = _worded(data, text, confidence, _year(statement, readings, citations), demo)
    if expired and not any(words in text for words in data.wording.expired.said_by):
        text = inside(text, data.wording.expired.note)
    return Spoken(
        statement,
        card,
        text,
        confidence,
        citations,
        _amounts(data, readings),
        readings,
        asked_of,
        expired,
        demo,
    )


def fill_hotlines(data: Data, text: str) -> str:
    """Fixed wording with its ``{hotline:…}`` placeholders filled from the hotline list."""
    return PLACEHOLDER.sub(lambda match: _fill(data, match, date.max), text)


def inside(text: str, note: str) -> str:
    """``text`` with ``note`` put before its last full stop."""
    return f"{text[:-1]}{note}{text[-1]}" if text[-1:] in _ENDINGS else f"{text}{note}"


def source_of(data: Data, document: Document, article: str | None) -> str:
    """《title》第X条; a document only known by name is given without the book marks."""
    basis = data.wording.basis
    if document.status == "unverified":
        return basis.plain.format(title=document.title, articles=article or "")
    title = document.title.replace("《", "〈").replace("》", "〉")
    return basis.document.format(title=title, articles=article or "")


def basis_line(data: Data, citations: Iterable[Citation], *, most: int = 3, silent: bool = True) -> str:
    """「依据：《…》第X条、第Y条（…起施行）」 by document; those known only by name come in when alone.

    ``silent`` leaves out what is no source to a resident (the assistant's own rules, the hotline list).
    """
    basis = data.wording.basis
    articles: dict[str, list[str]] = {}
    for citation in citations:
        listed = articles.setdefault(citation.document, [])
        if citation.article and citation.article not in listed:
            listed.append(citation.article)
    verified = [key for key in articles if data.documents[key].status != "unverified"]
    keys = verified or [key for key in articles if not silent or key not in basis.silent]
    parts = []
    for key in keys[:most]:
        document = data.documents[key]
        part = source_of(data, document, basis.joiner.join(articles[key]))
        if document.effective_from is not None:
            start = data.wording.chinese_date(document.effective_from)
            end = document.effective_to and data.wording.chinese_date(document.effective_to)
            part += basis.since_until.format(date=start, end=end) if end else basis.since.format(date=start)
        parts.append(part)
    if not parts:
        return ""
    return basis.lead + basis.separator.join(parts) + (basis.more if len(keys) > most else "")


def _asked_of(data: Data, found: Sequence[Match[str]], readings: Sequence[Reading]) -> Iterable[str]:
    for reading in readings:
        if reading.value is None and reading.standard.pending is not None:
            yield reading.standard.pending.asked_of
    for match in found:
        if match["office"]:
            office = data.offices[match["office"]]
            if getattr(office, match["field"]) is None and office.pending_with:
                yield office.pending_with


def _confidence(
    statement: Statement, found: Sequence[Match[str]], readings: Sequence[Reading], asked_of: Sequence[str]
) -> str:
    values = [reading.value.confidence for reading in readings if reading.value is not None]
    if statement.confidence == "pending":
        # What was pending when the card was written may have been supplied since: then it is a value.
        if not found or asked_of:
            return "pending"
        return max(values, key=_ORDER.index, default="B")
    return max([statement.confidence, *values], key=_ORDER.index)


def _citations(
    data: Data, statement: Statement, readings: Sequence[Reading], confidence: str
) -> list[Citation]:
    pairs = [(citation.document, citation.article) for citation in statement.citations]
    for value in (reading.value for reading in readings):
        if value is not None and not any(
            key == value.document and value.article in (None, article) for key, article in pairs
        ):
            pairs.append((value.document, value.article))
    found = []
    for key, article in dict.fromkeys(pairs):
        document = data.documents[key]
        found.append(
            Citation(
                document=key, title=document.title, number=document.number, article=article,
                effective_from=document.effective_from, confidence=confidence,
            )
        )  # fmt: skip
    return found


def _amounts(data: Data, readings: Sequence[Reading]) -> list[Amount]:
    return [
        Amount(
            name=reading.standard.name, value=reading.value.value, unit=reading.standard.unit,
            effective_from=reading.value.effective_from, effective_to=reading.value.effective_to,
            source=source_of(data, data.documents[reading.value.document], reading.value.article),
            demo=reading.standard.id in data.demo_standards,
        )
        for reading in readings
        if reading.value is not None
    ]  # fmt: skip


def _expired(data: Data, statement: Statement, readings: Sequence[Reading], on: date) -> bool:
    if statement.effective_to is not None and statement.effective_to < on:
        return True
    cited = [data.documents[citation.document] for citation in statement.citations]
    ran_out = [
        document for document in cited
        if (document.effective_to is not None and document.effective_to < on)
        or (document.effective_to is None and document.status in ("expired", "repealed"))
    ]  # fmt: skip
    return bool(ran_out) or any(reading.status == "expired" for reading in readings)


def _year(statement: Statement, readings: Sequence[Reading], citations: Sequence[Citation]) -> int | None:
    starts = [reading.value.effective_from for reading in readings if reading.value is not None]
    starts += [statement.effective_from, *(citation.effective_from for citation in citations)]
    return next((start.year for start in starts if start is not None), None)


def _fill(data: Data, match: Match[str], on: date) -> str:
    wording = data.wording
    if match["standard"]:
        reading = read_standard(data.standards[match["standard"]], on)
        if reading.printed is None:
            return wording.pending.standard
        printed = reading.printed
        if reading.standard.id in data.demo_standards:
            printed += wording.demo.value
        if (
            reading.status == "not_yet"
            and reading.value is not None
            and reading.value.effective_from is not None
        ):
            printed += wording.not_yet.note.format(date=wording.chinese_date(reading.value.effective_from))
        return printed
    if match["office"]:
        known: str | None = getattr(data.offices[match["office"]], match["field"])
        return known or wording.pending.contacts[match["field"]]
    # The key is the number in the files; the bureau may have given another one since.
    hotline = data.hotlines.get(match["hotline"])
    return hotline.number if hotline else wording.pending.hotline


def _worded(data: Data, text: str, confidence: str, year: int | None, demo: bool) -> str:
    rule = data.wording.confidence.get(confidence)
    # A demo value already says of itself that it is not real; a year would make it look real again.
    if rule is None or demo:
        return text
    if any(words in text for words in rule.said_by):
        add_year = rule.year_only and year is not None and str(year) not in text
        return inside(text, rule.year_only.format(year=year)) if add_year else text
    text = rule.prefix + text
    suffix = rule.suffix_no_year if year is None and rule.suffix_no_year else rule.suffix
    return inside(text, suffix.format(year=year)) if suffix else text


__all__ = ["Spoken", "as_text", "basis_line", "fill_hotlines", "in_force", "inside", "say", "source_of"]
