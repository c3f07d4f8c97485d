"""The kinds of noise: each turns a question into what the same resident might have sent instead.

Every one is a function of the text alone (its chance is seeded by the text), so a copy is the same in every run.
A text that a noise cannot touch comes back as it is. Words are data: perturb.yml.
"""

from __future__ import annotations

import random
import re
import unicodedata
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jieba
import yaml
import zhconv
from pypinyin import lazy_pinyin

_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
# Shorter than this, a lost character is a lost meaning, for a clerk too.
SHORTEST_TO_LOSE = 6
EACH_LOST = 25


@lru_cache
def _words() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("perturb.yml").read_text(encoding="utf-8"))


def _chance(text: str, kind: str) -> random.Random:
    return random.Random(zlib.crc32(f"{kind}:{text}".encode()))


def traditional(text: str) -> str:
    """In traditional script, as a phone set to it writes."""
    return zhconv.convert(text, "zh-hant")


def typos(text: str) -> str:
    """One wrong word of the table (same sound or same shape), else one wrong character of it."""
    chance = _chance(text, "typos")
    for table in (_words()["wrong_words"], _words()["wrong_characters"]):
        if found := [right for right in table if right in text]:
            right = chance.choice(sorted(found, key=len)[-3:])
            return text.replace(right, chance.choice(table[right]), 1)
    return text


def missing(text: str) -> str:
    """Without one Chinese character, and one more for every 25."""
    if len(text) < SHORTEST_TO_LOSE:
        return text
    places = [i for i, char in enumerate(text) if _HAN.match(char)]
    lost = set(_chance(text, "missing").sample(places, min(len(places), 1 + len(text) // EACH_LOST)))
    return "".join(char for i, char in enumerate(text) if i not in lost)


def polite(text: str) -> str:
    """Between a greeting and a thanks."""
    opening, closing = _chance(text, "polite").choice(_words()["frames"])
    return f"{opening}{text}{closing}"


def story(text: str) -> str:
    """Behind two sentences of somebody's life that ask nothing."""
    return _chance(text, "story").choice(_words()["stories"]) + text


def pinyin(text: str) -> str:
    """With its key word in pinyin: a word of ours if there is one, else the longest word."""
    ours = [word for word in _words()["key_words"] if word in text]
    others = [word for word in jieba.lcut(text) if _HAN_WORD.fullmatch(word)]
    if not ours and not others:
        return text
    word = max(ours or others, key=len)
    return text.replace(word, "".join(lazy_pinyin(word)), 1)


def full_width(text: str) -> str:
    """With full-width digits."""
    return text.translate(_FULL_WIDTH)


def run_on(text: str) -> str:
    """Without any sign or space, as dictation gives it."""
    return "".join(char for char in text if unicodedata.category(char)[0] not in "PZS") or text


KINDS: dict[str, Callable[[str], str]] = {
    "traditional": traditional,
    "typos": typos,
    "missing": missing,
    "polite": polite,
    "story": story,
    "pinyin": pinyin,
    "full_width": full_width,
    "run_on": run_on,
}
