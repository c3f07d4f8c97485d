"""Working days of China, with the public holidays and the make-up days of the State Council's notice.
A year whose notice is not known yet is counted by weekdays, and the result says that it is an estimate."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import chinese_calendar

from registry.clock import at_local, local_day

END_OF_DAY = time(23, 59, 59)


def is_workday(day: date) -> tuple[bool, bool]:
    """(is it a working day, is that only estimated from the weekday)."""
    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < 5, True


def next_workdays(start: date, count: int) -> tuple[list[date], bool]:
    """The `count` working days after `start` (which does not count), and whether any is estimated."""
    days: list[date] = []
    estimated = False
    day = start
    while len(days) < count:
        day += timedelta(days=1)
        working, guessed = is_workday(day)
        estimated = estimated or guessed
        if working:
            days.append(day)
    return days, estimated


def add_workdays(moment: datetime, count: int) -> tuple[datetime, bool]:
    """The end of the `count`-th (≥1) working day after this instant (UTC), and whether it is an estimate."""
    days, estimated = next_workdays(local_day(moment), count)
    return at_local(days[-1], END_OF_DAY), estimated
