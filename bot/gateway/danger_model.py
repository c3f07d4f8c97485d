"""The safety screen's second opinion: a linear model over character n-grams, for danger no rule has a phrase for.

Pure numpy, trained in seconds from labelled messages (bot/gateway/danger) and the ordinary questions of nlu_data;
it needs no Rasa, because it must also speak when Rasa is dead.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import yaml

from bot.gateway.safety import Danger, Screen
from bot.settings import ROOT
from bot.text.clean import clean

DATA = Path(__file__).parent / "danger"
CACHE = ROOT / ".cache" / "danger"
ORDINARY = ROOT / "nlu_data" / "nlu"
# Reports and neighbouring questions hold real danger among them, unlabelled: no example of either.
UNLABELLED = (
    "do_report_",
    "ask_child_in_difficulty",
    "ask_left_behind_women",
    "ask_street_rescue",
    "ask_family_search",
)
BUCKETS = 1 << 17
EPOCHS, RATE, DECAY = 8, 0.3, 1e-5
WEIGHT_DANGER, WEIGHT_ALIKE = 3.0, 2.0
# Of all ordinary messages together, in messages of danger: more phrases for the classifier must not make danger rarer.
ORDINARY_SHARE = 9.5
# Recall first: a line too many costs a glance, a line too few may cost a life (tests/gateway/test_danger_model.py).
ALONE, CONFIRMED = -2.6, -4.0
# Nothing but help is said to somebody who speaks of ending it; a doubtful sign still gets its ordinary answer too.
LIFE, SURE = "suicide", -1.0
LONGEST = 400
SPOKEN_LEAST = 5
_SPOKEN = re.compile(r"[\u4e00-\u9fff]")


class DangerModel:
    """Weights of hashed n-grams; `score` is a log-odds, 0 meaning as likely as not."""

    def __init__(self, weights: np.ndarray, bias: float) -> None:
        self.weights, self.bias = weights, bias

    def score(self, text: str) -> float:
        """Log-odds that cleaned `text` shows present danger; of a long text the most alarming part."""
        parts = [text[i : i + LONGEST] for i in range(0, max(len(text), 1), LONGEST // 2)]
        return max(self._score(_features(part)) for part in parts)

    def _score(self, features: np.ndarray) -> float:
        return float(self.weights[features].sum() / np.sqrt(len(features)) + self.bias)

    @classmethod
    def train(cls, danger: Sequence[str], alike: Sequence[str], ordinary: Sequence[str]) -> DangerModel:
        """Logistic regression by AdaGrad over the three kinds of cleaned messages; the same data, the same weights."""
        examples = [_features(text) for text in (*danger, *alike, *ordinary)]
        target = np.repeat([1.0, 0.0, 0.0], [len(danger), len(alike), len(ordinary)])
        plain = ORDINARY_SHARE * len(danger) / max(len(ordinary), 1)
        weight = np.repeat([WEIGHT_DANGER, WEIGHT_ALIKE, plain], [len(danger), len(alike), len(ordinary)])
        model = cls(np.zeros(BUCKETS, np.float32), 0.0)
        squares = np.full(BUCKETS, 1e-3, np.float32)
        order = np.random.default_rng(0)
        for _ in range(EPOCHS):
            for i in order.permutation(len(examples)):
                features = examples[i]
                error = (1 / (1 + np.exp(-model._score(features))) - target[i]) * weight[i]
                gradient = error / np.sqrt(len(features)) + DECAY * model.weights[features]
                squares[features] += gradient * gradient
                model.weights[features] -= RATE * gradient / np.sqrt(squares[features])
                model.bias -= 0.01 * error
        return model


class SafetyNet:
    """Rules and model together: either may see the danger, and the model may overrule a rule it finds absurd."""

    def __init__(self, screen: Screen, model: DangerModel) -> None:
        self.screen, self.model = screen, model

    @classmethod
    def load(cls, cache: Path = CACHE) -> SafetyNet:
        """Rules, and the model of the present data: from `cache` (a folder) where it has been trained before."""
        screen = Screen.load()
        sources = [
            DATA / "positive.csv",
            DATA / "negative.csv",
            *sorted(ORDINARY.glob("*.yml")),
            # The rules and the cleaning choose and shape what it is trained on.
            Path(__file__),
            DATA.parent / "safety.yml",
            DATA.parent / "safety.py",
            ROOT / "bot" / "text" / "clean.py",
        ]
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
        kept = cache / f"danger-{digest}.npz"
        if kept.exists():
            with np.load(kept) as data:
                return cls(screen, DangerModel(data["weights"], float(data["bias"])))
        ordinary = [text for text in _ordinary() if screen.check(text) is None]
        model = DangerModel.train(_texts("positive.csv"), _texts("negative.csv"), ordinary)
        # Kept for the next start; a read-only checkout trains again, which costs seconds.
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            draft = kept.with_name(f"{kept.stem}.{os.getpid()}.npz")
            np.savez(draft, weights=model.weights, bias=model.bias)
            draft.replace(kept)
        return cls(screen, model)

    def check(self, text: str) -> Danger | None:
        """The danger cleaned `text` shows, or None. Never raises for what a resident typed."""
        if not text.strip():
            return None
        found, score = self.screen.check(text), self.model.score(text)
        if found is not None and score > CONFIRMED:
            if found.kind == LIFE and score < SURE:
                return Danger(f"{LIFE}_possible", found.line)
            return found
        # Where hardly anything was said, the model has nothing to go by.
        if score > ALONE and len(_SPOKEN.findall(text)) >= SPOKEN_LEAST:
            return Danger("unclear", self.screen.lines["unclear"])
        return None


def _features(text: str) -> np.ndarray:
    """Hashed 1- to 4-grams and skip pairs of the characters, each once."""
    line = f"^{text}$"
    grams = {line[i : i + n] for n in (1, 2, 3, 4) for i in range(len(line) - n + 1)}
    grams |= {f"{line[i]}_1{line[i + gap]}" for gap in (2, 3) for i in range(len(line) - gap)}
    return np.fromiter({zlib.crc32(gram.encode()) % BUCKETS for gram in grams}, np.int64)


def _texts(name: str) -> list[str]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [clean(row["text"]) for row in csv.DictReader(file)]


def _ordinary() -> Iterable[str]:
    for path in sorted(ORDINARY.glob("*.yml")):
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for block in data["nlu"]:
            if "intent" in block and not block["intent"].startswith(UNLABELLED):
                yield from (
                    clean(line[2:]) for line in block["examples"].splitlines() if line.startswith("- ")
                )
