"""The handle on the registry's database: engine, sessions, migrations, and one error when it is down.
SQLite (one machine) and PostgreSQL (`postgresql+psycopg://`) behave alike above this module."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from registry import audit
from registry.context import DEFAULT_ACTOR, equip, sealer_of
from registry.crypto import SealBroken, Sealer
from registry.errors import RegistryUnavailable, WrongKey
from registry.models import Setting
from registry.writing import insert_once

BUSY_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 5
POOL_SIZE = 10
POOL_OVERFLOW = 20
KEY_MARK = "key_mark"
_READ_ONLY = "registry_read_only"
_MIGRATION_LOCK = 0x58414D5A  # any constant: it only has to be the same in every process


class Registry:
    """The record-keeper's database. `key` (≥16 bytes) seals the personal columns."""

    def __init__(self, url: str, key: bytes) -> None:
        self.sealer = Sealer(key)
        self.engine = _make_engine(url)

    @contextmanager
    def session(
        self, *, actor: str = DEFAULT_ACTOR, origin: str | None = None, read_only: bool = False
    ) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back on any exception.

        `actor` and `origin` go into the audit log. A `read_only` one does not queue behind writers.
        RegistryUnavailable when the database fails; then nothing of the transaction was recorded.
        """
        bind = self.engine.execution_options(**{_READ_ONLY: True}) if read_only else self.engine
        session = Session(bind, expire_on_commit=False)
        session.info[_READ_ONLY] = read_only
        equip(session, self.sealer, actor, origin)
        with _plain_failures():
            try:
                yield session
                if not read_only:
                    session.commit()
            except BaseException:
                session.rollback()
                self._keep_audit(session, denied_only=True)
                raise
            finally:
                session.close()
            self._keep_audit(session, denied_only=False)

    def _keep_audit(self, done: Session, *, denied_only: bool) -> None:
        """Write, in a transaction of its own, the entries that `done` could not commit."""
        entries = [entry for entry in audit.pending(done) if entry.denied or not denied_only]
        if not entries:
            return
        with Session(self.engine) as session:
            equip(session, self.sealer, DEFAULT_ACTOR, None)
            audit.pending(session).extend(entries)
            session.commit()

    def ping(self) -> None:
        """Ask the database for a sign of life; RegistryUnavailable without one."""
        with self.session(read_only=True) as session:
            session.execute(text("SELECT 1"))

    def upgrade(self) -> None:
        """Bring the schema to the newest migration; WrongKey when the data were sealed with another key."""
        with _plain_failures():
            with self.engine.begin() as connection:
                _lock_migrations(connection)
                command.upgrade(alembic_config(connection), "head")
            with self.session() as session:
                _check_key(session)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration over an open connection, for `alembic.command` functions."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _plain_failures() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise RegistryUnavailable(type(error).__name__) from error
    except DatabaseError as error:
        # Exactly this class is how SQLite says that the file is damaged; its subclasses mean other things.
        if type(error) is not DatabaseError:
            raise
        raise RegistryUnavailable(type(error).__name__) from error


def _check_key(session: Session) -> None:
    sealer = sealer_of(session)
    mark, is_new = insert_once(
        session,
        lambda: session.get(Setting, KEY_MARK),
        lambda: Setting(name=KEY_MARK, value=sealer.seal(KEY_MARK)),
    )
    if is_new:
        return
    try:
        sealer.unseal(mark.value)
    except SealBroken as error:
        raise WrongKey("this database was sealed with another key") from error


def _lock_migrations(connection: Connection) -> None:
    # Two processes that start together must not both migrate. SQLite's BEGIN IMMEDIATE does it there.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def _make_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        hide_parameters=True,  # an error that is logged must not quote a name
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S},
    )


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: we say BEGIN IMMEDIATE, see below.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _use_wal(cursor)
    # A report must be on disk before the resident reads that it is registered, power cut or not.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: DBAPICursor) -> None:
    # SQLite does not wait for another process that is changing a new file's mode just now; so we do.
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once and so queues; a deferred one would fail when it upgrades its read.
    reading = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@event.listens_for(Session, "before_flush")
def _refuse_writes(session: Session, _context: object, _instances: object) -> None:
    if session.info.get(_READ_ONLY) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("this session was opened read-only")
