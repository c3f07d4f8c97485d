"""Sample answers for facts not told, chosen so that together they reach every branch of the rules.
From them a screening finds out whether asking a fact can still change anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from knowledge.eligibility.facts import NO_DISABILITY, Inputs, Reader
from knowledge.eligibility.system import local_value, thresholds

# One that is listed, one that is not, one that only the window can judge.
DISABILITIES = (
    NO_DISABILITY,
    {"kind": "智力", "level": 1},
    {"kind": "听力", "level": 1},
    {"kind": "多重", "level": 1},
)


@dataclass(frozen=True)
class Scene:
    """What is settled while the rest is sampled: inputs told, local standards given, the day."""

    told: Inputs
    standards: Mapping[str, float | None]
    on: date


def samples(item: Reader, others: tuple[Reader, ...], scene: Scene) -> list[Inputs]:
    """Answers to ``item``; ``others`` are the facts of the same programme."""
    if item.reads == "disability":
        return [item.read(value) or {} for value in DISABILITIES]
    if item.fact.kind in ("choice", "yes_no"):
        return [item.read(value) or {} for value in item.fact.choices]
    values = {"money": _money, "count": _count, "age": _age}[item.fact.kind](item, others, scene)
    return [{item.variable: value} for value in sorted(values)]


def _age(item: Reader, _others: tuple[Reader, ...], scene: Scene) -> set[float]:
    edges = thresholds(item.programme, item.fact.name, scene.on)
    return {*item.limits, *(near for edge in edges for near in (edge - 1, edge, edge + 1))}


def _count(item: Reader, others: tuple[Reader, ...], scene: Scene) -> set[float]:
    """Every count where money is told, so that no line between two counts is missed; else the two ends."""
    low, high = item.limits
    shared_by = [other.variable for other in others if other.per_head_of == item.fact.name]
    if any(variable in scene.told for variable in shared_by):
        return {float(count) for count in range(int(low), int(high) + 1)}
    return {low, high}


def _money(item: Reader, others: tuple[Reader, ...], scene: Scene) -> set[float]:
    """Nothing, very much, and exactly each line for each number of heads: not below it, below the next."""
    ratio = local_value(item.ratio, scene.standards, scene.on) if item.ratio else math.nan
    lines = [local_value(name, scene.standards, scene.on) for name in item.lines]
    lines += [line * ratio for line in lines]
    heads: set[float] = {1.0}
    for other in others:
        if other.fact.name == item.per_head_of:
            heads = {scene.told[other.variable]} if other.variable in scene.told else set(other.limits)
    exact = {line * count for line in lines for count in heads}
    return {*item.limits, *(value for value in exact if value < item.limits[1])}
