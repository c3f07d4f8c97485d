"""What the knowledge room hands to those who speak: Answer, its sources and amounts, search hits.
Shape of design.md's Answer contract; everything here is plain data that can be sent as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Decision = Literal["answer", "clarify", "handoff", "redirect", "report", "chitchat"]
Layout = Literal["chat", "desk"]


class Citation(BaseModel):
    """One source of an answer: document, article (第十八条), date from, how it was read (A, A-, B, C)."""

    model_config = ConfigDict(frozen=True)

    document: str
    title: str
    number: str | None = None
    article: str | None = None
    effective_from: date | None = None
    confidence: str


class Amount(BaseModel):
    """One number said in an answer, traceable: value and unit as printed, source = document and article."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: int | float | str
    unit: str
    effective_from: date | None = None
    effective_to: date | None = None
    source: str
    demo: bool = False


class Choice(BaseModel):
    """A quick reply: what the button shows and the Chinese sentence that tapping it says."""

    model_config = ConfigDict(frozen=True)

    title: str
    payload: str


class Answer(BaseModel):
    """One answer. ``more`` is the unfolded rest (看全部); ``statements`` the ids of what ``text`` says.

    ``confidence`` is for the caller (NLU or retrieval score, 0..1); the composer leaves it None.
    """

    decision: Decision
    service: str
    aspect: str | None = None
    text: str
    citations: list[Citation] = []
    amounts: list[Amount] = []
    choices: list[Choice] = []
    confidence: float | None = None
    statements: list[str] = []
    more: str | None = None
    demo: bool = False


@dataclass(frozen=True)
class Hit:
    """A statement found by search; ``score`` 0..1: how well it fits the question."""

    statement_id: str
    service: str
    aspect: str
    score: float
