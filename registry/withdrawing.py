"""A reporter takes a report back: the missing person is home, the report was a mistake.
What concerns somebody who may be in need stays open: an officer looks before it is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from registry import audit
from registry.case_rows import add_event, find_row, is_reporter
from registry.cases import RESIDENT, set_status
from registry.desk import add_row
from registry.errors import NotFound
from registry.views import WithdrawalView

REASONS = ("found", "mistake")
# A child or a person on the street cannot speak against a withdrawal, and one who harms may ask for it.
OFFICER_DECIDES = frozenset({"child_report", "rescue_report"})
ENDED = frozenset({"closed", "withdrawn"})


def withdraw_case(
    session: Session,
    *,
    receipt: str,
    reason: str,
    text_masked: str,
    phone: str | None,
    conversation: str | None,
    now: datetime,
) -> WithdrawalView:
    """Take a case back for its reporter, and tell the desk. One that has ended stays as it is.

    reason: `found` (the missing person is back) or `mistake`; ValueError for another. The reporter is known by
    phone or by the conversation; the receipt alone is no proof here, not even of an anonymous report. NotFound.
    """
    if reason not in REASONS:
        raise ValueError(f"reason {reason!r} is not one of {', '.join(REASONS)}")
    case = find_row(session, receipt, lock=True)
    if not is_reporter(session, case, phone, conversation):
        audit.record(
            session, action="withdraw", object_type="case", object_ref=case.receipt, at=now, denied=True
        )
        raise NotFound(case.receipt)
    before = case.status
    if before not in ENDED:
        if case.kind in OFFICER_DECIDES:
            add_event(
                session, case, kind="note", actor=RESIDENT, now=now, note=text_masked or None, public=True
            )
            audit.record(
                session, action="withdraw_asked", object_type="case", object_ref=case.receipt, at=now
            )
        else:
            set_status(session, case.receipt, "withdrawn", RESIDENT, now, text_masked or None)
        add_row(
            session,
            kind="handoff",
            conversation=conversation,
            text_masked=f"{case.receipt} {text_masked}",
            service=case.service,
            reason=reason,
            # The same words again on the same day are one row; anything else an officer must see.
            idempotency_key=f"withdraw:{case.receipt}:{now:%Y-%m-%d}:{text_masked}",
            now=now,
            is_demo=case.is_demo,
        )
    return WithdrawalView(
        receipt=case.receipt, kind=case.kind, service=case.service, before=before, status=case.status,
        is_demo=case.is_demo,
    )  # fmt: skip
