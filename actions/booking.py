"""Book an appointment for marriage registration: which service, when, who comes, and how to reach them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import Field, Reading, choice, phone, phone_said, yes_no
from actions.form_shape import Begun
from actions.names import enough, names_said, read_names
from actions.resources import resources
from actions.say import booked_service, bubble, outline, say, say_answer, wording
from actions.showing import opened
from actions.times import (
    HORIZON,
    DayAndTime,
    day_said,
    day_text,
    local,
    read_day,
    read_time,
    slots_on,
    time_said,
)
from actions.turn import Turn, today
from registry import AlreadyBooked, SlotGone, SlotInPast
from registry.appointments import book
from registry.views import BookingView

BOOKABLE = ("marriage_registration", "divorce_registration", "certificate_reissue")
ABROAD = "foreign_marriage"
# How many messages back names still belong to the booking that begins now.
EARLIER = 3


def read_service(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Which of the three services is to be booked; 离婚证丢了要补 is the third, whatever it names."""
    if turn.matches("certificate_lost"):
        return "certificate_reissue"
    named = next((value for value in turn.values("benefit") if value in BOOKABLE), None)
    return named or choice("book_service")(turn, slots)


class BookForm(DayAndTime):
    """Book a registration."""

    form, service, confirm = "book_form", "marriage_appointment", "book_confirm"
    day, time = "book_day", "book_time"
    fields = (
        Field("book_service", read_service, prefill=read_service),
        Field("book_day", read_day, prefill=day_said),
        Field("book_time", read_time, prefill=time_said("book_day")),
        Field("book_names", read_names, prefill=names_said, once=True, whole=enough),
        Field("book_phone", phone, prefill=phone_said),
        Field("book_confirm", yes_no),
    )

    def service_of(self, slots: dict[str, Any]) -> str:
        return slots.get("book_service") or self.service

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        named = turn.values("benefit")
        abroad = slots.get("last_service") == ABROAD and not any(value in BOOKABLE for value in named)
        if turn.matches("foreign_spouse") or abroad:
            await self._other_office(turn, dispatcher)
            return None
        if not await slots_on(today(), today() + timedelta(days=HORIZON), None):
            bubble(
                dispatcher,
                wording("booking.none_open"),
                [wording("words.person")],
                answer=outline("handoff", self.service),
            )
            return None
        bubble(
            dispatcher, wording("begin.book_form"), answer=outline("report", self.service, turn.confidence)
        )
        # Who they are may have been said before it was clear that they want to book.
        names: list[str] = []
        for earlier in reversed(turn.before(EARLIER)):
            names = names_said(earlier, slots | {"book_names": names}) or names
        return {"book_names": names or None}

    async def interrupted(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        if not turn.matches("foreign_spouse") or turn.is_question:
            return None
        await self._other_office(turn, dispatcher)
        return [SlotSet("last_service", ABROAD), *self.ending(slots, dispatcher)]

    @staticmethod
    async def _other_office(turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Where a marriage with somebody from abroad, Hong Kong, Macao or Taiwan is registered."""
        say(dispatcher, "booking.not_here")
        answer = resources().library.current().answer(ABROAD, "where", on=today(), text=turn.words)
        say_answer(dispatcher, answer, turn.confidence)

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == "book_names" and slots.get(slot):
            say(dispatcher, "booking.other_name", name="、".join(slots[slot]))
            return
        await super().ask(slot, slots, dispatcher)

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "book_names":
            return "、".join(value)
        return super().shown(slot, value, slots)

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        def write() -> BookingView:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return book(
                    session, slot_id=slots["book_time"]["slot_id"], service=slots["book_service"], names=slots["book_names"],
                    phone=str(opened(slots["book_phone"])), idempotency_key=slots["task_key"],
                    conversation=turn.tracker.sender_id, now=datetime.now(UTC),
                )  # fmt: skip

        try:
            booking = await asyncio.to_thread(write)
        except (SlotGone, SlotInPast):
            say(dispatcher, "booking.slot_gone")
            await self.reopen(slots, dispatcher)
            return None
        except AlreadyBooked as error:
            tell(
                dispatcher,
                "booking.already",
                error.existing,
                [wording("words.move_booking"), wording("words.cancel_booking")],
            )
            booking = error.existing
        else:
            alone = booking.service == "certificate_reissue"
            tell(
                dispatcher,
                "booking.done_alone" if alone else "booking.done",
                booking,
                [wording("words.what_to_bring"), wording("words.move_booking")],
            )
        return remember(booking, slots["book_phone"])


def tell(
    dispatcher: CollectingDispatcher, key: str, booking: BookingView, options: Sequence[str] = ()
) -> None:
    """Say where a booking stands, with its receipt."""
    service = booked_service(booking.service)
    at = local(booking)
    text = wording(
        key,
        receipt=booking.receipt,
        service=service,
        day=day_text(at.date()),
        time=f"{at:%H:%M}",
        office=booking.office_name,
    )
    if booking.is_demo:
        text += "\n" + wording("answer.demo")
    bubble(
        dispatcher, text, options, receipt=booking.receipt, answer=outline("report", "marriage_appointment")
    )


def remember(booking: BookingView, sealed_phone: str) -> list[EventType]:
    """Slots by which 改到周五 and 不去了 know which booking is meant."""
    return [
        SlotSet("booking_receipt", booking.receipt), SlotSet("booking_phone", sealed_phone),
        SlotSet("last_service", booking.service),
    ]  # fmt: skip
