"""Small steps that the rules for dates share: past or to come, before or after, months, parts of a month.

Nothing here reads a whole message."""

from __future__ import annotations

import calendar
import re
from datetime import date

from bot.nlu.values.date_words import PAST_AFTER, WANTS
from bot.nlu.values.numerals import parse


def is_past(text: str, start: int, end: int) -> bool:
    """Whether the words around a date say that it has been."""
    before = re.split(r"[，,。；;！!？?]", text[:start])[-1]
    match = PAST_AFTER.search(text[end : end + 16])
    return bool(match) and not WANTS.search(before) and not WANTS.search(match[0])


def side_of(word: str | None) -> str | None:
    """before for 之前, after for 以后, else None."""
    if not word:
        return None
    if "前" in word:
        return "before"
    return "after" if re.search("后|过", word) else None


def add_months(day: date, months: int) -> date:
    """`day` moved by whole months, on the 1st."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def part_day(first: date, part: str) -> date:
    """初 / 中旬 / 底 of the month that begins on `first`."""
    if "初" in part or "上旬" in part:
        return first
    if "中" in part:
        return first.replace(day=11)
    if "下旬" in part:
        return first.replace(day=21)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def safe_date(year: int, month: int, day: int) -> date | None:
    """The day, or None when there is no such day (2月30号)."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def whole_number(said: str) -> int:
    """The number in `said`; 0 when there is none."""
    number = parse(said)
    return int(number.value) if number else 0
