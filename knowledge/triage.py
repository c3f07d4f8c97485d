"""How urgent a report is: rules as data (triage.yml), read top down.

P0 at once, P1 the same day, P2 and P3 in working days; the due times are the registry's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache
def _rules() -> dict[str, list[dict[str, Any]]]:
    path = Path(__file__).parent / "triage.yml"
    rules: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return rules


def triage(kind: str, facts: Mapping[str, Any], danger: str | None) -> str:
    """Grade P0…P3 of a report of this kind; KeyError for a kind without rules.

    danger: what the safety screen saw (any kind), or None.
    """
    for rule in _rules()[kind]:
        if rule.get("danger") and not danger:
            continue
        if all(facts.get(slot) in values for slot, values in rule.get("when", {}).items()):
            return str(rule["grade"])
    raise KeyError(f"triage.yml: {kind} has no last rule")
