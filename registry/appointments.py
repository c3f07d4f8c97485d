"""Appointments: open times, book, move, cancel and look up. One locked slot, one re-check, bounded retries.
The constraints of the tables decide who gets the last seat; the locks only keep the queue orderly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry import audit
from registry.booking_rows import (
    active_booking,
    check_bookable,
    free_seat,
    hold_seat,
    lock_slots,
    seal_names,
    view,
)
from registry.clock import local_day, to_utc
from registry.context import sealer_of
from registry.crypto import normalise_id, normalise_phone
from registry.errors import AlreadyBooked, AlreadyCancelled, NotFound, SlotGone, SlotInPast
from registry.kinds import ACTIVE_BOOKINGS, APPOINTMENT_SERVICES, require
from registry.models import Booking, BookingChange, Seat
from registry.receipts import new_receipt, parse_receipt
from registry.slots import free_slots, open_slots
from registry.views import BookingView
from registry.writing import ATTEMPTS

__all__ = [
    "book",
    "cancel",
    "find_by_phone",
    "find_by_receipt",
    "free_slots",
    "open_slots",
    "reschedule",
    "settle",
]


def book(
    session: Session,
    *,
    slot_id: int,
    service: str,
    names: Sequence[str],
    phone: str,
    id_number: str | None = None,
    idempotency_key: str,
    conversation: str | None,
    now: datetime,
) -> BookingView:
    """Book one seat. `idempotency_key` names one confirmation: repeated, it returns the booking it made.

    SlotGone, SlotInPast, AlreadyBooked (same phone, service and day); ValueError for an unknown service
    or an empty name or phone.
    """
    require("service", service, APPOINTMENT_SERVICES)
    applicants = [name.strip() for name in names if name.strip()]
    if not applicants or not normalise_phone(phone):
        raise ValueError("a booking needs a name and a telephone number")
    sealer = sealer_of(session)
    phone_index = sealer.phone_index(phone)
    key = sealer.index(idempotency_key, "key")
    for _ in range(ATTEMPTS):
        slot = lock_slots(session, slot_id).get(slot_id)
        known = session.scalars(select(Booking).where(Booking.idempotency_key == key)).one_or_none()
        if known is not None:
            return view(session, known)
        if slot is None:
            raise SlotGone(slot_id)
        check_bookable(slot, service, now)
        same_day = active_booking(session, phone_index, service, local_day(slot.starts_at))
        if same_day is not None:
            raise AlreadyBooked(view(session, same_day))
        seat = free_seat(session, slot.id, now)
        if seat is None:
            raise SlotGone(slot_id)
        booking = Booking(
            receipt=new_receipt("appointment", now),
            seat_id=seat.id,
            slot_id=slot.id,
            day=local_day(slot.starts_at),
            service=service,
            status="booked",
            names_sealed=seal_names(sealer, applicants),
            phone_sealed=sealer.seal(normalise_phone(phone)),
            phone_index=phone_index,
            id_index=sealer.id_index(id_number) if id_number and normalise_id(id_number) else None,
            idempotency_key=key,
            conversation=conversation,
            created_at=now,
            updated_at=now,
            is_demo=slot.is_demo,
        )
        try:
            with session.begin_nested():
                hold_seat(seat)
                session.add(booking)
        except IntegrityError:
            continue
        audit.record(session, action="book", object_type="booking", object_ref=booking.receipt, at=now)
        return view(session, booking)
    raise SlotGone(slot_id)


def reschedule(
    session: Session, *, receipt: str, phone: str, slot_id: int, idempotency_key: str, now: datetime
) -> BookingView:
    """Move a booking to another time under the same receipt; when that fails the old time is kept.

    NotFound, AlreadyCancelled, SlotInPast (also: the old time has begun), SlotGone, AlreadyBooked.
    """
    key = sealer_of(session).index(idempotency_key, "key")
    for _ in range(ATTEMPTS):
        booking = _own(session, receipt, phone, "reschedule", now)
        done = select(BookingChange).where(BookingChange.idempotency_key == key)
        if session.scalars(done.where(BookingChange.booking_id == booking.id)).first() is not None:
            return view(session, booking)
        _check_changeable(booking, now)
        if booking.slot_id == slot_id:
            return view(session, booking)
        slot = lock_slots(session, booking.slot_id, slot_id).get(slot_id)
        if slot is None:
            raise SlotGone(slot_id)
        check_bookable(slot, booking.service, now)
        day = local_day(slot.starts_at)
        same_day = active_booking(session, booking.phone_index, booking.service, day)
        if same_day is not None and same_day.id != booking.id:
            raise AlreadyBooked(view(session, same_day))
        seat = free_seat(session, slot.id, now, returning=booking.id)
        if seat is None:
            raise SlotGone(slot_id)
        change = BookingChange(
            booking_id=booking.id,
            from_slot_id=booking.slot_id,
            to_slot_id=slot.id,
            idempotency_key=key,
            at=now,
        )
        try:
            with session.begin_nested():
                _release(session, booking, now)
                hold_seat(seat)
                booking.seat_id, booking.slot_id, booking.day = seat.id, slot.id, day
                booking.status, booking.updated_at = "rescheduled", now
                session.add(change)
        except IntegrityError:
            continue
        audit.record(session, action="reschedule", object_type="booking", object_ref=booking.receipt, at=now)
        return view(session, booking)
    raise SlotGone(slot_id)


def cancel(session: Session, *, receipt: str, phone: str, now: datetime) -> BookingView:
    """Cancel a booking; its seat rests before others can have it, so that seats are not traded.

    NotFound, AlreadyCancelled, SlotInPast.
    """
    booking = _own(session, receipt, phone, "cancel", now)
    _check_changeable(booking, now)
    _release(session, booking, now)
    booking.seat_id, booking.status, booking.updated_at = None, "cancelled", now
    session.flush()
    audit.record(session, action="cancel", object_type="booking", object_ref=booking.receipt, at=now)
    return view(session, booking)


def settle(
    session: Session, *, receipt: str, outcome: Literal["finished", "missed"], actor: str, now: datetime
) -> BookingView:
    """Say, at the window, whether the applicants came; nobody is `missed` before the time (ValueError).

    NotFound, AlreadyCancelled.
    """
    require("outcome", outcome, ("finished", "missed"))
    booking = _locked(session, receipt)
    if booking is None:
        raise NotFound(receipt)
    if booking.status == "cancelled":
        raise AlreadyCancelled(booking.receipt)
    if outcome == "missed" and booking.slot.starts_at > to_utc(now):
        raise ValueError("nobody has missed an appointment that has not begun")
    booking.status, booking.updated_at = outcome, now
    session.flush()
    audit.record(
        session, action=outcome, object_type="booking", object_ref=booking.receipt, actor=actor, at=now
    )
    return view(session, booking)


def find_by_receipt(session: Session, *, receipt: str, phone: str) -> BookingView:
    """The booking of this receipt and this phone, whatever its status; NotFound otherwise."""
    booking = _own(session, receipt, phone, "find_booking", None, lock=False)
    audit.record(session, action="find_booking", object_type="booking", object_ref=booking.receipt)
    return view(session, booking)


def find_by_phone(session: Session, *, phone: str) -> list[BookingView]:
    """The active bookings of this phone, soonest first.

    The views carry receipts: only for a caller who knows that the phone is the asker's own.
    """
    index = sealer_of(session).phone_index(phone)
    query = select(Booking).where(Booking.phone_index == index, Booking.status.in_(ACTIVE_BOOKINGS))
    found = sorted(session.scalars(query), key=lambda booking: booking.slot.starts_at)
    audit.record(session, action="find_bookings", object_type="phone_index", object_ref=index[:16])
    return [view(session, booking) for booking in found]


def _own(
    session: Session, receipt: str, phone: str, action: str, at: datetime | None, *, lock: bool = True
) -> Booking:
    booking = _locked(session, receipt) if lock else session.scalars(_query(receipt)).one_or_none()
    if booking is None or booking.phone_index != sealer_of(session).phone_index(phone):
        ref = parse_receipt(receipt) or "unreadable"
        audit.record(session, action=action, object_type="booking", object_ref=ref, at=at, denied=True)
        raise NotFound(ref)
    return booking


def _locked(session: Session, receipt: str) -> Booking | None:
    query = _query(receipt).with_for_update(of=Booking).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def _query(receipt: str) -> Select[Booking]:
    return select(Booking).where(Booking.receipt == parse_receipt(receipt))


def _check_changeable(booking: Booking, now: datetime) -> None:
    if booking.status == "cancelled":
        raise AlreadyCancelled(booking.receipt)
    if booking.status not in ACTIVE_BOOKINGS or booking.slot.starts_at <= to_utc(now):
        raise SlotInPast(booking.receipt)


def _release(session: Session, booking: Booking, now: datetime) -> None:
    seat = session.get_one(Seat, booking.seat_id)
    seat.available_from = now + timedelta(minutes=booking.slot.place.rest_minutes)
    seat.released_by = booking.id
