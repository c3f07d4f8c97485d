"""Names of those who come to a registration: told at once, one after the other, or in passing.

A lone word is taken for a name only when it begins with a family name (names.yml), so that 等一下 is none.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from actions.fields import NO, SKIP_WORDS, YES, Problem, Reading
from actions.reading import CHANGE, CORRECT
from actions.turn import Turn

_DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
HAN = "[一-鿿]"
NAME = re.compile(rf"{HAN}{{2,4}}|{HAN}{{1,8}}(?:·{HAN}{{1,8}})+")
BETWEEN = re.compile(r"[、，,。.：:；;/\s]+")
BEFORE = re.compile(
    r"^(?:我们|我|她|他|男方|女方|男|女|对象|老公|老婆|爱人|另一个|另外一个|还有|名字|姓名|分别|是|叫|的)+"
)
NOT_NAMES = re.compile(r"^(?:谢谢|多谢|你好|您好|再见|麻烦|请问)")
# Where a name would have begun with a family name.
NO_NAME = re.compile(r"^(?:等|稍|随便|还没|不|再|怎|在)")
# 江西人, 黄冈的: where somebody is from.
FROM_SOMEWHERE = ("人", "的", "籍", "市", "县", "省")
FAMILY = f"(?!{_DATA['not_names']})(?:" + "|".join([*_DATA["compounds"], f"[{_DATA['surnames']}]"]) + ")"
LIKELY = re.compile(rf"{FAMILY}{HAN}{{1,2}}|{HAN}{{1,8}}(?:·{HAN}{{1,8}})+")
END = rf"(?=$|[、，,。.；;！!\s]|{_DATA['after']})"
# As short as may be: in "我叫张三想预约" the name ends before 想.
MARKED = re.compile(rf"(?:{_DATA['marks']})({FAMILY}{HAN}{{1,2}}?){END}")
PAIR = re.compile(rf"(?:^|[，,。\s])({FAMILY}{HAN}{{1,2}}?)[和跟与、]({FAMILY}{HAN}{{1,2}}?){END}")


def wanted(slots: dict[str, Any]) -> int:
    """How many people come: two marry or divorce, one may ask for a certificate anew."""
    return 1 if slots.get("book_service") == "certificate_reissue" else 2


def enough(names: list[str], slots: dict[str, Any]) -> bool:
    """Whether these are the names of all who come."""
    return len(names) >= wanted(slots)


def read_names(turn: Turn, slots: dict[str, Any]) -> Reading:
    """The names said, after those known; fewer than wanted are kept and the other is asked for."""
    words = turn.words
    if any(pattern.match(words) for pattern in (YES, NO, SKIP_WORDS, CORRECT, CHANGE, NOT_NAMES)):
        return None
    known: list[str] = slots.get("book_names") or []
    count = wanted(slots)
    parts = [BEFORE.sub("", part) for part in BETWEEN.split(words)]
    names = [part for part in parts if NAME.fullmatch(part)]
    if len(names) < count - len(known):
        # Only now at 和: it stands in many a name (和平).
        split = [BEFORE.sub("", name) for part in parts for name in re.split("[和与跟]", part)]
        names = [name for name in split if NAME.fullmatch(name)] or names
    if len(names) < count:
        names = [name for name in names if count == 1 or LIKELY.fullmatch(name)]
    fresh = [name for name in names if name not in known]
    # A family name is the only sign that 等一下，我问问他 is not two people.
    alone = count == len(names) == 1 and not turn.is_question and not NO_NAME.match(words)
    if not any(LIKELY.fullmatch(name) for name in names) and not alone:
        fresh = []
    if len(fresh) >= count:
        # All are said now: what was heard in passing before may have been a place.
        return fresh[:count]
    if fresh:
        return [*known, *fresh][:2]
    return Problem("problem.one_name" if count == 1 else "problem.two_names")


def names_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Names told in passing, with a word that marks them or as a pair: 我叫张三，对象叫李四."""
    said = [*(name for pair in PAIR.findall(turn.words) for name in pair), *MARKED.findall(turn.words)]
    found = [name for name in said if not name.endswith(FROM_SOMEWHERE)]
    names = list(dict.fromkeys([*(slots.get("book_names") or []), *found]))
    return names[:2] if found else None
