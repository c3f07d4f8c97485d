"""A programme as its folder describes it: facts in asking order, conditions with their law, what follows.
programme.yml names OpenFisca variables; their ``reference`` is the law, by date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import yaml

from knowledge.eligibility.facts import Reader, reader
from knowledge.eligibility.system import FOLDER, programme_codes, tax_benefit_system


class Basis(NamedTuple):
    """Where a rule is written: document id, article (None: it has no articles), first day in force."""

    document: str
    article: str | None
    since: date


@dataclass(frozen=True)
class ConditionRule:
    """One condition of a programme and the variables that judge it."""

    id: str
    variable: str
    applies: str | None

    def basis(self, on: date) -> Basis:
        """The law in force on ``on``; raises ValueError before the first one."""
        return basis_of(self.variable, on)


@dataclass(frozen=True)
class Consequence:
    """When every entry of ``when`` matches, ``then`` follows (service codes or an advice id)."""

    when: Mapping[str, tuple[Any, ...]]
    then: tuple[str, ...]


@dataclass(frozen=True)
class Programme:
    """Everything of one folder under programmes/."""

    code: str
    outcome: str
    readers: tuple[Reader, ...]
    conditions: tuple[ConditionRule, ...]
    next: tuple[Consequence, ...]
    advice: tuple[Consequence, ...]


@cache
def programme(code: str) -> Programme:
    """The programme of a service code; raises KeyError when there are no rules for it."""
    if code not in programme_codes():
        raise KeyError(f"没有这个事项的规则 / no rules for {code!r}")
    data = yaml.safe_load((FOLDER / code / "programme.yml").read_text(encoding="utf-8"))
    return Programme(
        code=code,
        outcome=data["outcome"],
        readers=tuple(reader(code, entry) for entry in data["facts"]),
        conditions=tuple(
            ConditionRule(f"{code}.{entry['id']}", entry["variable"], entry.get("applies"))
            for entry in data["conditions"]
        ),
        next=tuple(map(_consequence, data["next"])),
        advice=tuple(map(_consequence, data["advice"])),
    )


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A YAML scalar or list as a tuple."""
    return tuple(value) if isinstance(value, list) else (value,)


def _consequence(entry: Mapping[str, Any]) -> Consequence:
    when = {key: as_tuple(value) for key, value in entry["if"].items()}
    return Consequence(when, as_tuple(entry["then"]))


@cache
def references(variable: str) -> tuple[Basis, ...]:
    """The variable's references, newest first; written ``document article since`` with - for no article."""
    found = []
    for line in tax_benefit_system().get_variable(variable).reference or ():
        document, article, since = line.split()
        found.append(Basis(document, None if article == "-" else article, date.fromisoformat(since)))
    return tuple(sorted(found, key=lambda basis: basis.since, reverse=True))


def basis_of(variable: str, on: date) -> Basis:
    """The newest reference in force on ``on``; raises ValueError when the day is before all of them."""
    for basis in references(variable):
        if basis.since <= on:
            return basis
    raise ValueError(f"{on} 早于本规则的依据 / before the first law known for {variable}")
