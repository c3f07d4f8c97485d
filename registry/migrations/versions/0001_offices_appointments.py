"""Offices, appointments and the registry's own settings.
A seat is held by one booking by unique constraint; a live booking holds a seat by check."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ACTIVE = sa.text("status IN ('booked', 'rescheduled')")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "registry_settings",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "offices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("township", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("hours", sa.Text()),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("code", name="uq_offices_code"),
        sa.CheckConstraint("length(code) > 0", name="ck_offices_code"),
        sa.CheckConstraint("length(name) > 0", name="ck_offices_name"),
    )
    op.create_table(
        "appointment_offices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "office_id",
            sa.Integer(),
            sa.ForeignKey("offices.id", name="fk_appointment_offices_office"),
            nullable=False,
        ),
        sa.Column("rest_minutes", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("office_id", name="uq_appointment_offices_office"),
        sa.CheckConstraint("rest_minutes >= 0", name="ck_appointment_offices_rest"),
    )
    op.create_table(
        "appointment_slots",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "appointment_office_id",
            sa.Integer(),
            sa.ForeignKey("appointment_offices.id", name="fk_appointment_slots_office"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("services", sa.JSON()),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("appointment_office_id", "starts_at", name="uq_appointment_slots_start"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_appointment_slots_order"),
        sa.CheckConstraint("capacity >= 1", name="ck_appointment_slots_capacity"),
    )
    op.create_index("ix_appointment_slots_starts_at", "appointment_slots", ["starts_at"])
    op.create_table(
        "appointment_seats",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "slot_id",
            sa.Integer(),
            sa.ForeignKey("appointment_slots.id", name="fk_appointment_seats_slot"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("available_from", sa.DateTime(timezone=True)),
        sa.Column("released_by", sa.Integer()),
        sa.UniqueConstraint("slot_id", "number", name="uq_appointment_seats_number"),
        sa.UniqueConstraint("id", "slot_id", name="uq_appointment_seats_id_slot"),
        sa.CheckConstraint("number >= 1", name="ck_appointment_seats_number"),
    )
    _create_bookings()


def _create_bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("seat_id", sa.Integer()),
        sa.Column(
            "slot_id",
            sa.Integer(),
            sa.ForeignKey("appointment_slots.id", name="fk_bookings_slot"),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("names_sealed", sa.Text()),
        sa.Column("phone_sealed", sa.Text()),
        sa.Column("phone_index", sa.Text()),
        sa.Column("id_index", sa.Text()),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anonymised_at", sa.DateTime(timezone=True)),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("receipt", name="uq_bookings_receipt"),
        sa.UniqueConstraint("seat_id", name="uq_bookings_seat"),
        sa.UniqueConstraint("idempotency_key", name="uq_bookings_idempotency_key"),
        sa.ForeignKeyConstraint(
            ["seat_id", "slot_id"],
            ["appointment_seats.id", "appointment_seats.slot_id"],
            name="fk_bookings_seat_of_slot",
        ),
        sa.CheckConstraint("length(receipt) > 0", name="ck_bookings_receipt"),
        sa.CheckConstraint(
            "status IN ('booked', 'rescheduled', 'cancelled', 'finished', 'missed')",
            name="ck_bookings_status",
        ),
        sa.CheckConstraint(
            "service IN ('marriage_registration', 'divorce_registration', 'certificate_reissue')",
            name="ck_bookings_service",
        ),
        sa.CheckConstraint("(status = 'cancelled') = (seat_id IS NULL)", name="ck_bookings_seat_held"),
        sa.CheckConstraint(
            "phone_index IS NOT NULL OR anonymised_at IS NOT NULL", name="ck_bookings_phone_index"
        ),
    )
    op.create_index(
        "uq_bookings_one_a_day",
        "bookings",
        ["phone_index", "service", "day"],
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_table(
        "booking_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "booking_id",
            sa.Integer(),
            sa.ForeignKey("bookings.id", name="fk_booking_changes_booking"),
            nullable=False,
        ),
        sa.Column(
            "from_slot_id",
            sa.Integer(),
            sa.ForeignKey("appointment_slots.id", name="fk_booking_changes_from_slot"),
            nullable=False,
        ),
        sa.Column(
            "to_slot_id",
            sa.Integer(),
            sa.ForeignKey("appointment_slots.id", name="fk_booking_changes_to_slot"),
            nullable=False,
        ),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("idempotency_key", name="uq_booking_changes_idempotency_key"),
    )
    op.create_index("ix_booking_changes_booking_id", "booking_changes", ["booking_id"])


def downgrade() -> None:
    """Drop the tables, the youngest first."""
    for table in (
        "booking_changes",
        "bookings",
        "appointment_seats",
        "appointment_slots",
        "appointment_offices",
        "offices",
        "registry_settings",
    ):
        op.drop_table(table)
