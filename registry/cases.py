"""Cases: file a report once, add to it, and say where it stands to whom it may be said.
Due times are the bureau's service targets: P0 15 minutes, P1 24 hours, P2 and P3 5 and 10 working days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.case_rows import (
    MAX_TEXT,
    add_event,
    event_view,
    find_row,
    is_reporter,
    read_details,
    write_details,
)
from registry.clock import to_utc
from registry.context import sealer_of
from registry.crypto import normalise_phone
from registry.errors import NotFound
from registry.kinds import ATTACHMENT_KINDS, CASE_KINDS, CASE_MOVES, CASE_STATUSES, TRIAGES, require
from registry.models import Attachment, Case
from registry.receipts import new_receipt, parse_receipt
from registry.views import CaseFile, CaseStatusView, CaseView, JsonValue
from registry.workdays import add_workdays
from registry.writing import insert_once

RESIDENT = "resident"
_AT_ONCE = {"P0": timedelta(minutes=15), "P1": timedelta(hours=24)}
_WORKDAYS = {"P2": 5, "P3": 10}


def due_time(triage: str, now: datetime) -> tuple[datetime, bool]:
    """When a case of this grade must be answered (UTC), and whether the working days are estimated."""
    if triage in _AT_ONCE:
        return to_utc(now) + _AT_ONCE[triage], False
    return add_workdays(now, _WORKDAYS[triage])


def file_case(
    session: Session,
    *,
    kind: str,
    service: str,
    triage: str,
    details: Mapping[str, JsonValue],
    place: str | None = None,
    township: str | None = None,
    reporter_phone: str | None = None,
    reporter_name: str | None = None,
    idempotency_key: str,
    conversation: str | None,
    now: datetime,
    location: tuple[float, float] | None = None,
    is_demo: bool = False,
) -> CaseView:
    """File a report; the same key gives the same receipt, never a second case.

    `location` is (latitude, longitude) in degrees, WGS-84. ValueError for an unknown kind or grade, or
    for details longer than 4000 characters a text and 20000 in all.
    """
    require("kind", kind, CASE_KINDS)
    require("triage", triage, TRIAGES)
    written = write_details(details)
    sealer = sealer_of(session)
    key = sealer.index(idempotency_key, "key")
    phone = normalise_phone(reporter_phone or "")
    name = (reporter_name or "").strip()
    due_at, estimated = due_time(triage, now)

    def make() -> Case:
        return Case(
            receipt=new_receipt(kind, now),
            kind=kind,
            service=service,
            triage=triage,
            status="received",
            place=place,
            township=township,
            latitude=location[0] if location else None,
            longitude=location[1] if location else None,
            details_sealed=sealer.seal(written),
            reporter_name_sealed=sealer.seal(name) if name else None,
            reporter_phone_sealed=sealer.seal(phone) if phone else None,
            reporter_phone_index=sealer.phone_index(phone) if phone else None,
            anonymous=not (phone or name),
            conversation=conversation,
            idempotency_key=key,
            created_at=now,
            due_at=due_at,
            due_estimated=estimated,
            is_demo=is_demo,
        )

    case, is_new = insert_once(
        session, lambda: session.scalars(select(Case).where(Case.idempotency_key == key)).one_or_none(), make
    )
    if is_new:
        add_event(session, case, kind="filed", actor=RESIDENT, now=now, status="received", public=True)
        audit.record(session, action="file_case", object_type="case", object_ref=case.receipt, at=now)
    return CaseView(
        receipt=case.receipt,
        kind=case.kind,
        service=case.service,
        triage=case.triage,
        status=case.status,
        created_at=to_utc(case.created_at),
        due_at=to_utc(case.due_at),
        due_estimated=case.due_estimated,
        anonymous=case.anonymous,
        is_new=is_new,
        is_demo=case.is_demo,
    )


def add_note(
    session: Session, receipt: str, text: str, actor: str, now: datetime, *, public: bool = False
) -> None:
    """Add a note; the reporter sees a `public` one and those of actor `resident`. NotFound; ValueError."""
    if not text.strip() or len(text) > MAX_TEXT:
        raise ValueError(f"a note has 1 to {MAX_TEXT} characters")
    case = find_row(session, receipt)
    shown = public or actor == RESIDENT
    add_event(session, case, kind="note", actor=actor, now=now, note=text.strip(), public=shown)
    audit.record(session, action="add_note", object_type="case", object_ref=case.receipt, actor=actor, at=now)


def set_status(
    session: Session, receipt: str, status: str, actor: str, now: datetime, note: str | None = None
) -> None:
    """Move a case on; the note goes to the reporter. NotFound; ValueError for a move that is not allowed."""
    require("status", status, CASE_STATUSES)
    case = find_row(session, receipt, lock=True)
    if status not in CASE_MOVES[case.status]:
        raise ValueError(f"a case cannot go from {case.status} to {status}")
    case.status = status
    case.closed_at = now if status in ("closed", "withdrawn") else None
    add_event(session, case, kind="status", actor=actor, now=now, status=status, note=note, public=True)
    audit.record(
        session, action=f"case_{status}", object_type="case", object_ref=case.receipt, actor=actor, at=now
    )


def attach(session: Session, receipt: str, kind: str, ref: str, now: datetime) -> None:
    """Attach a photo or a location to a case by its reference, which is stored sealed. NotFound."""
    require("kind", kind, ATTACHMENT_KINDS)
    case = find_row(session, receipt)
    sealed = sealer_of(session).seal(ref)
    session.add(Attachment(case_id=case.id, kind=kind, ref_sealed=sealed, added_at=now))
    session.flush()
    audit.record(session, action="attach", object_type="case", object_ref=case.receipt, at=now)


def find_case(
    session: Session, *, receipt: str, phone: str | None = None, conversation: str | None = None
) -> CaseStatusView:
    """Where a case stands, for its reporter: by the reporter's phone, or from the same conversation.

    An anonymous report shows its status line, and no more, to whoever holds the receipt. NotFound for
    everything else, whether the case exists or not.
    """
    ref = parse_receipt(receipt) or "unreadable"
    case = session.scalars(select(Case).where(Case.receipt == ref)).one_or_none()
    verified = case is not None and is_reporter(session, case, phone, conversation)
    if case is None or not (verified or case.anonymous):
        audit.record(session, action="find_case", object_type="case", object_ref=ref, denied=True)
        raise NotFound(ref)
    audit.record(session, action="find_case", object_type="case", object_ref=ref)
    events = [event_view(session, row) for row in case.events if row.public]
    line = CaseStatusView(
        receipt=case.receipt,
        kind=case.kind,
        status=case.status,
        updated_at=events[-1].at if events else case.created_at,
        due_at=case.due_at,
        due_estimated=case.due_estimated,
        verified=False,
        is_demo=case.is_demo,
    )
    if not verified:
        return line
    return CaseStatusView(
        receipt=line.receipt,
        kind=line.kind,
        status=line.status,
        updated_at=line.updated_at,
        due_at=line.due_at,
        due_estimated=line.due_estimated,
        verified=True,
        service=case.service,
        triage=case.triage,
        created_at=case.created_at,
        place=case.place,
        township=case.township,
        details=read_details(session, case),
        events=tuple(events),
        is_demo=case.is_demo,
    )


def open_file(session: Session, receipt: str, *, purpose: str) -> CaseFile:
    """The whole case, opened for staff (the session's actor) for a stated purpose; audited. NotFound."""
    case = find_row(session, receipt)
    unseal = sealer_of(session).unseal
    audit.record(session, action="open_case", object_type="case", object_ref=case.receipt, purpose=purpose)
    located = case.latitude is not None and case.longitude is not None
    return CaseFile(
        receipt=case.receipt,
        kind=case.kind,
        service=case.service,
        triage=case.triage,
        status=case.status,
        created_at=case.created_at,
        due_at=case.due_at,
        due_estimated=case.due_estimated,
        place=case.place,
        township=case.township,
        location=(cast(float, case.latitude), cast(float, case.longitude)) if located else None,
        details=read_details(session, case),
        reporter_name=unseal(case.reporter_name_sealed) if case.reporter_name_sealed else None,
        reporter_phone=unseal(case.reporter_phone_sealed) if case.reporter_phone_sealed else None,
        anonymous=case.anonymous,
        conversation=case.conversation,
        events=tuple(event_view(session, row) for row in case.events),
        attachments=tuple((row.kind, unseal(row.ref_sealed)) for row in case.attachments if row.ref_sealed),
        is_demo=case.is_demo,
    )
