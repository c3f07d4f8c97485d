"""What a standard is worth on a day: a value in force, one that ran out, one still to come, or none.
The difference is kept, so that an answer can say which it is instead of falling silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.schema import Standard, StandardValue

Status = Literal["in_force", "expired", "not_yet", "pending"]


@dataclass(frozen=True)
class Reading:
    """A standard read on a day. ``value`` is None only when ``status`` is "pending"."""

    standard: Standard
    status: Status
    value: StandardValue | None

    @property
    def printed(self) -> str | None:
        """Value and unit as an answer prints them (「30个工作日」), None when pending."""
        return None if self.value is None else f"{as_text(self.value.value)}{self.standard.unit}"

    @property
    def number(self) -> float | None:
        """The value in force as a number, for rules that compare; None for text and when none is."""
        if self.status != "in_force" or self.value is None or isinstance(self.value.value, str):
            return None
        return float(self.value.value)


def as_text(value: int | float | str) -> str:
    """1.0 → 「1」, 1.5 → 「1.5」, text as it is."""
    return f"{value:g}" if isinstance(value, float) and value < 100000 else str(value)


def read_standard(standard: Standard, on: date) -> Reading:
    """Read ``standard`` on ``on``: the value in force; else the last that ran out; else the next to come."""
    current = standard.value_on(on)
    if current is not None:
        return Reading(standard, "in_force", current)
    past = [value for value in standard.values if value.effective_to is not None and value.effective_to < on]
    if past:
        return Reading(standard, "expired", max(past, key=lambda value: value.effective_to or date.min))
    future = [
        value for value in standard.values if value.effective_from is not None and value.effective_from > on
    ]
    if future:
        return Reading(standard, "not_yet", min(future, key=lambda value: value.effective_from or date.max))
    return Reading(standard, "pending", None)
