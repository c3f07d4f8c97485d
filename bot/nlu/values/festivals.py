"""Days that are not on the solar calendar's face: lunar dates, festivals, the two solar terms of graves.

Lunar by `lunardate`; 清明 and 冬至 by the common 21st-century formula (right for 2001–2099)."""

from __future__ import annotations

from datetime import date, timedelta

from lunardate import LunarDate

# Lunar (month, day); 除夕 is the day before 正月初一 and has no fixed number.
_LUNAR = {
    "春节": (1, 1), "过年": (1, 1), "元宵节": (1, 15), "元宵": (1, 15), "端午节": (5, 5), "端午": (5, 5),
    "七夕": (7, 7), "中元节": (7, 15), "鬼节": (7, 15), "七月半": (7, 15), "中秋节": (8, 15), "中秋": (8, 15),
    "重阳节": (9, 9), "重阳": (9, 9), "腊八": (12, 8), "小年": (12, 24),
}  # fmt: skip
_SOLAR = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八节": (3, 8), "劳动节": (5, 1), "五一": (5, 1),
    "儿童节": (6, 1), "六一": (6, 1), "国庆节": (10, 1), "国庆": (10, 1), "十一": (10, 1),
    "圣诞节": (12, 25), "圣诞": (12, 25),
}  # fmt: skip
_EVE = frozenset({"除夕", "大年三十", "年三十", "三十晚上", "三十夜"})
_TERMS = {"清明节": (4, 4.81), "清明": (4, 4.81), "冬至": (12, 21.94)}
NAMES = tuple(sorted([*_LUNAR, *_SOLAR, *_EVE, *_TERMS], key=len, reverse=True))


def lunar_day(year: int, month: int, day: int) -> date | None:
    """The solar date of a lunar one; None when that lunar day does not exist (a month of 29 days)."""
    try:
        return LunarDate(year, month, day).to_solar_date()
    except ValueError:
        return None


def lunar_year(day: date) -> int:
    """The lunar year a solar date belongs to."""
    return LunarDate.from_solar_date(day.year, day.month, day.day).year


def festival(name: str, year: int) -> date:
    """The day of festival `name` (one of :data:`NAMES`) in `year`: solar, or lunar for a lunar one."""
    if name in _SOLAR:
        return date(year, *_SOLAR[name])
    if name in _TERMS:
        month, base = _TERMS[name]
        short = year % 100
        return date(year, month, int(short * 0.2422 + base) - short // 4)
    if name in _EVE:
        return LunarDate(year + 1, 1, 1).to_solar_date() - timedelta(days=1)
    return LunarDate(year, *_LUNAR[name]).to_solar_date()


def nearest_festival(name: str, today: date, past: bool) -> date:
    """The next day of `name` from `today` on, or the last one up to `today` when `past`."""
    days = [festival(name, today.year + shift) for shift in (-2, -1, 0, 1, 2)]
    if past:
        return max(day for day in days if day <= today)
    return min(day for day in days if day >= today)


def lunar_of(day: date) -> tuple[int, int]:
    """The lunar month and day of a solar date."""
    found = LunarDate.from_solar_date(day.year, day.month, day.day)
    return found.month, found.day


def nearest_lunar_day(day: int, today: date) -> date | None:
    """The next solar date from `today` on that is the lunar `day` of any month."""
    ahead = (today + timedelta(days=shift) for shift in range(60))
    return next((d for d in ahead if lunar_of(d)[1] == day), None)


def nearest_lunar(month: int, day: int, today: date, past: bool) -> date | None:
    """The next (or last) solar date of lunar `month`/`day`; a missing 30th becomes the 29th."""
    year = lunar_year(today)
    days = [
        found
        for y in range(year - 2, year + 3)
        if (found := lunar_day(y, month, day) or lunar_day(y, month, day - 1))
    ]
    fitting = [d for d in days if (d <= today if past else d >= today)]
    if not fitting:
        return None
    return max(fitting) if past else min(fitting)
