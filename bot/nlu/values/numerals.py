"""Numbers as residents say them: 两千三, 八十多, 千把, 七八十, 3万5, 两三千.

cn2an reads the exact ones; the rules here add what it does not know (about, ranges, mixed digits)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cn2an

_DIGIT = "一二两三四五六七八九"
_SMALL = "十百千"
# One number expression with its 多/来/把; 几 only after 十 ("十几"), since "几百" has no value.
ARABIC = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"
NUMBER = (
    rf"(?:(?:{ARABIC})(?:[多来几]?[{_SMALL}万亿][\d{_DIGIT}零]?(?:\d*[{_SMALL}]?)?)?[多来余]?"
    rf"|[零〇{_DIGIT}{_SMALL}万半廿](?:(?!(?<=[百千万多来])一(?:个?月|年|天|个?人|趟|次|餐|户|口|位"
    rf"|张))[零〇{_DIGIT}{_SMALL}万亿]|(?<=十)几|(?<=[{_SMALL}万])[多来余把](?=[{_SMALL}万]?))*)"
)
RANGE_SIGN = r"(?:到|至|-|~|—|～|或者|或)"


@dataclass(frozen=True, slots=True)
class Number:
    """A number: `value`; `approx` when said as "about"; `upper` when it is the low end of a range."""

    value: float
    approx: bool = False
    upper: float | None = None

    @property
    def plain(self) -> int | float:
        """`value` as an int where it is whole."""
        return whole(self.value)


def whole(value: float) -> int | float:
    """`value` as an int where it is whole, else rounded to cents."""
    return int(value) if float(value).is_integer() else round(value, 2)


_UNIT = {
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "亿": 100_000_000,
    "": 1,
    "十万": 100_000,
    "百万": 1_000_000,
}
_PAIR = re.compile(rf"^(.*?)([{_DIGIT}])([{_DIGIT}])(十|百|千|万|十万|百万)?$")
_MIXED = re.compile(rf"^({ARABIC})([{_SMALL}万亿])(.*)$")
_VALUE = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}


def _exact(said: str) -> float | None:
    """The value of an exact number; None when it is none."""
    said = said.replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", said):
        return float(said)
    if mixed := _MIXED.match(said):
        head = float(mixed[1].replace(",", "")) * _UNIT[mixed[2]]
        tail = mixed[3]
        if not tail:
            return head
        rest = _exact(tail.lstrip("零"))
        if rest is None:
            return None
        # "3万5" is 35 000, "3万零5" is 30 005.
        return head + (rest * _UNIT[mixed[2]] / 10 if len(tail) == 1 else rest)
    if said in ("百", "千", "万"):
        return float(_UNIT[said])
    try:
        return float(cn2an.cn2an(said.replace("廿", "二十"), "smart"))
    except (ValueError, KeyError):
        return None


def parse(said: str) -> Number | None:
    """The number in `said` (one match of :data:`NUMBER`); None when it has no value ("几百")."""
    if pair := _PAIR.match(said):
        first, second = _VALUE[pair[2]], _VALUE[pair[3]]
        # 七八十, 两三千; and the idiom 三五百.
        if (second == first + 1 or pair[2] + pair[3] == "三五") and (
            not pair[1] or pair[1].endswith(("十", "百", "千"))
        ):
            base = _exact(pair[1]) if pair[1] else 0.0
            unit = _UNIT[pair[4] or ""]
            if base is not None and not (pair[1] and pair[4]):
                # 三千四五 = 3 400–3 500; 十七八 = 17–18.
                step = {"百": 10, "千": 100}.get(pair[1][-1:], unit) if pair[1] else unit
                return Number(base + first * step, True, base + second * step)
    core = re.sub(r"[多来余把几]", "", said)
    value = _exact(core)
    if value is None:
        return None
    return Number(value, core != said)


def parse_range(low: str, high: str) -> Number | None:
    """ "两千到三千", "2到3万" (the unit of the second holds for both) as one :class:`Number`."""
    first, second = parse(low), parse(high)
    if first is None or second is None:
        return None
    value = first.value
    unit = re.search(rf"[{_SMALL}万]+$", high)
    if unit and value < 10 and not re.search(rf"[{_SMALL}万]", low):
        value *= _UNIT.get(unit[0], 1)
    return Number(value, True, second.upper or second.value)
