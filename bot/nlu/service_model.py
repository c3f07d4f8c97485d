"""The intent model: nearest neighbours and two linear models over one dense and one sparse view of a message.

Plain numpy and scikit-learn, no Rasa: benchmarks and tests use it as the pipeline does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve
from sklearn.feature_extraction.text import TfidfVectorizer

OUT_PREFIX = "other_"


@dataclass
class ServiceModel:
    """Scores intents for a message.

    neighbours: how many of an intent's nearest examples vote. weights: of neighbours, dense and sparse linear
    scores. sharpness: of the softmax that turns scores into shares. penalty_*: ridge strength.
    """

    neighbours: int = 2
    weight_near: float = 1.0
    weight_dense: float = 0.3
    weight_sparse: float = 0.3
    sharpness: float = 12.0
    penalty_dense: float = 2.0
    penalty_sparse: float = 2.0
    labels: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    def fit(self, vectors: np.ndarray, texts: Sequence[str], labels: Sequence[str]) -> ServiceModel:
        """vectors: (n, d) unit rows. texts: n strings with words parted by spaces. labels: n intents."""
        self.labels = sorted(set(labels))
        index = {label: i for i, label in enumerate(self.labels)}
        y = np.array([index[label] for label in labels])
        mean = vectors.mean(axis=0)
        near = _unit(vectors - mean)
        order = np.argsort(y, kind="stable")
        targets = np.full((len(y), len(self.labels)), -1.0, dtype=np.float32)
        targets[np.arange(len(y)), y] = 1.0
        # Balance: a small service must not be swallowed by a big one.
        share = np.sqrt(len(y) / (len(self.labels) * np.bincount(y)))[y]
        dense = _ridge(
            np.hstack([near, np.ones((len(y), 1), np.float32)]), targets, share, self.penalty_dense
        )
        words = TfidfVectorizer(analyzer=_grams, sublinear_tf=True, min_df=2, dtype=np.float32)
        sparse = words.fit_transform(texts)
        self.state = {
            "mean": mean.astype(np.float32),
            "near": near[order].astype(np.float32),
            "starts": np.searchsorted(y[order], np.arange(len(self.labels))),
            "counts": np.bincount(y, minlength=len(self.labels)),
            "dense": dense,
            "words": words,
            "sparse": _sparse_ridge(sparse, targets, share, self.penalty_sparse),
        }
        return self

    def parts(self, vectors: np.ndarray, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Neighbour, dense and sparse scores, each (n, intents), about −1…1."""
        state = self.state
        q = _unit(vectors - state["mean"])
        similar = q @ state["near"].T
        near = np.empty((len(q), len(self.labels)), np.float32)
        for i, (start, count) in enumerate(zip(state["starts"], state["counts"], strict=True)):
            block = similar[:, start : start + count]
            k = min(self.neighbours, count)
            near[:, i] = np.partition(block, count - k, axis=1)[:, count - k :].mean(axis=1)
        dense = q @ state["dense"][:-1] + state["dense"][-1]
        sparse = state["words"].transform(texts) @ state["sparse"]
        return near, dense, np.asarray(sparse)

    def scores(self, vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """(n, intents), higher is likelier."""
        near, dense, sparse = self.parts(vectors, texts)
        return self.weight_near * near + self.weight_dense * dense + self.weight_sparse * sparse

    def shares(self, vectors: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """(n, intents), rows sum to 1."""
        z = self.scores(vectors, texts) * self.sharpness
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)


def _unit(x: np.ndarray) -> np.ndarray:
    return (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _ridge(x: np.ndarray, targets: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """Weighted ridge regression in closed form: (features, intents)."""
    xw = x * weights[:, None].astype(np.float32)
    gram = (xw.T @ x).astype(np.float64) + penalty * np.eye(x.shape[1])
    return np.linalg.solve(gram, (xw.T @ targets).astype(np.float64)).astype(np.float32)


def _sparse_ridge(x: sp.csr_matrix, targets: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """The same in the dual, because there are fewer examples than n-grams: (features, intents)."""
    root = np.sqrt(weights)[:, None]
    kernel = (x @ x.T).toarray().astype(np.float32)
    kernel = kernel * root * root.T
    kernel[np.diag_indices_from(kernel)] += penalty
    alpha = solve(
        kernel, (targets * root).astype(np.float32), assume_a="pos", overwrite_a=True, check_finite=False
    )
    return np.asarray(x.T @ (alpha * root)).astype(np.float32)


def _grams(text: str) -> list[str]:
    """Words (given parted by spaces) and the 1- to 3-grams of the characters, with the sentence's borders."""
    words = text.split()
    line = "^" + "".join(words) + "$"
    grams = [line[i : i + n] for n in (1, 2, 3) for i in range(len(line) - n + 1)]
    return grams + ["w:" + word for word in words]
