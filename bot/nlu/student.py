"""The quick first reader of a message: where it is sure, nothing slower is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.deciding import FALLBACK, decide
from bot.nlu.networks import Student
from bot.nlu.prepare import clauses, prepared

STUDENT = "student"
CLAUSES = "clauses"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the student makes of a text: intent → share, summing to 1, and whether that is enough to go by."""

    shares: dict[str, float]
    sure: bool


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class StudentReader(GraphComponent):
    """Sets `student` (an Opinion) on each message, and `clauses`: its parts with the shares of each.

    Config: `sure`: the least share of the best service family at which the student is not asked twice;
    `threads`: of one message. It learns nothing from `rasa train`: bot/nlu/teach makes its weights.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings and their defaults (docs/understanding.md, "The student")."""
        return {"sure": 0.85, "threads": 1}

    def __init__(self, config: dict[str, Any], student: Student) -> None:
        self._sure, self._student = config["sure"], student
        # The table of spellings takes most of a second; not the first resident who types pinyin shall wait for it.
        prepared("dibao")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> StudentReader:
        """Rasa's way to build it."""
        return cls(config, Student(config["threads"]))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to learn."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message and its clauses in one run."""
        for message in messages:
            text = prepared(message.get(TEXT) or "")
            if not text:
                continue
            parts = clauses(text)
            rows = np.exp(self._student.read([text, *parts]))
            whole, *others = (dict(zip(self._student.intents, row.tolist(), strict=True)) for row in rows)
            message.set(STUDENT, Opinion(whole, decide(whole, self._sure)[0] != FALLBACK))
            message.set(CLAUSES, list(zip(parts, others, strict=True)))
        return messages
