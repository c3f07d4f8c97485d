"""What residents do to a sentence: typed wrong, cut short, dictated, wrapped in courtesy or in a story.

Only for teaching; benchmarks/perturbations.py has words of its own, so that it measures what was not practised.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import jieba
import yaml
from pypinyin import lazy_pinyin

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORDS = yaml.safe_load(Path(__file__).with_name("noise.yml").read_text(encoding="utf-8"))
# How a southern ear and thumb merge sounds.
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))


@lru_cache
def _sounds() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The sound of each common character (GB 2312, first level), and the characters of each sound."""
    common = "".join(
        bytes([high, low]).decode("gb2312", "ignore")
        for high in range(0xB0, 0xD8)
        for low in range(0xA1, 0xFF)
    )
    sound_of, alike = {}, defaultdict(list)
    for char in common:
        sound = lazy_pinyin(char)[0]
        for written, heard in _MERGED:
            sound = sound.replace(written, heard)
        sound = "l" + sound[1:] if sound.startswith("n") else sound
        sound_of[char] = sound
        alike[sound].append(char)
    return sound_of, alike


def _typo(text: str, chance: random.Random) -> str:
    sound_of, alike = _sounds()
    places = [i for i, char in enumerate(text) if char in sound_of]
    if len(places) < 3:
        return text
    for i in chance.sample(places, 1 if len(places) < 14 else 2):
        others = [char for char in alike[sound_of[text[i]]] if char != text[i]] or [text[i]]
        text = text[:i] + chance.choice(others) + text[i + 1 :]
    return text


def _drop(text: str, chance: random.Random) -> str:
    places = [i for i, char in enumerate(text) if _HAN.match(char)]
    if len(places) < 6:
        return text
    lost = set(chance.sample(places, 1 + len(text) // 25))
    return "".join(char for i, char in enumerate(text) if i not in lost)


def _swap(text: str, chance: random.Random) -> str:
    places = [i for i in range(len(text) - 1) if _HAN.match(text[i]) and _HAN.match(text[i + 1])]
    if len(places) < 6:
        return text
    i = chance.choice(places)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def _frame(text: str, chance: random.Random) -> str:
    before, after = chance.choice(_WORDS["frames"])
    return before + text + after


def _story(text: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.75:
        before = [chance.choice(_WORDS["stories"]) for _ in range(1 if kind < 0.6 else 2)]
        return "".join(before) + text
    return text + chance.choice(_WORDS["tails"])


def _run_on(text: str, chance: random.Random) -> str:
    return re.sub(r"[^\w]+", "", text) or text


def _pinyin(text: str, chance: random.Random) -> str:
    words = [w for w in jieba.lcut(text) if len(w) >= 2 and all(_HAN.match(char) for char in w)]
    if not words:
        return text
    word = chance.choice(words)
    return text.replace(word, "".join(lazy_pinyin(word)), 1)


_KINDS = (
    (_typo, 0.10),
    (_drop, 0.08),
    (_frame, 0.06),
    (_story, 0.14),
    (_run_on, 0.06),
    (_pinyin, 0.04),
    (_swap, 0.02),
)


def noisy(text: str, chance: random.Random) -> str:
    """`text` as somebody might have sent it; most often as it is."""
    for kind, share in _KINDS:
        if chance.random() < share:
            text = kind(text, chance)
    return text
