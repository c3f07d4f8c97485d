"""Money: amount in yuan, per month / year / day / once, for one person or the household.

With a unit (块, 元) anywhere; without one only beside a word of income or cost (一个月两千三)."""

from __future__ import annotations

import re
from typing import Any

from bot.nlu.values.model import MARK, Entity, entity
from bot.nlu.values.numerals import NUMBER, RANGE_SIGN, Number, parse, parse_range, whole

_ABOUT = r"(?:大概|差不多|大约|将近|接近|左右|不到|不足|最多|最少|顶多|至少|上下|快|约|近)"
_UNIT = r"(?:块把?多?钱|块|元钱?|圆|人民币|rmb|RMB)"
_WITH_UNIT = re.compile(
    rf"[¥￥]?(?P<about>{_ABOUT})?(?P<low>{NUMBER})(?:(?:{_UNIT})?{RANGE_SIGN}(?P<high>{NUMBER}))?"
    rf"(?:(?P<yuan>(?P<more>多|来"
    rf"|几)?{_UNIT})(?P<jiao>(?<=块)[一二三四五六七八九\d半](?![餐顿次碗斤张条份\d十百千万个口岁年月天]"
    rf"))?(?:[毛角])?|[毛角](?P<fen>钱)?|(?P<qian>钱))"
    r"(?P<after>左右|上下|出头|的样子|多)?"
)
_BARE = re.compile(
    rf"(?P<sign>[¥￥])?(?P<about>{_ABOUT})?(?P<low>{NUMBER})(?:{RANGE_SIGN}(?P<high>{NUMBER}))?"
    r"(?P<after>左右|上下|出头|的样子)?"
    r"(?![\d.零二两三四五六七八九十百千万几]|一(?!个?月|年|天"
    r"|个人))(?!个?半?[岁个天年月日号点人口次米平级楼层室栋组户条座步遍趟位名间套张份本支只头亩斤里分"
    r"秒周岔%％线代届辈块元]|公|厘|回(?![来家去])|星期|小时|多[岁个天年]|[A-Za-z])"
)
_INCOME = re.compile(
    r"工资|收入|退休金|养老金|养老|低保金?|补贴|补助|津贴|月薪|年薪|赚|挣|寄|转|领|拿|发|给|到手|欠|花"
    r"|存|总共|一共|合计|加起来|"
    r"人均|平均|每人|每个?月|一个?月|一月|每年|一年|全年|每天|一天|年收|月收|费|销|罚|赔|付|捐|彩礼"
    r"|报销|借|贷|药|打工|押金|余额|[有是]$|(?:老婆|老公|堂客|老倌|儿子|女儿|媳妇|爱人|[他她崽])(?:有"
    r"|是|才|就|只有)?$"
)
# Small bare numbers beside an income word are mostly ages: they need the word right in front.
_RIGHT_AT = re.compile(
    r"(?:[¥￥]|工资|收入|退休金|养老金|低保金?|补贴|补助|津贴|赚|挣|领|拿|发|给|花|存|总共|一共|人均"
    r"|每人|每个?月|一个?月|一月|每年|一年|"
    r"每天|一天|费|钱)(?:只有|只|就|才|是|有|给|发|领|拿|挣|赚|收|要|了|大概|差不多|到|补|从)*$"
)
_INCOME_AFTER = re.compile(r"^(?:的?(?:工资|收入|退休金|养老金|低保|补贴|津贴)|[/每]|一个?月|一年|一天|月薪)")
_HOTLINE = frozenset(
    {110, 119, 120, 122, 114, 12315, 12333, 12338, 12345, 12348, 12349, 12355, 12356, 12385, 12393, 12388}
)
_PERIODS = {
    "month": r"每个?月|一个月|按月|一月(?!份)|月(?:收入|入|薪|工资|均)|/月|个月(?<=一个月)|月月",
    "year": r"每年|一年到头|一年|年(?:收入|薪|均)|全年|/年|年年",
    "day": r"每天|一天|日薪|/天|一日",
    "once": r"一次性|花了?|花去|用了|用去|欠了?|借了?|贷了?|赔了?|罚了?|交了|押金|存款|存了|余额|积蓄|存折",
}
_PER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PERIODS.items()))
_STOP = re.compile(r"[。；;！!？?\n]")
_PER_HEAD = re.compile(r"(?:每个?人|一个人|一人)(?=每个?月|一个?月|每年|一年)")
_PERSON = re.compile(
    r"人均|每个?人|平均(?:每人|下来)?|人平|(?<![我他她就只剩])一个?人(?=一个?月|每个?月|一年|每年|能"
    r"|可以|领|给|发|补|几多|$)"
)
_KIN_NEXT = r"(?!爹|婆|爷|奶|爸|妈|老|儿|女|崽|伢|公公|姆|伯|哥|弟|姐|妹|的?地|里)"
_HOUSEHOLD = re.compile(
    r"全家|一家|(?<!收入)(?<!困难)家庭|两口子|夫妻俩?|两公婆|加起来|合起来|合计|拢共|总共|一共|共|"
    r"口人?[，,、 ]*(?:一个?月|每个?月|月|一年|年)收入"
)
# "屋里" speaks for the amount only in the same clause: 我屋里五口人，崽一年寄一万二.
_AT_HOME = re.compile(rf"(?<![在从离])(?:家|屋)里{_KIN_NEXT}")


