"""Dates as residents say them, turned into ISO days against a given today.

Future unless the words are past; 周三 is the nearest one to come, 下周三 the one of next calendar week."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.nlu.values.festivals import (
    NAMES,
    festival,
    lunar_of,
    nearest_festival,
    nearest_lunar,
    nearest_lunar_day,
)
from bot.nlu.values.model import Entity
from bot.nlu.values.numerals import NUMBER, parse

_WANTS = re.compile(
    r"想|要|预约|能|可以|可不可以|打算|准备|得不得|行不行|来得及|有号|有没有空|帮我|跟我|给我约|争取|计划|最好|约(?!的|了|好)|改|换|取消|怎么办|会|罚"
)
_DONE = (
    "去|来|交|办|领|打|跑|问|递|填|走|丢|死|出|住|离|结|扯|送|报|说|寄|审|批|申请|登记|生|停|停发|发|拿|收|写|签|拆|埋|葬|烧|搬|"
    "取|见|跌|病|进|嫁|娶|离开|去世|过身|失踪|走失|走丢"
)
_PAST_AFTER = re.compile(
    rf"^[^，,。；;！!？?]{{0,10}}?(?:(?:{_DONE})过(?!世)|(?:{_DONE})(?:了(?!吗|吧|么)|的(?!话|时候|人|老|标准|通知|政策|规定))|"
    r"不见|走丢|走失|失踪|没回|没到账|[未没]发|刚(?:来|去|交|办)|起就|就(?:没|冇)|以来|那场|那次|被|"
    # "了" in the midst of a clause tells of what has been; at its end it may be a change to come.
    r"(?<![满到好完行够对多少岁期天月号过])了(?=[\u4e00-\u9fff])(?![吗吧么再就没不还哈冇]))"
)
_DAY_WORDS = {
    "大前天": -3, "大前日": -3, "前天": -2, "前日": -2, "前晚": -2, "昨天": -1, "昨日": -1, "昨儿": -1, "昨晚": -1, "昨夜": -1, "昨": -1,
    "今天": 0, "今日": 0, "今朝": 0, "今儿": 0, "今晚": 0, "今夜": 0, "今早": 0, "当天": 0,
    "明天": 1, "明日": 1, "明朝": 1, "明儿": 1, "明早": 1, "明晚": 1,
    "大后天": 3, "大后日": 3, "后天": 2, "后日": 2, "后早": 2, "后晚": 2,
}  # fmt: skip
# The 早/晚 of 明早 is the time of day; the date covers only the first character.
_DAY_WORD = re.compile(
    r"大前[天日]|大后[天日]|(?<![以之目从往])前[天日晚](?!制)|昨[天日儿]|昨(?=[晚夜早])|今[天日朝儿](?!后)|今(?=[晚夜早])|明[天日朝儿](?![星计])|明(?=[早晚])"
    r"|(?<![以之然前今往随最背落])后[天日](?!的?性)|(?<![以之然前今往随最])后(?=[早晚]上?(?:[八九十七]|\d|$))"
)
_WEEKDAY = "一二三四五六日天1234567"
_WEEK = r"(?:周|星期|礼拜)"
_WEEK_DAY = re.compile(
    rf"(?<!每)(?P<rel>上上个?|下下个?|上个?|下个?|这个?|本)?{_WEEK}(?P<day>[{_WEEKDAY}末])(?![\d]|[个年]|期)"
    rf"|(?P<rel2>上上个?|下下个?|上个?|下个?|这个?|本){_WEEK}(?![{_WEEKDAY}末期年岁])"
    r"|(?<![周每])周末(?P<end>)"
)
_MONTH_NAME = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY_NAME = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|廿[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR_NAME = r"(?:(?P<year>20\d{2}|19\d{2}|二[〇零○]二[一二三四五六七八九〇零])年|(?P<word>大?前年|去年|旧年|上年(?!龄)|今年|明年|后年)的?)"
_FULL = re.compile(
    rf"(?:{_YEAR_NAME})?(?<![\d.近第每])(?P<month>{_MONTH_NAME})月(?P<part>份?(?:初|底|末|中旬|上旬|下旬))?(?:份?的?(?P<day>{_DAY_NAME})(?P<hao>[号日])?)?(?P<fen>份)?"
)
_ISO = re.compile(r"(?<![\d\-/.])(?P<y>20\d{2}|19\d{2})[-/.年](?P<m>1[0-2]|0?[1-9])[-/.月](?P<d>3[01]|[12]\d|0?[1-9])[日号]?(?![\d\-/])")
_SLASH = re.compile(r"(?<![\d\-/.])(?P<m>1[0-2]|0?[1-9])(?:/(?P<d>3[01]|[12]\d|0?[1-9])(?![\d/%])[日号]?|\.(?P<d2>3[01]|[12]\d|0?[1-9])[号日])")
_YEAR = re.compile(rf"{_YEAR_NAME}(?P<part>初|底|末|年初|年底)?|(?P<this>今年|本年)?年(?P<part2>底|初|末|前|后)(?!会)|(?<![\d一二三四五六七八九十零〇])(?P<short>[4-9]\d|[零〇][一二三四五六七八九零〇]|[一二三四五六七八九][一二三四五六七八九零〇])年(?=$|[^级前后多])|(?P<eve>过完?了?年(?P<side>前|后|以后|之后|之前|再)?)")
_MONTH_REL = re.compile(
    rf"(?P<rel>上上个?|下下个?|上个?|下个?|这个?|本)月(?P<part>初|底|末|中旬)?(?:的?(?P<day>{_DAY_NAME})[号日])?|(?<!\d)(?<![一二三四五六七八九十个每按])月(?P<part2>初|底|末)"
)
_DAY_ONLY = re.compile(
    rf"(?<![\d一二三四五六七八九十第月.])(?P<day>{_DAY_NAME})[号](?![线楼栋店院桌柜位院门机窗文令车房单元室厅口])(?P<side>(?:之|以)?[前后])?"
)
_DAY_ONLY_CONTEXT = re.compile(r"上午|下午|早上|中午|晚上|[去来办约]|前|后|有|可以|到|开始|发|截止|星期|周|那天|领|结婚|扯证|登记|\d+点|[一二三四五六七八九十]点")
_LUNAR = re.compile(
    rf"(?:(?P<cal>农历|阴历|旧历|老历|古历)的?)?(?:(?P<word>去年|今年|明年)的?)?(?P<month>正月|冬月|腊月|闰?{_MONTH_NAME}月)"
    r"(?P<day>初[一二三四五六七八九十]|二十[一二三四五六七八九]?|廿[一二三四五六七八九]?|三十|十[一二三四五六七八九]?|\d{1,2})?(?![号日\d])"
)
_LUNAR_NEW_YEAR = re.compile(r"大?年?初(?P<day>[一二三四五六七八九十])(?!中|级|步|审|核|级中|学|班)")
_FESTIVAL = re.compile(
    rf"(?P<word>去年|今年|明年)?的?(?<![三百千万两一二四五六七八九十])(?P<name>{'|'.join(NAMES)})(?P<holiday>节|假期|长假|放假|小长假)?"
    r"(?P<side>(?:之|以)?[前后](?!面)|过后|过了|期间)?"
)
_SHIFT = re.compile(
    rf"(?<!第)(?:再?过)?(?P<n>(?:{NUMBER})|半|俩)(?P<unit>个?(?:多)?(?:天|日|星期|礼拜|周|个月|月|年))(?:多)?(?P<side>(?:之|以)?[前后]|过后)(?![期悔])"
    rf"|(?<![超不经])再?过(?P<n2>(?:{NUMBER})|俩)(?P<unit2>天|个?星期|个?礼拜|周|个月|年)"
)


def _past(text: str, start: int, end: int) -> bool:
    """Whether the words around a date say that it has been."""
    before = re.split(r"[，,。；;！!？?]", text[:start])[-1]
    match = _PAST_AFTER.search(text[end : end + 16])
    return bool(match) and not _WANTS.search(before) and not _WANTS.search(match[0])


def _side(word: str | None) -> str | None:
    if not word:
        return None
    if "前" in word:
        return "before"
    return "after" if re.search("后|过", word) else None


def _add_months(day: date, months: int) -> date:
    """`day` moved by whole months, on the 1st."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _part_day(first: date, part: str) -> date:
    """初 / 中旬 / 底 of the month that begins on `first`."""
    if "初" in part or "上旬" in part:
        return first
    if "中" in part:
        return first.replace(day=11)
    if "下旬" in part:
        return first.replace(day=21)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _int(said: str) -> int:
    number = parse(said)
    return int(number.value) if number else 0


