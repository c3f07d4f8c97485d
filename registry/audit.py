"""The audit log: one row for each filing, look-up and opening of sealed data, in a keyed hash chain.
Rows are gathered while a transaction works and written as its last act, so the chain never deadlocks it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from registry.clock import to_utc, utc_now
from registry.context import actor_of, origin_of, sealer_of
from registry.models import AuditHead, AuditRow

_PENDING = "registry.audit.pending"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry not written yet. A `denied` one is written even when the work is rolled back."""

    at: datetime
    actor: str
    action: str
    object_type: str
    object_ref: str
    purpose: str | None
    origin: str | None
    denied: bool


def record(
    session: Session,
    *,
    action: str,
    object_type: str,
    object_ref: str,
    purpose: str | None = None,
    actor: str | None = None,
    at: datetime | None = None,
    denied: bool = False,
) -> None:
    """Note that something was done; `object_ref` is a receipt or an index, never personal data.

    The row appears when the session commits. `denied` marks a refused look-up, which outlives a rollback.
    """
    entry = AuditEntry(
        at=to_utc(at) if at else utc_now(),
        actor=actor or actor_of(session),
        action=action,
        object_type=object_type,
        object_ref=object_ref,
        purpose=purpose,
        origin=origin_of(session),
        denied=denied,
    )
    pending(session).append(entry)


def pending(session: Session) -> list[AuditEntry]:
    """The entries gathered in this session and not yet written."""
    return cast("list[AuditEntry]", session.info.setdefault(_PENDING, []))


def write_pending(session: Session) -> None:
    """Append the gathered entries to the chain, under the lock of its head."""
    entries = pending(session)
    if not entries:
        return
    session.flush()
    head = session.scalars(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).one()
    sealer = sealer_of(session)
    for entry in entries:
        seq = head.seq + 1
        row = AuditRow(
            seq=seq,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            object_type=entry.object_type,
            object_ref=entry.object_ref,
            purpose=entry.purpose,
            origin=entry.origin,
            previous_hash=head.row_hash,
            row_hash="",
        )
        row.row_hash = sealer.chain(head.row_hash, _payload(row))
        session.add(row)
        head.seq, head.row_hash = seq, row.row_hash
    entries.clear()


def verify_chain(session: Session) -> bool:
    """True when no row was changed, removed, inserted or reordered since it was written."""
    sealer = sealer_of(session)
    seq, last = 0, ""
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=1000)):
        if row.seq != seq + 1 or row.previous_hash != last:
            return False
        if row.row_hash != sealer.chain(last, _payload(row)):
            return False
        seq, last = row.seq, row.row_hash
    head = session.scalars(select(AuditHead)).one_or_none()
    return head is not None and (head.seq, head.row_hash) == (seq, last)


def _payload(row: AuditRow) -> str:
    at = to_utc(row.at).isoformat(timespec="microseconds")
    fields = [row.seq, at, row.actor, row.action, row.object_type, row.object_ref, row.purpose, row.origin]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


@event.listens_for(Session, "before_commit")
def _on_commit(session: Session) -> None:
    # A savepoint's release comes by here too; the chain is written once, by the outermost commit.
    if not session.in_nested_transaction():
        write_pending(session)
