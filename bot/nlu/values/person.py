"""Numbers about a person: age, height, grade of disability, and how many (people, children, days…)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bot.nlu.values.model import Entity, entity
from bot.nlu.values.numerals import NUMBER, Number, parse, whole

_PREFIX = (
    r"(?:(?:今年|虚岁|实岁|周岁|年满|年龄|年纪|满|快|将近|差不多|大概|大约|约|不到|已经|都|有|上了?"
    r"|过了?|是)+)?"
)
_AGE = re.compile(
    rf"(?P<pre>{_PREFIX})(?P<n>{NUMBER})(?P<more>几|多|来|把)?(?:周岁|岁)(?P<half>半)?(?P<odd>多"
    rf"|了?大几)?(?P<after>左右|上下|出头)?"
    r"(?P<bound>(?:及|或者?|和)?(?:以上|以下|以内)|往上)?"
)
_PERSON_NUMBER = (
    r"(?:[一二三四五六七八九]?十[一二三四五六七八九]?[几多]?|[六七八九]十[几多]|百(?=岁)|\d{1,3}"
    r"|[一二三四五六七八][二三四五六七八九]十)"
)
_AGE_BARE = re.compile(
    rf"(?P<pre>今年(?:都|已经|有|满|快|刚|虚岁|大概|是)*|年(?:龄|纪)(?:是|有|都|快|大概|:|：)*"
    rf"|虚岁(?:有)?|年满|上了|岁数(?:是|有|都)*|活到|(?<!不)满(?=[一五六七八九]))"
    rf"(?P<n>{_PERSON_NUMBER})(?P<after>左右|出头|上下|了)?(?![\d.]|[块元个天月日号点人口次米级千百万年%％])"
)
_AGE_SUBJECT = re.compile(
    r"(?P<who>(?:^|(?<=[，,。 ]))(?=[^，,。 ]{2,5}了)|爹爹?|婆婆|太婆|爷爷?|伯伯?|叔叔?|姑妈|舅舅|岳母"
    r"|岳父|老倌|老伴|老汉|(?<=[我俺他她])娘|老头子|独居|奶奶|外公|外婆|爸爸?|妈妈?|老人家?|老爷子"
    r"|老娘|老头|父亲|母亲|她|他|我|人|都|快)(?P<pre>都|快|有|已经|是|也){0,2}"
    r"(?P<n>[五六七八九]十[一二三四五六七八九几多]?|[5-9]\d)(?P<after>多"
    r"|出头)?(?!了?[块元个天月日号点人口次米级千百万年%％岁\d一二三四五六七八九十几多斤分度来])"
)
_MONTHS_OLD = re.compile(rf"(?P<n>{NUMBER})个(?:多|半)?月(?:大(?![概约出小])|的(?:伢|娃|婴|宝|毛))")
_NEWBORN = re.compile(r"刚出生|没满月|未满月|新生儿|才满月|刚满月")
_BORN = re.compile(
    r"(?P<y>(?:19|20)\d{2}|[3-9]\d|[一二][九〇零][〇零一二三四五六七八九]{2}"
    r"|[三四五六七八九][〇零一二三四五六七八九])年"
    r"(?:\d{1,2}月(?:\d{1,2}[日号])?)?(?P<tail>出生|生的|生人|的(?=$|[，,。 ]|人|老)|生(?=$|[，,。 ]))"
)


# 比他大八岁, 写小了三岁: a difference, not an age.
_DIFFERENCE = re.compile(r"(?:[大小早晚差](?:了|了有|个)?|相差|差距|多报了?|少报了?|报大了|写小了)$")


def _full_year(said: str, today: date) -> int:
    digits = "".join(
        str("零一二三四五六七八九".index(c)) if c in "零一二三四五六七八九" else c
        for c in said.replace("〇", "零")
    )
    year = int(digits)
    return year if year > 100 else year + (1900 if year + 2000 > today.year else 2000)


def _years(number: Number, vague: bool, bound: str | None) -> dict[str, Any] | None:
    if not 0 <= number.value <= 130:
        return None
    value: dict[str, Any] = {"years": int(number.value)}
    if number.approx or vague:
        value["approx"] = True
    if bound:
        value["bound"] = "max" if "下" in bound or "内" in bound else "min"
    return value


def ages(text: str, today: date) -> list[Entity]:
    """Ages: ``{"years": int[, "approx": true][, "bound": "min"|"max"][, "born": year]}``.

    A birth year gives the age reached this year, marked approx. A baby of months is 0."""
    found: list[Entity] = []

    def add(match: re.Match[str], value: dict[str, Any] | None) -> None:
        if value:
            found.append(entity("age", text, match.start(), match.end(), value))

    for match in _AGE.finditer(text):
        number = parse(match["n"])
        if number is not None:
            if _DIFFERENCE.search(text[: match.start()]):
                continue
            vague = bool(match["more"] or match["odd"] or match["after"])
            vague = vague or bool(re.search(r"快|将近|差不多|大概|约|不到|上|过", match["pre"]))
            add(match, _years(number, vague, match["bound"]))
    for pattern in (_AGE_BARE, _AGE_SUBJECT):
        for match in pattern.finditer(text):
            number = parse(match["n"].replace("多", "") if match["n"].endswith("多") else match["n"])
            if number is None or (pattern is _AGE_SUBJECT and not match["who"] and text[match.end()] != "了"):
                continue
            start = match.start("n") if pattern is _AGE_SUBJECT else match.start()
            vague = bool(re.search(r"快|大概|上了|左右|出头|上下|多", match[0])) or match["n"].endswith(
                ("几", "多")
            )
            value = _years(number, vague, None)
            if value and value["years"] > 3:
                found.append(entity("age", text, start, match.end(), value))
    for match in _MONTHS_OLD.finditer(text):
        found.append(
            entity("age", text, match.start(), match.start() + match[0].index("月") + 1, {"years": 0})
        )
    for match in _NEWBORN.finditer(text):
        add(match, {"years": 0})
    for match in _BORN.finditer(text):
        born = _full_year(match["y"], today)
        if 1900 <= born <= today.year:
            add(match, {"years": today.year - born, "approx": True, "born": born})
    return found


_METRES = re.compile(
    r"(?P<about>大概|大约|差不多|约)?(?P<m>[12一二])米(?P<cm>\d{1,2}"
    r"|[零一二三四五六七八九][一二三四五六七八九几]?)(?!\d|公里)(?P<after>左右|多)?"
    r"|(?P<dec>[12]\.\d{1,2})(?:米|m(?![a-z]))|(?P<c>\d{2,3}"
    r"|一百[一二三四五六七八九]十[一二三四五六七八九]?)(?:cm|CM|公分|厘米)"
    r"|(?:身高|个子|个头)(?:有|大概|约|是|差不多|[:：])*(?:(?P<tall>1\d{2}|[5-9]\d)"
    r"|(?P<tall_m>[12]\.\d{1,2}))(?!\d)"
    r"|(?P<high>1[0-9]\d)(?:左右|多)?高"
)


def heights(text: str) -> list[Entity]:
    """Heights of a person: ``{"cm": int[, "approx": true]}`` (一米六五, 1米7, 1.65米, 身高165)."""
    found = []
    for match in _METRES.finditer(text):
        approx = bool(re.search("左右|多|几|大概|约|差不多", match[0]))
        if match["m"]:
            metres = 1 if match["m"] in "1一" else 2
            said = match["cm"].replace("几", "")
            if said.isdigit():
                rest = int(said) * (10 if len(said) == 1 else 1)
            else:
                digits = ["零一二三四五六七八九".index(char) for char in said]
                rest = digits[0] * 10 + (digits[1] if len(digits) > 1 else 0)
            cm = metres * 100 + rest
        elif match["dec"] or match["tall_m"]:
            cm = round(float(match["dec"] or match["tall_m"]) * 100)
        else:
            number = parse(match["c"] or match["tall"] or match["high"])
            cm = int(number.value) if number else 0
        if 40 <= cm <= 230:
            found.append(
                entity("height", text, *match.span(), {"cm": cm} | ({"approx": True} if approx else {}))
            )
    return found


_KINDS = {
    "视力": "视力|盲人|双目失明|失明|眼睛(?:看不见|瞎)|瞎子",
    "听力": "听力|耳聋|聋哑|聋子|聋人",
    "言语": "言语|语言|哑巴",
    "肢体": "肢体|肢残|下肢|上肢",
    "智力": "智力|智残|智障|弱智",
    "精神": "精神",
    "多重": "多重",
}
_KIND = "|".join(f"(?:{words})" for words in _KINDS.values())
_LEVEL = r"[一二三四1234①②③④]"
_GRADE = re.compile(
    rf"(?<!伤)(?:(?P<k1>{_KIND})(?:类|方面)?(?:残疾|残)?(?:人|证)?(?:是|为|评的?|定的?|评定为|等级"
    rf"|上写的?)*[，, ]?(?P<l1>{_LEVEL})级"
    rf"|(?P<l2>{_LEVEL})级(?:的)?(?:(?P<k2>{_KIND})?残疾?(?!联)(?:人|证)?|(?P<k3>肢残|智残|聋哑))"
    rf"|(?<!伤)残疾?(?:人|证|等级|级别)?(?:上写的|上是|是|为|评的?|定的?|评了?|评定为"
    rf"|[:：])*(?P<l3>{_LEVEL})级"
    rf"|(?P<k4>{_KIND})(?:重度|中度|轻度)?(?:残疾|残)(?:人|证)?"
    rf"|(?P<severe>重度)(?P<k5>{_KIND})?残疾?(?:人|证)?(?:(?P<l4>{_LEVEL})级)?"
    rf"|^(?:是|就是|评的?)?(?P<l6>{_LEVEL})级(?:的)?[。吧]?$"
    r"|(?P<k7>盲人|双目失明|聋哑人?|哑巴|聋子|智障))"
)


def disabilities(text: str) -> list[Entity]:
    """Grades of disability: ``{"level": 1–4|None, "kind": 视力|…|None[, "severe"]}`` (GB/T 26341-2010)."""
    found = []
    for match in _GRADE.finditer(text):
        groups = match.groupdict()
        level = next((groups[k] for k in ("l1", "l2", "l3", "l4", "l6") if groups[k]), None)
        word = next((groups[k] for k in ("k1", "k2", "k3", "k4", "k5", "k7") if groups[k]), None)
        kind = next((name for name, words in _KINDS.items() if word and re.search(words, word)), None)
        value: dict[str, Any] = {
            "level": "一二三四1234①②③④".index(level) % 4 + 1 if level else None,
            "kind": kind,
        }
        if groups["severe"]:
            value["severe"] = True
        found.append(entity("disability", text, *match.span(), value))
    return found


_CHILD = (
    r"(?:细?伢(?:崽|儿|子)?|小?娃(?:娃|儿)?|小孩(?:子)?|孩子|儿子|女儿|儿女|崽|姑娘|女伢|男伢|小朋友"
    r"|未成年人|学生|毛毛|宝宝|孙子|孙女|孙伢|婴儿)"
)
_COUNT = re.compile(
    rf"(?<!番)(?P<n>(?:{NUMBER})|俩|仨)(?P<more>多|来)?(?:"
    rf"(?:个|名|位)?(?:小的?|未成年的?|上学的|读书的)?(?P<children>{_CHILD})"
    r"|(?P<people>口人|口(?=$|[，,。 了都]|之家)|个人|人(?!民|均|员|工|次|生|家|间|格|大|行|社|力|事"
    r"|才|品|们)|(?:个|位|名)(?:老人家?|人|残疾人|大人|劳动力|病人|老的)|(?<=[俩仨])(?:老人|人))"
    r"|(?P<weeks>个?(?:星期|礼拜)|周(?![一二三四五六日天岁]))"
    r"|(?P<days>天(?!气|津)|日(?=内|之内|以内))"
    r"|(?P<halfmonths>个半月)|(?P<months>个?月(?!份|初|底|薪|底|亮|\d)(?<=个月)|(?<=[俩仨])月)"
    r"|(?P<halfyears>年半)|(?P<years>年(?!级|代|龄|纪|前的?时候|轻|底|初|终|报|检|审|度|的?标准))"
    r"|(?P<times>(?<!番.)次(?!性|要)|趟|(?<!第)回(?!家|来|去|访|复|族|收|执|事)|遍)"
    r")"
)
_SPANS = frozenset({"days", "months", "years", "weeks", "halfmonths", "halfyears"})
_FEW = re.compile(
    r"(?P<two>两口子|老两口|两公婆|夫妻俩|夫妻两个|两夫妻|小两口|两爷孙|爷孙俩|娘俩|母子俩|母女俩"
    r"|父子俩|两娘母|婆孙俩|两姊妹|兄妹俩|姐弟俩|兄弟俩)"
    r"|(?P<one>(?:只有|就|剩|只剩)(?:下)?(?:我|他|她)?一个人|孤身一人|单身一人|(?:我|他|她)一个人)"
    r"|(?P<halfmonth>半个(?:多)?月)|(?<![上下])(?P<halfyear>半年(?:多(?!少))?)"
)


_LASTED = re.compile(r"(?:等|过|住|走|办|丢|停|满|超过|不到|才|快|近|差|失踪|结婚|有|了|拖|病|缺)了?$")
_LASTED_AFTER = re.compile(r"^(?:了(?!一)|多(?!少)|之?以?内|没(?![有得])|冇(?!得)|左右|期|都没)")


def _one_counts(text: str, start: int, end: int, of: str) -> bool:
    """Whether "one" is a count: 一个月 is mostly "per month", 一个老人 mostly "an old man"."""
    if of in ("days", "months", "years", "weeks", "times"):
        if of == "times":
            return True
        return bool(_LASTED.search(text[:start]) or _LASTED_AFTER.match(text[end:]))
    if of == "children":
        return not text[start:end].endswith("姑娘")
    if re.search(r"(?:钱|几多|多少|收|补|没|冇得|没有|没得|每)$", text[:start]):
        return False
    return of != "people" or text[start:end].endswith(("一个人", "1个人", "口人", "口"))


def counts(text: str) -> list[Entity]:
    """How many: ``{"n": number, "of": people|children|days|months|years|times[, "approx": true]}``.

    Weeks are given in days, half years in months, since the house has no other unit."""
    found = []

    def add(start: int, end: int, n: float, of: str, approx: bool) -> None:
        value: dict[str, Any] = {"n": whole(n), "of": of}
        found.append(entity("count", text, start, end, value | ({"approx": True} if approx else {})))

    for match in _COUNT.finditer(text):
        said = match["n"].replace("俩", "两").replace("仨", "三")
        number = parse(said)
        of = match.lastgroup
        before = text[max(0, match.start() - 1) : match.start()]
        if (
            number is None
            or of is None
            or before in ("第", "几", "好")
            or (before and before in "前头这那上下" and of in _SPANS)
            or (match.start() and before == ".")
        ):
            continue
        approx = number.approx or bool(match["more"])
        n = number.value
        if of == "years" and (
            n > 39
            and not re.search("[十百]", said)
            or (re.fullmatch("[一二三四五六七八九零〇]{2}", said) and not number.approx)
        ):
            continue  # 2026年, 98年, 九八年 are dates
        if of == "people" and text[match.start() : match.end()] == "一人":
            continue
        end = match.end()
        if n == 1 and not _one_counts(text, match.start(), end, of):
            continue
        if of in _SPANS and text[end : end + 1] == "多" and text[end + 1 : end + 2] != "少":
            end, approx = end + 1, True
        factor, unit = {
            "weeks": (7, "days"),
            "halfmonths": (1, "months"),
            "halfyears": (12, "months"),
        }.get(of, (1, of))
        n = n * factor + {"halfmonths": 0.5, "halfyears": 6}.get(of, 0)
        add(match.start(), end, n, unit, approx)
    for match in _FEW.finditer(text):
        more = "多" in match[0]
        if match["two"]:
            add(*match.span(), 2, "people", False)
        elif match["one"]:
            start = match.start() + match[0].index("一")
            add(start, match.end(), 1, "people", False)
        elif match["halfmonth"]:
            add(*match.span(), 15, "days", more)
        else:
            add(*match.span(), 6, "months", more)
    return found
