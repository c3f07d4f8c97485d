"""Look-up of what was booked, filed or applied for, by receipt number and what proves it is one's own.

"Does not exist" and "belongs to another" get the same sentence.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import context
from actions.booking import BOOKABLE
from actions.cancelling import taken_back
from actions.fields import Field, Reading, phone_said
from actions.form import TaskForm
from actions.form_shape import Begun, Elsewhere
from actions.receipts import (
    APPLICATION,
    BOOKING,
    NO_RECEIPT,
    ask_phone_instead,
    call_back,
    owners_phone,
    read_receipt,
    receipt_said,
)
from actions.resources import LOCAL, in_registry, resources
from actions.say import booked_service, bubble, outline, say, wording
from actions.showing import opened
from actions.times import day_text, local
from actions.turn import Turn
from registry import NotFound
from registry.appointments import find_by_receipt
from registry.cases import find_case
from registry.lookup import filed_here
from registry.recipients import find_application
from registry.views import ApplicationView, BookingView, CaseStatusView

Found = BookingView | CaseStatusView | ApplicationView


def read_number(turn: Turn, slots: dict[str, Any]) -> Reading:
    """A receipt of ours, or an acceptance number of an application (letters, digits, hyphens)."""
    receipt = read_receipt(turn, slots)
    if isinstance(receipt, str) and receipt != NO_RECEIPT:
        return receipt
    compact = turn.words.replace(" ", "").upper()
    if compact.startswith(APPLICATION) and compact.replace("-", "").isalnum():
        return compact
    return receipt


def _prefix_needs_phone(slots: dict[str, Any]) -> bool:
    number = str(slots.get("look_number") or "")
    owned = number.startswith((BOOKING, APPLICATION)) or number == NO_RECEIPT
    return owned or bool(slots.get("look_needs_phone"))


class ProgressForm(TaskForm):
    """Look up by receipt number; bookings and applications also need the phone they were made with."""

    form, service, confirm = "progress_form", "case_progress", None
    fields = (
        Field("look_number", read_number, prefill=receipt_said),
        Field("look_phone", owners_phone("look_number"), prefill=phone_said, needed=_prefix_needs_phone),
    )

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        if taken_back(turn, slots):
            return Elsewhere("cancel_form")
        known = slots.get("last_receipt") or slots.get("booking_receipt")
        general = turn.intent == "ask_case_progress" and not known and not turn.matches("how_far")
        if general and context.answer_aspect(turn, slots, dispatcher):
            return None
        service = "marriage_appointment" if turn.intent == "do_find_booking" else self.service
        bubble(dispatcher, wording("begin.progress_form"), answer=outline("answer", service, turn.confidence))
        begun: dict[str, Any] = {"look_needs_phone": None}
        if receipt_said(turn, slots):
            return begun
        # The booking, when it is asked for or was the last thing done here.
        booked = turn.intent == "do_find_booking" or slots.get("last_service") in BOOKABLE
        if slots.get("booking_receipt") and (booked or not slots.get("last_receipt")):
            return begun | {"look_number": slots["booking_receipt"], "look_phone": slots.get("booking_phone")}
        if turn.matches("no_receipt"):
            return begun | {"look_number": NO_RECEIPT}
        return begun | ({"look_number": slots["last_receipt"]} if slots.get("last_receipt") else {})

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> None:
        if changes.get("look_number") != NO_RECEIPT:
            return

        def read() -> list[str]:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return filed_here(session, conversation=turn.tracker.sender_id)

        if own := await in_registry(read):
            changes["look_number"] = slots["look_number"] = own[0]
            say(dispatcher, "receipt.filed_here", receipts="、".join(own))

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == "look_phone" and slots.get("look_number") == NO_RECEIPT:
            ask_phone_instead(dispatcher)
        elif slot == "look_number":
            say(dispatcher, "ask.look_number", [wording("words.no_receipt")])
        else:
            await super().ask(slot, slots, dispatcher)

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        if slots["look_number"] == NO_RECEIPT:
            await call_back(slots["look_phone"], turn, self.service, dispatcher)
            return []
        try:
            found = await asyncio.to_thread(self._find, slots, turn)
        except NotFound:
            if not _prefix_needs_phone(slots):
                # A report filed with a phone is shown to that phone, from whatever conversation.
                slots["look_needs_phone"] = True
                return None
            say(dispatcher, "progress.not_found", [wording("words.person")])
            # The one filed here stays known when another was mistyped.
            return (
                [SlotSet("last_receipt", None)] if slots["look_number"] == slots.get("last_receipt") else []
            )
        bubble(dispatcher, _told(found), answer=outline("answer", "case_progress"))
        return []

    @staticmethod
    def _find(slots: dict[str, Any], turn: Turn) -> Found:
        number, contact = str(slots["look_number"]), opened(slots.get("look_phone"))
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            if number.startswith(BOOKING):
                return find_by_receipt(session, receipt=number, phone=str(contact))
            if number.startswith(APPLICATION):
                return find_application(session, number=number, phone_or_id=str(contact))
            return find_case(session, receipt=number, phone=contact, conversation=turn.tracker.sender_id)


def _told(found: Found) -> str:
    """Where it stands, in words."""
    if isinstance(found, BookingView):
        service = booked_service(found.service)
        at = local(found)
        text = wording(
            "progress.booking", receipt=found.receipt, service=service, status=wording(f"status.{found.status}"),
            day=day_text(at.date()), time=f"{at:%H:%M}", office=found.office_name,
        )  # fmt: skip
    elif isinstance(found, ApplicationView):
        card = resources().library.current().card(found.service)
        steps = "\n".join(f"· {day_text(s.happened_on)} {wording(f'status.{s.status}')}" for s in found.steps)
        text = wording(
            "progress.application",
            number=found.number,
            service=card.name,
            status=wording(f"status.{found.status}"),
            steps=steps,
        )
    else:
        # Whoever holds only the number learns that it is worked on, not what was reported.
        key = "progress.case_plain"
        if found.verified:
            key = "progress.case" if datetime.now(UTC) <= found.due_at else "progress.case_late"
        kind, status = wording(f"kind.{found.kind}"), wording(f"status.{found.status}")
        text = wording(key, receipt=found.receipt, kind=kind, status=status)
        notes = [e for e in found.events if e.public and e.note]
        text += "".join(f"\n· {day_text(e.at.astimezone(LOCAL).date())} {e.note}" for e in notes)
    return f"{text}\n{wording('answer.demo')}" if found.is_demo else text
