"""What crosses the gateway: messages in, messages out, the Answer (contract: docs/architecture.md).

The HTTP API, the web chat, Telegram and the terminal all speak these.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CONVERSATION = r"^[A-Za-z0-9_.:-]{6,80}$"


class Location(BaseModel):
    """Where the resident says it is; WGS 84 degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Incoming(BaseModel):
    """One thing a resident sent. `message_id` makes a resend or a double tap the same message."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    conversation: str = Field(pattern=CONVERSATION)
    # Far above what is accepted: a long message gets a sentence that says what to do, not a 422.
    text: str = Field("", max_length=200_000)
    message_id: str | None = Field(None, max_length=80)
    location: Location | None = None
    photo: str | None = Field(None, description="reference given by POST /api/attachments", max_length=80)
    channel: Literal["web", "terminal", "telegram", "api"] = "api"


class Choice(BaseModel):
    """A quick reply: what the button shows and what tapping it says."""

    title: str
    payload: str


class Message(BaseModel):
    """One bubble the resident gets."""

    model_config = ConfigDict(hide_input_in_errors=True)

    text: str
    choices: list[Choice] = []
    kind: Literal["reply", "safety", "notice"] = "reply"
    answer: dict[str, Any] | None = Field(None, description="an Answer, where the bubble is one")
    receipt: str | None = Field(None, description="receipt number, where the bubble confirms a filing")


class Question(BaseModel):
    """Body of POST /api/ask."""

    text: str = Field("", max_length=200_000)


class Answer(BaseModel):
    """One sourced answer (design.md, Contracts)."""

    model_config = ConfigDict(hide_input_in_errors=True)

    decision: Literal["answer", "clarify", "handoff", "redirect", "report", "chitchat"]
    service: str
    aspect: str | None = None
    text: str
    citations: list[dict[str, Any]] = []
    amounts: list[dict[str, Any]] = []
    choices: list[Choice] = []
    confidence: float | None = None
    candidates: list[str] = Field(
        [],
        description="service codes to tap: of a clarify, or below an unsure answer, whose own then comes first",
    )
    statements: list[str] = Field([], description="card statements that the text is composed of")
    more: str | None = Field(None, description="the rest, unfolded on demand")
    demo: bool = Field(False, description="uses fictional demo figures")
