"""BM25 over the statements with jieba: finds the statement that fits a sub-question of a resident.
Own small inverted index, because one service's statements are searched on every answer."""

from __future__ import annotations

import logging
import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba imports pkg_resources, which only warns about itself
    import jieba

jieba.setLogLevel(logging.WARNING)

K1, B = 1.4, 0.6
UNKNOWN = 1.0
_RUN = re.compile(r"\w+")


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """jieba words of ``text`` with their inner words, lower case, without punctuation."""
    runs = _RUN.findall(text.lower())
    return tuple(word for run in runs for word in jieba.cut_for_search(run, HMM=False))


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """Search tokens of ``text``: jieba words with their inner words, and pairs of neighbouring characters.

    The pairs find what jieba cuts differently in the question and in the statement (走了 in 人走了).
    """
    words = words_of(text)
    pairs = (run[start : start + 2] for run in _RUN.findall(text.lower()) for start in range(len(run) - 1))
    return (*words, *(pair for pair in pairs if pair not in words))


def teach(words: Iterable[str]) -> None:
    """Make jieba keep these words (aliases, keywords) whole."""
    for word in words:
        if 2 <= len(word) <= 8:
            jieba.add_word(word)


class Index:
    """An immutable BM25 index over ``{id: weighted text}``."""

    def __init__(self, entries: Mapping[str, str], stop_words: frozenset[str] = frozenset()) -> None:
        self.ids = list(entries)
        self._stop_words = stop_words
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths: list[int] = []
        for position, text in enumerate(entries.values()):
            counts = Counter(tokens(text))
            lengths.append(sum(counts.values()))
            for token, count in counts.items():
                self._postings[token].append((position, count))
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._norms = [K1 * (1 - B + B * length / mean) for length in lengths]

    def _idf(self, token: str) -> float:
        found = len(self._postings.get(token, ()))
        return math.log(1 + (len(self.ids) - found + 0.5) / (found + 0.5)) if found else 0.0

    def closeness(self, text: str) -> dict[str, float]:
        """How much ``text`` and each entry that shares a token are one question, 0..1 (1: the same words).

        The BM25 score against what the entry scores itself and what the text could score at most.
        """
        scores, best = self.scores(text)
        found = {}
        for key, score in scores.items():
            position = self._position[key]
            possible = best / (1 + self._norms[position])
            found[key] = min(1.0, score / math.sqrt(self._selves[position] * possible)) if score > 0 else 0.0
        return found

    @cached_property
    def _position(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.ids)}

    @cached_property
    def _selves(self) -> list[float]:
        """What each entry scores when it is itself the question (stop words count for nothing)."""
        totals = [0.0] * len(self.ids)
        for token, postings in self._postings.items():
            if token not in self._stop_words:
                idf = self._idf(token)
                for position, count in postings:
                    totals[position] += idf * count * (K1 + 1) / (count + self._norms[position])
        return totals

    def scores(self, text: str) -> tuple[dict[str, float], float]:
        """BM25 score of every entry that shares a token, and the best score ``text`` could have got."""
        totals: dict[int, float] = defaultdict(float)
        # A word that no entry has is part of the question too: it keeps the share of the others down.
        unknown = [word for word in set(words_of(text)) - self._stop_words if word not in self._postings]
        best = len(unknown) * UNKNOWN * math.log(2 * len(self.ids) + 2)
        for token in set(tokens(text)) - self._stop_words:
            idf = self._idf(token)
            best += idf * (K1 + 1)
            for position, count in self._postings.get(token, ()):
                totals[position] += idf * count * (K1 + 1) / (count + self._norms[position])
        return {self.ids[position]: score for position, score in totals.items()}, best
