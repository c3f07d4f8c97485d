"""A day and one of its free times: what booking and changing an appointment share.

Times come from the registry's free slots; a seat is taken only there, by constraint.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.fields import Problem, Reading, nth_of
from actions.form import TaskForm
from actions.resources import LOCAL, in_registry, resources
from actions.say import say
from actions.turn import Turn, today
from registry.slots import free_slots
from registry.views import BookingView, SlotView

HORIZON = 60
SHOWN_TIMES, SHOWN_DAYS = 8, 4
NOON = 12


async def slots_on(first: date, last: date, service: str | None) -> list[SlotView]:
    """Free slots of these days, soonest first."""

    def read() -> list[SlotView]:
        with resources().registry.session(read_only=True) as session:
            return free_slots(session, first, last, service=service, now=datetime.now(UTC))

    return await in_registry(read)


def local(slot: SlotView | BookingView) -> datetime:
    """Its beginning in local time."""
    return slot.starts_at.astimezone(LOCAL)


def day_text(day: date) -> str:
    """12月2日（周三）."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def both_halves(free: list[SlotView]) -> list[SlotView]:
    """As many of these times as are shown, of the morning and of the afternoon, in order."""
    morning = [slot for slot in free if local(slot).hour < NOON]
    afternoon = [slot for slot in free if local(slot).hour >= NOON]
    half = SHOWN_TIMES // 2
    return (
        morning[: max(half, SHOWN_TIMES - len(afternoon))]
        + afternoon[: max(half, SHOWN_TIMES - len(morning))]
    )


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
    n = turn.nth
    if n is not None and n > SHOWN_TIMES and not turn.values("ordinal"):
        # More than are shown: the hour.
        return {"clock": f"{n:02d}:00"}
    return None if n is None else {"nth": n}


def time_said(day: str) -> Any:
    """A clock time said in passing, once the day is known: "不对，是10点半"."""

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        time = turn.first("time_of_day") if slots.get(day) else None
        return {"clock": time["time"]} if time and time.get("time") else None

    return read


class DayAndTime(TaskForm):
    """What booking and changing share: a day, then one of its free times."""

    day: str
    time: str

    def booked_service(self, slots: dict[str, Any]) -> str | None:
        return slots.get("book_service")

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
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
        await self._resolve_time(changes, slots, dispatcher)

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == self.day:
            return day_text(date.fromisoformat(value["date"]))
        if slot == self.time:
            return f"{datetime.fromisoformat(value['at']):%H:%M}　{value['office']}"
        return super().shown(slot, value, slots)

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
        wished = [s for s in free if (local(s).hour < NOON) == (wish.get("part") == "am")]
        return both_halves((wished if wish.get("part") else []) or free)

    async def _resolve_time(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        """Turn a said clock time or number into one of the free slots; say so when it is none of them."""
        said = slots.get(self.time)
        if not said or "slot_id" in said or not slots.get(self.day):
            return
        free = await self.offered(slots)
        chosen = None
        if "nth" in said:
            chosen = nth_of(said["nth"], free)
        else:
            day = date.fromisoformat(slots[self.day]["date"])
            everything = await slots_on(day, day, self.booked_service(slots))
            chosen = next((s for s in everything if local(s).strftime("%H:%M") == said["clock"]), None)
        slots[self.time] = _time_value(chosen) if chosen else None
        if chosen is None:
            say(dispatcher, "booking.no_such_time" if free else "booking.slot_gone")
            await self.reopen(slots, dispatcher)
        changes[self.time] = slots[self.time]
        if slots[self.day] is None:
            changes[self.day] = None
