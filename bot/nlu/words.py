"""Words of a prepared message, by jieba with the civil-affairs dictionary: the sparse half of the classifier."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jieba

DICTIONARY = Path(__file__).resolve().parents[2] / "nlu_data" / "jieba" / "userdict.txt"


@lru_cache
def _tokenizer() -> jieba.Tokenizer:
    """A tokenizer of our own, so that nobody else's dictionary changes what the model was trained on."""
    tokenizer = jieba.Tokenizer()
    tokenizer.load_userdict(str(DICTIONARY))
    return tokenizer


def spaced(text: str) -> str:
    """The words of `text`, parted by spaces."""
    return " ".join(word for word in _tokenizer().cut(text) if word.strip())


def own_words() -> list[str]:
    """The words of our dictionary."""
    lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def everyday_words() -> dict[str, int]:
    """How often jieba's dictionary has counted each word."""
    tokenizer = _tokenizer()
    tokenizer.initialize()
    return {word: count for word, count in tokenizer.FREQ.items() if count}
