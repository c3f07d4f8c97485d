"""What an intruder finds in the files, what the audit log proves, and what retention empties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from registry import NotFound, Registry, appointments, audit, cases, desk, recipients, retention, tracing
from registry.models import AuditHead, AuditRow, Booking, Case
from tests.registry.conftest import NOW, together

PHONE, ID = "13800138000", "42000019500101000X"


def fill(registry: Registry, slots: list[int]) -> tuple[str, str]:
    with registry.session() as session:
        booking = appointments.book(
            session,
            slot_id=slots[0],
            service="marriage_registration",
            names=["欧阳甲乙"],
            phone=PHONE,
            id_number=ID,
            idempotency_key=f"chat:{PHONE}",
            conversation="web:1",
            now=NOW,
        )
        case = tracing.file_search(
            session,
            missing_name="司马丙丁",
            sex="male",
            age=75,
            illness="老年痴呆",
            photo_ref="store/secret.jpg",
            details={"said": "诸葛戊己说的"},
            reporter_phone=PHONE,
            reporter_name="皇甫庚辛",
            idempotency_key="s",
            conversation="web:1",
            now=NOW,
        )
        cases.add_note(session, case.receipt, "尉迟壬癸来电", "officer", NOW)
        cases.attach(session, case.receipt, "photo", "store/other.jpg", NOW)
        recipients.add_application(
            session,
            number="A-1",
            service="dibao",
            name="上官子丑",
            phone=PHONE,
            id_number=ID,
            township=None,
            steps=[("received", NOW.date())],
            now=NOW,
        )
        row = desk.add_row(
            session,
            kind="handoff",
            conversation="web:1",
            text_masked=f"打我电话{PHONE}，身份证{ID}",
            service=None,
            reason="asked",
            idempotency_key="d",
            now=NOW,
        )
        desk.take_row(session, row_id=row.row_id, actor="a", now=NOW)
        desk.close_row(session, row_id=row.row_id, actor="a", now=NOW)
    return booking.receipt, case.receipt


SECRETS = (
    PHONE, ID, "欧阳甲乙", "司马丙丁", "诸葛戊己", "皇甫庚辛", "尉迟壬癸", "上官子丑", "老年痴呆",
    "store/secret.jpg", "store/other.jpg",
)  # fmt: skip


def test_nothing_personal_is_readable_on_disk(
    registry: Registry, slots: list[int], dump: Callable[[], str]
) -> None:
    booking, _case = fill(registry, slots)
    seen = dump()
    assert booking in seen  # the dump does show what is not secret
    assert [secret for secret in SECRETS if secret in seen] == []


def test_another_key_opens_nothing(registry: Registry, slots: list[int]) -> None:
    booking, _case = fill(registry, slots)
    other = Registry(
        registry.engine.url.render_as_string(hide_password=False), b"quite another key ..........."
    )
    with pytest.raises(NotFound), other.session() as session:
        appointments.find_by_receipt(session, receipt=booking, phone=PHONE)
    other.dispose()


def test_chain_is_whole_after_concurrent_work(registry: Registry) -> None:
    def work(number: int) -> None:
        with registry.session(actor=f"a{number}") as session:
            audit.record(session, action="look", object_type="case", object_ref=f"r{number}")
            audit.record(session, action="look", object_type="case", object_ref=f"r{number}b")

    assert together(12, work) == [None] * 12
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(AuditRow.seq))) == 24
        assert audit.verify_chain(session)


def disarm(registry: Registry) -> None:
    """Take the triggers away, as an intruder with the database's password would."""
    with registry.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER audit_log_no_update"))
            connection.execute(text("DROP TRIGGER audit_log_no_delete"))


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_log SET actor = 'nobody' WHERE seq = 2",
        "UPDATE audit_log SET purpose = 'made up' WHERE seq = 2",
        "UPDATE audit_log SET row_hash = previous_hash WHERE seq = 3",
        "DELETE FROM audit_log WHERE seq = 2",
        "DELETE FROM audit_log WHERE seq = 3",
        "UPDATE audit_head SET seq = 2",
    ],
)
def test_tampering_is_noticed(registry: Registry, tamper: str) -> None:
    with registry.session() as session:
        for number in range(3):
            audit.record(session, action="look", object_type="case", object_ref=f"r{number}")
    with registry.session(read_only=True) as session:
        assert audit.verify_chain(session)
    disarm(registry)
    with registry.engine.begin() as connection:
        connection.execute(text(tamper))
    with registry.session(read_only=True) as session:
        assert not audit.verify_chain(session)


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_log_is_append_only(registry: Registry, statement: str) -> None:
    with registry.session() as session:
        audit.record(session, action="look", object_type="case", object_ref="r")
    with pytest.raises(IntegrityError), registry.session() as session:
        session.execute(text(statement))


