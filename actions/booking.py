"""Marriage-registration appointments: book, change, cancel.

Times come from the registry's free slots; a seat is taken only there, by constraint.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import NO, SKIP_WORDS, YES, Field, Problem, Reading, phone, phone_said, yes_no
from actions.form import CHANGE, CORRECT, TaskForm, opened
from actions.resources import LOCAL, WORDING, resources
from actions.say import bubble, outline, say, wording
from actions.turn import Turn, today
from registry import AlreadyBooked, AlreadyCancelled, NotFound, SlotGone, SlotInPast
from registry.appointments import book, cancel, find_by_receipt, reschedule
from registry.receipts import parse_receipt
from registry.slots import free_slots
from registry.views import BookingView, SlotView

WEEKDAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]")
HORIZON = 60
SHOWN_TIMES, SHOWN_DAYS = 6, 4
BOOKABLE = ("marriage_registration", "divorce_registration", "certificate_reissue")
NAME = re.compile(r"[一-鿿]{2,4}|[一-鿿]{1,8}(?:·[一-鿿]{1,8})+")
BETWEEN = re.compile(r"[、，,。.：:；;/\s]+")
BEFORE = re.compile(r"^(?:我们|我|她|他|男方|女方|男|女|对象|老公|老婆|名字|姓名|分别|是|叫|的)+")
NOT_NAMES = re.compile(r"^(?:谢谢|多谢|你好|您好|再见|麻烦|请问)")


async def slots_on(first: date, last: date, service: str | None) -> list[SlotView]:
    """Free slots of these days, soonest first."""

    def read() -> list[SlotView]:
        with resources().registry.session(read_only=True) as session:
            return free_slots(session, first, last, service=service, now=datetime.now(UTC))

    return await asyncio.to_thread(read)


def local(slot: SlotView | BookingView) -> datetime:
    """Its beginning in local time."""
    return slot.starts_at.astimezone(LOCAL)


def day_text(day: date) -> str:
    """12月2日（周三）."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def read_service(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Which of the three services is to be booked."""
    for value in turn.values("benefit"):
        if value in BOOKABLE:
            return value
    for option in WORDING["choices"]["book_service"]:
        if any(word in turn.words for word in option["words"]):
            return option["value"]
    return None