def _number(match: re.Match[str]) -> Number | None:
    low, high = match["low"], match["high"]
    number = parse_range(low, high) if high else parse(low)
    if number is None:
        return None
    groups = match.groupdict()
    vague = bool(groups.get("about") or groups.get("after") or groups.get("more"))
    return Number(number.value, number.approx or vague, number.upper)


def _clause_before(text: str, start: int, width: int) -> str:
    before = text[max(0, start - width) : start]
    return _STOP.split(before)[-1]


def _per(text: str, start: int, end: int) -> tuple[str | None, tuple[int, int] | None]:
    """The period of an amount and the span of the words that say it; those right behind win."""
    after = re.match(rf"(?:的?(?:工资|收入|退休金|养老金|补贴)?)?(?:{_PER.pattern})", text[end : end + 10])
    if after and after.lastgroup and after.lastgroup != "once":
        at = after.start(after.lastgroup)
        return after.lastgroup, (end + at, end + after.end(after.lastgroup))
    before = _clause_before(text, start, 18)
    last = max(_PER.finditer(before), key=lambda m: m.start(), default=None)
    if last is None or last.lastgroup is None:
        return None, None
    offset = start - len(before)
    span = (offset + last.start(), offset + last.end())
    # "三个月没发工资" counts months, it does not say "per month".
    return last.lastgroup, (None if last.lastgroup == "once" else span)


def _scope(text: str, start: int, end: int, per: str | None) -> str | None:
    around = _clause_before(text, start, 22) + "|" + text[end : end + 6]
    if _PERSON.search(around):
        return "person"
    clause = re.split("[，,]", _clause_before(text, start, 22))[-1]
    if per != "once" and (_HOUSEHOLD.search(around) or _AT_HOME.search(clause)):
        return "household"
    return None


def _value(number: Number, per: str | None, scope: str | None) -> dict[str, Any]:
    value: dict[str, Any] = {"amount": number.plain, "per": per, "scope": scope}
    if number.approx:
        value["approx"] = True
    if number.upper is not None:
        value["to"] = whole(number.upper)
    return value


def _small_change(match: re.Match[str], number: Number) -> Number:
    """三块五 is 3.5; 八毛 is 0.8."""
    if match["yuan"] and match["jiao"]:
        jiao = 0.5 if match["jiao"] == "半" else (parse(match["jiao"]) or number).value / 10
        return Number(number.value + jiao, number.approx, number.upper)
    if not match["yuan"] and not match["qian"]:
        return Number(number.value / 10, number.approx)
    return number


def find(text: str) -> list[Entity]:
    """Amounts in `text`: ``{"amount", "per", "scope"[, "approx": true][, "to": upper end]}``.

    `amount` in yuan; `per` month | year | day | once | None; `scope` person | household | None."""
    found: list[Entity] = []
    taken: list[tuple[int, int]] = []

    def add(match: re.Match[str], number: Number) -> None:
        start, end = match.span()
        if match["about"]:
            start = match.end("about")
        if text[start:end].endswith("的样子"):
            end -= 3
        per, mark = _per(text, start, end)
        found.append(entity("money", text, start, end, _value(number, per, _scope(text, start, end, per))))
        taken.append((start, end))
        if head := _PER_HEAD.search(text[max(0, start - 10) : start]):
            offset = max(0, start - 10)
            found.append(entity(MARK, text, offset + head.start(), offset + head.end(), None))
        if mark:
            found.append(entity(MARK, text, *mark, None))

    for match in _WITH_UNIT.finditer(text):
        number = _number(match)
        if number is None or text[max(0, match.start() - 1) : match.start()] in ("第", "几", "上", "好"):
            continue
        if match["low"] == "一" and match["yuan"] == "块" and not match["jiao"]:
            continue  # 一块墓地, 这一块: a piece
        if match["qian"] and (number.value < 10 or text[match.end() : match.end() + 1] == "包"):
            continue
        if not match["yuan"] and not match["qian"] and not match["fen"] and number.value > 9:
            continue
        add(match, _small_change(match, number))
    for match in _BARE.finditer(text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        number = _number(match)
        if number is None or number.value < 20 or number.value in _HOTLINE:
            continue
        before = _clause_before(text, match.start(), 8)
        if before[-1:] in ("第", "几", "."):
            continue
        if match["low"] in ("万", "千", "百") or (number.value < 130 and not _RIGHT_AT.search(before)):
            continue
        beside = _INCOME_AFTER.search(text[match.end() : match.end() + 6])
        if (
            match["sign"]
            or beside
            or (_INCOME.search(before) and not re.search(r"[岁]|今年|打$|拨$", before))
        ):
            add(match, number)
    return found