class _Finder:
    """Collects the dates of one message; later rules do not enter spans that earlier ones took."""

    def __init__(self, text: str, today: date) -> None:
        self.text, self.today = text, today
        self.found: list[Entity] = []

    def add(
        self, start: int, end: int, day: date | None, grain: str = "day", side: str | None = None, approx: bool = False
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
        for m in _SHIFT.finditer(self.text):
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
                self.add(*m.span(), _add_months(self.today, n), "month", approx=approx)
            elif "年" in unit:
                self.add(*m.span(), date(self.today.year + n, 1, 1), "year", approx=approx)
            else:
                days = n * (1 if unit[-1] in "天日" else 7)
                self.add(*m.span(), self.today + timedelta(days=days), approx=approx)

    def _year_of(self, m: re.Match[str]) -> int | None:
        if m["word"]:
            shift = {"大前年": -3, "前年": -2, "去年": -1, "旧年": -1, "上年": -1, "今年": 0, "明年": 1, "后年": 2}
            return self.today.year + shift[m["word"]]
        if m["year"]:
            digits = "".join(str("零一二三四五六七八九".find(c)) if not c.isdigit() else c for c in re.sub("[〇○]", "零", m["year"]))
            return int(digits)
        return None

    def iso(self) -> None:
        for m in _ISO.finditer(self.text):
            self.add(*m.span(), _safe(int(m["y"]), int(m["m"]), int(m["d"])))
        for m in _SLASH.finditer(self.text):
            day = _int(m["d"] or m["d2"])
            self.add(*m.span(), self._roll(int(m["m"]), day, m.span()))

    def _roll(self, month: int, day: int, span: tuple[int, int]) -> date | None:
        """The next such day, or the last one when the words behind are past."""
        past = _past(self.text, *span)
        years = range(self.today.year - 4, self.today.year + 1) if past else range(self.today.year, self.today.year + 5)
        days = [d for y in years if (d := _safe(y, month, day)) and (d <= self.today if past else d >= self.today)]
        return (max(days) if past else min(days)) if days else None

    def lunar(self) -> None:
        for m in _LUNAR.finditer(self.text):
            named = m["month"] in ("正月", "冬月", "腊月")
            said = m["day"]
            folk = bool(said) and (said.startswith("初") or m[0].endswith(("八月十五", "七月十五", "九月九")))
            if not (named or m["cal"] or folk) or (said and said.isdigit() and not (named or m["cal"])):
                continue
            month = {"正": 1, "冬": 11, "腊": 12}.get(m["month"][0]) or _int(m["month"][:-1].lstrip("闰"))
            day = _int((said or "一").replace("初", "").replace("廿", "二十"))
            past = _past(self.text, *m.span()) or m["word"] == "去年"
            when = nearest_lunar(month, day, self.today, past)
            if m["word"] == "明年" and when and when.year == self.today.year:
                when = nearest_lunar(month, day, when + timedelta(days=1), False)
            self.add(*m.span(), when, "day" if said else "month")
        for m in _LUNAR_NEW_YEAR.finditer(self.text):
            day, end = _int(m["day"]), m.end()
            if m[0][0] in "大年":
                self.add(*m.span(), nearest_lunar(1, day, self.today, _past(self.text, m.start(), end)))
            elif not re.search("[读上念在]$", self.text[: m.start()]):
                # Without a month it is the next such day of any lunar month; after 下个月 the one of that month.
                start = m.start()
                after = self.today
                if rel := re.search("(下)个?月(?:的)?$", self.text[:start]):
                    start = rel.start()
                    after += timedelta(days=31 - lunar_of(self.today)[1])
                self.add(start, end, nearest_lunar_day(day, after))

    def festivals(self) -> None:
        for m in _FESTIVAL.finditer(self.text):
            name, side = m["name"], m["side"]
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
                day = nearest_festival(name, self.today, _past(self.text, *m.span()))
            self.add(*m.span(), day, side=_side(side))

    def weekdays(self) -> None:
        monday = self.today - timedelta(days=self.today.weekday())
        for m in _WEEK_DAY.finditer(self.text):
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
                past = _past(self.text, *m.span())
                if past and day > self.today:
                    day -= timedelta(weeks=1)
                elif not past and day < self.today:
                    day += timedelta(weeks=1)
            self.add(*m.span(), day, approx=said == "末")

    def full(self) -> None:
        """12月3号, 去年10月, 3月份, 明年3月初."""
        for m in _FULL.finditer(self.text):
            if m["day"] and not m["hao"] and not re.match(r"$|[，,。 上下早中晚]|之?[前后]", self.text[m.end() : m.end() + 2]):
                continue
            if not m["day"] and not (m["fen"] or m["part"] or m["year"] or m["word"]):
                after = self.text[m.end() : m.end() + 1]
                if not (re.match(r"1?\d月", m[0]) or m[0][0] in "十七八九三四五六") or after in ("初", "大"):
                    continue
            month, year = _int(m["month"]), self._year_of(m)
            if m["day"]:
                day = _int(m["day"].replace("廿", "二十"))
                when = _safe(year, month, day) if year else self._roll(month, day, m.span())
                self.add(*m.span(), when)
                continue
            past = _past(self.text, *m.span())
            if year is None:
                year = self.today.year
                if not past and month < self.today.month:
                    year += 1
                elif past and month > self.today.month:
                    year -= 1
            first = date(year, month, 1)
            if m["part"]:
                self.add(*m.span(), _part_day(first, m["part"]), approx=True)
            else:
                self.add(*m.span(), first, "month")

    def months(self) -> None:
        for m in _MONTH_REL.finditer(self.text):
            rel = (m["rel"] or "").replace("个", "")
            first = _add_months(self.today, {"上上": -2, "上": -1, "下": 1, "下下": 2}.get(rel, 0))
            part = m["part"] or m["part2"]
            if m["day"]:
                self.add(*m.span(), _safe(first.year, first.month, _int(m["day"])))
            elif part:
                day = _part_day(first, part)
                if not rel and day < self.today and not _past(self.text, *m.span()):
                    day = _part_day(_add_months(self.today, 1), part)
                self.add(*m.span(), day, approx=True)
            else:
                self.add(*m.span(), first, "month")

    def years(self) -> None:
        for m in _YEAR.finditer(self.text):
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
                if self.text[max(0, m.start() - 1) : m.start()] in tuple("0123456789一二三四五六七八九十几多半百来今明去两成青晚少老中童周每全当同往历丰数"):
                    continue
                day = nearest_festival("春节", self.today, _past(self.text, *m.span()))
                self.add(*m.span(), day, side="before" if m["part2"] == "前" else "after")
                continue
            if m["part2"] and self.text[max(0, m.start() - 1) : m.start()].isdigit():
                continue
            year = self._year_of(m) if not m["part2"] else self.today.year
            if year is None:
                continue
            if part:
                start = "初" in part
                if m["part2"] and start and not _past(self.text, *m.span()):
                    year += 1
                self.add(*m.span(), date(year, 1, 1) if start else date(year, 12, 31), approx=True)
            else:
                self.add(*m.span(), date(year, 1, 1), "year")

    def _short_year(self, m: re.Match[str]) -> None:
        """98年, 九八年, 零五年."""
        said = m["short"].replace("〇", "零")
        if said[0] in "一二三四五六七八" and "零一二三四五六七八九".index(said[1]) == "零一二三四五六七八九".index(said[0]) + 1:
            return  # 七八年, 五六年: seven or eight years
        year = int(said) if said.isdigit() else int("".join(str("零一二三四五六七八九".index(c)) for c in said))
        year += 2000 if year <= self.today.year - 2000 else 1900
        self.add(*m.span(), date(year, 1, 1), "year")

    def days(self) -> None:
        for m in _DAY_WORD.finditer(self.text):
            self.add(*m.span(), self.today + timedelta(days=_DAY_WORDS.get(m[0], {"今": 0, "明": 1, "后": 2}.get(m[0], 0))))
        for m in _DAY_ONLY.finditer(self.text):
            around = self.text[max(0, m.start() - 4) : m.start()] + self.text[m.end() : m.end() + 8]
            if not (m["side"] or _DAY_ONLY_CONTEXT.search(around) or _past(self.text, *m.span())) or re.search(r"选|工单", around[:4]):
                continue
            self.add(*m.span(), self._this_month(_int(m["day"].replace("廿", "二十")), m.span()), side=_side(m["side"]))

    def _this_month(self, day: int, span: tuple[int, int]) -> date | None:
        past = _past(self.text, *span)
        for shift in (0, -1, -2) if past else (0, 1, 2):
            first = _add_months(self.today, shift)
            when = _safe(first.year, first.month, day)
            if when and (when <= self.today if past else when >= self.today):
                return when
        return None


def find(text: str, today: date) -> list[Entity]:
    """Dates in `text`: ``{"date": ISO, "grain": day|week|month|year, "text"[, "bound": before|after][, "approx": true]}``.

    A week is given by its Monday, a month by its first day, a year by 1 January."""
    finder = _Finder(text, today)
    rules: tuple[Callable[[], None], ...] = (
        finder.iso, finder.shift, finder.lunar, finder.festivals, finder.full, finder.months,
        finder.weekdays, finder.days, finder.years,
    )  # fmt: skip
    for rule in rules:
        rule()
    return finder.found
