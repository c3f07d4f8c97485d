"""Family tracing: one search report for each family_search case, and the persons that were found.
Names, illnesses and photos are sealed; what matching compares is not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.kinds import FOUND_SOURCES, FOUND_STATUSES, SEXES, one_of
from registry.models.base import Base
from registry.models.cases import Case


class SearchReport(Base):
    """The missing person of a case. Age in years, height in centimetres."""

    __tablename__ = "search_reports"
    __table_args__ = (
        UniqueConstraint("case_id", name="uq_search_reports_case"),
        CheckConstraint(one_of("sex", SEXES), name="ck_search_reports_sex"),
        CheckConstraint("age IS NULL OR age BETWEEN 0 AND 130", name="ck_search_reports_age"),
        CheckConstraint("height_cm IS NULL OR height_cm BETWEEN 30 AND 250", name="ck_search_reports_height"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", name="fk_search_reports_case"))
    missing_name_sealed: Mapped[str | None]
    sex: Mapped[str]
    age: Mapped[int | None]
    height_cm: Mapped[int | None]
    clothing: Mapped[str | None]
    features: Mapped[str | None]
    illness_sealed: Mapped[str | None]
    lost_at: Mapped[datetime | None]
    last_place: Mapped[str | None]
    township: Mapped[str | None]
    photo_ref_sealed: Mapped[str | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    case: Mapped[Case] = relationship(lazy="joined")


class FoundPerson(Base):
    """A person at the rescue station, or one that a reporter saw, whose family is not known."""

    __tablename__ = "found_persons"
    __table_args__ = (
        CheckConstraint(one_of("sex", SEXES), name="ck_found_persons_sex"),
        CheckConstraint(one_of("source", FOUND_SOURCES), name="ck_found_persons_source"),
        CheckConstraint(one_of("status", FOUND_STATUSES), name="ck_found_persons_status"),
        CheckConstraint("age_from IS NULL OR age_to IS NULL OR age_to >= age_from", name="ck_found_persons_age"),
        UniqueConstraint("idempotency_key", name="uq_found_persons_idempotency_key"),
        Index("ix_found_persons_status", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    sex: Mapped[str]
    age_from: Mapped[int | None]
    age_to: Mapped[int | None]
    height_cm: Mapped[int | None]
    clothing: Mapped[str | None]
    features: Mapped[str | None]
    found_at: Mapped[datetime]
    place: Mapped[str | None]
    township: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="waiting")
    idempotency_key: Mapped[str]
    is_demo: Mapped[bool] = mapped_column(default=False)
