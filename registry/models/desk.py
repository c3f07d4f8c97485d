"""The hotline desk's rows: what the assistant could not answer, hand over or deliver.
One row a happening, taken by one agent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kinds import DESK_KINDS, DESK_STATUSES, one_of
from registry.models.base import Base


class DeskRow(Base):
    """A row of work for the desk. The text is masked before it comes here."""

    __tablename__ = "desk_rows"
    __table_args__ = (
        UniqueConstraint("idempotency_key", name="uq_desk_rows_idempotency_key"),
        CheckConstraint(one_of("kind", DESK_KINDS), name="ck_desk_rows_kind"),
        CheckConstraint(one_of("status", DESK_STATUSES), name="ck_desk_rows_status"),
        CheckConstraint("(status = 'open') = (taken_by IS NULL)", name="ck_desk_rows_taken_by"),
        Index("ix_desk_rows_status_created_at", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    conversation: Mapped[str | None]
    text_masked: Mapped[str | None]
    service: Mapped[str | None]
    reason: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    taken_by: Mapped[str | None]
    idempotency_key: Mapped[str]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
