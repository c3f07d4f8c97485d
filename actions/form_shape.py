"""What a form is: its fields, its words, what it does with values and where it files them.

actions/form.py says how a form behaves from turn to turn; a form itself overrides what stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from rasa_sdk import Action
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import SKIPPED, Field
from actions.resources import WORDING
from actions.say import say, wording
from actions.showing import shown_value
from actions.turn import Turn

TRIES = "task_tries"


@dataclass(frozen=True)
class Elsewhere:
    """What `begin` returns when the words belong to another form: that one is begun in the same turn."""

    form: str


Begun = dict[str, Any] | Elsewhere | None


class FormShape(Action, ABC):
    """What every form has; a form overrides what differs."""

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

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        """Slots to set when the form starts (and a first word); None ends it at once, Elsewhere begins another."""
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
        return shown_value(slot, value)

    def confirmation(self, slots: dict[str, Any]) -> str:
        """The question whether all of it is right."""
        return wording(f"confirm.{self.form}")

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        """File it. Returns the events that end the form; None when a field must be asked again (slots changed)."""
        raise NotImplementedError

    def service_of(self, slots: dict[str, Any]) -> str:
        """The service that questions inside the form are about."""
        return self.service

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> None:
        """Look at values just read and correct `changes` (a day without slots…)."""

    async def interrupted(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        """Events that close the form when the turn makes it needless; None to go on with it."""
        return None

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
