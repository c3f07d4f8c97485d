"""Screening: what the told facts say about each condition, and which fact is still worth asking.
A fact is worth asking only when some answer to it, the others being anything, changes the result.

Every combination of answers to the facts not yet told is one row of a single vectorised simulation. A verdict
is what all rows agree on; a fact matters when the result differs along its axis. So a decisive not-met ends
the questions by itself, and nothing is asked that a pending standard makes useless.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import period

from knowledge.eligibility import texts
from knowledge.eligibility.facts import Fact, Inputs, Reader
from knowledge.eligibility.programme import Consequence, Programme, programme
from knowledge.eligibility.samples import Scene, samples
from knowledge.eligibility.system import local_standard_ids, local_value, simulation, tax_benefit_system

Result = Literal["likely", "unlikely", "need_more", "check_window"]
Status = Literal["met", "not_met", "unknown"]

_STATUS: dict[int, Status] = {1: "met", 0: "not_met", 2: "unknown"}
_RESULT: dict[int, Result] = {1: "likely", 0: "unlikely", 2: "check_window"}


@dataclass(frozen=True)
class Condition:
    """One condition, judged: what to say, under which law, and the facts that would settle it."""

    id: str
    status: Status
    text: str
    document: str
    article: str | None
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Screening:
    """A first look (初步看), never a promise: result, conditions, what to ask next, where else to look."""

    programme: str
    result: Result
    conditions: list[Condition]
    missing: list[str]
    next_programmes: list[str]
    advice: list[str]
    on: date


def facts(code: str) -> list[Fact]:
    """The programme's facts in the order in which to ask; raises KeyError for a code without rules."""
    return [item.fact for item in programme(code).readers]


def accepts(code: str, name: str, value: object) -> bool:
    """Whether ``value`` answers the question ``name``; raises FactError for an impossible number."""
    found = next((item for item in programme(code).readers if item.fact.name == name), None)
    return found is not None and found.read(value) is not None


def screen(
    code: str, known: Mapping[str, object], *, on: date, standards: Mapping[str, float | None]
) -> Screening:
    """Judge the told facts by the law of ``on``.

    ``known``: fact name → value; None or absent = not told, ``"unknown"`` = the resident cannot tell (not
    asked again); keys of other programmes are ignored. Money in yuan a month for the household, age in years.
    ``standards``: id of knowledge/standards → value in force, None = 待局补; ids the rules do not use are
    ignored. Raises KeyError for a code without rules, FactError for impossible numbers, ValueError for a day
    before the first law known.
    """
    rules = programme(code)
    bases = {rule.id: rule.basis(on) for rule in rules.conditions}
    grid = _Grid(rules, known, on, standards)
    outcome = grid.codes(rules.outcome)
    missing = grid.deciding(outcome)
    result: Result = "need_more" if missing else _RESULT[int(outcome.flat[0])]

    state: dict[str, Any] = {
        item.fact.name: item.canonical(known.get(item.fact.name)) for item in rules.readers
    }
    state["result"] = result
    judged = []
    for rule in rules.conditions:
        if rule.applies and not (grid.codes(rule.applies) == 1).all():
            continue
        codes = grid.codes(rule.variable)
        deciding = grid.deciding(codes)
        status: Status = "unknown" if deciding else _STATUS[int(codes.flat[0])]
        state[rule.id] = status
        judged.append((rule, status, deciding))

    holds = _matcher(state, grid)
    advice = [name for name in _following(rules.advice, holds) if texts.in_force(code, name, on)]
    conditions = []
    for rule, status, deciding in judged:
        if deciding:
            asked = [name for name in deciding if name in missing]
            said = texts.Said(texts.still_open(code, asked))
        else:
            said = texts.condition(rule.id, status, on, holds)
        document, article = (said.document, said.article) if said.document else bases[rule.id][:2]
        conditions.append(Condition(rule.id, status, said.text, document, article, deciding))
    return Screening(
        programme=code,
        result=result,
        conditions=conditions,
        missing=missing,
        next_programmes=_following(rules.next, holds),
        advice=[f"{code}.{name}" for name in advice],
        on=on,
    )


class _Grid:
    """All completions of the told facts, one simulation row each; an axis for every fact not told."""

    def __init__(
        self, rules: Programme, known: Mapping[str, object], on: date, standards: Mapping[str, float | None]
    ) -> None:
        self._period = period(on)
        told: Inputs = {}
        open_facts: list[Reader] = []
        for item in rules.readers:
            inputs = item.read(known.get(item.fact.name))
            if inputs is None:
                open_facts.append(item)
            else:
                told |= inputs
        scene = Scene(told, standards, on)
        self.axes = [(item, samples(item, rules.readers, scene)) for item in open_facts]
        self._shape = tuple(len(answers) for _, answers in self.axes)
        self._rows = math.prod(self._shape)
        self._simulation = simulation(self._rows)
        for name, value in told.items():
            self._set(name, np.full(self._rows, value))
        if self.axes:
            self._set_axes()
        for name in local_standard_ids():
            self._set(name, np.full(self._rows, local_value(name, standards, on)))

    def _set_axes(self) -> None:
        for (_, answers), place in zip(self.axes, np.indices(self._shape), strict=True):
            for name in answers[0]:
                self._set(name, np.array([answer[name] for answer in answers])[place.ravel()])

    def _set(self, name: str, values: NDArray[Any]) -> None:
        variable = tax_benefit_system().get_variable(name)
        if variable.value_type is Enum:
            values = values.astype(np.int16)
        self._simulation.set_input(name, self._period, values)

    def codes(self, variable: str) -> NDArray[np.int8]:
        """Verdicts on the grid: 1 met, 0 not met, 2 unknown."""
        values = np.asarray(self._simulation.calculate(variable, self._period), float)
        return np.where(np.isnan(values), 2, values).astype(np.int8).reshape(self._shape)

    def deciding(self, codes: NDArray[np.int8]) -> list[str]:
        """Names of the facts not told along whose axis ``codes`` varies, in asking order."""
        return [
            item.fact.name
            for axis, (item, _) in enumerate(self.axes)
            if (codes != codes.take([0], axis=axis)).any()
        ]

    def surely(self, variable: str) -> bool:
        """Whether a yes-or-no variable is true in every completion."""
        return bool((self.codes(variable) == 1).all())


def _matcher(state: Mapping[str, Any], grid: _Grid) -> texts.Holds:
    """Matches ``if`` entries: facts, conditions and the result by value; any other key is a variable."""

    def holds(when: Mapping[str, tuple[Any, ...]]) -> bool:
        for key, wanted in when.items():
            if key in state:
                actual = state[key]
            elif "." in key:
                actual = None  # the condition does not apply here
            else:
                actual = grid.surely(key)
            if actual not in wanted:
                return False
        return True

    return holds


def _following(consequences: tuple[Consequence, ...], holds: texts.Holds) -> list[str]:
    found = (name for consequence in consequences if holds(consequence.when) for name in consequence.then)
    return list(dict.fromkeys(found))
