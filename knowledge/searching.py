"""Words of residents made comparable: features of a text, and an index of texts by TF-IDF and cosine.
Features are jieba words, runs of one to three characters and the meanings of thesaurus.yml."""

from __future__ import annotations

import logging
import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba imports pkg_resources, which only warns about itself
    import jieba

jieba.setLogLevel(logging.WARNING)

Vector = npt.NDArray[np.float32]
LONGEST_RUN = 3
# What a feature of each kind is worth: a word or a meaning says more than a run of characters, a run of two more
# than one character, which finds 伢 or 墓 but also chance.
WORD, MEANING = "w", "m"
WORTH = {WORD: 1.0, MEANING: 1.0, "1": 0.35, "2": 0.7, "3": 0.6}
BM25_KINDS, K1, B = "wm2", 1.5, 0.75
_RUN = re.compile(r"\w+")


@lru_cache(maxsize=50_000)
def words_of(text: str) -> tuple[str, ...]:
    """jieba words of ``text`` with their inner words, lower case, without punctuation."""
    runs = _RUN.findall(text.lower())
    return tuple(word for run in runs for word in jieba.cut_for_search(run, HMM=False))


class Reader:
    """Turns a text into features. ``stop_words`` count for nothing; ``meanings`` are groups of synonyms."""

    def __init__(
        self, stop_words: frozenset[str] = frozenset(), meanings: Sequence[Sequence[str]] = ()
    ) -> None:
        self._stop_words = stop_words
        self._meanings: dict[str, list[str]] = defaultdict(list)
        for number, group in enumerate(meanings):
            for word in group:
                self._meanings[word].append(f"{MEANING}{number}")
        longest_first = sorted(map(re.escape, self._meanings), key=len, reverse=True)
        self._synonym = re.compile("|".join(longest_first)) if longest_first else None

    def read(self, text: str) -> Counter[str]:
        """How often each feature of ``text`` occurs."""
        text = text.lower()
        found = Counter(WORD + word for word in words_of(text) if word not in self._stop_words)
        for run in _RUN.findall(text):
            for length in range(1, LONGEST_RUN + 1):
                for start in range(len(run) - length + 1):
                    piece = run[start : start + length]
                    if piece not in self._stop_words:
                        found[f"{length}{piece}"] += 1
        found.update(self._meant(text))
        return found

    def _meant(self, text: str) -> Iterable[str]:
        """Meanings of the synonyms in ``text``; of two that overlap, one inside the other counts as part of it."""
        end = 0
        for start in range(len(text)) if self._synonym else ():
            match = self._synonym.match(text, start)  # type: ignore[union-attr]
            if match and match.end() > end:
                end = match.end()
                yield from self._meanings[match[0]]


class _Postings:
    """Which entries hold which feature, and with what weight, kept feature by feature."""

    def __init__(self, entries: Mapping[str, Mapping[str, int]], kinds: str) -> None:
        self.ids = list(entries)
        self.column: dict[str, int] = {}
        rows, columns, counts = [], [], []
        for row, features in enumerate(entries.values()):
            for feature, count in features.items():
                if feature[0] in kinds:
                    rows.append(row)
                    columns.append(self.column.setdefault(feature, len(self.column)))
                    counts.append(count)
        self.row_of, self.column_of = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        self.counts = np.asarray(counts, dtype=np.float64)
        self.held_by = np.bincount(self.column_of, minlength=len(self.column))
        self._starts = np.concatenate([[0], np.cumsum(self.held_by)])
        self._order = np.argsort(self.column_of, kind="stable")

    def weigh(self, weights: npt.NDArray[np.float64]) -> None:
        """Set the weight of each feature in each entry, in the order in which they were given."""
        self._rows, self._weights = self.row_of[self._order], weights[self._order]

    def total(self, asked: Mapping[int, float]) -> npt.NDArray[np.float64]:
        """Sum over ``asked`` (column → weight) of the weights of each entry, shape (entries,)."""
        spans = [(slice(self._starts[at], self._starts[at + 1]), weight) for at, weight in asked.items()]
        if not spans:
            return np.zeros(len(self.ids))
        rows = np.concatenate([self._rows[span] for span, _ in spans])
        weights = np.concatenate([self._weights[span] * weight for span, weight in spans])
        return np.bincount(rows, weights=weights, minlength=len(self.ids)).astype(np.float64)


class Index:
    """An immutable index over ``{id: features}`` by TF-IDF and cosine: is it the same text?"""

    def __init__(self, entries: Mapping[str, Mapping[str, int]]) -> None:
        self._postings = postings = _Postings(entries, "".join(WORTH))
        self.ids = postings.ids
        size = len(self.ids)
        worth = np.asarray([WORTH[feature[0]] for feature in postings.column], dtype=np.float64)
        self._idf = worth * np.log((size + 1) / (postings.held_by + 0.5))
        self._unknown = math.log((size + 1) / 0.5)
        weights = (1 + np.log(postings.counts)) * self._idf[postings.column_of]
        lengths = np.sqrt(np.bincount(postings.row_of, weights=weights**2, minlength=size))
        postings.weigh(weights / np.where(lengths > 0, lengths, 1.0)[postings.row_of])

    def likeness(self, features: Mapping[str, int]) -> Vector:
        """Cosine of ``features`` with each entry, shape (entries,), 0..1."""
        length, asked = 0.0, {}
        for feature, count in features.items():
            column = self._postings.column.get(feature)
            # What no entry has is part of the question too: it keeps the likeness of all entries down.
            idf = self._unknown * WORTH[feature[0]] if column is None else float(self._idf[column])
            weight = (1 + math.log(count)) * idf
            length += weight**2
            if column is not None:
                asked[column] = weight
        return (self._postings.total(asked) / math.sqrt(length or 1.0)).astype(np.float32)


class WordIndex:
    """An immutable index over ``{id: features}`` by BM25 over words, meanings and pairs of characters: does it hold
    what is asked, whatever else it says?"""

    def __init__(self, entries: Mapping[str, Mapping[str, int]]) -> None:
        self._postings = postings = _Postings(entries, BM25_KINDS)
        self.ids = postings.ids
        lengths = np.bincount(postings.row_of, weights=postings.counts, minlength=len(self.ids))
        norms = K1 * (1 - B + B * lengths / (lengths.mean() or 1.0))
        held_by = postings.held_by
        self._idf = np.log(1 + (len(self.ids) - held_by + 0.5) / (held_by + 0.5))
        self._unknown = math.log(2 * len(self.ids) + 2)
        weights = postings.counts * (K1 + 1) / (postings.counts + norms[postings.row_of])
        postings.weigh(weights * self._idf[postings.column_of])

    def share(self, features: Mapping[str, int]) -> Vector:
        """Score of each entry as a part of the best score that ``features`` could get, shape (entries,), 0..1."""
        best, asked = 0.0, {}
        for feature in features:
            if feature[0] in BM25_KINDS:
                column = self._postings.column.get(feature)
                best += (K1 + 1) * (self._unknown if column is None else float(self._idf[column]))
                if column is not None:
                    asked[column] = 1.0
        return (self._postings.total(asked) / (best or 1.0)).astype(np.float32)
