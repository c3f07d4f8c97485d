"""Family tracing: file a search in one transaction with its case, note found persons, compare the two.
The score is a simple count of what agrees; staff decide, and every comparison is audited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.case_rows import find_row
from registry.cases import file_case
from registry.context import sealer_of
from registry.kinds import FOUND_SOURCES, SEXES, require
from registry.models import Case, FoundPerson, SearchReport
from registry.views import Candidate, CaseView, JsonValue
from registry.writing import insert_once

# Somebody is rarely registered as lost the minute it happens: allow a day before the stated time.
CLOCK_SLACK = timedelta(days=1)
AGE_SLACK = 10
HEIGHT_SLACK_CM = 8
POINTS = {"sex": 25, "age": 25, "township": 15, "time": 10, "height": 10}
WORD_POINTS = 5
MAX_WORDS = 3
_BREAK = re.compile(r"[\s,，。、；;：:！!？?（）()和的有了穿着戴在是个一]+")


def file_search(
    session: Session,
    *,
    missing_name: str | None = None,
    sex: str = "unknown",
    age: int | None = None,
    height_cm: int | None = None,
    clothing: str | None = None,
    features: str | None = None,
    illness: str | None = None,
    lost_at: datetime | None = None,
    last_place: str | None = None,
    township: str | None = None,
    photo_ref: str | None = None,
    triage: str = "P1",
    details: Mapping[str, JsonValue] | None = None,
    reporter_phone: str | None = None,
    reporter_name: str | None = None,
    idempotency_key: str,
    conversation: str | None,
    now: datetime,
    location: tuple[float, float] | None = None,
    is_demo: bool = False,
) -> CaseView:
    """File a family_search case and its report together; the same key gives the same receipt.

    Age in years, height in centimetres; ValueError as in `file_case` and for an unknown sex or a
    number out of range.
    """
    require("sex", sex, SEXES)
    if age is not None and not 0 <= age <= 130:
        raise ValueError(f"an age of {age} years")
    if height_cm is not None and not 30 <= height_cm <= 250:
        raise ValueError(f"a height of {height_cm} cm")
    case = file_case(
        session,
        kind="family_search",
        service="family_search",
        triage=triage,
        details=details or {},
        place=last_place,
        township=township,
        reporter_phone=reporter_phone,
        reporter_name=reporter_name,
        idempotency_key=idempotency_key,
        conversation=conversation,
        now=now,
        location=location,
        is_demo=is_demo,
    )
    if not case.is_new:
        return case
    seal = sealer_of(session).seal
    session.add(
        SearchReport(
            case_id=find_row(session, case.receipt).id,
            missing_name_sealed=seal(missing_name) if missing_name else None,
            sex=sex,
            age=age,
            height_cm=height_cm,
            clothing=clothing,
            features=features,
            illness_sealed=seal(illness) if illness else None,
            lost_at=lost_at,
            last_place=last_place,
            township=township,
            photo_ref_sealed=seal(photo_ref) if photo_ref else None,
            is_demo=is_demo,
        )
    )
    session.flush()
    return case


def add_found_person(
    session: Session,
    *,
    sex: str,
    found_at: datetime,
    idempotency_key: str,
    age_from: int | None = None,
    age_to: int | None = None,
    height_cm: int | None = None,
    clothing: str | None = None,
    features: str | None = None,
    place: str | None = None,
    township: str | None = None,
    source: str = "station",
    is_demo: bool = False,
) -> int:
    """Note a person whose family is not known; returns its number, the same for the same key."""
    require("sex", sex, SEXES)
    require("source", source, FOUND_SOURCES)
    key = sealer_of(session).index(idempotency_key, "key")
    person, is_new = insert_once(
        session,
        lambda: session.scalars(select(FoundPerson).where(FoundPerson.idempotency_key == key)).one_or_none(),
        lambda: FoundPerson(
            source=source,
            sex=sex,
            age_from=age_from,
            age_to=age_to,
            height_cm=height_cm,
            clothing=clothing,
            features=features,
            found_at=found_at,
            place=place,
            township=township,
            status="waiting",
            idempotency_key=key,
            is_demo=is_demo,
        ),
    )
    if is_new:
        audit.record(session, action="add_found", object_type="found_person", object_ref=str(person.id))
    return person.id


def candidates(session: Session, receipt: str, *, limit: int = 20) -> list[Candidate]:
    """The waiting found persons who may be the missing one of this case, best first; NotFound.

    One who cannot be (another sex, an age far off, found before the loss) is left out.
    """
    query = select(SearchReport).join(Case).where(Case.id == find_row(session, receipt).id)
    report = session.scalars(query).one_or_none()
    audit.record(session, action="match_search", object_type="case", object_ref=receipt)
    if report is None:
        return []
    scored = []
    for person in session.scalars(select(FoundPerson).where(FoundPerson.status == "waiting")):
        reasons = _agreement(report, person)
        if reasons:
            scored.append(Candidate(person.id, _score(reasons), reasons))
    scored.sort(key=lambda one: (-one.score, one.found_id))
    return scored[:limit]


def _agreement(report: SearchReport, person: FoundPerson) -> list[str] | None:
    """The codes of what agrees, or None when they cannot be the same person."""
    reasons: list[str] = []
    if "unknown" not in (report.sex, person.sex):
        if report.sex != person.sex:
            return None
        reasons.append("sex")
    if report.lost_at is not None:
        if person.found_at < report.lost_at - CLOCK_SLACK:
            return None
        reasons.append("time")
    if report.age is not None and (person.age_from is not None or person.age_to is not None):
        low = person.age_from if person.age_from is not None else 0
        high = person.age_to if person.age_to is not None else 130
        if not low - AGE_SLACK <= report.age <= high + AGE_SLACK:
            return None
        if low <= report.age <= high:
            reasons.append("age")
    if report.township is not None and report.township == person.township:
        reasons.append("township")
    heights = (report.height_cm, person.height_cm)
    if heights[0] is not None and heights[1] is not None and abs(heights[0] - heights[1]) <= HEIGHT_SLACK_CM:
        reasons.append("height")
    shared = _words(report.features, report.clothing) & _words(person.features, person.clothing)
    reasons.extend(f"feature:{word}" for word in sorted(shared)[:MAX_WORDS])
    return reasons


def _score(reasons: list[str]) -> int:
    return sum(POINTS.get(reason, WORD_POINTS) for reason in reasons)


def _words(*texts: str | None) -> set[str]:
    """Pairs of neighbouring characters: enough to find 左脸 or 红衣 in both without a dictionary."""
    pairs: set[str] = set()
    for text in texts:
        for part in _BREAK.split(text or ""):
            pairs.update(part[at : at + 2] for at in range(len(part) - 1))
    return pairs
