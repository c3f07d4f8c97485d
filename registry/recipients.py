"""Recipients and their applications: how far an application has come, for the applicant alone.
The acceptance number and the phone or identity number given with it must both fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry import audit
from registry.context import sealer_of
from registry.crypto import mask_name, normalise_id, normalise_phone
from registry.errors import NotFound
from registry.kinds import APPLICATION_STATUSES, require
from registry.models import Application, ApplicationStep, Recipient
from registry.views import ApplicationView, StepView

Step = tuple[str, date]


def add_application(
    session: Session,
    *,
    number: str,
    service: str,
    name: str,
    phone: str | None,
    id_number: str | None,
    township: str | None,
    steps: Sequence[Step],
    now: datetime,
    is_demo: bool = False,
) -> ApplicationView:
    """Enter an application with its dated steps (status, day), the last one being where it stands.

    A number that is there already gets the new steps; its applicant is not changed. ValueError without
    a step or with an unknown status.
    """
    for status, _day in steps:
        require("status", status, APPLICATION_STATUSES)
    if not steps:
        raise ValueError("an application has at least the step of its receipt")
    number = normalise_number(number)
    application = session.scalars(select(Application).where(Application.number == number)).one_or_none()
    if application is None:
        recipient = _recipient(session, name, phone, id_number, township, now, is_demo)
        application = Application(
            number=number,
            service=service,
            recipient_id=recipient.id,
            township=township,
            status=steps[-1][0],
            is_demo=is_demo,
        )
        session.add(application)
    application.status = steps[-1][0]
    session.flush()
    known = {(step.status, step.happened_on) for step in application.steps}
    for status, day in steps:
        if (status, day) not in known:
            session.add(ApplicationStep(application_id=application.id, status=status, happened_on=day))
    session.flush()
    session.refresh(application)
    audit.record(session, action="add_application", object_type="application", object_ref=number, at=now)
    return _view(session, application)


def find_application(session: Session, *, number: str, phone_or_id: str) -> ApplicationView:
    """The application of this number whose applicant has this phone or identity number; NotFound."""
    sealer = sealer_of(session)
    number = normalise_number(number)
    query = (
        select(Application)
        .join(Recipient)
        .where(
            Application.number == number,
            or_(
                Recipient.phone_index == sealer.phone_index(phone_or_id),
                Recipient.id_index == sealer.id_index(phone_or_id),
            ),
        )
    )
    application = session.scalars(query).one_or_none()
    audit.record(
        session,
        action="find_application",
        object_type="application",
        # What was typed may be anything, an identity number too: only an index of it is kept.
        object_ref=application.number if application else sealer.index(number, "number")[:16],
        denied=application is None,
    )
    if application is None:
        raise NotFound("application")
    return _view(session, application)


def normalise_number(number: str) -> str:
    """Half-width, upper case, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number)).upper()


def _recipient(
    session: Session,
    name: str,
    phone: str | None,
    id_number: str | None,
    township: str | None,
    now: datetime,
    is_demo: bool,
) -> Recipient:
    sealer = sealer_of(session)
    id_index = sealer.id_index(id_number) if id_number else None
    if id_index is not None:
        known = session.scalars(select(Recipient).where(Recipient.id_index == id_index)).one_or_none()
        if known is not None:
            return known
    recipient = Recipient(
        name_sealed=sealer.seal(name.strip()),
        id_sealed=sealer.seal(normalise_id(id_number)) if id_number else None,
        id_index=id_index,
        phone_sealed=sealer.seal(normalise_phone(phone)) if phone else None,
        phone_index=sealer.phone_index(phone) if phone else None,
        township=township,
        created_at=now,
        is_demo=is_demo,
    )
    session.add(recipient)
    session.flush()
    return recipient


def _view(session: Session, application: Application) -> ApplicationView:
    name = sealer_of(session).unseal(application.recipient.name_sealed)
    steps = sorted(application.steps, key=lambda step: (step.happened_on, step.id))
    return ApplicationView(
        number=application.number,
        service=application.service,
        status=application.status,
        township=application.township,
        applicant_masked=mask_name(name),
        steps=tuple(StepView(step.status, step.happened_on) for step in steps),
        is_demo=application.is_demo,
    )
