"""Somebody on the street without shelter: reported by a passer-by, or asking for help for himself."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import Field, Reading, choice, offered, phone, phone_said, place, place_said, text, yes_no
from actions.reports import Report, told
from actions.resources import WORDING, resources
from actions.say import say, say_answer, wording
from actions.turn import Turn, today

SELF = "self"


def asks_for_self(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """SELF when the one who writes is the one without shelter: he is willing, and is asked as himself."""
    return SELF if turn.matches("street_self") else None


def what_happened(turn: Turn, slots: dict[str, Any]) -> Reading:
    """The first words, when they tell something; of one's own need few words tell enough (我没钱回家)."""
    return told(turn, slots) or (turn.masked if asks_for_self(turn, slots) else None)


def is_self(slots: dict[str, Any]) -> bool:
    """Whether the report is about the one who writes."""
    return slots.get("street_willing") == SELF


def may_be_asked(option: dict[str, Any], slots: dict[str, Any]) -> bool:
    """Whether a choice makes sense to the one who is asked: nobody writes that he is unconscious."""
    return not (is_self(slots) and option.get("others_only"))


class StreetForm(Report):
    """Somebody on the street without shelter."""

    form, service, kind = "street_form", "street_rescue", "rescue_report"
    where, contact, confirm = "street_where", "street_phone", "street_confirm"
    fields = (
        Field("street_what", text(4), prefill=what_happened, free=True, once=True),
        Field("street_where", place, prefill=place_said, free=True),
        Field("street_state", choice("street_state", may_be_asked)),
        Field("street_who", text(1), optional=True, free=True),
        Field("street_willing", choice("street_willing"), prefill=asks_for_self, optional=True, once=True),
        Field("street_phone", phone, prefill=phone_said, optional=True),
        Field("street_confirm", yes_no),
    )

    def shown_by(self, turn: Turn) -> bool:
        return super().shown_by(turn) or turn.matches("street_self")

    def first_words(self, turn: Turn) -> tuple[str, str]:
        return ("street_self" if turn.matches("street_self") else self.form), self.service

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        own = WORDING["ask_self"].get(slot)
        if not is_self(slots) or own is None:
            await super().ask(slot, slots, dispatcher)
            return
        options = [option.get("mine", option["title"]) for option in offered(slot, slots, may_be_asked)]
        if next(item for item in self.fields if item.slot == slot).optional:
            options.append(wording("words.skip"))
        say(dispatcher, f"ask_self.{slot}", options)

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        events = await super().submit(slots, turn, dispatcher)
        if events is not None and is_self(slots):
            # Registered is not helped yet: where to go himself.
            say_answer(dispatcher, resources().library.current().answer(self.service, "where", on=today()))
        return events

    def label(self, slot: str, slots: dict[str, Any]) -> str:
        own = WORDING["labels_self"].get(slot) if is_self(slots) else None
        return own or super().label(slot, slots)

    def confirmation(self, slots: dict[str, Any]) -> str:
        return wording("confirm.street_self") if is_self(slots) else super().confirmation(slots)
