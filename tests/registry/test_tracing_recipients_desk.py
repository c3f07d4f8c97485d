"""Tracing, applications, the desk and the demonstration data."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from registry import AlreadyTaken, NotFound, Registry, appointments, cases, demo, desk, recipients, tracing
from registry.models import Base, Case, SearchReport
from registry.offices import list_offices, save_office
from registry.views import CaseView, DeskRowView
from tests.registry.conftest import NOW, together

TODAY = date(2026, 11, 23)


def search(registry: Registry, key: str = "s", **more: object) -> CaseView:
    asked: dict[str, object] = {"sex": "male", "age": 75, "township": "永安街道", "features": "左脸有颗痣"}
    asked |= {"lost_at": NOW - timedelta(days=3), "conversation": "web:1", "now": NOW} | more
    with registry.session() as session:
        return tracing.file_search(session, idempotency_key=key, **asked)  # type: ignore[arg-type]


def found(registry: Registry, key: str, **more: object) -> int:
    asked: dict[str, object] = {"sex": "male", "age_from": 70, "age_to": 80, "found_at": NOW} | more
    with registry.session() as session:
        return tracing.add_found_person(session, idempotency_key=key, **asked)  # type: ignore[arg-type]


def test_search_and_case_are_filed_together_once(registry: Registry) -> None:
    results = together(6, lambda _n: search(registry))
    assert len({result.receipt for result in results}) == 1
    assert results[0].receipt.startswith("XQ")
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(SearchReport.id))) == 1


@pytest.mark.parametrize("wrong", [{"sex": "男"}, {"age": 200}, {"height_cm": 5}])
def test_impossible_search_leaves_no_case(registry: Registry, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        search(registry, **wrong)
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(Case.id))) == 0


def test_candidates_best_first_and_impossible_ones_left_out(registry: Registry) -> None:
    receipt = search(registry).receipt
    near = found(registry, "near", features="左脸有痣，说话不清", township="永安街道")
    far = found(registry, "far", age_from=82, age_to=84)
    found(registry, "woman", sex="female")
    found(registry, "boy", age_from=8, age_to=11)
    found(registry, "before", found_at=NOW - timedelta(days=30))
    with registry.session(actor="officer") as session:
        result = tracing.candidates(session, receipt)
    assert [one.found_id for one in result] == [near, far]
    assert {"sex", "age", "township", "time", "feature:左脸"} <= set(result[0].reasons)
    assert 100 >= result[0].score > result[1].score > 0
    with pytest.raises(NotFound), registry.session() as session:
        tracing.candidates(session, "XQ261123AAAA2")


def test_found_person_once(registry: Registry) -> None:
    assert found(registry, "one") == found(registry, "one") != found(registry, "two")
    with pytest.raises(IntegrityError):
        found(registry, "three", age_from=50, age_to=40)


def test_application_needs_both_the_number_and_the_person(registry: Registry) -> None:
    with registry.session() as session:
        recipients.add_application(
            session,
            number="咸-低 2026-001",
            service="dibao",
            name="张三丰",
            phone="13800138000",
            id_number="42000019500101000X",
            township="永安街道",
            steps=[("received", TODAY), ("surveying", TODAY + timedelta(days=2))],
            now=NOW,
        )
    for proof in ("138 0013 8000", "42000019500101000x"):
        with registry.session() as session:
            view = recipients.find_application(session, number="咸低2026001", phone_or_id=proof)
        assert view.status == "surveying" and view.applicant_masked == "张**"
        assert [step.status for step in view.steps] == ["received", "surveying"]
    for number, proof in (
        ("咸低2026001", "13900139000"),
        ("咸低2026002", "13800138000"),
        ("咸低2026001", ""),
    ):
        with pytest.raises(NotFound), registry.session() as session:
            recipients.find_application(session, number=number, phone_or_id=proof)


def test_application_steps_are_added(registry: Registry) -> None:
    for steps in ([("received", TODAY)], [("received", TODAY), ("approved", TODAY + timedelta(days=9))]):
        with registry.session() as session:
            view = recipients.add_application(
                session,
                number="N1",
                service="dibao",
                name="甲",
                phone=None,
                id_number=None,
                township=None,
                steps=steps,
                now=NOW,
            )
    assert [step.status for step in view.steps] == ["received", "approved"] and view.status == "approved"
    with pytest.raises(ValueError), registry.session() as session:
        recipients.add_application(
            session,
            number="N2",
            service="dibao",
            name="甲",
            phone=None,
            id_number=None,
            township=None,
            steps=[],
            now=NOW,
        )


def add_row(registry: Registry, key: str) -> DeskRowView:
    with registry.session() as session:
        return desk.add_row(
            session,
            kind="unanswered",
            conversation="web:1",
            text_masked="这个事找哪个",
            service=None,
            reason="low_confidence",
            idempotency_key=key,
            now=NOW,
        )


def test_desk_row_once_and_open(registry: Registry) -> None:
    rows = together(8, lambda _n: add_row(registry, "same"))
    assert len({row.row_id for row in rows}) == 1
    with registry.session(read_only=True) as session:
        assert [row.reason for row in desk.open_rows(session)] == ["low_confidence"]
        assert desk.open_rows(session, kind="handoff") == []


def test_one_agent_takes_a_row(registry: Registry) -> None:
    row_id = add_row(registry, "k").row_id

    def take(number: int) -> DeskRowView:
        with registry.session() as session:
            return desk.take_row(session, row_id=row_id, actor=f"agent{number}", now=NOW)

    results = together(8, take)
    winners = [result for result in results if isinstance(result, DeskRowView)]
    assert len(winners) == 1 and sum(isinstance(result, AlreadyTaken) for result in results) == 7
    with pytest.raises(AlreadyTaken), registry.session() as session:
        desk.close_row(session, row_id=row_id, actor="somebody", now=NOW)
    with registry.session() as session:
        desk.close_row(session, row_id=row_id, actor=str(winners[0].taken_by), now=NOW)
        assert desk.open_rows(session) == []
        with pytest.raises(NotFound):
            desk.take_row(session, row_id=999, actor="a", now=NOW)


def test_office_is_updated_not_doubled(registry: Registry) -> None:
    with registry.session() as session:
        save_office(session, code="w1", name="窗口", kind="township_window", township="永安街道", phone="1")
        save_office(session, code="w1", name="窗口", kind="township_window", township="永安街道")
        save_office(session, code="a1", name="站", kind="rescue_station")
    with registry.session(read_only=True) as session:
        assert [office.code for office in list_offices(session)] == ["a1", "w1"]
        (office,) = list_offices(session, kind="township_window", township="永安街道")
        assert office.phone is None
        assert list_offices(session, kind="rescue_station", township="永安街道") == []


def counts(registry: Registry) -> dict[str, int]:
    with registry.session(read_only=True) as session:
        tables = Base.metadata.sorted_tables
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def test_demo_twice_is_once_and_clears_without_a_trace(registry: Registry) -> None:
    empty = counts(registry)
    with registry.session() as session:
        first = demo.load_demo(session, TODAY)
    loaded = counts(registry)
    with registry.session() as session:
        assert set(demo.load_demo(session, TODAY).values()) == {0}
    again = counts(registry)
    assert first == {"offices": 3, "slots": 300, "applications": 3, "found_persons": 2}
    assert {k: v for k, v in again.items() if k != "audit_log"} == {
        k: v for k, v in loaded.items() if k != "audit_log"
    }
    with registry.session() as session:
        slot = appointments.free_slots(session, TODAY, TODAY + timedelta(days=9), now=NOW)[0]
        assert slot.is_demo and slot.office_name.startswith("【演示】") and slot.free == 3
        booking = appointments.book(
            session,
            slot_id=slot.slot_id,
            service="divorce_registration",
            names=["甲"],
            phone="13800138000",
            idempotency_key="b",
            conversation=None,
            now=NOW,
        )
        assert booking.is_demo
        case = cases.file_case(
            session,
            kind="complaint",
            service="complaint",
            triage="P3",
            details={},
            idempotency_key="c",
            conversation=None,
            now=NOW,
            is_demo=True,
        )
        assert case.is_demo
    real = search(registry)
    with registry.session() as session:
        demo.clear_demo(session)
    left = counts(registry)
    assert {name for name in left if left[name] != empty[name]} == {
        "cases",
        "case_events",
        "search_reports",
        "audit_log",
    }
    with registry.session() as session:
        assert cases.find_case(session, receipt=real.receipt).status == "received"


def test_demo_applications_have_known_numbers(registry: Registry) -> None:
    with registry.session() as session:
        demo.load_demo(session, TODAY)
        view = recipients.find_application(session, number=demo.demo_numbers()[0], phone_or_id="13800000001")
    assert view.is_demo and view.number == "SQ260105DEM2E"


def test_demo_times_skip_days_off(registry: Registry) -> None:
    with registry.session() as session:
        demo.load_demo(session, date(2026, 9, 30))
        found_slots = appointments.free_slots(
            session, date(2026, 10, 1), date(2026, 10, 9), now=NOW - timedelta(days=90)
        )
    assert {slot.starts_at.date() for slot in found_slots} == {date(2026, 10, 8), date(2026, 10, 9)}
