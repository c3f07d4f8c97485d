"""Plain BM25 (Okapi, k1 1.5, b 0.75), the peer of benchmarks/retrieval.py."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

K1, B = 1.5, 0.75


class Bm25:
    """An inverted index over texts given as words."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._size = len(texts)
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, words in enumerate(texts):
            for word, count in Counter(words).items():
                self._postings[word].append((at, count))
        mean = sum(map(len, texts)) / max(1, self._size)
        self._norms = [K1 * (1 - B + B * len(words) / mean) for words in texts]

    def scores(self, words: Sequence[str]) -> dict[int, float]:
        """Score by position of every text that shares a word."""
        totals: dict[int, float] = defaultdict(float)
        for word in set(words):
            postings = self._postings.get(word, ())
            idf = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for at, count in postings:
                totals[at] += idf * count * (K1 + 1) / (count + self._norms[at])
        return totals
