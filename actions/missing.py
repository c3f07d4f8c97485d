"""Looking for a missing relative: the search report, and its end when the person is back before it is filed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import (
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
from actions.reports import Report, given, point, told
from actions.resources import resources
from actions.say import say, wording
from actions.showing import opened
from actions.turn import Turn
from registry.cases import attach
from registry.tracing import file_search
from registry.views import CaseView


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

    async def interrupted(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        if not turn.danger and (turn.matches("found") or turn.matches("home_again")):
            say(dispatcher, "withdraw.not_filed_found")
            return self.ending(slots, dispatcher)
        return await super().interrupted(turn, slots, dispatcher)

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
                conversation=turn.tracker.sender_id, now=now, location=point(where), is_demo=resources().settings.demo,
            )  # fmt: skip
            for photo in slots.get("report_photos") or []:
                attach(session, case.receipt, "photo", photo, now)
        return case

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "missing_sex":
            return wording("words.male" if value == "male" else "words.female")
        return super().shown(slot, value, slots)
