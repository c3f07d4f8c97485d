"""Demonstration data: fictional offices, times, applications and found persons, all marked `is_demo`.
Their texts live in `demo_data.json` and begin with 【演示】; loading twice changes nothing."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import TypedDict, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from registry import audit
from registry.appointments import open_slots
from registry.clock import at_local
from registry.models import (
    Application,
    ApplicationStep,
    AppointmentOffice,
    Attachment,
    Booking,
    BookingChange,
    Case,
    CaseEvent,
    DeskRow,
    FoundPerson,
    Office,
    Recipient,
    SearchReport,
    Seat,
    Slot,
)
from registry.offices import save_office
from registry.receipts import compose_receipt
from registry.recipients import Step, add_application
from registry.slots import Period
from registry.tracing import add_found_person
from registry.workdays import next_workdays

NOON = time(12)


class _OfficeData(TypedDict):
    code: str
    name: str
    kind: str
    township: str | None
    address: str | None
    hours: str | None


class _AppointmentData(TypedDict):
    office: str
    workdays: int
    minutes: int
    capacity: int
    periods: list[tuple[str, str]]


class _ApplicationData(TypedDict):
    body: str
    service: str
    name: str
    phone: str | None
    id_number: str | None
    township: str | None
    steps: list[tuple[str, int]]


class _FoundData(TypedDict):
    key: str
    sex: str
    age_from: int
    age_to: int
    height_cm: int
    days_ago: int
    clothing: str
    features: str
    place: str
    township: str


class _Data(TypedDict):
    offices: list[_OfficeData]
    appointments: _AppointmentData
    applications: list[_ApplicationData]
    application_day: str
    found_persons: list[_FoundData]


def load_demo(session: Session, today: date) -> dict[str, int]:
    """Load what is missing of the demonstration data, with times for the 30 working days after `today`.

    Returns how many offices, slots, applications and found persons are new.
    """
    data = _data()
    counts = dict.fromkeys(("offices", "slots", "applications", "found_persons"), 0)
    known = set(session.scalars(select(Office.code)))
    for office in data["offices"]:
        save_office(session, **office, is_demo=True)
        counts["offices"] += office["code"] not in known
    plan = data["appointments"]
    days, _estimated = next_workdays(today, plan["workdays"])
    counts["slots"] = open_slots(session, plan["office"], days, _periods(plan), is_demo=True)
    numbers = set(session.scalars(select(Application.number)))
    now = at_local(today, NOON)
    for number, item in zip(demo_numbers(), data["applications"], strict=True):
        if number in numbers:
            continue
        steps: list[Step] = [(status, today - timedelta(days=ago)) for status, ago in item["steps"]]
        add_application(
            session,
            number=number,
            service=item["service"],
            name=item["name"],
            phone=item["phone"],
            id_number=item["id_number"],
            township=item["township"],
            steps=steps,
            now=now,
            is_demo=True,
        )
        counts["applications"] += 1
    counts["found_persons"] = _load_found(session, data["found_persons"], now)
    audit.record(session, action="load_demo", object_type="demo", object_ref=today.isoformat())
    return counts


def demo_numbers() -> list[str]:
    """The acceptance numbers of the demonstration applications, the same on every machine."""
    data = _data()
    day = date.fromisoformat(data["application_day"])
    return [compose_receipt("application", day, item["body"]) for item in data["applications"]]


def clear_demo(session: Session) -> None:
    """Remove every record marked as a demonstration, bookings and cases made during it included."""
    slots = select(Slot.id).where(Slot.is_demo)
    bookings = select(Booking.id).where(Booking.is_demo)
    cases = select(Case.id).where(Case.is_demo)
    applications = select(Application.id).where(Application.is_demo)
    for statement in (
        delete(BookingChange).where(BookingChange.booking_id.in_(bookings)),
        delete(Booking).where(Booking.is_demo),
        delete(Seat).where(Seat.slot_id.in_(slots)),
        delete(Slot).where(Slot.is_demo),
        delete(AppointmentOffice).where(AppointmentOffice.is_demo),
        delete(Office).where(Office.is_demo),
        delete(SearchReport).where(SearchReport.case_id.in_(cases)),
        delete(Attachment).where(Attachment.case_id.in_(cases)),
        delete(CaseEvent).where(CaseEvent.case_id.in_(cases)),
        delete(Case).where(Case.is_demo),
        delete(FoundPerson).where(FoundPerson.is_demo),
        delete(ApplicationStep).where(ApplicationStep.application_id.in_(applications)),
        delete(Application).where(Application.is_demo),
        delete(Recipient).where(Recipient.is_demo),
        delete(DeskRow).where(DeskRow.is_demo),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()
    audit.record(session, action="clear_demo", object_type="demo", object_ref="all")


def _load_found(session: Session, people: list[_FoundData], now: datetime) -> int:
    before = len(session.scalars(select(FoundPerson.id)).all())
    for person in people:
        add_found_person(
            session,
            sex=person["sex"],
            age_from=person["age_from"],
            age_to=person["age_to"],
            height_cm=person["height_cm"],
            clothing=person["clothing"],
            features=person["features"],
            place=person["place"],
            township=person["township"],
            found_at=now - timedelta(days=person["days_ago"]),
            idempotency_key=person["key"],
            is_demo=True,
        )
    return len(session.scalars(select(FoundPerson.id)).all()) - before


def _periods(plan: _AppointmentData) -> list[Period]:
    step = timedelta(minutes=plan["minutes"])
    periods: list[Period] = []
    for opens, closes in plan["periods"]:
        # Only the clock is meant; the day is a peg to add minutes to.
        start = datetime.combine(date.min, time.fromisoformat(opens))
        end = datetime.combine(date.min, time.fromisoformat(closes))
        while start + step <= end:
            periods.append((start.time(), (start + step).time(), plan["capacity"]))
            start += step
    return periods


def _data() -> _Data:
    return cast(_Data, json.loads(files("registry").joinpath("demo_data.json").read_text("utf-8")))
