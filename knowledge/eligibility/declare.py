"""Short declarations of OpenFisca input variables: the facts that a resident tells.
Formulas are written out as classes in each programme's rules.py; inputs would only repeat themselves."""

from __future__ import annotations

from typing import Any

from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable


class YesNo(Enum):
    """A yes-or-no fact (是或不是)."""

    not_told = "没有说"
    yes = "是"
    no = "不是"


def choice(name: str, entity: Any, options: type[Enum], label: str) -> type[Variable]:
    """A fact with a fixed list of answers; the first member of ``options`` must be ``not_told``."""
    return _variable(
        name,
        entity,
        label,
        value_type=Enum,
        possible_values=options,
        default_value=options.not_told,
    )


def number(name: str, entity: Any, label: str) -> type[Variable]:
    """A numeric fact; NaN while it is not told."""
    return _variable(name, entity, label, value_type=float, default_value=float("nan"))


def _variable(name: str, entity: Any, label: str, **more: Any) -> type[Variable]:
    attributes = {"entity": entity, "label": label, "definition_period": DateUnit.DAY, **more}
    return type(name, (Variable,), attributes)
