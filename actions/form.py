"""How every task form behaves: ask, read, correct, digress, switch, confirm, file once.

A form is a list of fields and a `submit`; one place decides what a turn inside a form means, so that a
question in the middle is answered and the form goes on, and nothing is filed before a yes.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answering
from actions.fields import SKIPPED, Field, Problem, wants_skip, yes_no
from actions.resources import WORDING, resources
from actions.say import bubble, outline, say, wording
from actions.turn import Turn
from registry import RegistryUnavailable

FORM_OF_INTENT = {
    "do_book": "book_form",
    "do_reschedule": "move_form",
    "do_cancel_booking": "cancel_form",
    "do_find_booking": "progress_form",
    "ask_case_progress": "progress_form",
    "do_report_child": "child_form",
    "do_report_street": "street_form",
    "do_report_missing": "missing_form",
    "do_report_funeral": "complaint_form",
    "do_request_visit": "complaint_form",
    "ask_complaint": "complaint_form",
    "do_screen": "screen_form",
}
URGENT = ("do_report_child", "do_report_street", "do_report_missing")
STOP = re.compile(r"^(算了|不弄了|不办了|不填了|退出|停|停下|取消|不搞了|不报了|先不办)[吧了啊。！! ]*$")
REPEAT = re.compile(r"^(再说一遍|重说一遍|冇听清|没听清|什么意思|么意思)[吧了啊。？?！! ]*$")
CORRECT = re.compile(
    r"^(哦?不对|不是|错了|说错了|搞错了|弄错了|改一下|改成|改到|换成|换到|哦不|不行|不要|应该是|我说错|写错了|更正)[，,。咯啊 ]*"
)
CHANGE = re.compile(r"^(我?要?[修更]?改|换)")
TRIES = "task_tries"
MOST_TRIES = 3
log = structlog.get_logger("actions")


class TaskForm(Action, ABC):
    """Base of the forms; Rasa calls it as `validate_<form>` at activation and after each message."""

    @property
    @abstractmethod
    def form(self) -> str:
        """Name of the Rasa form; a class without one is no action."""

    service: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    confirm: ClassVar[str | None]
    kept: ClassVar[tuple[str, ...]] = ()
    """Slots that outlive the form: what it is about, known from before."""
    held: ClassVar[tuple[str, ...]] = ("task_key",)
    """Slots that wait with the form when an urgent report comes between."""

    def name(self) -> str:
        return f"validate_{self.form}"

    # -- what a form defines ---------------------------------------------------------------------------------

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
        """Slots to set when the form starts (and a first word); None ends it at once."""
        return {}

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        """Ask for a field: its question, its choices, and a way to skip it when it may be left out."""
        options = [option["title"] for option in WORDING["choices"].get(slot, [])]
        if next(item for item in self.fields if item.slot == slot).optional:
            options.append(wording("words.skip"))
        say(dispatcher, f"ask.{slot}", options)

    def summary(self, slots: dict[str, Any]) -> str:
        """What will be filed, a line a field, for the confirmation."""
        lines = []
        for item in self.asked(slots):
            value = slots.get(item.slot)
            if item.slot == self.confirm or value in (None, SKIPPED):
                continue
            lines.append(f"{self.label(item.slot, slots)}：{self.shown(item.slot, value, slots)}")
        return "\n".join(lines)

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        """A value in words."""
        if isinstance(value, bool):
            return wording("words.yes" if value else "words.no")
        if isinstance(value, dict) and "text" in value:
            return value["text"] or wording("words.shared_location")
        for option in WORDING["choices"].get(slot, []):
            if option["value"] == value:
                return str(option["title"])
        if isinstance(value, str) and slot.endswith("_phone"):
            return masked_phone(value)
        return str(value)

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        """File it. Returns the events that end the form; None when a field must be asked again (slots changed)."""
        raise NotImplementedError

    def service_of(self, slots: dict[str, Any]) -> str:
        """The service that questions inside the form are about."""
        return self.service

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> None:
        """Look at values just read and correct `changes` (a day without slots…)."""

    # -- the turn --------------------------------------------------------------------------------------------

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        slots = dict(tracker.slots)
        if slots.get("requested_slot") is None:
            return await self._start(turn, slots, dispatcher)
        return await self._continue(turn, slots, dispatcher)

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
        if not resumed:
            begun = await self.begin(turn, slots, dispatcher)
            if begun is None:
                return self.ending(slots, dispatcher)
            changes |= begun
            slots |= begun
            changes |= self._prefilled(turn, slots)
            slots |= changes
            await self.settle(changes, slots, dispatcher)
        return await self._next(changes, slots, turn, dispatcher)

    async def _continue(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        requested = str(slots["requested_slot"])
        current = next((item for item in self.fields if item.slot == requested), None)
        if STOP.match(turn.words) or turn.says(("say_stop",)):
            say(dispatcher, "form.stopped")
            return self.ending(slots | {"suspended_form": None}, dispatcher)
        if turn.says(("ask_human_handoff",)):
            await answering.hand_over(turn, slots, self.service_of(slots), dispatcher)
            return self.ending(slots, dispatcher)
        # "再试一次" is our own button; the classifier may take it for "say it again".
        again = requested == self.confirm and turn.words == wording("words.retry")
        if not again and (REPEAT.match(turn.words) or turn.says(("say_repeat",))):
            return await self._next({}, slots, turn, dispatcher)
        if current is None:
            return await self._next({}, slots, turn, dispatcher)
        changes = self._corrections(turn, slots, current)
        if not changes and current.slot == self.confirm:
            return await self._confirmation(turn, slots, dispatcher)
        problem = None if changes else self._read(turn, slots, current, changes)
        if not changes:
            if not self._digresses(turn) and not self._urgent(turn):
                # It answers another question than the one asked: true all the same.
                changes = {k: v for k, v in self._prefilled(turn, slots).items() if k != current.slot}
            if not changes:
                return await self._unread(turn, slots, current, problem, dispatcher)
        slots |= changes
        changes |= {k: v for k, v in self._prefilled(turn, slots).items() if k not in changes}
        slots |= changes
        changes[TRIES] = 0
        await self.settle(changes, slots, dispatcher)
        return await self._next(changes, slots, turn, dispatcher)

    def _read(
        self, turn: Turn, slots: dict[str, Any], item: Field, changes: dict[str, Any]
    ) -> Problem | None:
        """Read the requested field into `changes`; a Problem when what was said cannot be right."""
        if item.optional and wants_skip(turn):
            changes[item.slot] = SKIPPED
            return None
        if item.free and (self._digresses(turn) or turn.says(("say_greet", "say_thanks"))):
            return None
        value = item.read(turn, slots)
        if isinstance(value, Problem):
            # "要带么东西" is no bad phone number; it is a question. Nor is "有个伢在挨打" two names.
            aside = self._digresses(turn) or self._urgent(turn) or self._polite(turn)
            return None if aside else value
        if value is not None:
            changes[item.slot] = value
        return None

    @staticmethod
    def _digresses(turn: Turn) -> bool:
        """Whether the turn asks something of its own instead of answering."""
        asks = turn.intent.startswith(("ask_", "other_")) and turn.confidence >= 0.5
        return asks and turn.is_question

    def _urgent(self, turn: Turn) -> bool:
        """Whether the turn reports something urgent that is another form's, with words that show it."""
        if turn.intent not in URGENT or turn.confidence < 0.6 or turn.bereaved:
            return False
        form = FORM_OF_INTENT[turn.intent]
        return form != self.form and turn.shows(form)

    @staticmethod
    def _polite(turn: Turn) -> bool:
        return (
            # "昨天" alone may look like small talk, but it names a day.
            turn.intent in ("say_greet", "say_thanks", "chitchat", "say_bot", "say_help")
            and turn.confidence >= 0.6
            and not turn.message.get("entities")
        )

    def _prefilled(self, turn: Turn, slots: dict[str, Any]) -> dict[str, Any]:
        """Values of fields not asked yet that this turn gives in passing."""
        found = {}
        for item in self.fields:
            if item.prefill is None or slots.get(item.slot) is not None or item.slot == self.confirm:
                continue
            value = item.prefill(turn, slots | found)
            if value is not None and not isinstance(value, Problem):
                found[item.slot] = value
        return found

    def _corrections(self, turn: Turn, slots: dict[str, Any], current: Field) -> dict[str, Any]:
        """New values for fields filled before: "不对，是下周三"."""
        if not (CORRECT.match(turn.words) or turn.says(("say_correct",)) or current.slot == self.confirm):
            return {}
        changes = {}
        for item in self.fields:
            if item.prefill is None or item.once or item.slot == current.slot:
                continue
            if slots.get(item.slot) is None:
                continue
            value = item.prefill(turn, slots)
            if value is not None and not isinstance(value, Problem) and value != slots.get(item.slot):
                changes[item.slot] = value
        return changes

    async def _unread(
        self,
        turn: Turn,
        slots: dict[str, Any],
        item: Field,
        problem: Problem | None,
        dispatcher: CollectingDispatcher,
    ) -> list[EventType]:
        if problem is None and self._urgent(turn):
            say(dispatcher, "form.urgent_first")
            waiting = {"form": self.form, "held": {slot: slots.get(slot) for slot in self.held}}
            return [
                SlotSet("suspended_form", waiting), SlotSet("requested_slot", None), ActiveLoop(None),
                FollowupAction(FORM_OF_INTENT[turn.intent]),
            ]  # fmt: skip
        if problem is None and self._digresses(turn):
            await answering.answer_aside(turn, self.service_of(slots), dispatcher)
            say(dispatcher, "form.back")
            return await self._next({}, slots, turn, dispatcher)
        if problem is None and self._polite(turn):
            say(dispatcher, "form.polite")
            return await self._next({}, slots, turn, dispatcher)
        tries = int(slots.get(TRIES) or 0) + 1
        if tries > MOST_TRIES:
            # Asking a fourth time helps nobody: a person sees what was said.
            await answering.hand_over(turn, slots, self.service_of(slots), dispatcher)
            return self.ending(slots, dispatcher)
        if problem is not None:
            say(dispatcher, problem.key, problem.options, **problem.values)
        if tries >= 2:
            options = ([wording("words.skip")] if item.optional else []) + [
                wording("words.person"),
                wording("words.stop"),
            ]
            say(dispatcher, "form.stuck", options, label=self.label(item.slot, slots))
        elif problem is None:
            say(dispatcher, "form.not_understood")
        return await self._next({TRIES: tries}, slots, turn, dispatcher)

    async def _confirmation(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        changing = bool(CHANGE.match(turn.words)) or turn.says(("say_correct",))
        if changing:
            for item in self.fields:
                if item.slot != self.confirm and self.label(item.slot, slots) in turn.words:
                    slots[item.slot] = None
                    return await self._next({item.slot: None, TRIES: 0}, slots, turn, dispatcher)
        agreed = yes_no(turn, slots)
        if agreed:
            return await self._submit(turn, slots, dispatcher)
        if agreed is False or changing or CORRECT.match(turn.words):
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
        except (RegistryUnavailable, TimeoutError) as error:
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
            if slots.get(item.slot) is None:
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
            text = wording(f"confirm.{self.form}") + "\n" + self.summary(slots)
            options = [wording("words.confirm"), wording("words.edit"), wording("words.stop")]
            bubble(dispatcher, text, options, answer=outline("report", self.service_of(slots)))
        else:
            await self.ask(item.slot, slots, dispatcher)

    def asked(self, slots: dict[str, Any]) -> list[Field]:
        """The fields that this submission needs."""
        return [item for item in self.fields if item.needed(slots)]

    def label(self, slot: str, slots: dict[str, Any]) -> str:
        """The field's name in a summary."""
        return wording("words.confirm") if slot == self.confirm else str(WORDING["labels"][slot])

    def ending(self, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> list[EventType]:
        """Events that close the form and forget what it asked; a form it interrupted goes on."""
        events: list[EventType] = [
            SlotSet(item.slot, None) for item in self.fields if item.slot not in self.kept
        ]
        events += [
            SlotSet("task_key", None),
            SlotSet(TRIES, 0),
            SlotSet("requested_slot", None),
            ActiveLoop(None),
        ]
        if waiting := slots.get("suspended_form"):
            say(dispatcher, "form.resume")
            events.append(FollowupAction(waiting["form"]))
        elif slots.get("suspended_form", 0) is None:
            events.append(SlotSet("suspended_form", None))
        return events


def masked_phone(sealed: str) -> str:
    """A sealed phone number as 138****5678."""
    from registry.crypto import mask_phone

    return mask_phone(resources().sealer.unseal(sealed))


def opened(sealed: str | None) -> str | None:
    """A sealed number in the clear, for the registry alone."""
    return None if sealed in (None, SKIPPED) else resources().sealer.unseal(sealed)
