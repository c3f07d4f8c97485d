"""The declarative base and the column types that both databases store alike.
Instants are bound and returned as aware UTC, whatever the database keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import ClassVar

from sqlalchemy import Date, DateTime, Dialect, Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from registry.clock import to_utc


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. SQLite has no zone: there UTC is stored naive and given back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = to_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table of the registry."""

    type_annotation_map: ClassVar[dict[type, object]] = {
        datetime: UtcDateTime(),
        date: Date(),
        str: Text(),
    }
