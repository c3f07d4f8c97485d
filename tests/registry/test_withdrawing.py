"""A report taken back by its reporter, and what can be done without a receipt."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from registry import NotFound, Registry, cases, desk, lookup, tracing
from registry.models import AuditRow
from registry.views import WithdrawalView
from registry.withdrawing import withdraw_case
from tests.registry.conftest import NOW

PHONE = "13800138000"


def file(registry: Registry, kind: str, **more: Any) -> str:
    asked: dict[str, Any] = {"reporter_phone": PHONE, "conversation": "web:1", "now": NOW} | more
    with registry.session() as session:
        if kind == "family_search":
            return tracing.file_search(session, idempotency_key=kind, **asked).receipt
        return cases.file_case(
            session, kind=kind, service="complaint", triage="P1", details={}, idempotency_key=kind, **asked
        ).receipt


def withdraw(registry: Registry, receipt: str, **more: Any) -> WithdrawalView:
    asked: dict[str, Any] = {
        "reason": "found",
        "text_masked": "人找到了",
        "phone": None,
        "conversation": "web:1",
    }
    with registry.session() as session:
        return withdraw_case(session, receipt=receipt, now=NOW, **(asked | more))


def rows(registry: Registry) -> list[tuple[str, str | None, str | None]]:
    with registry.session(read_only=True) as session:
        return [(row.kind, row.reason, row.text_masked) for row in desk.open_rows(session)]


def audited(registry: Registry, action: str) -> list[str]:
    with registry.session(read_only=True) as session:
        return list(session.scalars(select(AuditRow.object_ref).where(AuditRow.action == action)))


@pytest.mark.parametrize("proof", [{}, {"phone": PHONE, "conversation": "web:2"}])
def test_a_found_person_ends_the_search_once(registry: Registry, proof: dict[str, Any]) -> None:
    receipt = file(registry, "family_search")
    done = withdraw(registry, receipt, **proof)
    assert (done.before, done.status, done.receipt) == ("received", "withdrawn", receipt)
    again = withdraw(registry, receipt, **proof)
    assert (again.before, again.status) == ("withdrawn", "withdrawn")
    assert rows(registry) == [("handoff", "found", f"{receipt} 人找到了")]
    assert audited(registry, "case_withdrawn") == [receipt]
    with registry.session() as session:
        case = cases.open_file(session, receipt, purpose="test")
    assert [(event.kind, event.status, event.note) for event in case.events] == [
        ("filed", "received", None), ("status", "withdrawn", "人找到了"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["child_report", "rescue_report"])
def test_about_somebody_in_need_an_officer_decides(registry: Registry, kind: str) -> None:
    receipt = file(registry, kind)
    for _ in range(2):
        done = withdraw(registry, receipt, reason="mistake", text_masked="误报了")
        assert (done.before, done.status) == ("received", "received")
    assert rows(registry) == [("handoff", "mistake", f"{receipt} 误报了")]
    assert audited(registry, "withdraw_asked") == [receipt] * 2
    with registry.session() as session:
        assert cases.find_case(session, receipt=receipt, phone=PHONE).events[-1].note == "误报了"


def test_a_case_ended_before_stays_as_it_is(registry: Registry) -> None:
    receipt = file(registry, "complaint")
    with registry.session() as session:
        cases.set_status(session, receipt, "closed", "staff", NOW)
    assert withdraw(registry, receipt).status == "closed"
    assert rows(registry) == []


@pytest.mark.parametrize("phone", [PHONE, None])
def test_only_the_reporter_may_withdraw(registry: Registry, phone: str | None) -> None:
    receipt = file(registry, "family_search", reporter_phone=phone)
    with pytest.raises(NotFound):
        withdraw(registry, receipt, conversation="web:2", phone="13900139000")
    assert audited(registry, "withdraw") == [receipt], "the refusal is recorded"
    with registry.session() as session:
        assert cases.open_file(session, receipt, purpose="test").status == "received"


def test_a_reason_is_one_of_the_list(registry: Registry) -> None:
    with pytest.raises(ValueError, match="reason"):
        withdraw(registry, file(registry, "complaint"), reason="bored")


def test_a_conversation_knows_what_it_filed(registry: Registry) -> None:
    first, second = file(registry, "complaint"), file(registry, "family_search")
    file(registry, "elder_visit", conversation="web:2")
    with registry.session() as session:
        assert lookup.filed_here(session, conversation="web:1") == [second, first]
        assert lookup.filed_here(session, conversation="web:3") == []
    assert audited(registry, "find_case") == [second, first]


@pytest.mark.parametrize("known", [True, False])
def test_a_call_back_names_the_receipts_to_staff_only(registry: Registry, known: bool) -> None:
    receipt = file(registry, "complaint") if known else "-"
    for _ in range(2):
        with registry.session() as session:
            assert (
                lookup.ask_call_back(
                    session, phone=PHONE, text_masked="没有回执号", conversation="web:9", now=NOW
                )
                is None
            )
    assert rows(registry) == [("handoff", "no_receipt", f"没有回执号 {receipt}")]
    assert len(audited(registry, "ask_call_back")) == 2
