"""The rows behind an appointment: locking slots, finding a free seat, and turning a booking into a view.
Used by `registry.appointments` and `registry.slots` only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from registry.clock import to_utc
from registry.context import sealer_of
from registry.crypto import Sealer, mask_name, mask_phone
from registry.errors import SlotGone, SlotInPast
from registry.kinds import ACTIVE_BOOKINGS
from registry.models import Booking, Seat, Slot
from registry.views import BookingView


def lock_slots(session: Session, *slot_ids: int) -> dict[int, Slot]:
    """Lock these slots until the transaction ends, in the order of their ids: two movers cannot jam."""
    query = (
        select(Slot)
        .where(Slot.id.in_(slot_ids))
        .order_by(Slot.id)
        .with_for_update(of=Slot)
        .execution_options(populate_existing=True)
    )
    return {slot.id: slot for slot in session.scalars(query)}


def check_bookable(slot: Slot, service: str, now: datetime) -> None:
    """SlotInPast when it has begun, SlotGone when it does not serve this service."""
    if slot.starts_at <= to_utc(now):
        raise SlotInPast(slot.id)
    if slot.services is not None and service not in slot.services:
        raise SlotGone(slot.id)


def seat_is_free(now: datetime, returning: int | None = None) -> ColumnElement[bool]:
    """SQL: nobody holds this seat and it has rested. `returning` is a booking that may come back at once."""
    rested = or_(Seat.available_from.is_(None), Seat.available_from <= now)
    if returning is not None:
        rested = or_(rested, Seat.released_by == returning)
    return ~exists().where(Booking.seat_id == Seat.id) & rested


def free_seat(session: Session, slot_id: int, now: datetime, returning: int | None = None) -> Seat | None:
    """The free seat of lowest number, or None."""
    query = select(Seat).where(Seat.slot_id == slot_id, seat_is_free(now, returning)).order_by(Seat.number)
    return session.scalars(query.limit(1).execution_options(populate_existing=True)).one_or_none()


def hold_seat(seat: Seat) -> None:
    """Clear the marks that a former holder left."""
    seat.available_from = seat.released_by = None


def active_booking(session: Session, phone_index: str | None, service: str, day: date) -> Booking | None:
    """The live booking of this phone for this service on this local day."""
    query = select(Booking).where(
        Booking.phone_index == phone_index,
        Booking.service == service,
        Booking.day == day,
        Booking.status.in_(ACTIVE_BOOKINGS),
    )
    return session.scalars(query).one_or_none()


def seal_names(sealer: Sealer, names: Sequence[str]) -> str:
    """The applicants' names as one sealed text."""
    return sealer.seal(json.dumps(list(names), ensure_ascii=False))


def view(session: Session, booking: Booking) -> BookingView:
    """The masked view of a booking."""
    session.flush()
    session.refresh(booking)
    sealer = sealer_of(session)
    names: list[str] = json.loads(sealer.unseal(booking.names_sealed)) if booking.names_sealed else []
    office = booking.slot.place.office
    return BookingView(
        receipt=booking.receipt,
        service=booking.service,
        status=booking.status,
        slot_id=booking.slot_id,
        office_code=office.code,
        office_name=office.name,
        office_address=office.address,
        office_phone=office.phone,
        starts_at=booking.slot.starts_at,
        ends_at=booking.slot.ends_at,
        seat_number=booking.seat.number if booking.seat else None,
        names_masked=tuple(mask_name(name) for name in names),
        phone_masked=mask_phone(sealer.unseal(booking.phone_sealed)) if booking.phone_sealed else None,
        is_demo=booking.is_demo,
    )
