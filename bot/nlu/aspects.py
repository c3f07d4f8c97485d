"""Reads which aspect of a service is asked for: how much, what to bring, where, how long, on what basis…

Patterns are data (aspects.yml); the result is the message's `aspect`, one of design.md's, or None.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.prepare import prepared

BEREAVED = "bereaved"


@lru_cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    data: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    )
    return [(aspect, re.compile("|".join(words))) for aspect, words in data.items() if aspect != BEREAVED]


@lru_cache
def _bereaved() -> re.Pattern[str]:
    data: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    )
    return re.compile("|".join(data[BEREAVED]))


def aspect_of(text: str) -> str | None:
    """The aspect asked for, None when none is named; of several the one named last, where the question stands."""
    patterns = dict(_patterns())
    if patterns["appeal"].search(text):
        # "低保没批下来怎么办": the complaint is the point wherever it stands.
        return "appeal"
    found = [
        (match.end(), -rank, aspect)
        for rank, (aspect, p) in enumerate(_patterns())
        for match in p.finditer(text)
    ]
    # "我没有户口本，能不能结婚" asks for conditions: the question stands at the end.
    return max(found)[2] if found else None


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class AspectReader(GraphComponent):
    """Sets `aspect` (or None) and `bereaved` on each message, sent along with the intent and the entities."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No settings."""
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AspectReader:
        """Rasa's way to build it."""
        _patterns()
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to learn."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read the aspect of each message."""
        for message in messages:
            text = prepared(message.get(TEXT) or "")
            message.set("aspect", aspect_of(text), add_to_output=True)
            message.set(BEREAVED, bool(_bereaved().search(text)), add_to_output=True)
        return messages
