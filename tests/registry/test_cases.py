"""Cases: filed once, shown to the reporter only, their events never changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from registry import NotFound, Registry, cases
from registry.models import Case, CaseEvent
from registry.views import CaseView
from tests.registry.conftest import NOW, together

PHONE = "13800138000"


def file(registry: Registry, key: str = "k", **more: Any) -> CaseView:
    asked: dict[str, Any] = {
        "kind": "child_report",
        "service": "child_in_difficulty",
        "triage": "P0",
        "details": {"what": "伢被打", "people": [{"age": 7}]},
        "place": "桥头",
        "township": "永安街道",
        "reporter_phone": PHONE,
        "reporter_name": "王五",
        "conversation": "web:1",
        "now": NOW,
    }
    with registry.session() as session:
        return cases.file_case(session, idempotency_key=key, **(asked | more))


def anonymous(registry: Registry, **more: Any) -> CaseView:
    return file(registry, "anon", reporter_phone=None, reporter_name=None, **more)


def find(registry: Registry, receipt: str, **more: Any) -> Any:
    with registry.session() as session:
        return cases.find_case(session, receipt=receipt, **more)


def test_ten_threads_file_one_case(registry: Registry) -> None:
    results = together(10, lambda _n: file(registry, "same"))
    assert len({result.receipt for result in results}) == 1
    assert sum(result.is_new for result in results) == 1
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(Case.id))) == 1
        assert session.scalar(select(func.count(CaseEvent.id))) == 1


def test_different_keys_from_threads_are_all_kept(registry: Registry) -> None:
    results = together(12, lambda n: file(registry, f"k{n}"))
    assert len({result.receipt for result in results}) == 12


@pytest.mark.parametrize(
    ("triage", "due", "estimated"),
    [
        ("P0", datetime(2026, 11, 23, 2, 15, tzinfo=UTC), False),
        ("P1", datetime(2026, 11, 24, 2, 0, tzinfo=UTC), False),
        ("P2", datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), False),
        ("P3", datetime(2026, 12, 7, 15, 59, 59, tzinfo=UTC), False),
    ],
)
def test_due_times(triage: str, due: datetime, estimated: bool) -> None:
    assert cases.due_time(triage, NOW) == (due, estimated)


def test_due_time_over_the_national_holiday() -> None:
    before = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)  # 1–7 October off, Saturday the 10th worked
    assert cases.due_time("P2", before) == (datetime(2026, 10, 13, 15, 59, 59, tzinfo=UTC), False)


def test_due_time_in_a_year_not_published_yet_says_so() -> None:
    far = datetime(2090, 3, 1, 2, 0, tzinfo=UTC)  # a Wednesday
    assert cases.due_time("P2", far) == (datetime(2090, 3, 8, 15, 59, 59, tzinfo=UTC), True)


def test_reporter_sees_the_case_by_phone_or_conversation(registry: Registry) -> None:
    receipt = file(registry).receipt
    for proof in ({"phone": "+86 138 0013 8000"}, {"conversation": "web:1"}):
        view = find(registry, receipt, **proof)
        assert view.verified and view.details == {"what": "伢被打", "people": [{"age": 7}]}
        assert view.place == "桥头" and view.triage == "P0"


def test_strangers_learn_nothing(registry: Registry) -> None:
    receipt = file(registry).receipt
    absent = receipt[:8] + "AAAA2"
    for asked, proof in (
        (receipt, {}),
        (receipt, {"phone": "13900139000"}),
        (receipt, {"conversation": "web:2"}),
        (receipt, {"phone": ""}),
        (absent, {"phone": PHONE}),
        ("乱写", {"phone": PHONE}),
    ):
        with pytest.raises(NotFound):
            find(registry, asked, **proof)


def test_anonymous_report_shows_its_status_line_only(registry: Registry) -> None:
    view = find(registry, anonymous(registry).receipt)
    assert view.status == "received" and not view.verified
    assert (view.details, view.place, view.township, view.service, view.events) == (
        None,
        None,
        None,
        None,
        (),
    )
    assert find(registry, view.receipt, conversation="web:1").details is not None


def test_case_without_conversation_is_not_opened_by_none(registry: Registry) -> None:
    receipt = anonymous(registry, conversation=None).receipt
    assert not find(registry, receipt, phone=None, conversation=None).verified


def test_internal_notes_stay_inside(registry: Registry) -> None:
    receipt = file(registry).receipt
    with registry.session() as session:
        cases.add_note(session, receipt, "内部研判", "officer", NOW)
        cases.add_note(session, receipt, "补充：在二楼", "resident", NOW)
        cases.set_status(session, receipt, "accepted", "officer", NOW + timedelta(hours=1), note="已受理")
    view = find(registry, receipt, phone=PHONE)
    assert [event.note for event in view.events] == [None, "补充：在二楼", "已受理"]
    assert view.status == "accepted" and view.updated_at == NOW + timedelta(hours=1)
    with registry.session(actor="officer") as session:
        whole = cases.open_file(session, receipt, purpose="办理")
    assert [event.note for event in whole.events][1] == "内部研判"
    assert (whole.reporter_phone, whole.reporter_name) == (PHONE, "王五")


def test_moves_that_are_not_allowed(registry: Registry) -> None:
    receipt = file(registry).receipt
    with registry.session() as session:
        cases.set_status(session, receipt, "withdrawn", "resident", NOW)
    with pytest.raises(ValueError), registry.session() as session:
        cases.set_status(session, receipt, "accepted", "officer", NOW)
    with pytest.raises(NotFound), registry.session() as session:
        cases.set_status(session, "ET261123AAAA2", "closed", "officer", NOW)


@pytest.mark.parametrize("change", ["update", "delete", "raw"])
def test_events_are_append_only(registry: Registry, change: str) -> None:
    file(registry)
    with pytest.raises(IntegrityError), registry.session() as session:
        if change == "update":
            session.execute(update(CaseEvent).values(actor="somebody"))
        elif change == "delete":
            session.execute(delete(CaseEvent))
        else:
            session.execute(text("UPDATE case_events SET note_sealed = NULL"))


def test_attachment_and_location(registry: Registry) -> None:
    receipt = file(registry, location=(29.85, 114.29)).receipt
    with registry.session(actor="officer") as session:
        cases.attach(session, receipt, "photo", "store/abc.jpg", NOW)
        whole = cases.open_file(session, receipt, purpose="办理")
    assert whole.location == (29.85, 114.29)
    assert whole.attachments == (("photo", "store/abc.jpg"),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gossip"},
        {"triage": "P9"},
        {"details": {"what": "字" * 4001}},
        {"details": {f"k{n}": "字" * 3000 for n in range(8)}},
        {"details": {"list": [{"deep": "字" * 4001}]}},
    ],
)
def test_what_is_not_accepted(registry: Registry, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        file(registry, **wrong)


def test_constraint_refuses_a_status_nobody_knows(registry: Registry) -> None:
    file(registry)
    with pytest.raises(IntegrityError), registry.session() as session:
        session.execute(update(Case).values(status="lost"))
