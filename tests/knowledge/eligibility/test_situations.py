"""The situations of the YAML files, as a policy officer writes them: facts, day, standards, result, reasons.
Numbers of standards in them are made up for the test."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.eligibility import PROGRAMMES, accepts, screen

TODAY = date(2026, 11, 23)
HERE = Path(__file__).parent


def _situations() -> list[Any]:
    found = []
    for file in sorted(HERE.glob("*.yml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        for case in data["cases"]:
            known = case.get("only", data["defaults"]["full"] | case.get("change", {}))
            programme = data["defaults"]["programme"]
            found.append(pytest.param(programme, known, case, id=f"{programme}: {case['name']}"))
    return found


SITUATIONS = _situations()


@pytest.mark.parametrize(("programme", "known", "case"), SITUATIONS)
def test_situation(programme: str, known: dict[str, Any], case: dict[str, Any]) -> None:
    screening = screen(programme, known, on=case.get("day", TODAY), standards=case.get("standards", {}))
    by_id = {item.id.removeprefix(f"{programme}."): item for item in screening.conditions}

    assert screening.result == case["result"]
    statuses = {
        name: by_id[name].status if name in by_id else "absent" for name in case.get("conditions", {})
    }
    assert statuses == case.get("conditions", {})
    if "missing" in case:
        assert screening.missing == case["missing"]
    if "next" in case:
        assert screening.next_programmes == case["next"]
    for name, source in case.get("cites", {}).items():
        assert f"{by_id[name].document} {by_id[name].article or '-'}" == source
    for name, words in case.get("says", {}).items():
        assert words in by_id[name].text
    assert set(case.get("advice", ())) <= set(screening.advice)
    assert not set(case.get("no_advice", ())) & set(screening.advice)


def test_situations_are_many_and_spelt_right() -> None:
    assert len(SITUATIONS) >= 60
    for programme in PROGRAMMES:
        assert sum(item.values[0] == programme for item in SITUATIONS) >= 15
    for item in SITUATIONS:
        programme, known, _ = item.values
        for name, value in known.items():
            assert value is None or accepts(programme, name, value), (programme, name, value)
