"""The fixed sentences around the facts, read from wording.yml so that Python holds no wording.
A missing or misspelt key stops loading instead of leaving a hole in an answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.problems import KnowledgeError, Problem
from knowledge.schema import Aspect, NextStep

DEFAULT = Path(__file__).parent / "wording.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PendingWording(_Strict):
    """What is said in place of a value the bureau has not supplied."""

    standard: str
    contacts: dict[str, str]
    hotline: str
    note: str
    said_by: list[str]


class NotYetWording(_Strict):
    """Said after a value that starts later than the day asked for."""

    note: str


class ExpiredWording(_Strict):
    """Said after a statement whose document has run out, unless it says so itself."""

    note: str
    said_by: list[str]


class ConfidenceWording(_Strict):
    """How a statement of one confidence is softened, unless it already says one of ``said_by``."""

    prefix: str = ""
    suffix: str = ""
    suffix_no_year: str = ""
    year_only: str = ""
    said_by: list[str]


class BasisWording(_Strict):
    """Shape of the 依据 line."""

    lead: str
    document: str
    plain: str
    since: str
    since_until: str
    joiner: str
    separator: str
    more: str
    silent: list[str]


class DemoWording(_Strict):
    """Marks of fictional values."""

    value: str
    line: str
    document_title: str
    document_issuer: str
    entered_by: str


class LinesWording(_Strict):
    """Shape of the further lines of a chat answer."""

    bullet: str
    follow: str


class DeskWording(_Strict):
    """Shape of the longer layout for the hotline desk."""

    heading: str
    statement: str
    source: str
    value: str
    unconfirmed: str
    pending_with: str


class RedirectWording(_Strict):
    """Lines of an answer that sends the resident to another department."""

    name_line: str
    hotline_line: str
    no_hotline: str
    ours: str


class ChoiceWording(_Strict):
    """A button and what tapping it says."""

    title: str
    payload: str


class Wording(_Strict):
    """All of wording.yml."""

    date_format: str
    pending: PendingWording
    not_yet: NotYetWording
    expired: ExpiredWording
    uncovered: str
    nothing: str
    confidence: dict[str, ConfidenceWording]
    basis: BasisWording
    demo: DemoWording
    lines: LinesWording
    desk: DeskWording
    redirect: RedirectWording
    aspects: dict[Aspect, str]
    follow_on: dict[Aspect, list[Aspect]]
    offer_aspects: list[Aspect]
    aspect_payloads: dict[Aspect, str]
    contacts: dict[str, str]
    hotlines_asked_of: str
    next_steps: dict[NextStep, ChoiceWording]
    payload_overrides: dict[NextStep, dict[str, str]]
    short_names: dict[str, str]
    no_name: list[str]
    stop_words: frozenset[str]
    plain_questions: dict[Aspect, list[str]] = Field(default_factory=dict)
    decisions: dict[str, str] = Field(default_factory=dict)

    def chinese_date(self, day: date) -> str:
        """2026-07-01 → 2026年7月1日."""
        return self.date_format.format(year=day.year, month=day.month, day=day.day)


def parse_wording(raw: Any, path: Path) -> Wording:
    """Check wording; raises KnowledgeError naming each bad key."""
    try:
        return Wording.model_validate(raw)
    except ValidationError as error:
        faults = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()]
        raise KnowledgeError([Problem(str(path), key, message) for key, message in faults]) from error


def read_wording(root: Path) -> Wording:
    """``root``/wording.yml, or the one that comes with the package where ``root`` has none."""
    path = root / "wording.yml" if (root / "wording.yml").exists() else DEFAULT
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise KnowledgeError([Problem(str(path), "-", str(error))]) from error
    return parse_wording(raw, path)
