"""Recipients and their applications, for the look-up of progress.
The acceptance number is the bureau's own; its steps carry dates."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.kinds import APPLICATION_STATUSES, one_of
from registry.models.base import Base


class Recipient(Base):
    """A person who applied or receives. One phone may serve a whole family."""

    __tablename__ = "recipients"
    __table_args__ = (
        UniqueConstraint("id_index", name="uq_recipients_id_index"),
        Index("ix_recipients_phone_index", "phone_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_sealed: Mapped[str]
    id_sealed: Mapped[str | None]
    id_index: Mapped[str | None]
    phone_sealed: Mapped[str | None]
    phone_index: Mapped[str | None]
    township: Mapped[str | None]
    created_at: Mapped[datetime]
    is_demo: Mapped[bool] = mapped_column(default=False)


class Application(Base):
    """An application for a programme; `service` is a service code."""

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("number", name="uq_applications_number"),
        CheckConstraint("length(number) > 0", name="ck_applications_number"),
        CheckConstraint(one_of("status", APPLICATION_STATUSES), name="ck_applications_status"),
        Index("ix_applications_recipient_id", "recipient_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    service: Mapped[str]
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id", name="fk_applications_recipient"))
    township: Mapped[str | None]
    status: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)

    recipient: Mapped[Recipient] = relationship(lazy="joined")
    steps: Mapped[list[ApplicationStep]] = relationship(order_by="ApplicationStep.id", viewonly=True)


class ApplicationStep(Base):
    """One dated step of an application."""

    __tablename__ = "application_steps"
    __table_args__ = (
        CheckConstraint(one_of("status", APPLICATION_STATUSES), name="ck_application_steps_status"),
        UniqueConstraint("application_id", "status", "happened_on", name="uq_application_steps_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", name="fk_application_steps_application")
    )
    status: Mapped[str]
    happened_on: Mapped[date]
