"""What the registry hands out: frozen views, with personal data masked.
They stay valid after the session is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"


@dataclass(frozen=True, slots=True)
class OfficeView:
    """An office or facility; None is what is not known."""

    code: str
    name: str
    kind: str
    township: str | None
    address: str | None
    phone: str | None
    hours: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class SlotView:
    """A time that can be booked, with the number of free seats (≥1). Instants in UTC."""

    slot_id: int
    office_code: str
    office_name: str
    starts_at: datetime
    ends_at: datetime
    free: int
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking. Names and phone are masked; `seat_number` is None once cancelled. Instants in UTC."""

    receipt: str
    service: str
    status: str
    slot_id: int
    office_code: str
    office_name: str
    office_address: str | None
    office_phone: str | None
    starts_at: datetime
    ends_at: datetime
    seat_number: int | None
    names_masked: tuple[str, ...]
    phone_masked: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case just filed. `is_new` is False when this very report had been filed before.

    `due_estimated`: the working days of that year are not published yet, weekdays were counted.
    """

    receipt: str
    kind: str
    service: str
    triage: str
    status: str
    created_at: datetime
    due_at: datetime
    due_estimated: bool
    anonymous: bool
    is_new: bool
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened to a case; `note` is plain text for those allowed to see the view."""

    at: datetime
    actor: str
    kind: str
    status: str | None
    note: str | None
    public: bool


@dataclass(frozen=True, slots=True)
class CaseStatusView:
    """Where a case stands. When not `verified` only the status line is filled."""

    receipt: str
    kind: str
    status: str
    updated_at: datetime
    due_at: datetime
    due_estimated: bool
    verified: bool
    service: str | None = None
    triage: str | None = None
    created_at: datetime | None = None
    place: str | None = None
    township: str | None = None
    details: Mapping[str, JsonValue] | None = None
    events: tuple[EventView, ...] = ()
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawalView:
    """What became of a withdrawal: `status` still open means that an officer decides; `before` is what it was."""

    receipt: str
    kind: str
    service: str
    before: str
    status: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as staff read it: everything opened. Reading one leaves a row in the audit log."""

    receipt: str
    kind: str
    service: str
    triage: str
    status: str
    created_at: datetime
    due_at: datetime
    due_estimated: bool
    place: str | None
    township: str | None
    location: tuple[float, float] | None
    details: Mapping[str, JsonValue]
    reporter_name: str | None
    reporter_phone: str | None
    anonymous: bool
    conversation: str | None
    events: tuple[EventView, ...]
    attachments: tuple[tuple[str, str], ...] = field(default=())
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class StepView:
    """One dated step of an application."""

    status: str
    happened_on: date


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """How far an application has come; the applicant's name is masked."""

    number: str
    service: str
    status: str
    township: str | None
    applicant_masked: str
    steps: tuple[StepView, ...]
    is_demo: bool


@dataclass(frozen=True, slots=True)
class DeskRowView:
    """A row of work for the hotline desk."""

    row_id: int
    kind: str
    conversation: str | None
    text_masked: str | None
    service: str | None
    reason: str | None
    status: str
    taken_by: str | None
    created_at: datetime
    is_demo: bool


class Candidate(NamedTuple):
    """A found person who may be the missing one: score 0–100 and the codes of what agrees."""

    found_id: int
    score: int
    reasons: list[str]
