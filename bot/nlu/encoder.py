"""The sentence encoder behind a small interface, and the Rasa featurizer that puts its vectors on messages.

Another encoder takes its place by another `Encoder` class; one encoding a message, cached, serves all components.
"""

from __future__ import annotations

import hashlib
import os
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

from bot.nlu.networks import E5
from bot.nlu.prepare import prepared
from bot.nlu.student import STUDENT

ROOT = Path(__file__).resolve().parents[2]
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


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds one dense sentence feature, shape (1, 384), to each message that the student is not sure of.

    Config: `threads` of one message; training takes all cores.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings and their defaults."""
        return {**DenseFeaturizer.get_default_config(), "threads": 1}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._config = config
        self._cache = Cache(E5(config["threads"]), ROOT / ".cache" / "embeddings")

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
        # Its own encoder: of a thread a core, and gone when it is done.
        cache = Cache(E5(os.cpu_count() or 1), ROOT / ".cache" / "embeddings")
        vectors = cache.many([prepared(m.get(TEXT)) for m in examples])
        for message, vector in zip(examples, vectors, strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode what residents say, where it is needed."""
        for message in messages:
            opinion = message.get(STUDENT)
            if (text := message.get(TEXT)) and not (opinion and opinion.sure):
                self._add(message, self._cache.one(prepared(text)))
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
