"""The intent classifier of the pipeline: ServiceModel with a scope guard and a calibrated confidence.

What is unsure becomes `nlu_fallback` with its ranking, so that the assistant asks back instead of guessing.
"""

from __future__ import annotations

import pickle
from collections import defaultdict
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import CLAUSES, SentenceEncoder, prepared
from bot.nlu.service_model import OUT_PREFIX, ServiceModel
from bot.nlu.words import spaced

FALLBACK = "nlu_fallback"
RANKED = 10
# A task belongs to the same service as its policy question: their shares add up when we ask how sure we are
# of the service, not of the task.
FAMILY = {
    "do_book": "ask_marriage_appointment",
    "do_reschedule": "ask_marriage_appointment",
    "do_cancel_booking": "ask_marriage_appointment",
    "do_find_booking": "ask_marriage_appointment",
    "do_report_child": "ask_child_in_difficulty",
    "do_report_street": "ask_street_rescue",
    "do_report_missing": "ask_family_search",
    "do_report_funeral": "ask_funeral_violation",
    "do_request_visit": "ask_left_behind_elder",
}


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class NearestServiceClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking` on a message.

    Needs a dense sentence feature (SentenceEncoder). Config: the fields of ServiceModel;
    `threshold`: the least share of the best service family (or of all other departments together) to act on;
    `second`: the least share at which a clause counts as a question of its own.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """What must come before it."""
        return [SentenceEncoder]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings and their defaults."""
        model = ServiceModel()
        fields = ("neighbours", "weight_near", "weight_dense", "width", "penalty", "sharpness")
        return {name: getattr(model, name) for name in fields} | {"threshold": 0.45, "second": 0.6}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: ServiceModel | None = None,
    ) -> None:
        self._config, self._storage, self._resource = config, model_storage, resource
        self.model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NearestServiceClassifier:
        """Rasa's way to build an untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NearestServiceClassifier:
        """Rasa's way to load a trained one."""
        with model_storage.read_from(resource) as folder:
            model = pickle.loads((folder / "model.pkl").read_bytes())
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example with an intent and keep the model."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        fields = {name: value for name, value in self._config.items() if name not in ("threshold", "second")}
        self.model = ServiceModel(**fields).fit(
            np.stack([_vector(m) for m in examples]),
            [_words(m) for m in examples],
            [m.get(INTENT) for m in examples],
        )
        with self._storage.write_to(self._resource) as folder:
            (folder / "model.pkl").write_bytes(pickle.dumps(self.model))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Classify each message."""
        for message in messages:
            if not message.get(TEXT) or self.model is None:
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
                continue
            shares = self.model.shares(_vector(message)[None, :], [_words(message)])[0]
            ranking = [
                {"name": self.model.labels[i], "confidence": float(shares[i])}
                for i in np.argsort(-shares)[:RANKED]
            ]
            name, confidence = decide(
                dict(zip(self.model.labels, shares.tolist(), strict=True)), self._config["threshold"]
            )
            if name == FALLBACK:
                ranking.insert(0, {"name": FALLBACK, "confidence": confidence})
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set("also", self._second_question(message, name), add_to_output=True)
        return messages

    def _second_question(self, message: Message, first: str) -> str | None:
        """The intent of another question in the same message (我爹过身了，火化有没有补助), or None."""
        assert self.model is not None
        for text, vector in message.get(CLAUSES) or []:
            shares = self.model.shares(vector[None, :], [spaced(text)])[0]
            name, confidence = decide(
                dict(zip(self.model.labels, shares.tolist(), strict=True)), self._config["second"]
            )
            if (
                confidence >= self._config["second"]
                and name.startswith("ask_")
                and _family(name) != _family(first)
            ):
                return name
        return None


def decide(shares: dict[str, float], threshold: float) -> tuple[str, float]:
    """The intent to act on and how sure it is: of its service family, or that it is not ours at all.

    shares: intent → share, summing to 1. Below the threshold: (nlu_fallback, the best family's share).
    """
    families: dict[str, float] = defaultdict(float)
    for intent, share in shares.items():
        families[_family(intent)] += share
    family, confidence = max(families.items(), key=lambda item: item[1])
    if confidence < threshold:
        return FALLBACK, confidence
    members = {i: s for i, s in shares.items() if _family(i) == family}
    return max(members.items(), key=lambda item: item[1])[0], confidence


def _family(intent: str) -> str:
    return OUT_PREFIX if intent.startswith(OUT_PREFIX) else FAMILY.get(intent, intent)


def _vector(message: Message) -> np.ndarray:
    features = message.get_dense_features(TEXT)[1]
    if features is None:
        raise ValueError("NearestServiceClassifier needs SentenceEncoder before it in config.yml")
    return np.asarray(features.features)[0]


def _words(message: Message) -> str:
    """The words of the prepared text, parted by spaces."""
    return spaced(prepared(message.get(TEXT)))
