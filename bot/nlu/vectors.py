"""Vectors by text, kept: the interface to a sentence encoder, and what saves it work. No Rasa here."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

REMEMBERED = 5000
AT_ONCE = 1024


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    name: str
    size: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), size), rows of length 1."""
        ...


class Cache:
    """Vectors by text: a bounded one in memory, and for training one on disk."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self.encoder = encoder
        self._memory: OrderedDict[str, np.ndarray] = OrderedDict()
        self._file = folder / f"{encoder.name}.npz" if folder else None

    def one(self, text: str) -> np.ndarray:
        """The vector of one text, shape (size,)."""
        if text in self._memory:
            self._memory.move_to_end(text)
            return self._memory[text]
        vector = self.encoder.encode([text])[0]
        self._memory[text] = vector
        if len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        return vector

    def many(self, texts: Sequence[str]) -> np.ndarray:
        """The vectors of training texts, shape (n, size); new ones are encoded and kept on disk."""
        known = self._read()
        keys = [hashlib.sha1(text.encode()).hexdigest() for text in texts]
        missing = [i for i, key in enumerate(keys) if key not in known]
        for start in range(0, len(missing), AT_ONCE):
            part = missing[start : start + AT_ONCE]
            for i, vector in zip(part, self.encoder.encode([texts[i] for i in part]), strict=True):
                known[keys[i]] = vector
            print(f"encoded {min(start + AT_ONCE, len(missing))}/{len(missing)}", flush=True)
        if missing:
            self._write(known)
        return np.stack([known[key] for key in keys])

    def _read(self) -> dict[str, np.ndarray]:
        if self._file is None or not self._file.exists():
            return {}
        with np.load(self._file) as data:
            return dict(zip(data["keys"].tolist(), data["vectors"].astype(np.float32), strict=True))

    def _write(self, known: dict[str, np.ndarray]) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}.npz")
        np.savez(draft, keys=np.array(list(known)), vectors=np.stack(list(known.values())).astype(np.float16))
        draft.replace(self._file)
