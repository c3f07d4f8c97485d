"""The Rasa featurizer that puts sentence vectors on messages; one encoding a message, cached, serves all components.

Another encoder takes the place of this one by another class of the `Encoder` interface (vectors.py).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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
from bot.nlu.student import READ, STUDENT
from bot.nlu.vectors import Cache

ROOT = Path(__file__).resolve().parents[2]


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
        vectors = cache.many([m.get(READ) or prepared(m.get(TEXT)) for m in examples])
        for message, vector in zip(examples, vectors, strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode what residents say, where it is needed."""
        for message in messages:
            opinion = message.get(STUDENT)
            if (text := message.get(TEXT)) and not (opinion and opinion.sure):
                self._add(message, self._cache.one(message.get(READ) or prepared(text)))
        return messages

    def _add(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