def read_day(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """{date, part}: the day wished, with am/pm or a time where said; a past or far day is a problem."""
    if not turn.values("date"):
        return None
    value = turn.values("date")[-1]
    day = date.fromisoformat(value["date"])
    if value.get("grain") != "day":
        return Problem("problem.which_day")
    if day < today():
        return Problem("problem.past_date", {"day": day_text(day)})
    if day > today() + timedelta(days=HORIZON):
        return Problem("problem.far_date", {"days": HORIZON})
    time = turn.first("time_of_day")
    return {"date": value["date"], "part": (time or {}).get("period"), "time": (time or {}).get("time")}


def day_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """As read_day; a problem is kept for the question itself."""
    value = read_day(turn, slots)
    return None if isinstance(value, Problem) else value


def read_names(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Names of those who come: two for marriage and divorce, one or two for a reissue."""
    if any(pattern.match(turn.words) for pattern in (YES, NO, SKIP_WORDS, CORRECT, CHANGE, NOT_NAMES)):
        return None
    wanted = 1 if slots.get("book_service") == "certificate_reissue" else 2
    parts = [BEFORE.sub("", part) for part in BETWEEN.split(turn.words)]
    names = [part for part in parts if NAME.fullmatch(part)]
    if len(names) < wanted:
        # Only now at 和: it stands in many a name (和平).
        split = [BEFORE.sub("", name) for part in parts for name in re.split("[和与跟]", part)]
        names = [name for name in split if NAME.fullmatch(name)]
    if len(names) < wanted:
        return Problem("problem.one_name" if wanted == 1 else "problem.two_names")
    return names[:2]


class DayAndTime(TaskForm):
    """What booking and changing share: a day, then one of its free times."""

    day: str
    time: str

    def booked_service(self, slots: dict[str, Any]) -> str | None:
        return slots.get("book_service")

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        wish = slots.get(self.day)
        if self.day in changes and wish:
            changes[self.time] = slots[self.time] = None
            free = await slots_on(
                date.fromisoformat(wish["date"]), date.fromisoformat(wish["date"]), self.booked_service(slots)
            )
            if not free:
                await self._no_slots(date.fromisoformat(wish["date"]), slots, dispatcher)
                changes[self.day] = slots[self.day] = None
            elif exact := [s for s in free if wish.get("time") == local(s).strftime("%H:%M")]:
                changes[self.time] = slots[self.time] = _time_value(exact[0])

    async def reopen(self, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        """Ask for the time again; for the day too when nothing is left of it."""
        slots[self.time] = None
        day = date.fromisoformat(slots[self.day]["date"])
        if not await slots_on(day, day, self.booked_service(slots)):
            await self._no_slots(day, slots, dispatcher)
            slots[self.day] = None

    async def _no_slots(self, day: date, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        near = await slots_on(today(), today() + timedelta(days=HORIZON), self.booked_service(slots))
        if not near:
            say(dispatcher, "booking.none_open")
            return
        key = "booking.closed_weekend" if day.weekday() >= 5 else "booking.day_full"
        say(dispatcher, key, day=day_text(day))

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == self.day:
            near = await slots_on(today(), today() + timedelta(days=HORIZON), self.booked_service(slots))
            days = list(dict.fromkeys(local(s).date() for s in near))[:SHOWN_DAYS]
            say(dispatcher, "booking.which_day", [day_text(d) for d in days])
        elif slot == self.time:
            free = await self.offered(slots)
            options = [local(s).strftime("%H:%M") for s in free]
            day = day_text(date.fromisoformat(slots[self.day]["date"]))
            say(dispatcher, "booking.which_time", options, day=day)
        else:
            await super().ask(slot, slots, dispatcher)

    async def offered(self, slots: dict[str, Any]) -> list[SlotView]:
        """The times shown for the wished day: of the wished half day if it has any."""
        wish = slots[self.day]
        day = date.fromisoformat(wish["date"])
        free = await slots_on(day, day, self.booked_service(slots))
        part = (
            [s for s in free if (local(s).hour < 12) == (wish.get("part") == "am")]
            if wish.get("part")
            else []
        )
        return (part or free)[:SHOWN_TIMES]


def _time_value(slot: SlotView) -> dict[str, Any]:
    return {
        "slot_id": slot.slot_id,
        "at": local(slot).isoformat(),
        "office": slot.office_name,
        "demo": slot.is_demo,
    }


def read_time(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A clock time, or the number of one shown; checked against the free slots later."""
    time = turn.first("time_of_day")
    if time and time.get("time"):
        return {"clock": time["time"]}
    ordinal = turn.first("ordinal")
    if isinstance(ordinal, dict):
        return {"nth": ordinal["n"]}
    return None


def time_said(day: str) -> Any:
    """A clock time said in passing, once the day is known: "不对，是10点半"."""

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        time = turn.first("time_of_day") if slots.get(day) else None
        return {"clock": time["time"]} if time and time.get("time") else None

    return read


class BookForm(DayAndTime):
    """Book a registration."""

    form, service, confirm = "book_form", "marriage_appointment", "book_confirm"
    day, time = "book_day", "book_time"
    fields = (
        Field("book_service", read_service, prefill=read_service),
        Field("book_day", read_day, prefill=day_said),
        Field("book_time", read_time, prefill=time_said("book_day")),
        Field("book_names", read_names),
        Field("book_phone", phone, prefill=phone_said),
        Field("book_confirm", yes_no),
    )

    def service_of(self, slots: dict[str, Any]) -> str:
        return slots.get("book_service") or self.service

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
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
        return {}

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        await super().settle(changes, slots, dispatcher)
        await resolve_time(self, changes, slots, dispatcher)

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        return shown_booking(slot, value) or super().shown(slot, value, slots)

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
            tell(
                dispatcher,
                "booking.done",
                booking,
                [wording("words.what_to_bring"), wording("words.move_booking")],
            )
        return remember(booking, slots["book_phone"])


async def resolve_time(
    form: DayAndTime, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
) -> None:
    """Turn a said clock time or number into one of the free slots; say so when it is none of them."""
    said = slots.get(form.time)
    if not said or "slot_id" in said or not slots.get(form.day):
        return
    free = await form.offered(slots)
    chosen = None
    if "nth" in said:
        index = said["nth"] - 1 if said["nth"] > 0 else said["nth"]
        chosen = free[index] if -len(free) <= index < len(free) else None
    else:
        day = date.fromisoformat(slots[form.day]["date"])
        everything = await slots_on(day, day, form.booked_service(slots))
        chosen = next((s for s in everything if local(s).strftime("%H:%M") == said["clock"]), None)
    slots[form.time] = _time_value(chosen) if chosen else None
    if chosen is None:
        say(dispatcher, "booking.no_such_time" if free else "booking.slot_gone")
        await form.reopen(slots, dispatcher)
    changes[form.time] = slots[form.time]
    if slots[form.day] is None:
        changes[form.day] = None


def shown_booking(slot: str, value: Any) -> str | None:
    """Day, time and names in words."""
    if slot.endswith("_day"):
        return day_text(date.fromisoformat(value["date"]))
    if slot.endswith("_time"):
        at = datetime.fromisoformat(value["at"])
        return f"{at:%H:%M}　{value['office']}"
    if slot == "book_names":
        return "、".join(value)
    return None


def tell(
    dispatcher: CollectingDispatcher, key: str, booking: BookingView, options: Sequence[str] = ()
) -> None:
    """Say where a booking stands, with its receipt."""
    service = next(o["title"] for o in WORDING["choices"]["book_service"] if o["value"] == booking.service)
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


def read_receipt(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A receipt number; one that fails its check character is a problem at once."""
    said = turn.first("receipt") or turn.words
    receipt = parse_receipt(str(said))
    if receipt is None and re.search(r"[A-Za-z]{2}.*\d|\d{6}", turn.words):
        return Problem("problem.receipt")
    return receipt


def receipt_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    """A receipt named in passing."""
    return parse_receipt(str(turn.first("receipt"))) if turn.first("receipt") else None


class OwnBooking(DayAndTime):
    """What changing and cancelling share: whose booking it is."""

    day, time = "move_day", "move_time"
    service = "marriage_appointment"
    # The booking stays known, so that 不去了 after 改到周五 needs no number.
    kept = ("booking_receipt", "booking_phone")

    def booked_service(self, slots: dict[str, Any]) -> str | None:
        return (slots.get("booking_found") or {}).get("service")

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
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

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        if changes.keys() & set(self.kept):
            changes["booking_found"] = slots["booking_found"] = None
        if slots.get("booking_receipt") and slots.get("booking_phone") and not slots.get("booking_found"):
            booking = await self._find(slots)
            if booking is None:
                say(dispatcher, "booking.not_found")
                for slot in ("booking_receipt", "booking_phone"):
                    changes[slot] = slots[slot] = None
            elif booking.status == "cancelled":
                say(dispatcher, "booking.cancelled_before", receipt=booking.receipt)
                for slot in ("booking_receipt", "booking_phone"):
                    changes[slot] = slots[slot] = None
            else:
                at = local(booking)
                if slots.get(self.day):
                    # Said before the booking was known, so not looked at yet.
                    changes[self.day] = slots[self.day]
                changes["booking_found"] = slots["booking_found"] = {
                    "service": booking.service, "day": at.date().isoformat(),
                    "text": f"{day_text(at.date())} {at:%H:%M}　{booking.office_name}",
                }  # fmt: skip
        if found := slots.get("booking_found"):
            if self.day in changes and changes[self.day]:
                wish = in_the_week_of(date.fromisoformat(found["day"]), changes[self.day])
                changes[self.day] = slots[self.day] = wish
            await super().settle(changes, slots, dispatcher)
            await resolve_time(self, changes, slots, dispatcher)

    @staticmethod
    async def _find(slots: dict[str, Any]) -> BookingView | None:
        def read() -> BookingView:
            with resources().registry.session() as session:
                return find_by_receipt(
                    session, receipt=slots["booking_receipt"], phone=str(opened(slots["booking_phone"]))
                )

        try:
            return await asyncio.to_thread(read)
        except NotFound:
            return None

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "booking_receipt":
            return (
                f"{value}（{slots['booking_found']['text']}）" if slots.get("booking_found") else str(value)
            )
        return shown_booking(slot, value) or super().shown(slot, value, slots)


OWNER = (
    Field("booking_receipt", read_receipt, prefill=receipt_said),
    Field("booking_phone", phone, prefill=phone_said),
)


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


class CancelForm(OwnBooking):
    """Cancel a booking."""

    form, confirm = "cancel_form", "cancel_confirm"
    fields = (*OWNER, Field("cancel_confirm", yes_no))

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        def write() -> BookingView:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return cancel(
                    session,
                    receipt=slots["booking_receipt"],
                    phone=str(opened(slots["booking_phone"])),
                    now=datetime.now(UTC),
                )

        try:
            booking = await asyncio.to_thread(write)
        except NotFound:
            say(dispatcher, "booking.not_found")
        except AlreadyCancelled:
            say(dispatcher, "booking.cancelled_before", receipt=slots["booking_receipt"])
        except SlotInPast:
            say(dispatcher, "booking.over")
        else:
            tell(dispatcher, "booking.cancelled", booking, [wording("words.book_again")])
        return [
            SlotSet("booking_receipt", None),
            SlotSet("booking_phone", None),
            SlotSet("booking_found", None),
        ]
