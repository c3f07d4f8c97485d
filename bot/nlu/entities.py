"""The entity extractor of the Rasa pipeline: Chinese values found by rule, normalised once.

A thin coat over :func:`bot.nlu.values.extract`, which knows nothing of Rasa."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_CONFIDENCE,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    EXTRACTOR,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.values import extract, warm_up


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class ChineseEntityExtractor(GraphComponent):
    """Adds money, age, date, township, relation, benefit … to a message as Rasa entities.

    Config: `reference_date` (ISO day that 明天 is counted from; None = now in `timezone`)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings and their defaults."""
        return {"reference_date": None, "timezone": "Asia/Shanghai"}

    def __init__(self, config: dict[str, Any], name: str = "ChineseEntityExtractor") -> None:
        """Read the lists at once; raises ValueError on a `reference_date` that is no ISO day."""
        self._name = name
        self._zone = ZoneInfo(config["timezone"])
        fixed = config["reference_date"]
        self._fixed = date.fromisoformat(str(fixed)) if fixed else None
        warm_up()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ChineseEntityExtractor:
        """Rasa's way to build it."""
        return cls({**cls.get_default_config(), **config}, execution_context.node_name or cls.__name__)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to learn: the training data as it came."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Append the entities of each message's text to those it has."""
        today = self._fixed or datetime.now(self._zone).date()
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            found = [
                {
                    ENTITY_ATTRIBUTE_TYPE: e.entity,
                    ENTITY_ATTRIBUTE_START: e.start,
                    ENTITY_ATTRIBUTE_END: e.end,
                    ENTITY_ATTRIBUTE_VALUE: e.value,
                    ENTITY_ATTRIBUTE_CONFIDENCE: 1.0,
                    EXTRACTOR: "ChineseEntityExtractor",
                }
                for e in extract(text, today)
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
