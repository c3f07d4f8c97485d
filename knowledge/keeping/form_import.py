"""Reads the XLSX form back: every cell is checked and every bad one named (金额与时限!B7), all or nothing.
What passes becomes proposals that a second person still has to confirm."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import ValidationError

from knowledge.base import Knowledge
from knowledge.checking import text_faults
from knowledge.keeping.changes import Proposal, State
from knowledge.keeping.form import form_words, units_of
from knowledge.keeping.form_cells import (
    BadForm,
    CellFault,
    Reading,
    Row,
    article_of,
    day_of,
    document_of,
    quantity,
)
from knowledge.keeping.keeper import Refused
from knowledge.keeping.overlay import OFFICE_FIELDS
from knowledge.keeping.proposals import edit_statement, set_hotline, set_office, set_value
from knowledge.schema import StandardValue

MAX_MEGABYTES = 5
MAX_CONTACT = 80


def read_form(path: Path, knowledge: Knowledge, state: State, *, by: str, today: date) -> list[Proposal]:
    """Proposals for every filled row. Raises BadForm with every bad cell, and then takes nothing."""
    words = form_words()
    reading = Reading(knowledge, state, by, today)
    book = _open(path)
    readers: dict[str, Callable[[Row, str], Proposal | None]] = {
        "values": _value, "offices": _office, "hotlines": _hotline, "statements": _statement,
    }  # fmt: skip
    kinds = {"values": "standard", "offices": "office", "hotlines": "hotline", "statements": "statement"}
    waiting = {change.key: change.id for change in state.staged()}
    for name, reader in readers.items():
        layout = words["sheets"][name]
        if layout["title"] not in book.sheetnames:
            raise _bad(layout["title"], "A1", "no_sheet", title=layout["title"])
        seen: dict[str, str] = {}
        for row in _rows(reading, book[layout["title"]], layout):
            key = row.plain("id")
            if key is None:
                row.fault("id", "no_id")
            elif key in seen:
                row.fault("id", "twice", cell=seen[key])
            elif (kinds[name], key) in waiting:
                row.fault("id", "waiting", change=waiting[kinds[name], key])  # type: ignore[index]
            else:
                seen[key] = row.cells["id"].coordinate
                before = len(reading.faults)
                proposal = reader(row, key)
                if proposal is not None and len(reading.faults) == before:
                    reading.proposals.append(replace(proposal, why=row.text("note")))
    if reading.faults:
        raise BadForm(sorted(set(reading.faults), key=_place))
    if not reading.proposals:
        raise _bad(words["sheets"]["values"]["title"], "A1", "nothing")
    return reading.proposals


def _open(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_MEGABYTES * 1_000_000:
            raise _bad(path.name, "-", "too_big", most=MAX_MEGABYTES)
        with zipfile.ZipFile(path) as packed:
            # A small file may unpack into a huge one.
            if sum(part.file_size for part in packed.infolist()) > 20 * MAX_MEGABYTES * 1_000_000:
                raise _bad(path.name, "-", "too_big", most=MAX_MEGABYTES)
        return load_workbook(path)
    except (OSError, zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        if isinstance(error, BadForm):
            raise
        raise _bad(path.name, "-", "not_xlsx") from error


def _rows(reading: Reading, sheet: Worksheet, layout: Mapping[str, Any]) -> Iterator[Row]:
    """Rows in which something was entered; formulas and missing columns are faults."""
    titles = {str(cell.value).strip(): cell.column for cell in sheet[1] if cell.value is not None}
    wanted = {"id": layout["fixed"]["id"], **layout["entered"]}
    for title in wanted.values():
        if title not in titles:
            fault = form_words()["faults"]["no_column"].format(column=title)
            reading.faults.append(CellFault(layout["title"], "A1", fault))
    if any(title not in titles for title in wanted.values()):
        return
    for number in range(2, sheet.max_row + 1):
        cells = {key: sheet.cell(number, titles[title]) for key, title in wanted.items()}
        row = Row(reading, layout["title"], layout, cells)
        # The unit comes filled in, so it alone means nothing.
        if not any(row.text(key) for key in layout["entered"] if key not in ("unit", "note")):
            continue
        formulas = [key for key, cell in cells.items() if cell.data_type == "f"]
        for key in formulas:
            row.fault(key, "formula")
        if not formulas:
            yield row


def _value(row: Row, key: str) -> Proposal | None:
    reading = row.reading
    standard = reading.knowledge.data.standards.get(key)
    if standard is None:
        row.fault("id", "unknown_id", value=key)
        return None
    unit = row.plain("unit") or standard.unit
    if unit not in units_of(standard):
        row.fault("unit", "unit", unit="、".join(units_of(standard)))
        unit = standard.unit
    value = quantity(row, standard, unit)
    start, end = day_of(row, "start", needed=True), day_of(row, "end")
    if start and end and end < start:
        row.fault("end", "order")
    document = document_of(row, needs_number=standard.kind in form_words()["needs_number"])
    article = article_of(row)
    if value is None or start is None or document is None:
        return None
    try:
        entered = StandardValue(
            value=value, effective_from=start, effective_to=end, document=document.id, article=article,
            confidence="A", entered_by=reading.by,
        )  # fmt: skip
        own_unit = unit if unit != standard.unit else None
        return set_value(reading.knowledge, reading.state, key, entered, document, unit=own_unit)
    except Refused as refused:
        row.refused("value", refused)
    except ValidationError:
        pass  # order of the dates: named above
    return None


def _office(row: Row, key: str) -> Proposal | None:
    if key not in row.reading.knowledge.data.offices:
        row.fault("id", "unknown_id", value=key)
        return None
    fields: dict[str, str] = {}
    for name in OFFICE_FIELDS:
        said = row.plain(name) if name in ("phone", "url") else row.text(name)
        if said is None:
            continue
        fields[name] = said
        if len(said) > MAX_CONTACT:
            row.fault(name, "too_long", most=MAX_CONTACT)
        elif name == "phone":
            _check_phone(row, said)
        elif name == "url":
            if not re.fullmatch(r"https?://\S+", said):
                row.fault(name, "bad_url", value=said)
        else:
            # Addresses and hours hold digits by right; links and people's names they do not.
            for fault in text_faults(re.sub(r"\d", "", said)):
                if "/ number" not in fault:
                    row.fault(name, "text", fault=fault)
    try:
        return set_office(row.reading.knowledge, row.reading.state, key, fields)
    except Refused as refused:
        row.refused(next(iter(fields), "id"), refused)
        return None


def _hotline(row: Row, key: str) -> Proposal | None:
    if key not in row.reading.knowledge.data.hotlines:
        row.fault("id", "unknown_id", value=key)
        return None
    number, name = row.plain("number"), row.text("title")
    if number is None:
        row.fault("number", "missing", column=row.column("number"))
        return None
    if not re.fullmatch(form_words()["hotline"], number):
        row.fault("number", "bad_hotline", value=number)
        return None
    for fault in text_faults(re.sub(r"\d", "", name or "")):
        row.fault("title", "text", fault=fault)
    try:
        return set_hotline(row.reading.knowledge, row.reading.state, key, number, name)
    except Refused as refused:
        row.refused("number", refused)
        return None


def _check_phone(row: Row, said: str) -> None:
    words = form_words()
    for phone in said.split(words["phone_separator"]):
        bare = phone.strip()
        if re.fullmatch(words["mobile"], bare):
            row.fault("phone", "mobile")
        elif not re.fullmatch(words["phone"], bare):
            row.fault("phone", "bad_phone", value=bare)


def _statement(row: Row, key: str) -> Proposal | None:
    said = row.text("text")
    if said is None:
        row.fault("text", "missing", column=row.column("text"))
        return None
    document = document_of(row, needs_number=False)
    article = article_of(row)
    if document is None:
        return None
    try:
        return edit_statement(
            row.reading.knowledge, row.reading.state, key, text=said, document=document, article=article
        )
    except Refused as refused:
        row.refused("text", refused)
        return None


def _bad(sheet: str, cell: str, name: str, **fields: object) -> BadForm:
    return BadForm([CellFault(sheet, cell, form_words()["faults"][name].format(**fields))])


def _place(fault: CellFault) -> tuple[str, int, str, str]:
    """Top down, then by column."""
    found = re.fullmatch(r"([A-Z]+)(\d+)", fault.cell)
    return fault.sheet, int(found[2]) if found else 0, fault.cell, fault.message
