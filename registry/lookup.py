"""What can be done for somebody without the receipt: what this conversation filed itself, and a call back.
A telephone number alone opens nothing: whoever knows it is not yet its owner, so staff call the number on file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.appointments import find_by_phone
from registry.context import sealer_of
from registry.desk import add_row
from registry.models import Application, Case, Recipient


def filed_here(session: Session, *, conversation: str) -> list[str]:
    """Receipts of the cases that this conversation filed, the newest first."""
    query = select(Case.receipt).where(Case.conversation == conversation)
    found = list(session.scalars(query.order_by(Case.id.desc())))
    for receipt in found:
        audit.record(session, action="find_case", object_type="case", object_ref=receipt)
    return found


def ask_call_back(
    session: Session, *, phone: str, text_masked: str, conversation: str | None, now: datetime, is_demo: bool = False
) -> None:  # fmt: skip
    """Put a row on the desk naming what this phone holds, so that staff call the number on file.

    The caller learns nothing of what was found: "none" and "some" are the same to them. The same words on the
    same day from the same conversation are one row.
    """
    index = sealer_of(session).phone_index(phone)
    numbers = [booking.receipt for booking in find_by_phone(session, phone=phone)]
    numbers += session.scalars(
        select(Case.receipt).where(Case.reporter_phone_index == index).order_by(Case.id)
    )
    numbers += session.scalars(
        select(Application.number)
        .join(Recipient)
        .where(Recipient.phone_index == index)
        .order_by(Application.id)
    )
    add_row(
        session,
        kind="handoff",
        conversation=conversation,
        text_masked=f"{text_masked} {' '.join(numbers) or '-'}",
        service=None,
        reason="no_receipt",
        idempotency_key=f"call_back:{conversation}:{index}:{now:%Y-%m-%d}:{text_masked}",
        now=now,
        is_demo=is_demo,
    )
    audit.record(session, action="ask_call_back", object_type="phone_index", object_ref=index[:16], at=now)
