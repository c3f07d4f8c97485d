"""Three-valued arithmetic for OpenFisca formulas: met 1.0, not met 0.0, unknown NaN.
One sentinel serves facts not told, local standards not published (待局补) and conditions left to the window.

How the third value travels:

* a number not told is NaN; a choice not told is the member ``not_told``, always the first of its Enum;
* a standard that the bureau has not published is NaN in its YAML parameter;
* every comparison with NaN is NaN (NumPy would say False), and ``all_of`` / ``any_of`` are Kleene's: a single
  not-met decides ``all_of``, a single met decides ``any_of``, whatever else is unknown.

So a missing number can never turn into a yes or a no.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Verdict = NDArray[Any]

MET, NOT_MET, UNKNOWN = 1.0, 0.0, float("nan")


def _compared(left: Any, right: Any, holds: Any) -> Verdict:
    return np.where(np.isnan(left) | np.isnan(right), UNKNOWN, holds)


def below(left: Any, right: Any) -> Verdict:
    """``left < right``; unknown when either is."""
    return _compared(left, right, np.less(left, right))


def at_least(left: Any, right: Any) -> Verdict:
    """``left >= right``; unknown when either is."""
    return _compared(left, right, np.greater_equal(left, right))


def money_below(left: Any, right: Any) -> Verdict:
    """``left < right`` for yuan, compared in fen: 32-bit floats are off by less than half a fen."""
    return below(np.round(np.asarray(left, float) * 100), np.round(np.asarray(right, float) * 100))


def says(choice: Any, *members: Any) -> Verdict:
    """Whether the resident's choice is one of ``members``; unknown when not told."""
    told = choice != choice.possible_values.not_told
    chosen = np.logical_or.reduce([choice == member for member in members])
    return np.where(told, np.where(chosen, MET, NOT_MET), UNKNOWN)


def verdict(choice: Any, *, met: tuple[Any, ...], not_met: tuple[Any, ...] = ()) -> Verdict:
    """Choices that settle a condition; every other choice leaves it to the window."""
    result = np.full(choice.shape, UNKNOWN)
    for members, value in ((met, MET), (not_met, NOT_MET)):
        for member in members:
            result = np.where(choice == member, value, result)
    return result


def all_of(*conditions: Any) -> Verdict:
    """Every condition holds (Kleene's and)."""
    stacked = np.stack(np.broadcast_arrays(*conditions))
    unknown = np.isnan(stacked).any(axis=0)
    return np.where((stacked == NOT_MET).any(axis=0), NOT_MET, np.where(unknown, UNKNOWN, MET))


def any_of(*conditions: Any) -> Verdict:
    """At least one condition holds (Kleene's or)."""
    return opposite(all_of(*(opposite(condition) for condition in conditions)))


def opposite(condition: Any) -> Verdict:
    """The condition does not hold; unknown stays unknown."""
    return 1.0 - np.asarray(condition, float)


def at_best_window(condition: Any) -> Verdict:
    """What speaks for the resident but is only the window's to decide: met becomes unknown."""
    return np.where(np.asarray(condition) == NOT_MET, NOT_MET, UNKNOWN)
