"""The safety screen's second opinion, for danger no rule has a phrase for: two models, and what they say together.

A linear model over character n-grams, pure numpy, trained in seconds from labelled messages (bot/gateway/danger) and the
ordinary questions of nlu_data; and a small network taught on the same (bot/nlu/networks.py, `Guard`). Neither needs Rasa,
because they must also speak when Rasa is dead; and without the network the linear model and the rules go on alone.
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
import structlog
import yaml

from bot.gateway.safety import Danger, Screen
from bot.nlu.networks import Guard
from bot.settings import ROOT
from bot.text.clean import clean

log = structlog.get_logger("gateway")

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
# Recall first: a line too many costs a glance, a line too few may cost a life (benchmarks/danger.py chose the numbers).
# Evidence is a sum of log-odds, and danger is what exceeds `least`; a rule that matched adds `rule` to it.
Weighing = tuple[float, float]
WITH_GUARD: Weighing = (-3.0, 1.5)
LINEAR_ALONE: Weighing = (-2.6, 1.4)
# More than the guard ever says: where even this would not make danger of a message, it need not be asked.
GUARD_MOST = 4.5
# Nothing but help is said to somebody who speaks of ending it; a doubtful sign still gets its ordinary answer too.
LIFE, SURE = "suicide", -1.0
# The kind where only the models speak: they cannot say which danger it is.
UNCLEAR = "unclear"
LONGEST = 400
# Danger is often one clause of a long question: a longer message is also read in windows of so many characters, and the
# guard reads those of them that the linear model finds most alarming.
WINDOW, WINDOWS = 40, 3
SPOKEN_LEAST = 5
_CLAUSE = re.compile(r"[^，。！？；,!?;\s]*[，。！？；,!?;\s]*")
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
    def train(cls, danger: Sequence[str], alike: Sequence[str], plain: Sequence[str]) -> DangerModel:
        """Logistic regression by AdaGrad over the three kinds of cleaned messages; the same data, the same weights."""
        examples = [_features(text) for text in (*danger, *alike, *plain)]
        target = np.repeat([1.0, 0.0, 0.0], [len(danger), len(alike), len(plain)])
        share = ORDINARY_SHARE * len(danger) / max(len(plain), 1)
        weight = np.repeat([WEIGHT_DANGER, WEIGHT_ALIKE, share], [len(danger), len(alike), len(plain)])
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
    """Rules and models together: any may see the danger, and the models may overrule a rule they find absurd."""

    def __init__(self, screen: Screen, model: DangerModel, guard: Guard | None = None) -> None:
        self.screen, self.model, self.guard = screen, model, guard

    @classmethod
    def load(cls, cache: Path = CACHE) -> SafetyNet:
        """Rules, and the model of the present data: from `cache` (a folder) where it has been trained before."""
        screen = Screen.load()
        sources = [
            *sorted(DATA.glob("*.csv")),
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
                return cls(screen, DangerModel(data["weights"], float(data["bias"])), _guard())
        model = DangerModel.train(*labelled(), ordinary(screen))
        # Kept for the next start; a read-only checkout trains again, which costs seconds.
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            draft = kept.with_name(f"{kept.stem}.{os.getpid()}.npz")
            np.savez(draft, weights=model.weights, bias=model.bias)
            draft.replace(kept)
        return cls(screen, model, _guard())

    def check(self, text: str) -> Danger | None:
        """The danger cleaned `text` shows, or None. Never raises for what a resident typed."""
        if not text.strip():
            return None
        found = self.screen.check(text)
        parts = windows(text)
        scores = [self.model.score(part) for part in parts]
        if not self._dangerous(parts, scores, found is not None):
            return None
        if found is not None:
            if found.kind == LIFE and max(scores) < SURE:
                return Danger(f"{LIFE}_possible", found.line)
            return found
        # Where hardly anything was said, the models have nothing to go by.
        if len(_SPOKEN.findall(text)) >= SPOKEN_LEAST:
            return Danger(UNCLEAR, self.screen.lines[UNCLEAR])
        return None

    def _dangerous(self, parts: list[str], scores: list[float], ruled: bool) -> bool:
        """Whether the evidence of any of the parts is enough; the first part is the whole message."""
        if self.guard is not None:
            least, rule = WITH_GUARD
            asked = sorted(range(1, len(parts)), key=lambda i: -scores[i])[:WINDOWS]
            asked = [i for i in (0, *asked) if scores[i] + rule * ruled + GUARD_MOST > least]
            if not asked:
                return False
            try:
                opinions = self.guard.score([parts[i] for i in asked])
            except Exception:
                # Whatever the runtime may meet: a resident in danger is not lost to it.
                log.exception("danger_network_failed")
            else:
                return (
                    max(scores[i] + opinion for i, opinion in zip(asked, opinions, strict=True))
                    + rule * ruled
                    > least
                )
        least, rule = LINEAR_ALONE
        return scores[0] + rule * ruled > least


def windows(text: str) -> list[str]:
    """`text` and, of a long one, runs of its clauses of WINDOW characters or a little more, each begun at another clause."""
    if len(text) <= WINDOW * 1.3:
        return [text]
    clauses = [part[i : i + WINDOW] for part in _CLAUSE.findall(text) for i in range(0, len(part), WINDOW)]
    found = [text]
    for start in range(len(clauses)):
        run = clauses[start]
        for clause in clauses[start + 1 :]:
            if len(run) + len(clause) > WINDOW:
                break
            run += clause
        # The tail of the window before says nothing new.
        if len(run) > SPOKEN_LEAST and not found[-1].endswith(run) or start == 0:
            found.append(run)
    return found


def _guard() -> Guard | None:
    try:
        return Guard()
    except Exception:
        # Rules and linear model stand without it; whoever reads the log must know.
        log.exception("danger_network_not_loaded")
        return None


def _features(text: str) -> np.ndarray:
    """Hashed 1- to 4-grams and skip pairs of the characters, each once."""
    line = f"^{text}$"
    grams = {line[i : i + n] for n in (1, 2, 3, 4) for i in range(len(line) - n + 1)}
    grams |= {f"{line[i]}_1{line[i + gap]}" for gap in (2, 3) for i in range(len(line) - gap)}
    return np.fromiter({zlib.crc32(gram.encode()) % BUCKETS for gram in grams}, np.int64)


def labelled() -> tuple[list[str], list[str]]:
    """Cleaned messages of danger, and harmless ones that look alike: those the rules were made with, then more."""
    return (
        _texts("positive.csv") + _texts("more_positive.csv"),
        _texts("negative.csv") + _texts("more_negative.csv"),
    )


def ordinary(screen: Screen | None = None) -> list[str]:
    """Cleaned phrases of the classifier in which no rule sees danger, in the order of their files."""
    rules = screen or Screen.load()
    return [text for text in _phrases() if rules.check(text) is None]


def _texts(name: str) -> list[str]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [clean(row["text"]) for row in csv.DictReader(file)]


def _phrases() -> Iterable[str]:
    for path in sorted(ORDINARY.glob("*.yml")):
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for block in data["nlu"]:
            if "intent" in block and not block["intent"].startswith(UNLABELLED):
                yield from (
                    clean(line[2:]) for line in block["examples"].splitlines() if line.startswith("- ")
                )
