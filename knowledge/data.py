"""The parsed knowledge files in one bag, before any question is asked of them.
Only loading.py fills it; it is never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from knowledge.problems import Problem
from knowledge.schema import Card, Department, Document, Faq, Hotline, Office, Standard
from knowledge.wording import Wording


@dataclass(frozen=True)
class Data:
    """The parsed files: entries by id, wording, services.csv rows, and which file each entry came from.

    ``bureau_standards`` have values that the bureau entered; ``left_out`` are the bureau's changes that could
    not be laid over the files, and why. ``thesaurus``: groups of words that mean one thing.
    """

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
    faq: dict[str, Faq] = field(default_factory=dict)
    demo_standards: set[str] = field(default_factory=set)
    bureau_standards: set[str] = field(default_factory=set)
    left_out: list[Problem] = field(default_factory=list)
    thesaurus: list[list[str]] = field(default_factory=list)