def actions(registry: Registry) -> list[tuple[str, str, str]]:
    with registry.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
    return [(row.actor, row.action, row.object_ref) for row in rows]


def test_filing_and_reading_leave_a_row(registry: Registry, slots: list[int]) -> None:
    booking, case = fill(registry, slots)
    with registry.session(actor="officer", origin="console", read_only=True) as session:
        cases.open_file(session, case, purpose="办理")
        appointments.find_by_receipt(session, receipt=booking, phone=PHONE)
    done = actions(registry)
    assert ("assistant", "book", booking) in done and ("assistant", "file_case", case) in done
    assert ("officer", "open_case", case) in done and ("officer", "find_booking", booking) in done
    with registry.session(read_only=True) as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "open_case")).one()
        assert (row.purpose, row.origin) == ("办理", "console")
        assert audit.verify_chain(session)


def test_refused_look_up_is_kept_though_the_work_is_rolled_back(registry: Registry, slots: list[int]) -> None:
    booking, case = fill(registry, slots)
    before = len(actions(registry))
    with pytest.raises(NotFound), registry.session(actor="guesser") as session:
        session.execute(update(Case).values(place="changed"))
        cases.find_case(session, receipt=case, phone="13900139000")
    assert actions(registry)[before:] == [("guesser", "find_case", case)]
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(Case.id)).where(Case.place == "changed")) == 0
    assert booking


def test_read_only_session_refuses_to_write(registry: Registry) -> None:
    with pytest.raises(RuntimeError), registry.session(read_only=True) as session:
        session.add(AuditHead(id=1, seq=0, row_hash=""))
        session.flush()


def test_retention_empties_and_keeps_the_record(
    registry: Registry, slots: list[int], dump: Callable[[], str]
) -> None:
    booking, case = fill(registry, slots)
    with registry.session() as session:
        cases.set_status(session, case, "closed", "officer", NOW, note="已找到司马丙丁")
        assert retention.purge(session, NOW + timedelta(days=30)).cases == 0
    late = NOW + timedelta(days=400)
    with registry.session() as session:
        report = retention.purge(session, late)
    assert (report.cases, report.bookings, report.desk_rows) == (1, 1, 1)
    assert set(report.attachment_refs) == {"store/other.jpg", "store/secret.jpg"}
    with registry.session(actor="officer") as session:
        assert retention.purge(session, late).cases == 0
        whole = cases.open_file(session, case, purpose="统计")
        assert (whole.details, whole.reporter_phone, whole.attachments) == ({}, None, ())
        assert whole.status == "closed" and all(event.note is None for event in whole.events)
        row = session.scalars(select(Booking)).one()
        assert (row.receipt, row.phone_sealed, row.names_sealed, row.id_index) == (booking, None, None, None)
        assert not appointments.find_by_phone(session, phone=PHONE)
    with pytest.raises(NotFound), registry.session() as session:
        appointments.find_by_receipt(session, receipt=booking, phone=PHONE)
