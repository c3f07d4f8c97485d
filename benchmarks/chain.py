"""The tokenizer, encoder and classifiers of a pipeline, run in batches without a server.

They are the components themselves, found in a trained model or in config.yml; only the encoding is batched and
kept on disk, because a hundred sentences at once cost a tenth of a hundred sentences.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path

from benchmarks.data import ROOT
from benchmarks.scoring import Reading
from bot.nlu import classifier, encoder
from bot.nlu.student import StudentReader

KEPT = ROOT / ".cache" / "benchmarks"
STOCK_COMPONENTS = {"JiebaTokenizer": JiebaTokenizer}
ALL = 1000
USED = (Tokenizer, Featurizer, StudentReader, IntentClassifier)
CONTEXT = ExecutionContext(GraphSchema({}), node_name="benchmark")


class Chain:
    """What turns a text into an intent; entities and policies are left out."""

    def __init__(self, components: Sequence[GraphComponent]) -> None:
        """components: in pipeline order; others than tokenizers, featurizers, the student and classifiers are dropped."""
        # Only widens what is reported: every intent's share, for AUROC and top three.
        classifier.RANKED = ALL
        self._preparing = [c for c in components if isinstance(c, (Tokenizer, Featurizer))]
        self._students = [c for c in components if isinstance(c, StudentReader)]
        self._classifiers = [c for c in components if isinstance(c, IntentClassifier)]
        if not self._classifiers:
            raise ValueError("no intent classifier in this pipeline")

    @classmethod
    def load(cls, archive: Path, folder: Path) -> Chain:
        """From a trained model; folder: empty, it is unpacked there and must outlive the chain."""
        _keep_vectors_apart()
        storage, metadata = LocalModelStorage.from_model_archive(folder, archive)
        return cls([
            node.uses.load(
                {**node.uses.get_default_config(), **node.config},
                storage,
                node.resource or Resource(name),
                CONTEXT,
            )
            for name, node in metadata.predict_schema.nodes.items()
            if issubclass(node.uses, USED)
        ])  # fmt: skip

    @classmethod
    def untrained(cls, config: Path, folder: Path) -> Chain:
        """From a configuration; folder: empty, what training writes lands there."""
        _keep_vectors_apart()
        storage = LocalModelStorage.create(folder)
        components = []
        for step in yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]:
            step = dict(step)
            name = step.pop("name")
            component = STOCK_COMPONENTS.get(name) or class_from_module_path(name)
            if not issubclass(component, USED):
                continue
            if issubclass(component, Featurizer) and hasattr(component, "train"):
                raise ValueError(f"{name} learns its features: each fold would need its own")
            if step.get("dictionary_path"):
                step["dictionary_path"] = str(ROOT / step["dictionary_path"])
            settings = {**component.get_default_config(), **step}
            components.append(component.create(settings, storage, Resource(name), CONTEXT))
        return cls(components)

    def prepare(self, texts: Sequence[str], intents: Sequence[str] | None = None) -> list[Message]:
        """Messages with tokens and vectors, with their intents where they are given.

        Those with intents are phrases, of which the student proves nothing: it was taught on all of them.
        """
        messages = [Message(data={TEXT: text}) for text in texts]
        for reader in () if intents else self._students:
            reader.process(messages)
        for message, intent in zip(messages, intents or (), strict=bool(intents)):
            message.set(INTENT, intent)
        for component in self._preparing:
            component.process_training_data(TrainingData(messages))
        return messages

    def train(self, messages: Sequence[Message]) -> None:
        """Fit the classifiers on messages that have intents."""
        for component in self._classifiers:
            component.train(TrainingData(list(messages)))

    def read(self, messages: Sequence[Message]) -> list[Reading]:
        """What the classifiers say of each; the messages themselves stay as they are."""
        copies = [Message(data=dict(m.data), features=m.features) for m in messages]
        for component in self._classifiers:
            component.process(copies)
        return [Reading.of(_parsed(message)) for message in copies]


def _parsed(message: Message) -> dict[str, Any]:
    return {"intent": message.get(INTENT), "intent_ranking": message.get(INTENT_RANKING_KEY)}


def _keep_vectors_apart() -> None:
    """Vectors of test questions must not swell the file that every training reads."""
    if encoder.ROOT == KEPT:
        return
    trained, mine = encoder.ROOT / ".cache" / "embeddings", KEPT / ".cache" / "embeddings"
    if trained.exists() and not mine.exists():
        shutil.copytree(trained, mine)
    encoder.ROOT = KEPT
