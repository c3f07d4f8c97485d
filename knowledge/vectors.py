"""The interface to a sentence encoder, which retrieval may be given and does without when it is not.
Vectors of texts that stay the same are kept, so that a changed card does not cost encoding all others again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from knowledge.searching import Vector

# Texts to one vector each: float32 of shape (len(texts), size), rows of length 1.
Encode = Callable[[list[str]], Vector]


class Keeping:
    """An encoder that remembers the vectors of the knowledge's own texts from one index to the next."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._kept: dict[str, Vector] = {}

    def __call__(self, texts: list[str]) -> Vector:
        """Vectors of a resident's words: not kept."""
        return np.asarray(self._encode(texts), dtype=np.float32)

    def whole(self, texts: list[str]) -> Vector:
        """Vectors of all texts of an index; what is not among them is forgotten."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._kept]
        fresh = dict(zip(missing, self(missing), strict=True)) if missing else {}
        self._kept = {
            text: fresh[text] if text in fresh else self._kept[text] for text in dict.fromkeys(texts)
        }
        return np.stack([self._kept[text] for text in texts])


def unit(vectors: Vector) -> Vector:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)
