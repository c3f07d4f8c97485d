"""Time in one place: instants are UTC and aware, days and opening hours are those of Asia/Shanghai.
Nothing else in the registry builds a datetime from a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_utc(moment: datetime) -> datetime:
    """Return the same instant in UTC; ValueError for a naive datetime, whose zone nobody can know."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place in the registry")
    return moment.astimezone(UTC)


def local_day(moment: datetime) -> date:
    """The calendar day in Xian'an at this instant."""
    return to_utc(moment).astimezone(LOCAL).date()


def at_local(day: date, clock: time) -> datetime:
    """The instant (UTC) at which a clock in Xian'an shows this day and time."""
    return datetime.combine(day, clock, tzinfo=LOCAL).astimezone(UTC)
