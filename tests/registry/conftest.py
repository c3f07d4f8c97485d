"""Every test of the registry runs on SQLite and on PostgreSQL, each on a fresh database.
Without PostgreSQL its half is skipped, or fails where REQUIRE_SERVICES=1."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from registry import Registry
from registry.appointments import free_slots, open_slots
from registry.offices import save_office

KEY = b"a key for tests only, 32 bytes.."
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23 November 2026, 10:00 in Xian'an."""
DAY = date(2026, 11, 25)


class Postgres:
    """Throw-away databases of one session, copied from a migrated template."""

    def __init__(self) -> None:
        self.admin = create_engine(
            POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
        )
        self.made: list[str] = []
        self.template = self.create()
        registry = Registry(self.url(self.template), KEY)
        registry.upgrade()
        registry.dispose()

    def url(self, name: str) -> str:
        return POSTGRES.rsplit("/", 1)[0] + "/" + name

    def create(self, template: str = "template1") -> str:
        name = f"registry_test_{uuid.uuid4().hex[:12]}"
        with self.admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        self.made.append(name)
        return name

    def drop(self, name: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        self.made.remove(name)

    def close(self) -> None:
        for name in list(self.made):
            self.drop(name)
        self.admin.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    try:
        server = Postgres()
    except OperationalError as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"PostgreSQL is required and not there: {error}")
        pytest.skip("no PostgreSQL")
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "registry.db"
    registry = Registry(f"sqlite:///{path}", KEY)
    registry.upgrade()
    registry.dispose()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A migrated, empty registry."""
    if request.param == "sqlite":
        path = tmp_path / "registry.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        handle = Registry(f"sqlite:///{path}", KEY)
        yield handle
        handle.dispose()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(server.template)
    handle = Registry(server.url(name), KEY)
    yield handle
    handle.dispose()
    server.drop(name)


@pytest.fixture
def slots(registry: Registry) -> list[int]:
    """Two slots on DAY, at 9:00 with one seat and at 10:00 with two."""
    with registry.session() as session:
        save_office(session, code="hall", name="登记处", kind="marriage_registry")
        open_slots(session, "hall", [DAY], [(time(9), time(9, 30), 1), (time(10), time(10, 30), 2)])
    with registry.session(read_only=True) as session:
        return [slot.slot_id for slot in free_slots(session, DAY, DAY, now=NOW)]


@pytest.fixture
def dump(registry: Registry) -> Callable[[], str]:
    """Everything that the database holds, as an intruder with its files would see it."""

    def read() -> str:
        if registry.engine.dialect.name == "sqlite":
            path = Path(str(registry.engine.url.database))
            files = [path, path.with_name(path.name + "-wal")]
            return "".join(file.read_bytes().decode("utf-8", "replace") for file in files if file.exists())
        with registry.engine.connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            rows = [connection.execute(text(f'SELECT t::text FROM "{table}" t')).all() for table in tables]
        return str(rows)

    return read


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0..count-1)` in as many threads at once; a failure is returned as its exception."""

    def guarded(number: int) -> Any:
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(guarded, range(count)))
