"""What the networks and the word counts are given of a message."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.pinyin import to_characters
from bot.text.clean import clean, strip_politeness
from bot.text.identifiers import blank_tokens

LONGEST = 200
SHORTEST_CLAUSE = 5
_CLAUSE_BORDER = re.compile(r"[，,。；;？?！!\s]+|(?:另外|还有|顺便)")


def prepared(text: str) -> str:
    """The text that is encoded: cleaned, identifiers blanked, pinyin read, politeness stripped, a long story's two ends."""
    text = strip_politeness(to_characters(blank_tokens(clean(text))))
    if len(text) > LONGEST:
        # Residents put the point first or last; the encoder's time grows with the length.
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    return text


_SENTENCE_END = re.compile(r"(?<=[。！!；;？?])")


@lru_cache
def _asks() -> re.Pattern[str]:
    words = yaml.safe_load(Path(__file__).with_name("questions.yml").read_text(encoding="utf-8"))["asks"]
    return re.compile("|".join(words))


def point(text: str) -> str | None:
    """A story without the sentences before the first one that asks; None where there are none to leave out."""
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence]
    first = next((i for i, sentence in enumerate(sentences) if _asks().search(sentence)), 0)
    return "".join(sentences[first:]) if first else None


def questions(text: str) -> list[str]:
    """The parts of a message that may each be a question of their own; [] where there is only one part.

    text: prepared. What a story tells (我女在武汉有房子) is no question, whatever service it would fit.
    """
    return [part for part in clauses(text) if _asks().search(part)]


def clauses(text: str) -> list[str]:
    """The last parts of a message; [] where there is only one.

    text: prepared. Parts of fewer than SHORTEST_CLAUSE characters join the one before.
    """
    parts: list[str] = []
    for part in _CLAUSE_BORDER.split(text):
        if parts and len(part) < SHORTEST_CLAUSE:
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts[-3:] if len(parts) > 1 else []
