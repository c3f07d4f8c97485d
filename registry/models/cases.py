"""Cases: what residents report, the events that follow (append-only by trigger), and attachments.
The report itself is sealed whole, because free text holds names and addresses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.kinds import ATTACHMENT_KINDS, CASE_KINDS, CASE_STATUSES, EVENT_KINDS, TRIAGES, one_of
from registry.models.base import Base


class Case(Base):
    """A report, complaint or message that a named office must answer for."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("receipt", name="uq_cases_receipt"),
        UniqueConstraint("idempotency_key", name="uq_cases_idempotency_key"),
        CheckConstraint("length(receipt) > 0", name="ck_cases_receipt"),
        CheckConstraint(one_of("kind", CASE_KINDS), name="ck_cases_kind"),
        CheckConstraint(one_of("triage", TRIAGES), name="ck_cases_triage"),
        CheckConstraint(one_of("status", CASE_STATUSES), name="ck_cases_status"),
        CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name="ck_cases_latitude"),
        CheckConstraint("longitude IS NULL OR longitude BETWEEN -180 AND 180", name="ck_cases_longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="ck_cases_location"),
        CheckConstraint("details_sealed IS NOT NULL OR anonymised_at IS NOT NULL", name="ck_cases_details"),
        Index("ix_cases_status_due_at", "status", "due_at"),
        Index("ix_cases_reporter_phone_index", "reporter_phone_index"),
        Index("ix_cases_conversation", "conversation"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt: Mapped[str]
    kind: Mapped[str]
    service: Mapped[str]
    triage: Mapped[str]
    status: Mapped[str] = mapped_column(default="received")
    place: Mapped[str | None]
    township: Mapped[str | None]
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    details_sealed: Mapped[str | None]
    reporter_name_sealed: Mapped[str | None]
    reporter_phone_sealed: Mapped[str | None]
    reporter_phone_index: Mapped[str | None]
    anonymous: Mapped[bool]
    conversation: Mapped[str | None]
    idempotency_key: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    due_estimated: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    anonymised_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    events: Mapped[list[CaseEvent]] = relationship(order_by="CaseEvent.id", viewonly=True)
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id", viewonly=True)


class CaseEvent(Base):
    """What happened to a case. `public` ones may be shown to the verified reporter."""

    __tablename__ = "case_events"
    __table_args__ = (
        CheckConstraint(one_of("kind", EVENT_KINDS), name="ck_case_events_kind"),
        Index("ix_case_events_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", name="fk_case_events_case"))
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str | None]
    note_sealed: Mapped[str | None]
    public: Mapped[bool] = mapped_column(default=False)


class Attachment(Base):
    """A photo or a shared location of a case: the sealed reference, never the bytes."""

    __tablename__ = "attachments"
    __table_args__ = (
        CheckConstraint(one_of("kind", ATTACHMENT_KINDS), name="ck_attachments_kind"),
        Index("ix_attachments_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", name="fk_attachments_case"))
    kind: Mapped[str]
    ref_sealed: Mapped[str | None]
    added_at: Mapped[datetime]
