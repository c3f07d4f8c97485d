"""Retention: empties personal data that is no longer needed, and keeps the bare record for the figures.
How many days is the bureau's decision (pending): the defaults here are settings, not a rule of law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry import audit
from registry.clock import local_day
from registry.context import sealer_of
from registry.models import Attachment, Booking, Case, CaseEvent, DeskRow, FoundPerson, SearchReport


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Days after which personal data is emptied, counted from the end of the matter."""

    closed_case_days: int = 365
    past_booking_days: int = 180
    closed_desk_days: int = 90
    closed_found_days: int = 365


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """How many records were emptied, and the attachments whose files the caller must now delete."""

    cases: int
    bookings: int
    desk_rows: int
    found_persons: int
    attachment_refs: tuple[str, ...]


def purge(session: Session, now: datetime, settings: RetentionSettings | None = None) -> PurgeReport:
    """Anonymise what is due; running it twice empties nothing more. Nothing is deleted here."""
    limits = settings or RetentionSettings()
    cases, refs = _purge_cases(session, now, limits.closed_case_days)
    report = PurgeReport(
        cases=cases,
        bookings=_purge_bookings(session, now, limits.past_booking_days),
        desk_rows=_purge_desk(session, now, limits.closed_desk_days),
        found_persons=_purge_found(session, now, limits.closed_found_days),
        attachment_refs=refs,
    )
    counts = f"cases={report.cases} bookings={report.bookings} desk={report.desk_rows}"
    audit.record(
        session,
        action="purge",
        object_type="retention",
        object_ref=f"{counts} found={report.found_persons}",
        at=now,
    )
    return report


def _purge_cases(session: Session, now: datetime, days: int) -> tuple[int, tuple[str, ...]]:
    due = session.scalars(
        select(Case)
        .where(Case.closed_at <= now - timedelta(days=days), Case.anonymised_at.is_(None))
        .with_for_update(of=Case)
    ).all()
    ids = [case.id for case in due]
    for case in due:
        case.anonymised_at = now
        case.details_sealed = case.place = case.conversation = None
        case.latitude = case.longitude = None
        case.reporter_name_sealed = case.reporter_phone_sealed = case.reporter_phone_index = None
    # The trigger lets a note be blanked only after its case is marked.
    session.flush()
    attachments = session.scalars(
        select(Attachment).where(Attachment.case_id.in_(ids), Attachment.ref_sealed.is_not(None))
    ).all()
    photos = session.scalars(
        select(SearchReport.photo_ref_sealed).where(
            SearchReport.case_id.in_(ids), SearchReport.photo_ref_sealed.is_not(None)
        )
    ).all()
    unseal = sealer_of(session).unseal
    sealed = [row.ref_sealed for row in attachments] + list(photos)
    refs = tuple(unseal(ref) for ref in sealed if ref is not None)
    for row in attachments:
        row.ref_sealed = None
    session.execute(
        update(CaseEvent)
        .where(CaseEvent.case_id.in_(ids), CaseEvent.note_sealed.is_not(None))
        .values(note_sealed=None)
    )
    session.execute(
        update(SearchReport)
        .where(SearchReport.case_id.in_(ids))
        .values(
            missing_name_sealed=None,
            illness_sealed=None,
            photo_ref_sealed=None,
            clothing=None,
            features=None,
            last_place=None,
        )
    )
    session.flush()
    return len(ids), refs


def _purge_bookings(session: Session, now: datetime, days: int) -> int:
    before = local_day(now) - timedelta(days=days)
    due = session.scalars(
        select(Booking)
        .where(Booking.day <= before, Booking.anonymised_at.is_(None))
        .with_for_update(of=Booking)
    ).all()
    for booking in due:
        booking.anonymised_at = now
        booking.names_sealed = booking.phone_sealed = booking.phone_index = None
        booking.id_index = booking.conversation = None
    session.flush()
    return len(due)


def _purge_desk(session: Session, now: datetime, days: int) -> int:
    due = session.scalars(
        select(DeskRow).where(
            DeskRow.closed_at <= now - timedelta(days=days), DeskRow.text_masked.is_not(None)
        )
    ).all()
    for row in due:
        row.text_masked = row.conversation = None
    session.flush()
    return len(due)


def _purge_found(session: Session, now: datetime, days: int) -> int:
    due = session.scalars(
        select(FoundPerson).where(
            FoundPerson.status == "closed",
            FoundPerson.found_at <= now - timedelta(days=days),
            FoundPerson.features.is_not(None) | FoundPerson.clothing.is_not(None),
        )
    ).all()
    for person in due:
        person.features = person.clothing = person.place = None
    session.flush()
    return len(due)
