"""The audit log (append-only by trigger, each row chained to the one before) and its head.
Also the registry's own settings: a sealed mark by which a wrong key is noticed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base


class AuditRow(Base):
    """Who did what to which record, why, and from where. `seq` has no gaps."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_object", "object_type", "object_ref"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_ref: Mapped[str]
    purpose: Mapped[str | None]
    origin: Mapped[str | None]
    previous_hash: Mapped[str]
    row_hash: Mapped[str]


class AuditHead(Base):
    """The one row that says where the chain ends; locking it puts writers in a queue."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="ck_audit_head_single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    row_hash: Mapped[str]


class Setting(Base):
    """A named value that the registry keeps about itself."""

    __tablename__ = "registry_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
