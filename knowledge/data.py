"""The parsed knowledge files in one bag, before any question is asked of them.
Only loading.py fills it; it is never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from knowledge.schema import Card, Department, Document, Hotline, Office, Standard
from knowledge.wording import Wording


@dataclass(frozen=True)
class Data:
    """The parsed files: entries by id, wording, services.csv rows, and which file each entry came from."""

    root: Path
    documents: dict[str, Document]
    standards: dict[str, Standard]
    cards: dict[str, Card]
    offices: dict[str, Office]
    hotlines: dict[str, Hotline]
    departments: dict[str, Department]
    wording: Wording
    codes: dict[str, dict[str, str]]
    files: dict[str, Path]
    demo_standards: set[str] = field(default_factory=set)
