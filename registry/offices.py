"""Offices and facilities of the registry: write them, look them up.
The knowledge base holds the public directory; these are the ones that records point to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.models import Office
from registry.views import OfficeView


def save_office(
    session: Session,
    *,
    code: str,
    name: str,
    kind: str,
    township: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    hours: str | None = None,
    is_demo: bool = False,
) -> OfficeView:
    """Create the office of this code, or bring the existing one up to date."""
    office = find_row(session, code)
    if office is None:
        office = Office(code=code)
        session.add(office)
    office.name, office.kind, office.township = name, kind, township
    office.address, office.phone, office.hours, office.is_demo = address, phone, hours, is_demo
    session.flush()
    return _view(office)


def list_offices(
    session: Session, *, kind: str | None = None, township: str | None = None
) -> list[OfficeView]:
    """The offices of this kind and township (None: any), by code."""
    query = select(Office).order_by(Office.code)
    if kind is not None:
        query = query.where(Office.kind == kind)
    if township is not None:
        query = query.where(Office.township == township)
    return [_view(office) for office in session.scalars(query)]


def find_row(session: Session, code: str) -> Office | None:
    """The row of this office, for the registry's own modules."""
    return session.scalars(select(Office).where(Office.code == code)).one_or_none()


def _view(office: Office) -> OfficeView:
    return OfficeView(
        code=office.code,
        name=office.name,
        kind=office.kind,
        township=office.township,
        address=office.address,
        phone=office.phone,
        hours=office.hours,
        is_demo=office.is_demo,
    )
