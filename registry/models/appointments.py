"""Appointments: times, the numbered seats of each, and the bookings that hold a seat.
Overselling is impossible by constraint: a seat is held by one booking, a live booking holds a seat."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.kinds import ACTIVE_BOOKINGS, APPOINTMENT_SERVICES, BOOKING_STATUSES, one_of
from registry.models.base import Base
from registry.models.offices import Office

_ACTIVE = text(one_of("status", ACTIVE_BOOKINGS))


class AppointmentOffice(Base):
    """An office that takes appointments; `rest_minutes` is how long a cancelled seat rests."""

    __tablename__ = "appointment_offices"
    __table_args__ = (
        UniqueConstraint("office_id", name="uq_appointment_offices_office"),
        CheckConstraint("rest_minutes >= 0", name="ck_appointment_offices_rest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id", name="fk_appointment_offices_office"))
    rest_minutes: Mapped[int] = mapped_column(default=10)
    is_demo: Mapped[bool] = mapped_column(default=False)

    office: Mapped[Office] = relationship(lazy="joined")


class Slot(Base):
    """A time that can be booked; `services` NULL means any of them."""

    __tablename__ = "appointment_slots"
    __table_args__ = (
        UniqueConstraint("appointment_office_id", "starts_at", name="uq_appointment_slots_start"),
        CheckConstraint("ends_at > starts_at", name="ck_appointment_slots_order"),
        CheckConstraint("capacity >= 1", name="ck_appointment_slots_capacity"),
        Index("ix_appointment_slots_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_office_id: Mapped[int] = mapped_column(
        ForeignKey("appointment_offices.id", name="fk_appointment_slots_office")
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    services: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    is_demo: Mapped[bool] = mapped_column(default=False)

    place: Mapped[AppointmentOffice] = relationship(lazy="joined")


class Seat(Base):
    """One of the places of a slot. After a release it rests until `available_from`.

    `released_by` is the booking that left it (it may come back at once); no foreign key, because
    bookings already point here and the circle would buy nothing.
    """

    __tablename__ = "appointment_seats"
    __table_args__ = (
        UniqueConstraint("slot_id", "number", name="uq_appointment_seats_number"),
        UniqueConstraint("id", "slot_id", name="uq_appointment_seats_id_slot"),
        CheckConstraint("number >= 1", name="ck_appointment_seats_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("appointment_slots.id", name="fk_appointment_seats_slot"))
    number: Mapped[int]
    available_from: Mapped[datetime | None]
    released_by: Mapped[int | None]


class Booking(Base):
    """A booking. `rescheduled` is live too: the same receipt at a changed time.

    Personal columns are NULL only after retention has emptied them (`anonymised_at`).
    """

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("receipt", name="uq_bookings_receipt"),
        UniqueConstraint("seat_id", name="uq_bookings_seat"),
        UniqueConstraint("idempotency_key", name="uq_bookings_idempotency_key"),
        ForeignKeyConstraint(
            ["seat_id", "slot_id"],
            ["appointment_seats.id", "appointment_seats.slot_id"],
            name="fk_bookings_seat_of_slot",
        ),
        CheckConstraint("length(receipt) > 0", name="ck_bookings_receipt"),
        CheckConstraint(one_of("status", BOOKING_STATUSES), name="ck_bookings_status"),
        CheckConstraint(one_of("service", APPOINTMENT_SERVICES), name="ck_bookings_service"),
        CheckConstraint("(status = 'cancelled') = (seat_id IS NULL)", name="ck_bookings_seat_held"),
        CheckConstraint(
            "phone_index IS NOT NULL OR anonymised_at IS NOT NULL", name="ck_bookings_phone_index"
        ),
        Index(
            "uq_bookings_one_a_day",
            "phone_index",
            "service",
            "day",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str]
    seat_id: Mapped[int | None]
    slot_id: Mapped[int] = mapped_column(ForeignKey("appointment_slots.id", name="fk_bookings_slot"))
    day: Mapped[date]
    service: Mapped[str]
    status: Mapped[str]
    names_sealed: Mapped[str | None]
    phone_sealed: Mapped[str | None]
    phone_index: Mapped[str | None]
    id_index: Mapped[str | None]
    idempotency_key: Mapped[str]
    conversation: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    anonymised_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    # Not joined: PostgreSQL re-reads a row that it waited to lock, but not the row joined to it, and a
    # booking moved meanwhile would come back without its slot.
    slot: Mapped[Slot] = relationship()
    seat: Mapped[Seat | None] = relationship(viewonly=True)


class BookingChange(Base):
    """One move of a booking: remembers a request to reschedule, so that its repetition moves nothing."""

    __tablename__ = "booking_changes"
    __table_args__ = (
        UniqueConstraint("idempotency_key", name="uq_booking_changes_idempotency_key"),
        Index("ix_booking_changes_booking_id", "booking_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id", name="fk_booking_changes_booking"))
    from_slot_id: Mapped[int] = mapped_column(
        ForeignKey("appointment_slots.id", name="fk_booking_changes_from_slot")
    )
    to_slot_id: Mapped[int] = mapped_column(
        ForeignKey("appointment_slots.id", name="fk_booking_changes_to_slot")
    )
    idempotency_key: Mapped[str]
    at: Mapped[datetime]
