"""Pinyin back to characters: `dibao zenme ban` becomes 低保怎么办 before anything else reads the message.

Elderly residents who cannot find a character type its sound. Words of our own dictionary win over everyday ones,
and everyday ones by how often they are used (jieba's dictionary); what is no whole chain of known words stays.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pypinyin import lazy_pinyin

from bot.nlu.words import everyday_words, own_words

# Below this an everyday word is rarer than the English words and names that happen to spell it.
COMMON = 150
OWN_BONUS = 6.0
SHORTEST = 4
# A chain of many short words is a name or English, not pinyin (online → ou nei ...).
LEAST_A_WORD = 3.0
_LATIN = re.compile(r"[a-z]+(?:[ '][a-z]+)*", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]{1,5}")
# Single syllables are too many words each; these stand between longer ones and mean one thing there.
_PARTICLES = {
    "de": "的",
    "le": "了",
    "ma": "吗",
    "wo": "我",
    "ni": "你",
    "yao": "要",
    "ban": "办",
    "bu": "不",
    "you": "有",
}


@lru_cache
def _table() -> dict[str, tuple[str, float]]:
    """Spelling → (word, its cost): a smaller cost is a likelier word."""
    everyday = {word: n for word, n in everyday_words().items() if n >= COMMON}
    most = math.log(max(everyday.values(), default=1)) + OWN_BONUS + 1
    costs = {word: most - math.log(n) for word, n in everyday.items()}
    costs |= {word: min(costs.get(word, most), most) - OWN_BONUS for word in own_words()}
    table: dict[str, tuple[str, float]] = {}
    for word, cost in costs.items():
        if len(word) < 2 or not _HAN.fullmatch(word):
            continue
        spelling = "".join(lazy_pinyin(word))
        if spelling not in table or cost < table[spelling][1]:
            table[spelling] = (word, cost)
    particles = {spelling: (word, most - OWN_BONUS / 2) for spelling, word in _PARTICLES.items()}
    return table | particles


def to_characters(text: str) -> str:
    """`text` with its pinyin words as characters; anything else Latin (WiFi, app, QQ) stays as typed."""
    return _LATIN.sub(lambda found: _chain(found.group()), text) if _LATIN.search(text) else text


def _chain(latin: str) -> str:
    spelling = re.sub(r"[ ']", "", latin.lower())
    if len(spelling) < SHORTEST:
        return latin
    table = _table()
    # Cheapest way to cut the letters into known words: (cost, words) up to each letter.
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(spelling)
    for start in range(len(spelling)):
        here = best[start]
        if here is None:
            continue
        for end in range(start + 2, min(len(spelling), start + 24) + 1):
            if found := table.get(spelling[start:end]):
                cost = here[0] + found[1]
                there = best[end]
                if there is None or cost < there[0]:
                    best[end] = (cost, (*here[1], found[0]))
    whole = best[-1]
    if whole is None or len(spelling) / len(whole[1]) < LEAST_A_WORD:
        return latin
    return "".join(whole[1])
