"""Whose appointment it is, and changing it to another time; cancelling is actions/cancelling.py."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.booking import remember, tell
from actions.fields import Field, Problem, Reading, phone_said, yes_no
from actions.form_shape import Begun
from actions.receipts import (
    NO_RECEIPT,
    ask_phone_instead,
    call_back,
    owners_phone,
    read_receipt,
    receipt_said,
)
from actions.resources import in_registry, resources
from actions.say import bubble, outline, say, wording
from actions.showing import opened
from actions.times import (
    DayAndTime,
    day_text,
    local,
    read_day,
    read_time,
    time_said,
)
from actions.turn import Turn, today
from registry import AlreadyBooked, AlreadyCancelled, NotFound, SlotGone, SlotInPast
from registry.appointments import find_by_receipt, reschedule
from registry.views import BookingView

WEEKDAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]")
OWNER = (
    Field("booking_receipt", read_receipt, prefill=receipt_said),
    Field("booking_phone", owners_phone("booking_receipt"), prefill=phone_said),
)


class OwnBooking(DayAndTime):
    """What changing and cancelling share: whose booking it is."""

    day, time = "move_day", "move_time"
    service = "marriage_appointment"
    # The booking stays known, so that 不去了 after 改到周五 needs no number.
    kept = ("booking_receipt", "booking_phone")

    def booked_service(self, slots: dict[str, Any]) -> str | None:
        return (slots.get("booking_found") or {}).get("service")

    def asked(self, slots: dict[str, Any]) -> list[Field]:
        lost = slots.get("booking_receipt") == NO_RECEIPT
        return list(OWNER) if lost else super().asked(slots)

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        bubble(
            dispatcher, wording(f"begin.{self.form}"), answer=outline("report", self.service, turn.confidence)
        )
        changes: dict[str, Any] = {"booking_found": None}
        slots |= changes
        if said := receipt_said(turn, slots):
            changes["booking_receipt"] = said
            if said != slots.get("booking_receipt"):
                changes["booking_phone"] = None
        return changes

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == "booking_phone" and slots.get("booking_receipt") == NO_RECEIPT:
            ask_phone_instead(dispatcher)
        elif slot == "booking_receipt":
            say(dispatcher, "ask.booking_receipt", [wording("words.no_receipt")])
        else:
            await super().ask(slot, slots, dispatcher)

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> None:
        if slots.get("booking_receipt") == NO_RECEIPT:
            if slots.get("booking_phone"):
                note = (slots.get("booking_found") or {}).get("note")
                await call_back(slots["booking_phone"], turn, self.service, dispatcher, note)
            return
        if changes.keys() & set(self.kept):
            changes["booking_found"] = slots["booking_found"] = None
        if slots.get("booking_receipt") and slots.get("booking_phone") and not slots.get("booking_found"):
            await self._look_up(changes, slots, dispatcher)
        if found := slots.get("booking_found"):
            if self.day in changes and changes[self.day]:
                wish = in_the_week_of(date.fromisoformat(found["day"]), changes[self.day])
                changes[self.day] = slots[self.day] = wish
            await super().settle(changes, slots, turn, dispatcher)

    async def _look_up(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        """Find the booking of this receipt and phone; ask for both again when there is none to work on."""
        booking = await self._find(slots)
        over = booking is not None and booking.starts_at <= datetime.now(UTC)
        if booking is None or booking.status == "cancelled" or over:
            if booking is None:
                say(dispatcher, "booking.not_found")
            elif over and booking.status != "cancelled":
                say(dispatcher, "booking.over")
            else:
                say(dispatcher, "booking.cancelled_before", receipt=booking.receipt)
            for slot in self.kept:
                changes[slot] = slots[slot] = None
            return
        at = local(booking)
        if slots.get(self.day):
            # Said before the booking was known, so not looked at yet.
            changes[self.day] = slots[self.day]
        changes["booking_found"] = slots["booking_found"] = {
            "service": booking.service, "day": at.date().isoformat(),
            "text": f"{day_text(at.date())} {at:%H:%M}　{booking.office_name}",
        }  # fmt: skip

    @staticmethod
    async def _find(slots: dict[str, Any]) -> BookingView | None:
        def read() -> BookingView:
            with resources().registry.session() as session:
                return find_by_receipt(
                    session, receipt=slots["booking_receipt"], phone=str(opened(slots["booking_phone"]))
                )

        try:
            return await in_registry(read)
        except NotFound:
            return None

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "booking_receipt" and slots.get("booking_found"):
            return f"{value}（{slots['booking_found']['text']}）"
        return super().shown(slot, value, slots)

    def ending(self, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> list[EventType]:
        events = super().ending(slots, dispatcher)
        if slots.get("booking_receipt") == NO_RECEIPT:
            return [*(SlotSet(slot, None) for slot in self.kept), *events]
        return events


def read_new_day(turn: Turn, slots: dict[str, Any]) -> Reading:
    """As read_day; `weekday` where only a weekday was said (改到周五)."""
    value = read_day(turn, slots)
    if isinstance(value, dict):
        value["weekday"] = bool(WEEKDAY.fullmatch(turn.values("date")[-1].get("text", "")))
    return value


def new_day_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """As read_new_day; a problem is kept for the question itself."""
    value = read_new_day(turn, slots)
    return None if isinstance(value, Problem) else value


def in_the_week_of(booked: date, wish: dict[str, Any]) -> dict[str, Any]:
    """The wished day; a bare weekday is meant in the week of the booking, if that is still to come."""
    day = date.fromisoformat(wish["date"])
    meant = booked + timedelta(days=day.weekday() - booked.weekday())
    return wish | {"date": meant.isoformat()} if wish.get("weekday") and meant > today() else wish


class MoveForm(OwnBooking):
    """Change a booking to another time."""

    form, confirm = "move_form", "move_confirm"
    fields = (
        *OWNER,
        Field("move_day", read_new_day, prefill=new_day_said),
        Field("move_time", read_time, prefill=time_said("move_day")),
        Field("move_confirm", yes_no),
    )

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        def write() -> BookingView:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return reschedule(
                    session, receipt=slots["booking_receipt"], phone=str(opened(slots["booking_phone"])),
                    slot_id=slots["move_time"]["slot_id"], idempotency_key=slots["task_key"], now=datetime.now(UTC),
                )  # fmt: skip

        try:
            booking = await asyncio.to_thread(write)
        except (SlotGone, SlotInPast):
            say(dispatcher, "booking.slot_gone")
            await self.reopen(slots, dispatcher)
            return None
        except (NotFound, AlreadyCancelled):
            say(dispatcher, "booking.not_found")
            return [SlotSet("booking_receipt", None), SlotSet("booking_phone", None)]
        except AlreadyBooked as error:
            tell(dispatcher, "booking.already", error.existing)
            return []
        tell(
            dispatcher,
            "booking.moved",
            booking,
            [wording("words.what_to_bring"), wording("words.cancel_booking")],
        )
        return remember(booking, slots["booking_phone"])
