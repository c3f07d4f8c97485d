"""A keeper over a copy of the small knowledge, with a clock one can set, and forms one can fill in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from knowledge import Answer
from knowledge.keeping.changes import Change
from knowledge.keeping.form import write_form
from knowledge.keeping.form_import import read_form
from knowledge.keeping.keeper import Keeper

TODAY = date(2026, 11, 23)
ONE, TWO = "张一", "李二"
FILLED = {
    "数值": 700,
    "执行起始日": datetime(2026, 1, 1),
    "文件名称": "关于甲项标准的通知",
    "文号": "咸民政发〔2026〕5号",
}


@dataclass
class Clock:
    """Time that passes only when told to."""

    moment: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def days(self, count: int) -> None:
        self.moment += timedelta(days=count)


@dataclass
class Bureau:
    """The bureau at work: its keeper, its clock, and short ways to do the usual."""

    keeper: Keeper
    clock: Clock
    folder: Path
    root: Path

    def form(self, everything: bool = True) -> Path:
        path = self.root.parent / "form.xlsx"
        write_form(self.keeper.knowledge(), path, today=TODAY, everything=everything)
        return path

    def fill(self, path: Path, sheet: str, row_id: str, **cells: Any) -> dict[str, str]:
        """Write cells of the row with this id by column title; gives back their addresses."""
        book = load_workbook(path)
        table = book[sheet]
        columns = {cell.value: cell.column for cell in table[1]}
        row = next(cell.row for cell in table["A"] if cell.value == row_id)
        for title, value in cells.items():
            table.cell(row, columns[title]).value = value
        book.save(path)
        return {title: table.cell(row, column).coordinate for title, column in columns.items()}

    def stage_form(self, path: Path, by: str = ONE) -> list[Change]:
        state = self.keeper.state()
        proposals = read_form(path, self.keeper.knowledge(), state, by=by, today=TODAY)
        return self.keeper.stage(proposals, by=by, why="局里来文")

    def amount(self, value: int, start: datetime, *, confirm: bool = True) -> Change:
        """Enter the amount of 甲项 and, if wanted, have it confirmed."""
        path = self.form()
        self.fill(path, "金额与时限", "alpha_amount", **{**FILLED, "数值": value, "执行起始日": start})
        (change,) = self.stage_form(path)
        return self.keeper.confirm([change.id], by=TWO)[0] if confirm else change

    def said(self, aspect: str = "amount", on: date = TODAY, text: str = "") -> Answer:
        return self.keeper.knowledge().answer("alpha", aspect, on=on, text=text)


@pytest.fixture
def bureau(copy: Path, tmp_path: Path) -> Bureau:
    clock, folder = Clock(), tmp_path / "var" / "knowledge"
    return Bureau(Keeper(folder, copy, now=clock), clock, folder, copy)


@pytest.fixture
def write_faq(copy: Path) -> Callable[[str], None]:
    """Put an FAQ file into the copy."""

    def write(text: str) -> None:
        (copy / "faq").mkdir(exist_ok=True)
        (copy / "faq" / "alpha.yml").write_text(text, encoding="utf-8")

    return write
