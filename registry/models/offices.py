"""Offices and facilities: where a resident can go, and whom an appointment belongs to.
What is unknown stays NULL; nothing is filled in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.models.base import Base


class Office(Base):
    """An office or facility (婚姻登记处、乡镇民政办、救助站、养老机构…)."""

    __tablename__ = "offices"
    __table_args__ = (
        UniqueConstraint("code", name="uq_offices_code"),
        CheckConstraint("length(code) > 0", name="ck_offices_code"),
        CheckConstraint("length(name) > 0", name="ck_offices_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    township: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    hours: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
