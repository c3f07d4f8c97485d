"""Rows for the hotline desk: what could not be answered, handed over or delivered.
A row is written once, taken by one agent, and closed by that agent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.context import sealer_of
from registry.crypto import mask_text
from registry.errors import AlreadyTaken, NotFound
from registry.kinds import DESK_KINDS, require
from registry.models import DeskRow
from registry.views import DeskRowView
from registry.writing import insert_once

MAX_TEXT = 4000


def add_row(
    session: Session,
    *,
    kind: str,
    conversation: str | None,
    text_masked: str,
    service: str | None,
    reason: str | None,
    idempotency_key: str,
    now: datetime,
    is_demo: bool = False,
) -> DeskRowView:
    """Put a row on the desk; the same key gives the same row. The text is masked again and cut at 4000."""
    require("kind", kind, DESK_KINDS)
    key = sealer_of(session).index(idempotency_key, "key")
    row, is_new = insert_once(
        session,
        lambda: session.scalars(select(DeskRow).where(DeskRow.idempotency_key == key)).one_or_none(),
        lambda: DeskRow(
            kind=kind,
            conversation=conversation,
            text_masked=mask_text(text_masked)[:MAX_TEXT],
            service=service,
            reason=reason,
            status="open",
            idempotency_key=key,
            created_at=now,
            is_demo=is_demo,
        ),
    )
    if is_new:
        audit.record(session, action=f"desk_{kind}", object_type="desk_row", object_ref=str(row.id), at=now)
    return _view(row)


def open_rows(session: Session, *, kind: str | None = None) -> list[DeskRowView]:
    """The rows not closed yet, oldest first; `taken_by` says who works on one."""
    query = select(DeskRow).where(DeskRow.status != "done").order_by(DeskRow.created_at, DeskRow.id)
    if kind is not None:
        query = query.where(DeskRow.kind == require("kind", kind, DESK_KINDS))
    return [_view(row) for row in session.scalars(query)]


def take_row(session: Session, *, row_id: int, actor: str, now: datetime) -> DeskRowView:
    """Take a row for this agent; AlreadyTaken when another has it, NotFound."""
    row = _locked(session, row_id)
    if row.status != "open" and not (row.status == "taken" and row.taken_by == actor):
        raise AlreadyTaken(str(row_id))
    row.status, row.taken_by = "taken", actor
    session.flush()
    audit.record(
        session, action="desk_take", object_type="desk_row", object_ref=str(row_id), actor=actor, at=now
    )
    return _view(row)


def close_row(session: Session, *, row_id: int, actor: str, now: datetime) -> DeskRowView:
    """Close a row that this agent has taken; AlreadyTaken otherwise, NotFound."""
    row = _locked(session, row_id)
    if row.status != "taken" or row.taken_by != actor:
        raise AlreadyTaken(str(row_id))
    row.status, row.closed_at = "done", now
    session.flush()
    audit.record(
        session, action="desk_close", object_type="desk_row", object_ref=str(row_id), actor=actor, at=now
    )
    return _view(row)


def _locked(session: Session, row_id: int) -> DeskRow:
    query = select(DeskRow).where(DeskRow.id == row_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(str(row_id))
    return row


def _view(row: DeskRow) -> DeskRowView:
    return DeskRowView(
        row_id=row.id,
        kind=row.kind,
        conversation=row.conversation,
        text_masked=row.text_masked,
        service=row.service,
        reason=row.reason,
        status=row.status,
        taken_by=row.taken_by,
        created_at=row.created_at,
        is_demo=row.is_demo,
    )
