"""Reports: a child in difficulty, a person on the street, a missing relative, a complaint or request.

How urgent one is comes from knowledge/triage; it is filed once, under the key its form was begun with.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answering
from actions.fields import (
    MAX_TEXT,
    SKIPPED,
    Field,
    Problem,
    Reading,
    bare_number,
    choice,
    phone,
    phone_said,
    place,
    place_said,
    text,
    yes_no,
)
from actions.form import TaskForm, opened
from actions.resources import resources
from actions.say import bubble, outline, say, wording
from actions.turn import Turn
from knowledge.triage import triage
from registry.cases import attach, file_case
from registry.tracing import file_search
from registry.views import CaseView, JsonValue

TELLS = 6
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


class Report(TaskForm):
    """What the report forms share: place, details, triage, filing, the receipt."""

    kind: str
    where: str
    contact: str
    held = ("task_key", *ATTACHED)

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
        if not turn.danger and not turn.shows(self.form):
            await answering.instead_of_report(turn, slots, dispatcher)
            return None
        bubble(
            dispatcher, wording(f"begin.{self.form}"), answer=outline("report", self.service, turn.confidence)
        )
        return self.arrived(turn, {})

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
        """File it in the registry."""
        where = given(slots, self.where) or {}
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            case = file_case(
                session, kind=self.kind_of(slots), service=self.service_of(slots), triage=self.grade(slots),
                details=self.details(slots), place=where.get("text") or None, township=where.get("township"),
                reporter_phone=opened(slots.get(self.contact)), idempotency_key=slots["task_key"],
                conversation=turn.tracker.sender_id, now=now, location=_point(where), is_demo=resources().settings.demo,
            )  # fmt: skip
            for photo in slots.get("report_photos") or []:
                attach(session, case.receipt, "photo", photo, now)
        return case

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


def _point(where: dict[str, Any]) -> tuple[float, float] | None:
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

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
        if turn.shows("adult_violence") and not turn.shows("child_words"):
            await answering.help_beaten_adult(turn, dispatcher)
            return None
        return await super().begin(turn, slots, dispatcher)


class StreetForm(Report):
    """Somebody on the street without shelter."""

    form, service, kind = "street_form", "street_rescue", "rescue_report"
    where, contact, confirm = "street_where", "street_phone", "street_confirm"
    fields = (
        Field("street_what", text(4), prefill=told, free=True, once=True),
        Field("street_where", place, prefill=place_said, free=True),
        Field("street_state", choice("street_state")),
        Field("street_who", text(1), optional=True, free=True),
        Field("street_willing", choice("street_willing"), optional=True),
        Field("street_phone", phone, prefill=phone_said, optional=True),
        Field("street_confirm", yes_no),
    )


def police(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Whether the police know: a choice, or yes and no; "没有了" is neither."""
    value = choice("missing_police")(turn, slots)
    agreed = yes_no(turn, slots)
    if value is None and agreed is not None and ("报" in turn.words or not turn.words.endswith("了")):
        value = "reported" if agreed else "not_yet"
    return value


def police_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """The same said in passing (…已经报警了)."""
    return choice("missing_police")(turn, slots) if "报警" in turn.words or "报了警" in turn.words else None


def read_sex(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """男 or 女: said, or plain from the relation."""
    if sex := turn.first("sex"):
        return "male" if sex == "男" else "female"
    relation = turn.first("relation")
    if relation in ("父亲", "爷爷", "外公", "儿子", "孙子", "丈夫", "兄弟"):
        return "male"
    if relation in ("母亲", "奶奶", "外婆", "女儿", "孙女", "妻子", "姐妹"):
        return "female"
    return None


def read_age(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Years."""
    age = turn.first("age")
    years = age["years"] if age else bare_number(turn)
    if years is None:
        return None
    return int(years) if 0 <= years <= 120 else Problem("problem.age")


def age_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """An age named in passing."""
    return read_age(turn, slots) if turn.values("age") else None


class MissingForm(Report):
    """A relative gone missing or looked for."""

    form, service, kind = "missing_form", "family_search", "family_search"
    where, contact, confirm = "missing_where", "missing_phone", "missing_confirm"
    fields = (
        Field("missing_what", text(3), prefill=told, free=True, once=True),
        Field("missing_sex", read_sex, prefill=read_sex),
        Field("missing_age", read_age, prefill=age_said, optional=True),
        Field("missing_when", text(1), free=True),
        Field("missing_where", place, prefill=place_said, free=True),
        Field("missing_looks", text(2), optional=True, free=True),
        Field("missing_police", police, prefill=police_said),
        Field("missing_phone", phone, prefill=phone_said),
        Field("missing_confirm", yes_no),
    )

    def file(self, slots: dict[str, Any], turn: Turn, now: datetime) -> CaseView:
        where = given(slots, self.where) or {}
        details = {
            "missing_when": slots["missing_when"],
            "missing_what": slots["missing_what"],
            "missing_police": slots["missing_police"],
        }
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            case = file_search(
                session, sex=slots["missing_sex"], age=given(slots, "missing_age"), clothing=given(slots, "missing_looks"),
                last_place=where.get("text") or None, township=where.get("township"), triage=self.grade(slots), details=details,
                reporter_phone=opened(slots["missing_phone"]), idempotency_key=slots["task_key"],
                conversation=turn.tracker.sender_id, now=now, location=_point(where), is_demo=resources().settings.demo,
            )  # fmt: skip
            for photo in slots.get("report_photos") or []:
                attach(session, case.receipt, "photo", photo, now)
        return case

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "missing_sex":
            return wording("words.male" if value == "male" else "words.female")
        return super().shown(slot, value, slots)


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
    KINDS = {
        "do_report_funeral": ("funeral_violation", "funeral_violation"),
        "do_request_visit": ("elder_visit", "left_behind_elder"),
    }

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
        if not turn.danger and not turn.shows(self.form):
            await answering.instead_of_report(turn, slots, dispatcher)
            return None
        kind, service = self.KINDS.get(turn.intent, ("complaint", "complaint"))
        bubble(dispatcher, wording(f"begin.{kind}"), answer=outline("report", service, turn.confidence))
        return self.arrived(turn, {}) | {"complaint_kind": kind}

    def kind_of(self, slots: dict[str, Any]) -> str:
        return slots.get("complaint_kind") or self.kind

    def service_of(self, slots: dict[str, Any]) -> str:
        return {"funeral_violation": "funeral_violation", "elder_visit": "left_behind_elder"}.get(
            self.kind_of(slots), "complaint"
        )

    def grade(self, slots: dict[str, Any]) -> str:
        return triage(self.kind_of(slots), slots, slots.get("report_danger"))
