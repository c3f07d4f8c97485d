"""From intents to service codes, and the figures over a hold-out; the same for every pipeline.

Rates are shares of their rows, 0…1. Definitions follow design.md's contract on `evaluate`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.data import OUT_OF_SCOPE, Row
from bot.nlu.deciding import FALLBACK, FAMILY
from bot.nlu.service_model import OUT_PREFIX

SCREEN = "do_screen"
# What the screening form asks about: `do_screen` says how somebody asks, not for which of these.
SCREENED = ("dibao", "tekun", "low_income", "temporary_aid")
# In a first message it names no service: the assistant asks which one is meant.
FOLLOWUP = "followup"
# Out of scope, these turn somebody away without an answer of ours.
TURNED_AWAY = (OUT_OF_SCOPE, "human_handoff", FOLLOWUP, None)
LOST = 0.10


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pipeline made of a text: the intent it acts on, and every intent's share."""

    intent: str
    shares: Mapping[str, float]

    @classmethod
    def of(cls, parsed: Mapping[str, Any]) -> Reading:
        """From Rasa's parse result or message: `intent` and `intent_ranking`."""
        ranking = {
            one["name"]: float(one["confidence"])
            for one in parsed["intent_ranking"]
            if one["name"] != FALLBACK
        }
        return cls(parsed["intent"]["name"], ranking)

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """Service codes, best first, each with the share of its best intent; tasks count for their service."""
        # Not the sum of its intents: thirteen kinds of small talk and 32 departments would win over any one service
        # wherever shares are flat, as those of a little trained DIET are.
        services: dict[str, float] = {}
        for intent, share in self.shares.items():
            if intent != SCREEN:
                code = service_of(intent)
                services[code] = max(share, services.get(code, 0.0))
        if SCREEN in self.shares:
            best = max(SCREENED, key=lambda code: services.get(code, 0.0))
            services[best] = max(self.shares[SCREEN], services.get(best, 0.0))
        return sorted(services.items(), key=lambda item: -item[1])

    @property
    def first(self) -> str:
        """The best service code, however unsure."""
        return self.ranked[0][0]

    @property
    def acted(self) -> str | None:
        """The service code that is acted on; None where the assistant asks back."""
        if self.intent == FALLBACK:
            return None
        if self.intent == SCREEN:
            return next(code for code, _ in self.ranked if code in SCREENED)
        return service_of(self.intent)

    @property
    def scope_scores(self) -> tuple[float, float, float]:
        """Three ways to say how much the message is ours, higher is more so."""
        ranked = dict(self.ranked)
        others = ranked.pop(OUT_OF_SCOPE, 0.0)
        ours = max(ranked.values(), default=0.0)
        everybody_else = sum(share for intent, share in self.shares.items() if intent.startswith(OUT_PREFIX))
        return ours, ours - others, 1 - everybody_else


def service_of(intent: str) -> str:
    """The service code that an intent stands for; `do_screen` has none and is not asked for here."""
    intent = FAMILY.get(intent, intent)
    if intent.startswith(OUT_PREFIX):
        return OUT_OF_SCOPE
    if intent.startswith("say_"):
        return "chitchat"
    return intent.removeprefix("ask_")


def figures(rows: Sequence[Row], readings: Sequence[Reading]) -> dict[str, Any]:
    """The figures of one pipeline over the hold-out.

    `top1`, `top3`: by each service's best intent, no threshold. `accuracy`, `clarify`, `confidently_wrong`,
    `false_accept`: as acted on. `auroc`: of in against out of scope, by the best of three scores: the best service's
    share, its lead over the best other department, or one minus everybody else's. `rejected_at_10`: out-of-scope rows below the score that a tenth of ours lies below.
    """
    pairs = list(zip(rows, readings, strict=True))
    ours = [(row, reading) for row, reading in pairs if row.inside]
    others = [reading for row, reading in pairs if not row.inside]
    result: dict[str, Any] = {
        "rows_in": len(ours),
        "rows_out": len(others),
        "top1": _rate(reading.first in row.accepted for row, reading in ours),
        "top3": _rate(bool(row.accepted & {code for code, _ in reading.ranked[:3]}) for row, reading in ours),
        "accuracy": _rate(reading.acted in row.accepted for row, reading in ours),
        "clarify": _rate(reading.acted in (None, FOLLOWUP) for _, reading in ours),
        "confidently_wrong": _rate(
            reading.acted not in row.accepted and reading.acted not in TURNED_AWAY for row, reading in ours
        ),
        "turned_away_wrongly": _rate(reading.acted == OUT_OF_SCOPE for _, reading in ours),
        "false_accept": _rate(reading.acted not in TURNED_AWAY for reading in others),
    }
    labels: dict[str, list[bool]] = defaultdict(list)
    for row, reading in ours:
        labels[row.label].append(reading.first in row.accepted)
    result["labels"] = {
        label: {"rows": len(right), "top1": _rate(right)} for label, right in sorted(labels.items())
    }
    return result | _separation([reading for _, reading in ours], others)


def confusions(rows: Sequence[Row], readings: Sequence[Reading], most: int = 30) -> list[dict[str, Any]]:
    """The commonest pairs of asked and acted-on service among the rows that went wrong."""
    pairs = Counter(
        (row.label, reading.acted or "clarify")
        for row, reading in zip(rows, readings, strict=True)
        if reading.acted not in row.accepted and (row.inside or reading.acted not in TURNED_AWAY)
    )
    return [{"asked": a, "read_as": b, "rows": n} for (a, b), n in pairs.most_common(most)]


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50 and p95."""
    return {"p50": float(np.percentile(values, 50)), "p95": float(np.percentile(values, 95))}


def _separation(ours: list[Reading], others: list[Reading]) -> dict[str, Any]:
    if not ours or not others:
        return {"auroc": None, "rejected_at_10": None}
    truth = [1] * len(ours) + [0] * len(others)
    # A pipeline must not look bad because the score suits the other one: each gets its best one.
    scores = zip(*(reading.scope_scores for reading in ours + others), strict=True)
    auroc, score = max(((float(roc_auc_score(truth, s)), s) for s in scores), key=lambda pair: pair[0])
    bar = np.quantile(score[: len(ours)], LOST)
    return {"auroc": round(auroc, 4), "rejected_at_10": _rate(s < bar for s in score[len(ours) :])}


def _rate(values: Any) -> float | None:
    values = list(values)
    return round(sum(values) / len(values), 4) if values else None
