"""Migrations up and down, models that equal them, and a database that is not there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import Event

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select

from registry import NotFound, Registry, RegistryUnavailable, WrongKey, cases
from registry.database import alembic_config
from registry.models import Base, Case
from tests.registry.conftest import KEY, NOW, together


def test_up_down_up(empty_url: str) -> None:
    registry = Registry(empty_url, KEY)
    registry.upgrade()
    with registry.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    with registry.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    registry.upgrade()
    registry.upgrade()
    with registry.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version", *Base.metadata.tables}
    registry.dispose()


def test_two_processes_upgrade_at_once(empty_url: str) -> None:
    handles = [Registry(empty_url, KEY) for _ in range(3)]
    assert together(3, lambda n: handles[n].upgrade()) == [None] * 3
    for handle in handles:
        handle.dispose()


def test_models_equal_the_migrated_schema(registry: Registry) -> None:
    with registry.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_checks_and_indexes_equal_those_of_the_models(sqlite_template: Path) -> None:
    """Alembic compares neither checks nor the condition of a partial index."""
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    migrated = create_engine(f"sqlite:///{sqlite_template}")

    def rules(engine: object) -> dict[str, object]:
        look = inspect(engine)
        return {
            table: (
                sorted(
                    (c["name"], " ".join(c["sqltext"].split())) for c in look.get_check_constraints(table)
                ),
                sorted(
                    (i["name"], i["unique"], [str(o) for o in i["dialect_options"].values()])
                    for i in look.get_indexes(table)
                ),
            )
            for table in Base.metadata.tables
        }

    assert rules(migrated) == rules(made)
    made.dispose()
    migrated.dispose()


def test_times_come_back_aware_and_naive_ones_are_refused(registry: Registry) -> None:
    def file(key: str, now: datetime) -> str:
        with registry.session() as session:
            return cases.file_case(
                session,
                kind="comment",
                service="public_consultation",
                triage="P1",
                details={},
                idempotency_key=key,
                conversation="c",
                now=now,
            ).receipt

    file("a", NOW)
    with registry.session(read_only=True) as session:
        stored = session.scalars(select(Case)).one().created_at
    assert stored == NOW and stored.utcoffset() is not None
    with pytest.raises(ValueError):
        file("b", NOW.replace(tzinfo=None))


def test_wrong_key_is_noticed_at_the_start(registry: Registry) -> None:
    url = registry.engine.url.render_as_string(hide_password=False)
    other = Registry(url, b"another key altogether, 32 bytes")
    with pytest.raises(WrongKey):
        other.upgrade()
    other.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite:////nonexistent/folder/registry.db", "postgresql+psycopg://nobody@127.0.0.1:1/none"]
)
def test_dead_database_says_so(url: str) -> None:
    registry = Registry(url, KEY)
    with pytest.raises(RegistryUnavailable):
        registry.ping()
    with pytest.raises(RegistryUnavailable):
        registry.upgrade()
    with pytest.raises(RegistryUnavailable), registry.session() as session:
        cases.find_case(session, receipt="ET261123AAAA2")


def test_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"this is not a database" * 100)
    registry = Registry(f"sqlite:///{path}", KEY)
    with pytest.raises(RegistryUnavailable):
        registry.ping()


def test_living_database_answers(registry: Registry) -> None:
    registry.ping()


def test_reader_does_not_wait_for_a_writer(registry: Registry) -> None:
    written, read = Event(), Event()

    def writer(_number: int) -> bool:
        with registry.session() as session:
            session.connection()  # from here on it holds the write lock
            written.set()
            return read.wait(5)

    def work(number: int) -> object:
        if number == 0:
            return writer(number)
        written.wait(5)
        with registry.session(read_only=True) as session:
            session.scalars(select(Case)).all()
        read.set()
        return True

    assert together(2, work) == [True, True]


def test_failed_work_leaves_nothing(registry: Registry) -> None:
    with pytest.raises(NotFound), registry.session() as session:
        cases.file_case(
            session,
            kind="comment",
            service="complaint",
            triage="P3",
            details={},
            idempotency_key="k",
            conversation="c",
            now=NOW,
        )
        raise NotFound("something later")
    with registry.session(read_only=True) as session:
        assert session.scalars(select(Case)).all() == []
