"""The closed lists of the registry: kinds, statuses and grades, as the CHECK constraints hold them.
Adding a value here needs a migration that widens the constraint."""

from __future__ import annotations

from typing import Literal, get_args

AppointmentService = Literal["marriage_registration", "divorce_registration", "certificate_reissue"]
BookingStatus = Literal["booked", "rescheduled", "cancelled", "finished", "missed"]
CaseKind = Literal[
    "child_report", "rescue_report", "family_search", "complaint", "funeral_violation", "illegal_org",
    "elder_visit", "left_behind_child", "comment", "handoff", "unanswered", "undelivered",
]  # fmt: skip
Triage = Literal["P0", "P1", "P2", "P3"]
CaseStatus = Literal["received", "accepted", "referred", "closed", "withdrawn"]
EventKind = Literal["filed", "note", "status"]
AttachmentKind = Literal["photo", "location"]
Sex = Literal["male", "female", "unknown"]
FoundSource = Literal["station", "reporter"]
FoundStatus = Literal["waiting", "matched", "closed"]
ApplicationStatus = Literal[
    "received", "surveying", "verifying", "publicised", "confirming", "approved", "refused", "stopped"
]
DeskKind = Literal["unanswered", "handoff", "undelivered", "clarify_failed"]
DeskStatus = Literal["open", "taken", "done"]

APPOINTMENT_SERVICES: tuple[str, ...] = get_args(AppointmentService)
BOOKING_STATUSES: tuple[str, ...] = get_args(BookingStatus)
ACTIVE_BOOKINGS: tuple[str, ...] = ("booked", "rescheduled")
CASE_KINDS: tuple[str, ...] = get_args(CaseKind)
TRIAGES: tuple[str, ...] = get_args(Triage)
CASE_STATUSES: tuple[str, ...] = get_args(CaseStatus)
EVENT_KINDS: tuple[str, ...] = get_args(EventKind)
ATTACHMENT_KINDS: tuple[str, ...] = get_args(AttachmentKind)
SEXES: tuple[str, ...] = get_args(Sex)
FOUND_SOURCES: tuple[str, ...] = get_args(FoundSource)
FOUND_STATUSES: tuple[str, ...] = get_args(FoundStatus)
APPLICATION_STATUSES: tuple[str, ...] = get_args(ApplicationStatus)
DESK_KINDS: tuple[str, ...] = get_args(DeskKind)
DESK_STATUSES: tuple[str, ...] = get_args(DeskStatus)

CASE_MOVES: dict[str, frozenset[str]] = {
    "received": frozenset({"accepted", "referred", "closed", "withdrawn"}),
    "accepted": frozenset({"referred", "closed", "withdrawn"}),
    "referred": frozenset({"accepted", "closed", "withdrawn"}),
    "closed": frozenset({"accepted"}),
    "withdrawn": frozenset(),
}


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The SQL of a CHECK that a column holds one of these values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def require(name: str, value: str, values: tuple[str, ...]) -> str:
    """Return the value, or ValueError naming the field, before the database has to refuse it."""
    if value not in values:
        raise ValueError(f"{name} {value!r} is not one of {', '.join(values)}")
    return value
