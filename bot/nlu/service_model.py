"""The intent model: nearest neighbours and one kernel regression over a dense and a sparse view of a message.

Plain numpy and scikit-learn, no Rasa: benchmarks and tests use it as the pipeline does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer

OUT_PREFIX = "other_"
ROWS = 1000
# An n-gram that more than one in so many phrases has is common.
COMMON = 50


@dataclass
class ServiceModel:
    """Scores intents for a message: its nearest examples, and a kernel ridge regression over both views.

    neighbours: how many of an intent's nearest examples vote. weight_near: of that vote against the regression.
    width: of the dense (Gaussian) kernel; weight_dense: of it against the sparse (linear) one.
    penalty: ridge strength. sharpness: of the softmax that turns scores into shares.
    """

    neighbours: int = 2
    weight_near: float = 2.0
    weight_dense: float = 1.0
    width: float = 2.0
    penalty: float = 0.15
    sharpness: float = 7.0
    labels: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    # Prepared text → intent, of the training phrases.
    known: dict[str, str] = field(default_factory=dict)

    def fit(self, vectors: np.ndarray, texts: Sequence[str], labels: Sequence[str]) -> ServiceModel:
        """vectors: (n, d) unit rows. texts: n strings with words parted by spaces. labels: n intents."""
        order = np.argsort(np.asarray(labels), kind="stable")
        texts = [texts[i] for i in order]
        self.labels, y = np.unique(np.asarray(labels)[order], return_inverse=True)
        self.labels = [str(label) for label in self.labels]
        counts = np.bincount(y)
        mean = vectors.mean(axis=0)
        dense = _unit(vectors[order] - mean)
        words = TfidfVectorizer(
            analyzer=_grams, sublinear_tf=True, min_df=min(2, len(texts)), dtype=np.float32
        )
        sparse = words.fit_transform(texts)
        targets = np.full((len(y), len(self.labels)), -1.0, dtype=np.float32)
        targets[np.arange(len(y)), y] = 1.0
        # Balance: a small service must not be swallowed by a big one.
        root = np.sqrt(np.sqrt(len(y) / (len(self.labels) * counts)))[y][:, None].astype(np.float32)
        system = self._system(dense, sparse, root)
        # Transposed it lies as LAPACK wants it, and nothing is copied; `solve` would also estimate a condition number,
        # which takes as long as the solution.
        factor = cho_factor(system.T, overwrite_a=True, check_finite=False)
        dual = cho_solve(factor, targets * root, check_finite=False) * root
        self.state = {
            "mean": mean.astype(np.float32),
            "dense": dense,
            "starts": np.concatenate([[0], np.cumsum(counts)[:-1]]),
            "counts": counts,
            "dual": (self.weight_dense * dual).astype(np.float32),
            "words": words,
            "primal": np.asarray(sparse.T @ dual).astype(np.float32),
        }
        return self

    def _system(self, dense: np.ndarray, sparse: Any, root: np.ndarray) -> np.ndarray:
        """The weighted kernel of both views with the penalty on its diagonal: (n, n) float32, lower half only."""
        # The upper half is never touched, so that of the 2.3 GB of 24,000 phrases the half takes no memory at all.
        system = np.empty((len(dense), len(dense)), dtype=np.float32)
        # The n-grams that nearly all phrases share are dense in fact, and as such multiplied in a third of the time.
        often = np.diff(sparse.tocsc().indptr) > len(dense) / COMMON
        common, rare = sparse[:, often].toarray(), sparse[:, ~often].tocsr()
        for start in range(0, len(dense), ROWS):
            rows, columns = slice(start, start + ROWS), slice(0, start + ROWS)
            block = self._bell(dense[rows] @ dense[columns].T)
            block *= self.weight_dense
            block += common[rows] @ common[columns].T
            block += (rare[rows] @ rare[columns].T).toarray()
            block *= root[rows]
            block *= root[columns].T
            system[rows, columns] = block
        system[np.diag_indices_from(system)] += self.penalty
        return system

    def _bell(self, similar: np.ndarray) -> np.ndarray:
        """The Gaussian kernel of unit vectors, from their cosines, which it overwrites."""
        similar = similar.astype(np.float32, copy=False)
        similar -= 1.0
        similar *= self.width
        return np.exp(similar, out=similar)

    def parts(self, vectors: np.ndarray, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Neighbour and regression scores, each (n, intents), about −1…1."""
        state = self.state
        similar = _unit(vectors - state["mean"]) @ state["dense"].T
        near = np.empty((len(similar), len(self.labels)), np.float32)
        for i, (start, count) in enumerate(zip(state["starts"], state["counts"], strict=True)):
            block = similar[:, start : start + count]
            k = min(self.neighbours, count)
            near[:, i] = np.partition(block, count - k, axis=1)[:, count - k :].mean(axis=1)
        regression = self._bell(similar) @ state["dual"] + state["words"].transform(texts) @ state["primal"]
        return near, np.asarray(regression)

    def scores(self, vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """(n, intents), higher is likelier."""
        near, regression = self.parts(vectors, texts)
        return self.weight_near * near + regression

    def shares(self, vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """(n, intents), rows sum to 1."""
        z = self.scores(vectors, texts) * self.sharpness
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)


def _unit(x: np.ndarray) -> np.ndarray:
    return (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _grams(text: str) -> list[str]:
    """Words (given parted by spaces) and the 1- to 3-grams of the characters, with the sentence's borders."""
    words = text.split()
    line = "^" + "".join(words) + "$"
    grams = [line[i : i + n] for n in (1, 2, 3) for i in range(len(line) - n + 1)]
    return grams + ["w:" + word for word in words]
