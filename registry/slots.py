"""The times of appointments: opening them and listing those with a free seat.
Re-exported by `registry.appointments`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.booking_rows import seat_is_free
from registry.clock import at_local, utc_now
from registry.errors import NotFound
from registry.kinds import APPOINTMENT_SERVICES, require
from registry.models import AppointmentOffice, Office, Seat, Slot
from registry.offices import find_row
from registry.views import SlotView

Period = tuple[time, time, int]


def open_slots(
    session: Session,
    office_code: str,
    days: Sequence[date],
    periods: Sequence[Period],
    is_demo: bool = False,
    *,
    services: Sequence[str] | None = None,
) -> int:
    """Open a slot for each day and (start, end, capacity) in local time; return how many are new.

    `services` None means any. A time that is open already is left as it is. NotFound for the office.
    """
    office = find_row(session, office_code)
    if office is None:
        raise NotFound(office_code)
    allowed = None if services is None else [require("service", s, APPOINTMENT_SERVICES) for s in services]
    place = _appointment_office(session, office, is_demo)
    taken = set(session.scalars(select(Slot.starts_at).where(Slot.appointment_office_id == place.id)))
    opened = 0
    for day in days:
        for start, end, capacity in periods:
            starts_at = at_local(day, start)
            if starts_at in taken:
                continue
            if capacity < 1:
                raise ValueError("a slot has at least one seat")
            slot = Slot(
                appointment_office_id=place.id,
                starts_at=starts_at,
                ends_at=at_local(day, end),
                capacity=capacity,
                services=allowed,
                is_demo=is_demo,
            )
            session.add(slot)
            session.flush()
            session.add_all(Seat(slot_id=slot.id, number=number) for number in range(1, capacity + 1))
            opened += 1
    session.flush()
    return opened


def free_slots(
    session: Session,
    from_: date,
    to: date,
    office_code: str | None = None,
    service: str | None = None,
    *,
    now: datetime | None = None,
) -> list[SlotView]:
    """The slots of these local days (both included) that have not begun and have a free seat, by time."""
    moment = now or utc_now()
    query = (
        select(Slot, func.count(Seat.id))
        .join(Seat, Seat.slot_id == Slot.id)
        .join(AppointmentOffice, AppointmentOffice.id == Slot.appointment_office_id)
        .join(Office, Office.id == AppointmentOffice.office_id)
        .where(
            Slot.starts_at >= at_local(from_, time.min),
            Slot.starts_at < at_local(to + timedelta(days=1), time.min),
            Slot.starts_at > moment,
            seat_is_free(moment),
        )
        .group_by(Slot.id)
        .order_by(Slot.starts_at, Slot.id)
    )
    if office_code is not None:
        query = query.where(Office.code == office_code)
    return [
        SlotView(
            slot_id=slot.id,
            office_code=slot.place.office.code,
            office_name=slot.place.office.name,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            free=free,
            is_demo=slot.is_demo,
        )
        for slot, free in session.execute(query)
        if service is None or slot.services is None or service in slot.services
    ]


def _appointment_office(session: Session, office: Office, is_demo: bool) -> AppointmentOffice:
    place = session.scalars(
        select(AppointmentOffice).where(AppointmentOffice.office_id == office.id)
    ).one_or_none()
    if place is None:
        place = AppointmentOffice(office_id=office.id, is_demo=is_demo)
        session.add(place)
        session.flush()
    return place
