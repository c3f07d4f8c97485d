"""The rows behind a case: finding one, its events, and its sealed details.
Used by the registry's own modules only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.context import sealer_of
from registry.errors import NotFound
from registry.models import Case, CaseEvent
from registry.receipts import parse_receipt
from registry.views import EventView, JsonValue

MAX_TEXT = 4000
MAX_DETAILS = 20_000


def find_row(session: Session, receipt: str, *, lock: bool = False) -> Case:
    """The row of this receipt, for the registry's own modules; NotFound, recorded as denied."""
    ref = parse_receipt(receipt) or "unreadable"
    query = select(Case).where(Case.receipt == ref)
    if lock:
        query = query.with_for_update(of=Case).execution_options(populate_existing=True)
    case = session.scalars(query).one_or_none()
    if case is None:
        audit.record(session, action="find_case", object_type="case", object_ref=ref, denied=True)
        raise NotFound(ref)
    return case


def is_reporter(session: Session, case: Case, phone: str | None, conversation: str | None) -> bool:
    """Whether the asker filed this case: from the same conversation, or with the phone left in it."""
    if conversation and case.conversation == conversation:
        return True
    return bool(phone) and case.reporter_phone_index == sealer_of(session).phone_index(phone or "")


def read_details(session: Session, case: Case) -> dict[str, JsonValue]:
    """The report as it was filed; empty once retention has emptied it."""
    if case.details_sealed is None:
        return {}
    return cast("dict[str, JsonValue]", json.loads(sealer_of(session).unseal(case.details_sealed)))


def add_event(
    session: Session,
    case: Case,
    *,
    kind: str,
    actor: str,
    now: datetime,
    status: str | None = None,
    note: str | None = None,
    public: bool = False,
) -> None:
    """Append an event to a case; the note is sealed."""
    sealed = sealer_of(session).seal(note) if note else None
    session.add(
        CaseEvent(
            case_id=case.id, at=now, actor=actor, kind=kind, status=status, note_sealed=sealed, public=public
        )
    )
    session.flush()


def event_view(session: Session, row: CaseEvent) -> EventView:
    """The opened view of an event."""
    note = sealer_of(session).unseal(row.note_sealed) if row.note_sealed else None
    return EventView(
        at=row.at, actor=row.actor, kind=row.kind, status=row.status, note=note, public=row.public
    )


def write_details(details: Mapping[str, JsonValue]) -> str:
    """The details as JSON; ValueError when a text or the whole is too long."""
    _check_lengths(details)
    written = json.dumps(details, ensure_ascii=False, sort_keys=True)
    if len(written) > MAX_DETAILS:
        raise ValueError(f"the details are longer than {MAX_DETAILS} characters")
    return written


def _check_lengths(value: JsonValue) -> None:
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise ValueError(f"a text of the details is longer than {MAX_TEXT} characters")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _check_lengths(key)
            _check_lengths(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_lengths(inner)
