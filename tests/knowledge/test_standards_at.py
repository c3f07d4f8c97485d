"""A standard on a day: in force, expired, not yet, pending."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge import Knowledge


@pytest.mark.parametrize(
    ("standard", "on", "status", "printed", "number"),
    [
        ("alpha_days", date(2026, 6, 30), "in_force", "30个工作日", 30.0),
        ("alpha_days", date(2026, 7, 1), "in_force", "20个工作日", 20.0),
        ("alpha_days", date(2019, 12, 31), "not_yet", "30个工作日", None),
        ("alpha_ratio", date(2026, 8, 19), "in_force", "1.5倍", 1.5),
        ("alpha_ratio", date(2026, 8, 20), "expired", "1.5倍", None),
        ("alpha_amount", date(2026, 8, 20), "pending", None, None),
        ("alpha_photo", date(1999, 1, 1), "in_force", "3张", 3.0),
    ],
)
def test_reading(
    small: Knowledge, standard: str, on: date, status: str, printed: str | None, number: float | None
) -> None:
    reading = small.standard(standard, on=on)
    assert (reading.status, reading.printed, reading.number) == (status, printed, number)
    assert small.standards_on(on)[standard] == number
