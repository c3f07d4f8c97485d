"""Looking for a missing relative: the search report, and its end when the person is back before it is filed."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

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
from actions.reports import Report, given, told
from actions.say import say, wording
from actions.turn import Turn
from registry.tracing import file_search
from registry.views import CaseView

SEXES = {
    "male": ("父亲", "爷爷", "外公", "儿子", "孙子", "丈夫", "兄弟"),
    "female": ("母亲", "奶奶", "外婆", "女儿", "孙女", "妻子", "姐妹"),
}


def police(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Whether the police know: said plainly, a choice, or yes and no."""
    if (plain := police_said(turn, slots)) is not None:
        return plain
    value = choice("missing_police")(turn, slots)
    agreed = yes_no(turn, slots)
    if value is None and agreed is not None and ("报" in turn.words or not turn.words.endswith("了")):
        value = "reported" if agreed else "not_yet"
    return value


def police_said(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """The same said in passing: 找了一晚上还没找到，已经报警了."""
    if turn.matches("police_know"):
        return "reported"
    return "not_yet" if turn.matches("police_unknown") else None


def read_sex(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """male or female: said, or plain from the relations; 我是他女儿，我爸不见了 names two people and is asked."""
    if sex := turn.first("sex"):
        return "male" if sex == "男" else "female"
    found = {sex for relation in turn.values("relation") for sex, of in SEXES.items() if relation in of}
    return found.pop() if len(found) == 1 else None


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
            say(dispatcher, "withdraw.not_filed_found", [wording("words.still_missing")])
            return self.ending(slots, dispatcher)
        return await super().interrupted(turn, slots, dispatcher)

    def write(self, session: Session, slots: dict[str, Any], **common: Any) -> CaseView:
        where = given(slots, self.where) or {}
        details = {slot: slots[slot] for slot in ("missing_when", "missing_what", "missing_police")}
        return file_search(
            session, sex=slots["missing_sex"], age=given(slots, "missing_age"), clothing=given(slots, "missing_looks"),
            last_place=where.get("text") or None, details=details, **common,
        )  # fmt: skip

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "missing_sex":
            return wording("words.male" if value == "male" else "words.female")
        return super().shown(slot, value, slots)
