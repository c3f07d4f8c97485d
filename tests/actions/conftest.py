"""A registry with the demonstration data, the real knowledge, and a clock that stands still."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, select

import actions.answering
import actions.booking
import actions.cancelling
import actions.form
import actions.own_booking
import actions.progress
import actions.receipts
import actions.reports
import actions.times
import actions.turn
from actions.resources import LOCAL, Resources, use
from bot.settings import Settings
from knowledge import Library
from registry import Registry
from registry.appointments import book, free_slots
from registry.cases import open_file
from registry.demo import load_demo
from registry.models import Booking, Case, DeskRow
from registry.views import BookingView, CaseFile, SlotView
from tests.actions.talk import DOMAIN, Phone, Talk, phone

KEY = b"a key for tests only, 32 bytes.."
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23 November 2026, 10:00 in Xian'an."""
WEDNESDAY, THURSDAY, SUNDAY, PAST = "2026-12-02", "2026-12-03", "2026-11-29", "2026-11-20"
MOBILE, OTHER = "13812345678", "13987654321"


class Clock(datetime):
    """`datetime` whose now is `Clock.moment`."""

    moment: datetime = NOW

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return cls.moment.astimezone(tz)


class Dead(Registry):
    """A registry whose database is gone."""

    def __init__(self) -> None:
        super().__init__("sqlite:////nonexistent/folder/registry.db", KEY)


class Slow:
    """A registry that does its work, but late."""

    def __init__(self, registry: Registry, seconds: float) -> None:
        self.registry, self.seconds, self.sealer = registry, seconds, registry.sealer

    @contextmanager
    def session(self, **options: Any) -> Iterator[Any]:
        time.sleep(self.seconds)
        with self.registry.session(**options) as session:
            yield session


@dataclass
class House:
    """The rooms below the actions, and what a test wants to know of them."""

    resources: Resources
    registry: Registry

    def die(self) -> None:
        self.resources.registry = Dead()

    def dawdle(self, seconds: float) -> None:
        self.resources.registry = Slow(self.registry, seconds)  # type: ignore[assignment]

    def mend(self) -> None:
        self.resources.registry = self.registry

    def phone(self, clear: str = MOBILE, *, valid: bool = True) -> Phone:
        return phone(clear, self.registry.sealer, valid=valid)

    def slot(self, day: str, at: str) -> SlotView:
        on = date.fromisoformat(day)
        with self.registry.session(read_only=True) as session:
            free = free_slots(session, on, on, now=NOW)
        return next(slot for slot in free if slot.starts_at.astimezone(LOCAL).strftime("%H:%M") == at)

    def book(
        self, day: str = WEDNESDAY, at: str = "09:00", mobile: str = MOBILE, service: str = "marriage_registration",
    ) -> BookingView:  # fmt: skip
        slot = self.slot(day, at)
        with self.registry.session() as session:
            return book(
                session, slot_id=slot.slot_id, service=service, names=["张三", "李四"], phone=mobile,
                idempotency_key=f"{day}{at}{mobile}", conversation=None, now=NOW,
            )  # fmt: skip

    def fill(self, day: str, at: str) -> None:
        """Book every seat of this time."""
        for n in range(self.slot(day, at).free):
            self.book(day, at, f"13{day[-2:]}{at.replace(':', '')}00{n}")

    def bookings(self) -> list[tuple[str, str, datetime]]:
        """(receipt, status, local time) of every booking."""
        with self.registry.session(read_only=True) as session:
            rows = session.scalars(select(Booking).order_by(Booking.id))
            return [(row.receipt, row.status, row.slot.starts_at.astimezone(LOCAL)) for row in rows]

    def cases(self) -> list[CaseFile]:
        with self.registry.session() as session:
            receipts = session.scalars(select(Case.receipt).order_by(Case.id)).all()
            return [open_file(session, receipt, purpose="test") for receipt in receipts]

    def desk(self) -> list[tuple[str, str, str | None]]:
        """(kind, text, service) of every row on the desk."""
        with self.registry.session(read_only=True) as session:
            rows = session.scalars(select(DeskRow).order_by(DeskRow.id))
            return [(row.kind, row.text_masked or "", row.service) for row in rows]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("registry") / "registry.db"
    registry = Registry(f"sqlite:///{path}", KEY)
    registry.upgrade()
    with registry.session() as session:
        load_demo(session, NOW.date())
    registry.dispose()
    return path


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(demo=True, check_every=3600)


@pytest.fixture
def house(
    tmp_path: Path, database: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """The resources of the actions, in place; time stands still at NOW; keys of tasks are task-1, task-2…"""
    shutil.copy(database, tmp_path / "registry.db")
    registry = Registry(f"sqlite:///{tmp_path / 'registry.db'}", KEY)
    # A power cut is no matter here; waiting for the disk after every record is.
    event.listen(
        registry.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF")
    )
    settings = Settings(_env_file=None, demo=True, var=tmp_path, action_timeout=5.0)  # type: ignore[call-arg]
    resources = Resources(settings, registry, library)
    use(resources)
    Clock.moment = NOW
    for module in (
        actions.turn, actions.booking, actions.times, actions.own_booking, actions.cancelling, actions.reports,
        actions.progress, actions.receipts, actions.answering,
    ):  # fmt: skip
        monkeypatch.setattr(module, "datetime", Clock)
    keys = (SimpleNamespace(hex=f"task-{n}") for n in range(1, 1000))
    monkeypatch.setattr(actions.form, "uuid", SimpleNamespace(uuid4=lambda: next(keys)))
    yield House(resources, registry)
    use(None)
    registry.dispose()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def domain() -> dict[str, Any]:
    return DOMAIN


def later(days: float) -> None:
    """Let time pass."""
    Clock.moment = Clock.moment + timedelta(days=days)
