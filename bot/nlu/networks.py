"""The networks, in onnxruntime, 8 bit: the sentence encoder, the student taught on our phrases, the guard taught on danger.

All are multilingual-e5-small (MIT) with a vocabulary cut to Chinese; `bot/nlu/teach` makes their files. No Rasa here:
the gateway and the knowledge search may use them too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import sentencepiece

FOLDER = Path(__file__).parent / "weights"
# Pieces of a message that are read; of a longer one the two ends, where residents put the point.
LONGEST = 120
PAD, BEGIN, END = 0, 2, 3
BATCH = 16


class Network:
    """A network from texts to rows of float32; `columns` is the length of a row; `threads` share many texts."""

    def __init__(self, file: str, columns: int, threads: int = 1, folder: Path = FOLDER) -> None:
        """Raises RuntimeError for other weights than those that were measured."""
        checked = card(folder)["sha256"]
        weights, pieces = (folder / file).read_bytes(), (folder / "pieces.model").read_bytes()
        for name, content in ((file, weights), ("pieces.model", pieces)):
            if hashlib.sha256(content).hexdigest() != checked[name]:
                raise RuntimeError(f"{name} is not the file that was measured: see docs/understanding.md")
        self.name, self.columns = f"{file}-{checked[file][:12]}", columns
        options = onnxruntime.SessionOptions()
        # Two batches side by side on two cores take 0.7 of the time of two cores on one batch after the other.
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        self._threads = threads
        # A core that spins between two messages is a core that the rest of the assistant lacks.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._pieces = sentencepiece.SentencePieceProcessor(model_proto=pieces)

    def run(self, texts: Sequence[str]) -> np.ndarray:
        """Shape (len(texts), columns). texts: prepared (bot/nlu/prepare.py)."""
        result = np.zeros((len(texts), self.columns), np.float32)
        rows = [numbers(self._pieces, text) for text in texts]
        # Rows of one length share a run: padding is work for nothing.
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))

        def run_batch(start: int) -> None:
            part = order[start : start + BATCH]
            ids = np.full((len(part), max(len(rows[i]) for i in part)), PAD, np.int64)
            for line, i in enumerate(part):
                ids[line, : len(rows[i])] = rows[i]
            result[part] = self._session.run(None, {"ids": ids})[0]

        starts = range(0, len(order), BATCH)
        if len(starts) == 1 or self._threads == 1:
            for start in starts:
                run_batch(start)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run_batch, starts))
        return result


def numbers(pieces: sentencepiece.SentencePieceProcessor, text: str) -> list[int]:
    """A prepared text as the networks read it."""
    ids = pieces.encode(text)
    if len(ids) > LONGEST:
        ids = ids[: LONGEST // 2] + ids[-LONGEST // 2 :]
    return [BEGIN, *ids, END]


class E5:
    """multilingual-e5-small as it is: unit vectors of 384 numbers, near each other where texts mean the same."""

    size = 384

    def __init__(self, threads: int = 1) -> None:
        self._network = Network("e5.onnx", self.size, threads)
        self.name = self._network.name

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), 384), rows of length 1."""
        return self._network.run(texts)


class Student:
    """The encoder taught on our phrases: log-probabilities of `intents`, those it was taught, in their order."""

    def __init__(self, threads: int = 1) -> None:
        self.intents: list[str] = card()["intents"]
        self._network = Network("student.onnx", len(self.intents), threads)

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), len(intents)), natural logarithms."""
        return self._network.run(texts)


class Guard:
    """The encoder taught on labelled messages to tell present danger from harmless ones that look alike."""

    def __init__(self, threads: int = 1) -> None:
        self._network = Network("guard.onnx", 2, threads)
        self.name = self._network.name

    def score(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts),): log-odds that a cleaned text (bot/text/clean.py) shows danger."""
        shares = self._network.run(texts)
        return shares[:, 1] - shares[:, 0]


def card(folder: Path = FOLDER) -> dict[str, Any]:
    """What is known of the files: `sha256` of each, `intents` of the student."""
    return json.loads((folder / "card.json").read_text(encoding="utf-8"))
