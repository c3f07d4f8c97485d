"""The intent classifier of the pipeline: student and ServiceModel together, a scope guard, a calibrated confidence.

What is unsure becomes `nlu_fallback` with its ranking, so that the assistant asks back instead of guessing.
"""

from __future__ import annotations

import pickle
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

from bot.nlu.deciding import FALLBACK, decide, family_of
from bot.nlu.encoder import SentenceEncoder
from bot.nlu.prepare import prepared
from bot.nlu.service_model import ServiceModel
from bot.nlu.student import CLAUSES, READ, STUDENT, Opinion
from bot.nlu.words import spaced

RANKED = 10
LEAST = 1e-9
# Nothing is certain: a phrase of the training data may stand there in error.
KNOWN = 0.99
# The settings that are not the model's (docs/understanding.md, "How sure it is").
OWN = {"threshold": 0.5, "second": 0.8, "student": 0.6}


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class NearestServiceClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking` on a message.

    A phrase of the training data is read as it was taught. Where the student (StudentReader) is sure, its opinion stands.
    Elsewhere its opinion and that of the ServiceModel, which needs the dense feature of SentenceEncoder, are multiplied.

    Config: the fields of ServiceModel;
    `threshold`: the least share of the best service family (or of all other departments together) to act on;
    `second`: the least share at which a clause counts as a question of its own;
    `student`: the student's weight in the product.
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
        return {name: getattr(model, name) for name in fields} | OWN

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
        texts, intents = [prepared(m.get(TEXT)) for m in examples], [m.get(INTENT) for m in examples]
        fields = {name: value for name, value in self._config.items() if name not in OWN}
        vectors = np.stack([_vector(m) for m in examples])
        self.model = ServiceModel(**fields).fit(vectors, [spaced(text) for text in texts], intents)
        self.model.known = dict(zip(texts, intents, strict=True))
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
            shares = self._shares(message)
            best = sorted(shares.items(), key=lambda item: -item[1])[:RANKED]
            ranking = [{"name": intent, "confidence": share} for intent, share in best]
            name, confidence = decide(shares, self._config["threshold"])
            if name == FALLBACK:
                ranking.insert(0, {"name": FALLBACK, "confidence": confidence})
            message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set("also", self._second_question(message, name), add_to_output=True)
        return messages

    def _shares(self, message: Message) -> dict[str, float]:
        """intent → share, summing to 1; to KNOWN where the phrase was taught word for word."""
        assert self.model is not None
        text = prepared(message.get(TEXT))
        taught = self.model.known.get(text)
        if taught:
            return {intent: KNOWN if intent == taught else 0.0 for intent in self.model.labels}
        opinion: Opinion | None = message.get(STUDENT)
        if opinion and opinion.sure:
            return opinion.shares
        shares = self.model.shares(_vector(message)[None, :], [spaced(message.get(READ) or text)])[0]
        if opinion:
            shares = self._together(shares, opinion)
        return dict(zip(self.model.labels, shares.tolist(), strict=True))

    def _together(self, shares: np.ndarray, opinion: Opinion) -> np.ndarray:
        """The product of both opinions; of an intent that the student was never taught it has none."""
        assert self.model is not None
        none = 1 / len(opinion.shares)
        student = np.array([opinion.shares.get(intent, none) for intent in self.model.labels])
        log = np.log(shares + LEAST) + self._config["student"] * np.log(student + LEAST)
        product = np.exp(log - log.max())
        return product / product.sum()

    def _second_question(self, message: Message, first: str) -> str | None:
        """The intent of another question in the same message (我爹过身了，火化有没有补助), or None."""
        least = self._config["second"]
        for _, shares in message.get(CLAUSES) or []:
            name, confidence = decide(shares, least)
            if confidence >= least and name.startswith("ask_") and family_of(name) != family_of(first):
                return name
        return None


def _vector(message: Message) -> np.ndarray:
    features = message.get_dense_features(TEXT)[1]
    if features is None:
        raise ValueError("NearestServiceClassifier needs SentenceEncoder before it in config.yml")
    return np.asarray(features.features)[0]
