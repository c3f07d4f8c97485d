"""Reports: what they share, a child in difficulty, a complaint or request; street.py and missing.py are the others.

How urgent one is comes from knowledge/triage; it is filed once, under the key its form was begun with.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, ClassVar

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions import answering
from actions.cancelling import taken_back
from actions.fields import (
    MAX_TEXT,
    SKIPPED,
    Field,
    Reading,
    choice,
    phone,
    phone_said,
    place,
    place_said,
    text,
    yes_no,
)
from actions.form import TaskForm
from actions.form_shape import Begun, Elsewhere
from actions.resources import resources
from actions.say import bubble, outline, say, wording
from actions.showing import opened
from actions.turn import Turn
from knowledge.triage import triage
from registry.cases import attach, file_case
from registry.views import CaseView, JsonValue

# Somebody in a care home is beaten: a complaint of its own urgency.
CARE_HOME, CARE_HOME_FORM = "care_home", "complaint_form"
TELLS = 6
# Characters of a statement that is worth keeping though it answers no question.
NOTED = 4
PHOTOS = 5
ATTACHED = ("report_photos", "report_danger")


def told(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """What happened, out of the message that began the report, when it tells something."""
    bare = turn.words.strip("。！!？? ")
    if len(bare) < TELLS or bare.startswith(("我要报告", "我要举报", "报告", "我要投诉", "投诉", "举报")):
        return None
    return turn.masked[:MAX_TEXT]


def given(slots: dict[str, Any], slot: str) -> Any:
    """The slot's value, None when skipped."""
    value = slots.get(slot)
    return None if value == SKIPPED else value


# Of ten messages read with this confidence, at most one is something else (docs/understanding.md).
SURE = 0.85


