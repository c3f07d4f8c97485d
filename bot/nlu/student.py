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
from bot.nlu.prepare import point, prepared, questions

STUDENT = "student"
CLAUSES = "clauses"
READ = "read"
# They say nothing of a service.
NAMELESS = ("ask_followup", "say_")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the student makes of a text: intent → share, summing to 1, and whether that is enough to go by."""

    shares: dict[str, float]
    sure: bool


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class StudentReader(GraphComponent):
    """Sets on each message `student` (an Opinion), `clauses`: the questions in it with the shares of each, and `read`: the
    prepared text, of an unclear story only its end, which is what those after it read too.

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
        """Read each message and the questions in it."""
        for message in messages:
            text = prepared(message.get(TEXT) or "")
            if not text:
                continue
            opinion = self._opinion(text)
            if not opinion.sure and (end := point(text)) is not None:
                # The story before the question misleads; but 补助在哪里领 alone says nothing of whose.
                of_end = self._opinion(end)
                if not decide(of_end.shares, 0.0)[0].startswith(NAMELESS):
                    text, opinion = end, of_end
            parts = questions(text)
            message.set(STUDENT, opinion)
            message.set(READ, text)
            # Apart from the whole: in one run its parts would be padded to its length.
            message.set(CLAUSES, list(zip(parts, self._shares(parts), strict=True)))
        return messages

    def _opinion(self, text: str) -> Opinion:
        (shares,) = self._shares([text])
        return Opinion(shares, decide(shares, self._sure)[0] != FALLBACK)

    def _shares(self, texts: list[str]) -> list[dict[str, float]]:
        """intent → share of each text."""
        if not texts:
            return []
        rows = np.exp(self._student.read(texts))
        return [dict(zip(self._student.intents, row.tolist(), strict=True)) for row in rows]
