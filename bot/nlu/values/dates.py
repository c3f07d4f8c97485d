"""Dates as residents say them, turned into ISO days against a given today.

Future unless the words are past; 周三 is the nearest one to come, 下周三 the one of next calendar week."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.nlu.values.date_math import add_months, is_past, part_day, safe_date, side_of, whole_number
from bot.nlu.values.date_words import (
    DAY_ONLY,
    DAY_ONLY_CONTEXT,
    DAY_WORD,
    DAY_WORDS,
    FESTIVAL,
    FULL,
    ISO,
    LUNAR,
    LUNAR_NEW_YEAR,
    MONTH_REL,
    SHIFT,
    SLASH,
    WEEK_DAY,
    YEAR,
)
from bot.nlu.values.festivals import (
    festival,
    lunar_of,
    nearest_festival,
    nearest_lunar,
    nearest_lunar_day,
)
from bot.nlu.values.model import Entity
from bot.nlu.values.numerals import parse


class _Finder:
    """Collects the dates of one message; later rules do not enter spans that earlier ones took."""

    def __init__(self, text: str, today: date) -> None:
        self.text, self.today = text, today
        self.found: list[Entity] = []

    def add(
        self,
        start: int,
        end: int,
        day: date | None,
        grain: str = "day",
        side: str | None = None,
        approx: bool = False,
    ) -> None:
        if day is None or any(start < e.end and e.start < end for e in self.found):
            return
        surface = self.text[start:end]
        value = {"date": day.isoformat(), "grain": grain, "text": surface}
        if side:
            value["bound"] = side
        if approx:
            value["approx"] = True
        self.found.append(Entity("date", start, end, value, surface))

    def shift(self) -> None:
        """三天前, 两个月以后, 再过一个星期."""
        for m in SHIFT.finditer(self.text):
            said, unit = (m["n"] or m["n2"]).replace("俩", "两"), m["unit"] or m["unit2"]
            before = bool(m["side"] and "前" in m["side"])
            if said == "半":
                days = 15 if "月" in unit else 182
                self.add(*m.span(), self.today + timedelta(days=-days if before else days), approx=True)
                continue
            number = parse(said)
            if number is None or number.value > 100 or (number.value >= 19 and unit == "年"):
                continue
            n = int(number.value) * (-1 if before else 1)
            approx = number.approx or "多" in m[0]
            if "月" in unit:
                self.add(*m.span(), add_months(self.today, n), "month", approx=approx)
            elif "年" in unit:
                self.add(*m.span(), date(self.today.year + n, 1, 1), "year", approx=approx)
            else:
                days = n * (1 if unit[-1] in "天日" else 7)
                self.add(*m.span(), self.today + timedelta(days=days), approx=approx)

    def _year_of(self, m: re.Match[str]) -> int | None:
        if m["word"]:
            shift = {
                "大前年": -3,
                "前年": -2,
                "去年": -1,
                "旧年": -1,
                "上年": -1,
                "今年": 0,
                "明年": 1,
                "后年": 2,
            }
            return self.today.year + shift[m["word"]]
        if m["year"]:
            digits = "".join(
                str("零一二三四五六七八九".find(c)) if not c.isdigit() else c
                for c in re.sub("[〇○]", "零", m["year"])
            )
            return int(digits)
        return None

    def iso(self) -> None:
        for m in ISO.finditer(self.text):
            self.add(*m.span(), safe_date(int(m["y"]), int(m["m"]), int(m["d"])))
        for m in SLASH.finditer(self.text):
            day = whole_number(m["d"] or m["d2"])
            self.add(*m.span(), self._roll(int(m["m"]), day, m.span()))

    def _roll(self, month: int, day: int, span: tuple[int, int]) -> date | None:
        """The next such day, or the last one when the words behind are past."""
        past = is_past(self.text, *span)
        years = (
            range(self.today.year - 4, self.today.year + 1)
            if past
            else range(self.today.year, self.today.year + 5)
        )
        days = [
            d
            for y in years
            if (d := safe_date(y, month, day)) and (d <= self.today if past else d >= self.today)
        ]
        return (max(days) if past else min(days)) if days else None

    def lunar(self) -> None:
        for m in LUNAR.finditer(self.text):
            named = m["month"] in ("正月", "冬月", "腊月")
            said = m["day"]
            folk = bool(said) and (said.startswith("初") or m[0].endswith(("八月十五", "七月十五", "九月九")))
            if not (named or m["cal"] or folk) or (said and said.isdigit() and not (named or m["cal"])):
                continue
            month = {"正": 1, "冬": 11, "腊": 12}.get(m["month"][0]) or whole_number(
                m["month"][:-1].lstrip("闰")
            )
            day = whole_number((said or "一").replace("初", "").replace("廿", "二十"))
            past = is_past(self.text, *m.span()) or m["word"] == "去年"
            when = nearest_lunar(month, day, self.today, past)
            if m["word"] == "明年" and when and when.year == self.today.year:
                when = nearest_lunar(month, day, when + timedelta(days=1), False)
            self.add(*m.span(), when, "day" if said else "month")
        for m in LUNAR_NEW_YEAR.finditer(self.text):
            day, end = whole_number(m["day"]), m.end()
            if m[0][0] in "大年":
                self.add(*m.span(), nearest_lunar(1, day, self.today, is_past(self.text, m.start(), end)))
            elif not re.search("[读上念在]$", self.text[: m.start()]):
                # Without a month it is the next such lunar day; after 下个月 the one of that month.
                start = m.start()
                after = self.today
                if rel := re.search("(下)个?月(?:的)?$", self.text[:start]):
                    start = rel.start()
                    after += timedelta(days=31 - lunar_of(self.today)[1])
                self.add(start, end, nearest_lunar_day(day, after))

    def festivals(self) -> None:
        for m in FESTIVAL.finditer(self.text):
            name, side = m["name"], m["side"]
            if re.match("路|大道|街|村|小区", self.text[m.end() : m.end() + 2]):
                continue
            if name == "十一" and re.match("[月个岁年点号日天]", self.text[m.end() : m.end() + 1]):
                continue
            if name == "十一" and not (m["holiday"] or side or m["word"]):
                continue
            if name == "过年" and not side and self.text[m.end() : m.end() + 1] == "龄":
                continue
            if m["word"]:
                year = self.today.year + {"去年": -1, "今年": 0, "明年": 1}[m["word"]]
                day = festival(name, year)
            else:
                day = nearest_festival(name, self.today, is_past(self.text, *m.span()))
            self.add(*m.span(), day, side=side_of(side))

    def weekdays(self) -> None:
        monday = self.today - timedelta(days=self.today.weekday())
        for m in WEEK_DAY.finditer(self.text):
            rel = (m["rel"] or m["rel2"] or "").replace("个", "")
            weeks = {"上上": -2, "上": -1, "": 0, "这": 0, "本": 0, "下": 1, "下下": 2}[rel]
            said = m["day"] or ("末" if m["end"] is not None else None)
            if said is None:
                self.add(*m.span(), monday + timedelta(weeks=weeks), "week")
                continue
            number = 5 if said == "末" else {"日": 6, "天": 6}.get(said, "一二三四五六".find(said))
            if said.isdigit():
                number = int(said) - 1
            day = monday + timedelta(days=number, weeks=weeks)
            if not rel:
                past = is_past(self.text, *m.span())
                if past and day > self.today:
                    day -= timedelta(weeks=1)
                elif not past and day < self.today:
                    day += timedelta(weeks=1)
            self.add(*m.span(), day, approx=said == "末")

    def full(self) -> None:
        """12月3号, 去年10月, 3月份, 明年3月初."""
        for m in FULL.finditer(self.text):
            if (
                m["day"]
                and not m["hao"]
                and not re.match(
                    r"$|[，,。 上下早中晚能想去是来可有约那]|之?[前后]", self.text[m.end() : m.end() + 2]
                )
            ):
                continue
            if not m["day"] and not (m["fen"] or m["part"] or m["year"] or m["word"]):
                after = self.text[m.end() : m.end() + 1]
                if not (re.match(r"1?\d月", m[0]) or m[0][0] in "十七八九三四五六") or after in ("初", "大"):
                    continue
            month, year = whole_number(m["month"]), self._year_of(m)
            if m["day"]:
                day = whole_number(m["day"].replace("廿", "二十"))
                when = safe_date(year, month, day) if year else self._roll(month, day, m.span())
                self.add(*m.span(), when)
                continue
            past = is_past(self.text, *m.span())
            if year is None:
                year = self.today.year
                if not past and month < self.today.month:
                    year += 1
                elif past and month > self.today.month:
                    year -= 1
            first = date(year, month, 1)
            if m["part"]:
                self.add(*m.span(), part_day(first, m["part"]), approx=True)
            else:
                self.add(*m.span(), first, "month")

    def months(self) -> None:
        for m in MONTH_REL.finditer(self.text):
            rel = (m["rel"] or "").replace("个", "")
            first = add_months(self.today, {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(rel, 0))
            part = m["part"] or m["part2"]
            if m["day"]:
                self.add(*m.span(), safe_date(first.year, first.month, whole_number(m["day"])))
            elif part:
                day = part_day(first, part)
                if not rel and day < self.today and not is_past(self.text, *m.span()):
                    day = part_day(add_months(self.today, 1), part)
                self.add(*m.span(), day, approx=True)
            else:
                self.add(*m.span(), first, "month")

    def years(self) -> None:
        for m in YEAR.finditer(self.text):
            if m["eve"] is not None:
                if m["eve"] in ("过年",):
                    continue
                day = nearest_festival("春节", self.today, False)
                self.add(*m.span(), day, side="before" if m["side"] and "前" in m["side"] else "after")
                continue
            part = m["part"] or m["part2"]
            if m["short"]:
                self._short_year(m)
                continue
            if m["part2"] in ("前", "后") and not m["this"]:
                if self.text[max(0, m.start() - 1) : m.start()] in tuple(
                    "0123456789一二三四五六七八九十几多半百来今明去两成青晚少老中童周每全当同往历丰数"
                ):
                    continue
                day = nearest_festival("春节", self.today, is_past(self.text, *m.span()))
                self.add(*m.span(), day, side="before" if m["part2"] == "前" else "after")
                continue
            if m["part2"] and self.text[max(0, m.start() - 1) : m.start()].isdigit():
                continue
            year = self._year_of(m) if not m["part2"] else self.today.year
            if year is None:
                continue
            if part:
                start = "初" in part
                if m["part2"] and start and not is_past(self.text, *m.span()):
                    year += 1
                self.add(*m.span(), date(year, 1, 1) if start else date(year, 12, 31), approx=True)
            else:
                self.add(*m.span(), date(year, 1, 1), "year")

    def _short_year(self, m: re.Match[str]) -> None:
        """98年, 九八年, 零五年."""
        said = m["short"].replace("〇", "零")
        if (
            said[0] in "一二三四五六七八"
            and "零一二三四五六七八九".index(said[1]) == "零一二三四五六七八九".index(said[0]) + 1
        ):
            return  # 七八年, 五六年: seven or eight years
        year = (
            int(said) if said.isdigit() else int("".join(str("零一二三四五六七八九".index(c)) for c in said))
        )
        year += 2000 if year <= self.today.year - 2000 else 1900
        self.add(*m.span(), date(year, 1, 1), "year")

    def days(self) -> None:
        for m in DAY_WORD.finditer(self.text):
            self.add(
                *m.span(),
                self.today + timedelta(days=DAY_WORDS.get(m[0], {"今": 0, "明": 1, "后": 2}.get(m[0], 0))),
            )
        for m in DAY_ONLY.finditer(self.text):
            around = self.text[max(0, m.start() - 4) : m.start()] + self.text[m.end() : m.end() + 8]
            if not (
                m["side"] or DAY_ONLY_CONTEXT.search(around) or is_past(self.text, *m.span())
            ) or re.search(r"选|工单", around[:4]):
                continue
            self.add(
                *m.span(),
                self._this_month(whole_number(m["day"].replace("廿", "二十")), m.span()),
                side=side_of(m["side"]),
            )

    def _this_month(self, day: int, span: tuple[int, int]) -> date | None:
        past = is_past(self.text, *span)
        for shift in (0, -1, -2) if past else (0, 1, 2):
            first = add_months(self.today, shift)
            when = safe_date(first.year, first.month, day)
            if when and (when <= self.today if past else when >= self.today):
                return when
        return None


def find(text: str, today: date) -> list[Entity]:
    """Dates in `text`: ``{"date": ISO, "grain": day|week|month|year, "text"[, "bound"][, "approx": true]}``.

    `bound` before | after: 国庆前, 年后.
    A week is given by its Monday, a month by its first day, a year by 1 January."""
    finder = _Finder(text, today)
    rules: tuple[Callable[[], None], ...] = (
        finder.iso, finder.shift, finder.lunar, finder.festivals, finder.full, finder.months,
        finder.weekdays, finder.days, finder.years,
    )  # fmt: skip
    for rule in rules:
        rule()
    return finder.found
