"""The XLSX form on which the bureau's officers supply what is missing: made here, read by form_import.
Words, columns and limits are in form.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.base import Knowledge
from knowledge.keeping.overlay import OFFICE_FIELDS
from knowledge.loading import ROOT
from knowledge.pending import pending
from knowledge.schema import Standard, placeholders
from knowledge.standards_at import read_standard

LOCKED = PatternFill("solid", fgColor="E7E6E6")
HEADER = PatternFill("solid", fgColor="BDD7EE")
FIRST_ROW = 2


@lru_cache
def form_words() -> dict[str, Any]:
    """form.yml."""
    words: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "form.yml").read_text(encoding="utf-8"))
    return words


def units_of(standard: Standard) -> list[str]:
    """Units a value may be entered in: the standard's own; where the period is open, one with it.

    Not where eligibility computes with the value: its formulas know one unit.
    """
    words = form_words()
    if standard.unit != words["open_unit"] or standard.values or standard.id in _computed_with():
        return [standard.unit]
    return list(words["units"])


def plausible_range(standard: Standard, unit: str) -> tuple[float, float]:
    """Lowest and highest value that is not taken for a slip of the pen."""
    limits = form_words()["plausible"]
    low, high = limits.get(f"{standard.kind}.{unit}", limits[standard.kind])
    return low, high


def write_form(knowledge: Knowledge, path: Path, *, today: date, everything: bool = False) -> None:
    """Write the form for what is pending; ``everything`` gives a row to each standard, office, statement."""
    words = form_words()
    book = Workbook()
    book.remove(book.active)
    rows = _rows(knowledge, today, everything)
    standards = [knowledge.data.standards[str(row["id"])] for row in rows["values"]]
    for key in ("values", "offices", "hotlines", "statements"):
        sheet = book.create_sheet(words["sheets"][key]["title"])
        _fill(sheet, words["sheets"][key], rows[key])
        if key == "values":
            _validate(sheet, words["sheets"][key], standards)
    notes = book.create_sheet(words["sheets"]["notes"]["title"])
    for number, line in enumerate(words["notes"], start=1):
        notes.cell(number, 1, line.format(date=today.isoformat()))
    notes.column_dimensions["A"].width = 110
    notes.protection.sheet = True
    book.save(path)


def _rows(knowledge: Knowledge, today: date, everything: bool) -> dict[str, list[dict[str, str | None]]]:
    data = knowledge.data
    missing = {(str(item.kind), item.id): item for item in pending(knowledge)}

    def wanted(kind: str, keys: Iterable[str]) -> list[str]:
        return [key for key in keys if everything or (kind, key) in missing]

    def asked(kind: str, key: str) -> dict[str, str | None]:
        item = missing.get((kind, key))
        return {"asked_of": item.asked_of, "what": item.what} if item else {}

    values = []
    for key in wanted("standard", data.standards):
        standard = data.standards[key]
        now = None if key in data.demo_standards else read_standard(standard, today).printed
        values.append(
            {
                "id": key, "name": standard.name, "service": knowledge.service_name(standard.service),
                "area": standard.area, "now": now, "unit": units_of(standard)[0], **asked("standard", key),
            }
        )  # fmt: skip
    offices = [
        {
            "id": key, "name": data.offices[key].name, "township": data.offices[key].township,
            "now": " ".join(said for field in OFFICE_FIELDS if (said := getattr(data.offices[key], field))),
            **asked("office", key),
        }
        for key in wanted("office", data.offices)
    ]  # fmt: skip
    # Emergency numbers need nobody's confirmation, so they have no row.
    hotlines = [
        {
            "id": key, "name": hotline.name, "now": hotline.number, **asked("hotline", key),
        }
        for key, hotline in data.hotlines.items()
        if ("hotline", key) in missing
    ]  # fmt: skip
    statements = [
        {
            "id": item.id, "service": knowledge.service_name(code), "now": item.text,
            "asked_of": item.pending_with,
        }
        for code in knowledge.services
        for item in knowledge.card(code).statements
        # Sentences with a placeholder wait for the value itself.
        if everything or (item.confidence == "pending" and not placeholders(item.text))
    ]  # fmt: skip
    return {"values": values, "offices": offices, "hotlines": hotlines, "statements": statements}


def _fill(sheet: Worksheet, layout: Mapping[str, Any], rows: Iterable[Mapping[str, str | None]]) -> None:
    words = form_words()
    columns = [*layout["fixed"].items(), *layout["entered"].items()]
    for column, (key, title) in enumerate(columns, start=1):
        cell = sheet.cell(1, column, title)
        cell.font, cell.fill = Font(bold=True), HEADER
        width = words["widths"].get(key, words["default_width"])
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(rows, start=FIRST_ROW):
        for column, (key, _) in enumerate(columns, start=1):
            cell = sheet.cell(number, column, row.get(key))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if key in layout["fixed"]:
                cell.fill = LOCKED
            else:
                cell.protection = Protection(locked=False)
                cell.number_format = "yyyy-mm-dd" if key in ("start", "end") else cell.number_format
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)
    sheet.protection.sheet = True  # no password: it keeps from slips, the import checks anyway
    sheet.protection.formatColumns = False


def _validate(sheet: Worksheet, layout: Mapping[str, Any], standards: list[Standard]) -> None:
    words = form_words()
    columns = {key: number for number, key in enumerate([*layout["fixed"], *layout["entered"]], start=1)}
    dates = DataValidation(
        type="date", operator="greaterThan", formula1=f"DATE({words['earliest']:%Y,%m,%d})", allow_blank=True,
        showErrorMessage=True, error=words["faults"]["not_date"].format(value=""),
    )  # fmt: skip
    sheet.add_data_validation(dates)
    lists: dict[str, DataValidation] = {}
    for number, standard in enumerate(standards, start=FIRST_ROW):
        for key in ("start", "end"):
            dates.add(sheet.cell(number, columns[key]))
        units = [unit for unit in units_of(standard) if unit]
        if units:
            choice = f'"{",".join(units)}"'
            if choice not in lists:
                lists[choice] = DataValidation(
                    type="list", formula1=choice, allow_blank=True, showErrorMessage=True
                )
                sheet.add_data_validation(lists[choice])
            lists[choice].add(sheet.cell(number, columns["unit"]))
        if standard.kind not in words["text_kinds"] and standard.unit:
            low, high = plausible_range(standard, standard.unit)
            numbers = DataValidation(
                type="decimal", operator="between", formula1=str(low), formula2=str(high), allow_blank=True,
                showErrorMessage=True,
            )  # fmt: skip
            sheet.add_data_validation(numbers)
            numbers.add(sheet.cell(number, columns["value"]))


@lru_cache
def _computed_with() -> frozenset[str]:
    path = ROOT / "eligibility" / "local_standards.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return frozenset(
        entry["metadata"]["standard"]
        for entry in raw.values()
        if isinstance(entry, dict) and "metadata" in entry
    )
