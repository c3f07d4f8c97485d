"""How every task form behaves: ask, read, correct, digress, switch, confirm, file once.

A form is a list of fields and a `submit`; one place decides what a turn inside a form means, so that a
question in the middle is answered and the form goes on, and nothing is filed before a yes.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import structlog
from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answering, reading
from actions.fields import Field, Problem, yes_no
from actions.form_shape import TRIES, Elsewhere, FormShape
from actions.resources import resources
from actions.say import bubble, outline, say, wording
from actions.turn import Turn
from registry import RegistryUnavailable

MOST_TRIES = 3
# What a registry that is dead or too slow raises.
GONE = (RegistryUnavailable, TimeoutError)
log = structlog.get_logger("actions")


class TaskForm(FormShape):
    """Base of the forms; Rasa calls it as `validate_<form>` at activation and after each message."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        slots = dict(tracker.slots)
        requested = slots.get("requested_slot")
        if requested is None:
            return await self._start(turn, slots, dispatcher)
        try:
            return await self._continue(turn, dict(slots), dispatcher)
        except GONE as error:
            # Nothing of this turn is kept, all of those before is: the same question is asked again.
            self._say_gone(error, dispatcher)
            return [SlotSet(TRIES, slots.get(TRIES) or 0), SlotSet("requested_slot", requested)]

    def _say_gone(self, error: Exception, dispatcher: CollectingDispatcher) -> None:
        log.error("registry_gone", form=self.form, why=type(error).__name__)
        say(dispatcher, "form.look_again", [wording("words.retry"), wording("words.stop")])

    async def _start(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        waiting = slots.get("suspended_form") or {}
        resumed = waiting.get("form") == self.form
        changes: dict[str, Any] = {TRIES: 0}
        if resumed:
            changes |= {"suspended_form": None} | waiting["held"]
        else:
            forgotten = {item.slot: None for item in self.fields if item.slot not in self.kept}
            changes |= {"task_key": uuid.uuid4().hex} | forgotten
        slots |= changes
        try:
            if not resumed:
                begun = await self.begin(turn, slots, dispatcher)
                if isinstance(begun, Elsewhere):
                    # A form that waits goes on after the other one, not now.
                    alone = {slot: value for slot, value in slots.items() if slot != "suspended_form"}
                    return [*self.ending(alone, dispatcher), FollowupAction(begun.form)]
                if begun is None:
                    return self.ending(slots, dispatcher)
                changes |= begun
                slots |= begun
                changes |= self._prefilled(turn, slots)
                slots |= changes
                await self.settle(changes, slots, turn, dispatcher)
            return await self._next(changes, slots, turn, dispatcher)
        except GONE as error:
            # What was said is kept as read; the next word looks at it again (`_continue` with a slot nobody asks).
            self._say_gone(error, dispatcher)
            if not resumed:
                changes |= self._prefilled(turn, slots)
            return [
                *(SlotSet(slot, value) for slot, value in changes.items()),
                SlotSet("requested_slot", "task_key"),
            ]

    async def _continue(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        requested = str(slots["requested_slot"])
        current = next((item for item in self.fields if item.slot == requested), None)
        if (closed := await self.interrupted(turn, slots, dispatcher)) is not None:
            return closed
        if reading.stops(turn):
            return self._stopped(turn, slots, dispatcher)
        if turn.says(("ask_human_handoff",)):
            await answering.hand_over(turn, self.service_of(slots), dispatcher)
            return self.ending(slots, dispatcher)
        if current is None:
            return await self._look_again(slots, turn, dispatcher)
        # "再试一次" is our own button: at the confirmation it files, elsewhere the question is asked again.
        retried = turn.words == wording("words.retry")
        if (retried and requested != self.confirm) or (not retried and reading.asks_again(turn)):
            return await self._next({}, slots, turn, dispatcher)
        changes = reading.corrections(self.fields, turn, slots, current, self.confirm)
        if not changes and current.slot == self.confirm:
            return await self._confirmation(turn, slots, dispatcher)
        problem = None if changes else reading.read(turn, slots, current, changes, self.form)
        if not changes:
            if not reading.digresses(turn) and not reading.urgent(turn, self.form):
                # It answers another question than the one asked: true all the same.
                changes = {k: v for k, v in self._prefilled(turn, slots).items() if k != current.slot}
            if not changes:
                return await self._unread(turn, slots, current, problem, dispatcher)
        slots |= changes
        changes |= {k: v for k, v in self._prefilled(turn, slots).items() if k not in changes}
        slots |= changes
        changes[TRIES] = 0
        await self.settle(changes, slots, turn, dispatcher)
        return await self._next(changes, slots, turn, dispatcher)

    async def _look_again(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        """Go on after a dead registry: what was kept as it was read is looked at now."""
        changes = {item.slot: slots[item.slot] for item in self.fields if slots.get(item.slot) is not None}
        await self.settle(changes, slots, turn, dispatcher)
        return await self._next(changes, slots, turn, dispatcher)

    def _stopped(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        if (
            turn.matches("cancel_word")
            and slots.get("booking_receipt")
            and "booking_receipt" not in self.kept
        ):
            # 取消 may have meant the booking made before.
            say(dispatcher, "form.stopped_booked", [wording("words.cancel_booking")])
        else:
            say(dispatcher, "form.stopped")
        return self.ending(slots | {"suspended_form": None}, dispatcher)

    def _prefilled(self, turn: Turn, slots: dict[str, Any]) -> dict[str, Any]:
        return reading.prefilled(self.fields, turn, slots, self.confirm)

    async def _unread(
        self,
        turn: Turn,
        slots: dict[str, Any],
        item: Field,
        problem: Problem | None,
        dispatcher: CollectingDispatcher,
    ) -> list[EventType]:
        if problem is None and (theirs := reading.urgent(turn, self.form)):
            say(dispatcher, "form.urgent_first")
            waiting = {"form": self.form, "held": {slot: slots.get(slot) for slot in self.held}}
            return [
                SlotSet("suspended_form", waiting), SlotSet("requested_slot", None), ActiveLoop(None),
                FollowupAction(theirs),
            ]  # fmt: skip
        if problem is None and reading.digresses(turn):
            await answering.answer_aside(turn, self.service_of(slots), dispatcher)
            say(dispatcher, "form.back")
            return await self._next({}, slots, turn, dispatcher)
        if problem is None and reading.polite(turn):
            say(dispatcher, "form.polite")
            return await self._next({}, slots, turn, dispatcher)
        tries = int(slots.get(TRIES) or 0) + 1
        if tries > MOST_TRIES:
            # Asking a fourth time helps nobody: a person sees what was said.
            await answering.hand_over(turn, self.service_of(slots), dispatcher)
            return self.ending(slots, dispatcher)
        if problem is not None:
            say(dispatcher, problem.key, problem.options, **problem.values)
        # What answers none of our questions may still help who has to act on it.
        aside = self.noted(turn, slots) if problem is None and item.slot != self.confirm else {}
        slots |= aside
        if tries >= 2:
            options = ([wording("words.skip")] if item.optional else []) + [
                wording("words.person"),
                wording("words.stop"),
            ]
            say(dispatcher, "form.stuck", options, label=self.label(item.slot, slots))
        elif problem is None:
            say(dispatcher, "form.noted" if aside else "form.not_understood")
        return await self._next({TRIES: tries} | aside, slots, turn, dispatcher)

    def noted(self, turn: Turn, slots: dict[str, Any]) -> dict[str, Any]:
        """Slots that keep a statement which answers no question; nothing, unless a form has a place for it."""
        return {}

    async def _confirmation(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        changing = reading.changes_something(turn)
        if changing:
            for item in self.fields:
                if item.slot != self.confirm and self.label(item.slot, slots) in turn.words:
                    slots[item.slot] = None
                    return await self._next({item.slot: None, TRIES: 0}, slots, turn, dispatcher)
        agreed = yes_no(turn, slots)
        if agreed:
            return await self._submit(turn, slots, dispatcher)
        if agreed is False or changing or reading.corrects(turn):
            options = [
                wording("words.change", label=self.label(i.slot, slots))
                for i in self.asked(slots)
                if i.slot != self.confirm
            ]
            say(dispatcher, "form.what_to_change", [*options[:6], wording("words.stop")])
            return [SlotSet("requested_slot", self.confirm), SlotSet(self.confirm, None)]
        assert self.confirm is not None
        item = next(item for item in self.fields if item.slot == self.confirm)
        return await self._unread(turn, slots, item, None, dispatcher)

    async def _submit(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        before = dict(slots)
        try:
            async with asyncio.timeout(resources().settings.action_timeout):
                events = await self.submit(slots, turn, dispatcher)
        except GONE as error:
            log.error("submit_failed", form=self.form, why=type(error).__name__)
            # The form stays where it is with its key: the next yes files this very submission, once.
            key = "form.try_again" if self.confirm else "form.look_again"
            say(dispatcher, key, [wording("words.retry"), wording("words.stop")])
            # A form without a confirmation waits on a slot that nobody is asked for: any next word tries again.
            return [SlotSet("requested_slot", self.confirm or "task_key"), SlotSet(TRIES, 0)]
        if events is None:
            changes = {k: v for k, v in slots.items() if before.get(k) != v}
            return await self._next(changes, slots, turn, dispatcher)
        return [*events, *self.ending(slots, dispatcher)]

    async def _next(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        # Rasa takes a validation that sets no slot for a rejection and looks for another action.
        changes.setdefault(TRIES, slots.get(TRIES) or 0)
        events: list[EventType] = [SlotSet(slot, value) for slot, value in changes.items()]
        for item in self.asked(slots):
            if not item.filled(slots):
                await self._ask(item, slots, dispatcher)
                return [*events, SlotSet("requested_slot", item.slot)]
        done = (
            await self._submit(turn, slots, dispatcher)
            if self.confirm is None
            else self.ending(slots, dispatcher)
        )
        return [*events, *done]

    async def _ask(self, item: Field, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if item.slot == self.confirm:
            text = self.confirmation(slots) + "\n" + self.summary(slots)
            options = [wording("words.confirm"), wording("words.edit"), wording("words.stop")]
            bubble(dispatcher, text, options, answer=outline("report", self.service_of(slots)))
        else:
            await self.ask(item.slot, slots, dispatcher)