class Report(TaskForm):
    """What the report forms share: place, details, triage, filing, the receipt."""

    kind: str
    where: str
    contact: str
    held = ("task_key", *ATTACHED)

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        if taken_back(turn, slots):
            return Elsewhere("cancel_form")
        if turn.matches("care_home_violence") and self.form != CARE_HOME_FORM:
            return Elsewhere(CARE_HOME_FORM)
        if not self.shown_by(turn):
            await answering.instead_of_report(turn, slots, self.service, dispatcher)
            return None
        said, service = self.first_words(turn)
        bubble(dispatcher, wording(f"begin.{said}"), answer=outline("report", service, turn.confidence))
        return self.arrived(turn, {})

    def shown_by(self, turn: Turn) -> bool:
        """Whether the words show such a report, or the classifier is as sure as it can be."""
        sure = turn.confidence >= SURE and turn.tells and not turn.bereaved
        return bool(turn.danger) or sure or turn.shows(self.form)

    def first_words(self, turn: Turn) -> tuple[str, str]:
        """What the form says first (a key of wording.yml's `begin`), and for which service."""
        return self.form, self.service

    async def interrupted(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        if turn.danger or not (turn.matches("withdraw") or turn.matches("false_alarm")):
            return None
        say(dispatcher, "withdraw.not_filed")
        return self.ending(slots, dispatcher)

    def noted(self, turn: Turn, slots: dict[str, Any]) -> dict[str, Any]:
        """他有老年痴呆, when the age was asked: added to what happened, for the officer."""
        story = next(item.slot for item in self.fields if item.once)
        if turn.is_question or len(turn.words) < NOTED or not turn.matches("remark") or not slots.get(story):
            return {}
        return {story: f"{slots[story]}；{turn.masked}"[:MAX_TEXT]}

    @staticmethod
    def arrived(turn: Turn, slots: dict[str, Any]) -> dict[str, Any]:
        """Photos so far and the danger seen so far, this turn's included."""
        photo = turn.metadata.get("photo")
        photos = [*(slots.get("report_photos") or []), *([photo] if photo else [])][:PHOTOS]
        danger = turn.metadata.get("danger") or slots.get("report_danger")
        return {"report_photos": photos or None, "report_danger": danger}

    def details(self, slots: dict[str, Any]) -> dict[str, JsonValue]:
        """What the officer reads, by field."""
        skipped = (self.confirm, self.contact, self.where)
        items = [item.slot for item in self.asked(slots) if item.slot not in skipped]
        return {slot: given(slots, slot) for slot in items if given(slots, slot) is not None}

    def grade(self, slots: dict[str, Any]) -> str:
        """P0…P3."""
        return triage(self.kind, slots, slots.get("report_danger"))

    def file(self, slots: dict[str, Any], turn: Turn, now: datetime) -> CaseView:
        """File it in the registry, with the photos."""
        where = given(slots, self.where) or {}
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            case = self.write(
                session, slots, triage=self.grade(slots), township=where.get("township"), location=point(where),
                reporter_phone=opened(slots.get(self.contact)), idempotency_key=slots["task_key"],
                conversation=turn.tracker.sender_id, now=now, is_demo=resources().settings.demo,
            )  # fmt: skip
            for photo in slots.get("report_photos") or []:
                attach(session, case.receipt, "photo", photo, now)
        return case

    def write(self, session: Session, slots: dict[str, Any], **common: Any) -> CaseView:
        """The call of the registry that files this kind; common: what every kind is filed with."""
        where = given(slots, self.where) or {}
        return file_case(
            session, kind=self.kind_of(slots), service=self.service_of(slots), details=self.details(slots),
            place=where.get("text") or None, **common,
        )  # fmt: skip

    def kind_of(self, slots: dict[str, Any]) -> str:
        return self.kind

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        case = await asyncio.to_thread(self.file, slots, turn, datetime.now(UTC))
        lines = [wording(f"filed.{self.form}", receipt=case.receipt), wording(f"filed.{case.triage}")]
        lines.append(wording("filed.keep"))
        if case.is_demo:
            lines.append(wording("answer.demo"))
        bubble(
            dispatcher,
            "\n".join(lines),
            [wording("words.progress")],
            receipt=case.receipt,
            answer=outline("report", self.service_of(slots)),
        )
        return [
            SlotSet("last_receipt", case.receipt),
            SlotSet("last_service", self.service_of(slots)),
        ]

    def ending(self, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> list[EventType]:
        # What was sent with this report must not go along with the next.
        return [*(SlotSet(slot, None) for slot in ATTACHED), *super().ending(slots, dispatcher)]

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Any, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        requested = tracker.slots.get("requested_slot")
        photo, location = turn.metadata.get("photo"), turn.metadata.get("location")
        arrived = {}
        if requested and (photo or turn.metadata.get("danger")):
            arrived = self.arrived(turn, tracker.slots)
        alone = requested and turn.words in (wording("words.photo"), wording("words.location"))
        answers = bool(location) and requested == self.where
        if alone and not answers:
            # It answers no question, so keep it, say so, ask again.
            if photo:
                say(dispatcher, "form.photo_kept", count=len(arrived["report_photos"]))
            if location:
                arrived[self.where] = {"text": "", "location": location}
                say(dispatcher, "form.place_kept")
        tracker.slots.update(arrived)
        kept = [SlotSet(slot, value) for slot, value in arrived.items()]
        if alone and not answers and (photo or location):
            return [*kept, *await self._next({}, dict(tracker.slots), turn, dispatcher)]
        return [*kept, *await super().run(dispatcher, tracker, domain)]


def point(where: dict[str, Any]) -> tuple[float, float] | None:
    """(latitude, longitude) of a shared location, or None."""
    location = where.get("location")
    return (location["latitude"], location["longitude"]) if location else None


class ChildForm(Report):
    """A child in difficulty or harmed. Minors Protection Law, article 11; triage as in policy facts 2.6."""

    form, service, kind = "child_form", "child_in_difficulty", "child_report"
    where, contact, confirm = "child_where", "child_phone", "child_confirm"
    fields = (
        Field("child_what", text(4), prefill=told, free=True, once=True),
        Field("child_now", choice("child_now")),
        Field("child_where", place, prefill=place_said, free=True),
        Field("child_who", text(1), optional=True, free=True),
        Field("child_carer", text(1), optional=True, free=True),
        Field("child_phone", phone, prefill=phone_said, optional=True),
        Field("child_confirm", yes_no),
    )

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        if turn.matches("care_home_violence"):
            return Elsewhere(CARE_HOME_FORM)
        if turn.shows("adult_violence") and not turn.shows("child_words"):
            await answering.help_beaten_adult(turn, dispatcher)
            return None
        return await super().begin(turn, slots, dispatcher)


class ComplaintForm(Report):
    """A complaint, a funeral violation, a request for a visit."""

    form, service, kind = "complaint_form", "complaint", "complaint"
    where, contact, confirm = "complaint_where", "complaint_phone", "complaint_confirm"
    fields = (
        Field("complaint_what", text(4), prefill=told, free=True, once=True),
        Field("complaint_where", place, prefill=place_said, free=True, optional=True),
        Field("complaint_phone", phone, prefill=phone_said, optional=True),
        Field("complaint_confirm", yes_no),
    )
    KINDS: ClassVar[dict[str, str]] = {
        "do_report_funeral": "funeral_violation",
        "do_request_visit": "elder_visit",
    }
    SERVICES: ClassVar[dict[str, str]] = {
        "funeral_violation": "funeral_violation",
        "elder_visit": "left_behind_elder",
        CARE_HOME: "elder_care_institution",
    }

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        begun = await super().begin(turn, slots, dispatcher)
        return begun | {"complaint_kind": self.first_words(turn)[0]} if isinstance(begun, dict) else begun

    def shown_by(self, turn: Turn) -> bool:
        return super().shown_by(turn) or turn.matches("care_home_violence")

    def first_words(self, turn: Turn) -> tuple[str, str]:
        if turn.matches("care_home_violence"):
            return CARE_HOME, self.SERVICES[CARE_HOME]
        kind = self.KINDS.get(turn.intent, self.kind)
        return kind, self.SERVICES.get(kind, self.service)

    def kind_of(self, slots: dict[str, Any]) -> str:
        told = slots.get("complaint_kind") or self.kind
        return self.kind if told == CARE_HOME else told

    def service_of(self, slots: dict[str, Any]) -> str:
        return self.SERVICES.get(slots.get("complaint_kind") or self.kind, self.service)

    def grade(self, slots: dict[str, Any]) -> str:
        return triage(slots.get("complaint_kind") or self.kind, slots, slots.get("report_danger"))
