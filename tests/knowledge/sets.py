"""The question sets of tests/data: answers_*.csv (what an answer must and must not say) and retrieval_*.csv (which
statement is right). They were written apart from the cards; no question of theirs may be put into the FAQ."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
DAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Asked:
    """A question with its service, and its aspect ("" in the retrieval sets).

    ``must`` and ``must_not`` are statement ids or words; in the retrieval sets ``must`` are the right statements,
    any of which will do.
    """

    question: str
    service: str
    aspect: str
    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()

    @property
    def statements(self) -> set[str]:
        """The statement ids among ``must``."""
        return {item for item in self.must if is_statement(item)}


def is_statement(item: str) -> bool:
    """Whether it is a statement id rather than words."""
    return item.isascii() and item.count(".") == 2


def answers(name: str) -> list[Asked]:
    """Rows of answers_<name>.csv."""
    return [
        Asked(row["question"], row["service"], row["aspect"], _split(row["must"]), _split(row["must_not"]))
        for row in _rows(f"answers_{name}.csv")
    ]


def retrieval(name: str) -> list[Asked]:
    """Rows of retrieval_<name>.csv."""
    return [
        Asked(row["question"], row["service"], "", _split(row["statement"]))
        for row in _rows(f"retrieval_{name}.csv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(item for item in cell.split("|") if item)
