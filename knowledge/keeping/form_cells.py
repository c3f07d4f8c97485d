"""One row of the XLSX form: what its cells say, each checked by itself, and the faults named by cell.
form_import puts rows together; words and limits are in form.yml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from openpyxl.cell import Cell

from knowledge.base import Knowledge
from knowledge.keeping.changes import Proposal, State
from knowledge.keeping.form import form_words, plausible_range
from knowledge.keeping.keeper import Refused
from knowledge.keeping.proposals import document_for, normal_number
from knowledge.schema import ARTICLE, Document, Standard

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True, order=True)
class CellFault:
    """One bad cell and what is wrong with it."""

    sheet: str
    cell: str
    message: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.message}"


class BadForm(ValueError):
    """The form is not taken. ``faults`` names every bad cell."""

    def __init__(self, faults: list[CellFault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


@dataclass
class Reading:
    """What the rows share while a form is read."""

    knowledge: Knowledge
    state: State
    by: str
    today: date
    faults: list[CellFault] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    # Which cell said first which title a document number has.
    titles: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class Row:
    """One row with something entered; cells by column key."""

    reading: Reading
    sheet: str
    layout: Mapping[str, Any]
    cells: dict[str, Cell]

    def fault(self, key: str, name: str, **fields: object) -> None:
        message = form_words()["faults"][name].format(**fields)
        self.reading.faults.append(CellFault(self.sheet, self.cells[key].coordinate, message))

    def refused(self, key: str, refused: Refused) -> None:
        for reason in refused.reasons:
            self.fault(key, "text", fault=reason)

    def text(self, key: str) -> str | None:
        """What the cell says, without outer blanks; None when empty."""
        if key not in self.cells or self.cells[key].value is None:
            return None
        return str(self.cells[key].value).strip() or None

    def plain(self, key: str) -> str | None:
        """The same in one width: for what is compared, not for what is said (，would become a comma)."""
        said = self.text(key)
        return said and unicodedata.normalize("NFKC", said)

    def column(self, key: str) -> str:
        return str(self.layout["entered"][key])


def quantity(row: Row, standard: Standard, unit: str) -> int | float | str | None:
    """The value in ``unit`` (text only where the standard allows it); None when its cell is at fault."""
    said, raw = row.plain("value"), row.cells["value"].value
    words = form_words()
    if said is None:
        row.fault("value", "missing", column=row.column("value"))
        return None
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if not number and not _NUMBER.fullmatch(said):
        if standard.kind in words["text_kinds"] or not standard.unit:
            return said
        row.fault("value", "not_number", value=said)
        return None
    value = float(raw) if number else float(said)
    if unit == "%" and "%" in (row.cells["value"].number_format or ""):
        value = round(value * 100, 6)  # 50% is kept as 0.5 by the spreadsheet
    low, high = plausible_range(standard, unit)
    if value < 0:
        row.fault("value", "negative")
    elif not low <= value <= high:
        row.fault("value", "implausible", low=f"{low:g}", high=f"{high:g}", value=f"{value:g}")
    else:
        return int(value) if value.is_integer() else value
    return None


def day_of(row: Row, key: str, *, needed: bool = False) -> date | None:
    """The day a cell holds, as date or as officers write it; None when empty or at fault."""
    raw, said = row.cells[key].value, row.plain(key)
    if said is None:
        if needed:
            row.fault(key, "missing", column=row.column(key))
        return None
    day: date | None = None
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    elif parts := _DATE.fullmatch(said):
        try:
            day = date(*map(int, parts.groups()))
        except ValueError:
            day = None
    if day is None:
        row.fault(key, "not_date", value=said)
        return None
    words = form_words()
    if not words["earliest"] <= day or (
        key == "start" and day.year > row.reading.today.year + words["years_ahead"]
    ):
        row.fault(key, "far_date", value=day)
        return None
    return day


def document_of(row: Row, *, needs_number: bool) -> Document | None:
    """The document that title and number (文号) name, known or new; None when a cell is at fault."""
    title, number = row.text("title"), row.text("number")
    if number is None and (needs_number or title is None):
        row.fault("number", "need_number" if needs_number else "need_document")
        return None
    if number is not None:
        number = normal_number(number)
        if not re.fullmatch(form_words()["number"], number):
            row.fault("number", "bad_number", value=number)
            return None
        if title is not None:
            first, place = row.reading.titles.setdefault(number, (title, row.cells["title"].coordinate))
            if first != title:
                row.fault("title", "other_title", cell=place)
                return None
    try:
        return document_for(row.reading.knowledge, title, number)
    except Refused as refused:
        row.refused("title" if title is None or number is None else "number", refused)
        return None


def article_of(row: Row) -> str | None:
    """The article (第十二条); None when empty or at fault."""
    said = row.text("article")
    if said is not None and not re.fullmatch(ARTICLE, said):
        row.fault("article", "bad_article", value=said)
        return None
    return said
