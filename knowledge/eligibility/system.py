"""The OpenFisca tax-benefit system of the bureau: entities, dated parameters, and every programme's rules.
Built once a process; adding a folder under programmes/ adds a programme."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from openfisca_core.parameters import ParameterNode, load_parameter_file
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from knowledge.eligibility.declare import number
from knowledge.eligibility.entities import Household, Person

HERE = Path(__file__).parent
FOLDER = HERE / "programmes"


@cache
def programme_codes() -> tuple[str, ...]:
    """Service codes that have rules, in alphabetical order."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob("*/programme.yml")))


@cache
def tax_benefit_system() -> TaxBenefitSystem:
    """The whole system, loaded on first use and kept."""
    system = TaxBenefitSystem([Person, Household])
    system.parameters = _parameters()
    for name, parameter in system.parameters.local.children.items():
        system.add_variable(number(name, Household, parameter.description))
    for code in programme_codes():
        system.add_variables(*_variables(importlib.import_module(f"{__package__}.programmes.{code}.rules")))
    return system


def _variables(module: ModuleType) -> list[type[Variable]]:
    return [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Variable) and item is not Variable
    ]


def _parameters() -> ParameterNode:
    root = ParameterNode("", data={})
    root.add_child("local", load_parameter_file(str(HERE / "local_standards.yml"), "local"))
    for code in programme_codes():
        file = FOLDER / code / "parameters.yml"
        if file.exists():
            root.add_child(code, load_parameter_file(str(file), code))
    return root


def local_standard_ids() -> tuple[str, ...]:
    """Ids of knowledge/standards that the rules take from the caller."""
    return tuple(tax_benefit_system().parameters.local.children)


def local_value(name: str, standards: Mapping[str, float | None], on: date) -> float:
    """A local standard: the caller's value, else the parameter's; NaN while it is pending.

    A range printed as text (5万—20万) is no number to compare with and counts as pending.
    """
    given = standards.get(name)
    if isinstance(given, int | float):
        return float(given)
    return float(tax_benefit_system().parameters.local.children[name](on.isoformat()))


@lru_cache(maxsize=256)
def numbers(programme: str, on: date) -> Mapping[str, float]:
    """The programme's own parameters in force on ``on``, by name: for placeholders and for sample ages."""
    node = tax_benefit_system().parameters.children.get(programme)
    found = {name: child(on.isoformat()) for name, child in (node.children if node else {}).items()}
    return MappingProxyType({name: value for name, value in found.items() if isinstance(value, int | float)})


def thresholds(programme: str, fact: str, on: date) -> list[float]:
    """Values at which ``fact`` changes its meaning, from parameters marked ``threshold_of``."""
    node = tax_benefit_system().parameters.children.get(programme)
    children = node.children.items() if node else ()
    marked = [name for name, child in children if child.metadata.get("threshold_of") == fact]
    return sorted({numbers(programme, on)[name] for name in marked})


def simulation(rows: int) -> Simulation:
    """An empty simulation of ``rows`` persons, each alone in a household of the same row."""
    system = tax_benefit_system()
    builder: Any = SimulationBuilder()
    builder.create_entities(system)
    ids = np.arange(rows)
    builder.declare_person_entity("person", ids)
    household = builder.declare_entity("household", ids)
    builder.join_with_persons(household, ids, np.zeros(rows, int))
    return builder.build(system)
