"""What a resident is asked: each fact's kind, choices and reading into the inputs of the rules.
The words come from the conversation already normalised; here they become numbers the rules can take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.eligibility.system import tax_benefit_system

Kind = Literal["choice", "count", "money", "age", "yes_no"]
Inputs = dict[str, float]

UNKNOWN = "unknown"
NO_DISABILITY = "none"
DISABILITY_LEVELS = (1, 4)
SEVERE_LEVELS = (1, 2)
_YES_NO = {True: "yes", False: "no", "True": "yes", "False": "no", "true": "yes", "false": "no"}


class FactError(ValueError):
    """A number that cannot be: negative income, a household of nobody. 事实的数值不可能。"""


@dataclass(frozen=True)
class Fact:
    """One question: ``name`` is the slot ``fact_<name>``; ``choices`` its values (empty: a number)."""

    name: str
    question_key: str
    kind: Kind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """A fact with the way into the rules: variable names, limits, and how a compound value is read.

    ``per_head_of``, ``lines``, ``ratio``: what money is compared with, a count fact times any of these local
    standards, or times a standard and this ratio; only the sampling needs them.
    """

    fact: Fact
    programme: str
    limits: tuple[float, float]
    reads: str | None
    per_head_of: str | None = None
    lines: tuple[str, ...] = ()
    ratio: str | None = None

    @property
    def variable(self) -> str:
        """Name of the fact's input variable."""
        return f"{self.programme}_{self.fact.name}"

    def read(self, value: object) -> Inputs | None:
        """Inputs for a told value; None when it is not an answer to this question, so that it is asked anew.

        ``"unknown"`` is an answer: the resident cannot tell. A choice of another programme's question of the
        same name (supporters) is none. Raises FactError for a number out of range.
        """
        if value is None:
            return None
        if self.reads == "disability":
            return self._disability(value)
        if self.fact.kind in ("choice", "yes_no"):
            return self._choice(value)
        return {self.variable: self._number(value)}

    def canonical(self, value: object) -> str | None:
        """The value as the data files name it, for matching; numbers and compounds are not matched."""
        if self.fact.kind == "yes_no" and isinstance(value, bool | str):
            value = _YES_NO.get(value, value)
        return value if isinstance(value, str) else None

    def _choice(self, value: object) -> Inputs | None:
        word = self.canonical(value)
        if word in self.fact.choices:
            return {self.variable: _index(self.variable, str(word))}
        return {self.variable: _index(self.variable, "not_told")} if word == UNKNOWN else None

    def _number(self, value: object) -> float:
        if value == UNKNOWN:
            return math.nan
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise FactError(f"{self.variable}: {value!r} 不是数 / not a number")
        try:
            number = float(value)
        except ValueError as error:
            raise FactError(f"{self.variable}: {value!r} 不是数 / not a number") from error
        whole = self.fact.kind != "count" or number.is_integer()
        if not (whole and self.limits[0] <= number <= self.limits[1]):
            raise FactError(f"{self.variable}: {value!r} 超出范围 / outside {self.limits}")
        return number

    def _disability(self, value: object) -> Inputs:
        """``"none"``, or the extractor's ``{"level": 1–4|None, "kind": 视力|…|None[, "severe": True]}``."""
        kinds = {member.value: member.name for member in _members(f"{self.variable}_kind")}
        lowest, highest = DISABILITY_LEVELS
        kind = "unsaid"
        if value == NO_DISABILITY:
            kind = "none"
        elif value == UNKNOWN:
            kind = "not_told"
        elif isinstance(value, Mapping):
            said = value.get("kind")
            kind = kinds.get(str(said), str(said) if said in kinds.values() else kind)
            level = value.get("level")
            if level is not None:
                if level not in range(lowest, highest + 1):
                    raise FactError(f"{self.variable}: {level!r} 不是残疾等级 / not a level")
                lowest = highest = int(level)
            elif value.get("severe"):
                lowest, highest = SEVERE_LEVELS
        else:
            raise FactError(f"{self.variable}: {value!r} 不是残疾证 / not a disability record")
        return {
            f"{self.variable}_kind": _index(f"{self.variable}_kind", kind),
            f"{self.variable}_level_from": float(lowest),
            f"{self.variable}_level_to": float(highest),
        }


def _members(variable: str) -> list[Any]:
    return list(tax_benefit_system().get_variable(variable).possible_values)


def _index(variable: str, member: str) -> int:
    return [item.name for item in _members(variable)].index(member)


def reader(programme: str, entry: Mapping[str, Any]) -> Reader:
    """A reader from one entry of programme.yml; the choices are those of the variable's Enum."""
    name, kind, reads = entry["name"], entry["kind"], entry.get("reads")
    choices: tuple[str, ...] = ()
    if reads == "disability":
        choices = (NO_DISABILITY,)
    elif kind in ("choice", "yes_no"):
        choices = tuple(item.name for item in _members(f"{programme}_{name}") if item.name != "not_told")
    low, high = entry.get("range", (0, 0))
    return Reader(
        fact=Fact(name, f"{programme}.{name}", kind, choices),
        programme=programme,
        limits=(low, high),
        reads=reads,
        per_head_of=entry.get("per_head_of"),
        lines=tuple(entry.get("lines", ())),
        ratio=entry.get("ratio"),
    )
