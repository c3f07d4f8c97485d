"""Writing a row once: the same key from many threads, or a clash of random receipts, ends in one row.
The unique constraints decide; this only asks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

ATTEMPTS = 5
Row = TypeVar("Row")


def insert_once(
    session: Session, existing: Callable[[], Row | None], make: Callable[[], Row]
) -> tuple[Row, bool]:
    """Return (row, was it new). `make` builds a fresh unsaved row each time; IntegrityError after 5 tries."""
    attempts = 0
    while True:
        found = existing()
        if found is not None:
            return found, False
        row = make()
        attempts += 1
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:
            if attempts == ATTEMPTS:
                raise
        else:
            return row, True
