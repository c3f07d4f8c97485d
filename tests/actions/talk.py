"""A conversation as the action server sees it: trackers made from words, events applied as Rasa applies them.

Nothing is understood here: intent, values and metadata are given by the test, as the pipeline would give them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.reading import FORM_OF_INTENT
from registry.crypto import Sealer

ROOT = Path(__file__).resolve().parents[2]
Value = tuple[str, Any]


def domain() -> dict[str, Any]:
    """The Rasa domain of the project: slots, forms, responses, intents and actions of domain/*.yml together."""
    whole: dict[str, Any] = {"slots": {}, "forms": {}, "responses": {}, "intents": [], "actions": []}
    for path in sorted((ROOT / "domain").glob("*.yml")):
        part = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key, value in whole.items():
            if isinstance(value, dict):
                value.update(part.get(key, {}))
            else:
                value.extend(part.get(key, []))
    return whole


DOMAIN = domain()


def registered() -> dict[str, Action]:
    """Every action that the action server offers, by name."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return {name: run.__self__ for name, run in executor.actions.items()}


ACTIONS = registered()


def day(iso: str, grain: str = "day") -> Value:
    return "date", {"date": iso, "grain": grain, "text": iso}


def clock(time: str) -> Value:
    return "time_of_day", {"period": "am" if time < "12:00" else "pm", "time": time}


def half(period: str) -> Value:
    return "time_of_day", {"period": period, "time": None}


def nth(n: int) -> Value:
    return "ordinal", {"n": n}


def number(n: float) -> Value:
    return "number", {"n": n}


def years(n: int) -> Value:
    return "age", {"years": n}


def people(n: int) -> Value:
    return "count", {"n": n, "of": "people"}


def money(amount: float, per: str | None = None, scope: str | None = None) -> Value:
    return "money", {"amount": amount, "per": per, "scope": scope}


def told(*values: Value) -> list[dict[str, Any]]:
    """Rasa entities, in the order in which they were said."""
    return [
        {"entity": name, "start": at, "end": at + 1, "value": value}
        for at, (name, value) in enumerate(values)
    ]


@dataclass
class Phone:
    """A phone number as it arrives: sealed by the gateway, a token in the words and a value."""

    text: str
    value: Value

    @property
    def sealed(self) -> str:
        return str(self.value[1]["sealed"])


def phone(clear: str, sealer: Sealer, *, valid: bool = True) -> Phone:
    sealed = sealer.seal(clear)
    return Phone(f"⟦phone:{int(valid)}:{sealed}⟧", ("phone", {"sealed": sealed, "valid": valid}))


def plain(events: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Events as pairs: (slot, value), ("loop", None), ("next", action)."""
    named = {"slot": lambda e: (e["name"], e["value"]), "active_loop": lambda e: ("loop", e["name"]),
             "followup": lambda e: ("next", e["name"])}  # fmt: skip
    return [named[event["event"]](event) for event in events]


@dataclass
class Reply:
    """What one action did in one turn."""

    action: str
    events: list[tuple[str, Any]]
    bubbles: list[dict[str, Any]]
    responses: list[str] = field(default_factory=list)
    """Names of the domain's own sentences that it asked Rasa to say."""

    @property
    def texts(self) -> list[str]:
        return [bubble["text"] for bubble in self.bubbles]

    @property
    def choices(self) -> list[str]:
        """Titles of the last bubble's choices."""
        return [choice["title"] for choice in self.bubbles[-1]["choices"]]

    def value(self, slot: str) -> Any:
        """What the slot was set to at last; fails when it was not set."""
        return next(value for name, value in reversed(self.events) if name == slot)


@dataclass
class Talk:
    """One conversation. `say` runs one turn and returns what every action of it did, the first one first."""

    sender: str = "web:test"
    slots: dict[str, Any] = field(default_factory=dict)
    active: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        blank = {name: slot.get("initial_value") for name, slot in DOMAIN["slots"].items()}
        self.slots = {"requested_slot": None} | blank | self.slots

    def tracker(
        self, text: str, intent: str = "nlu_fallback", values: tuple[Value, ...] = (), confidence: float = 0.9,
        ranking: tuple[str, ...] | dict[str, float] = (), metadata: dict[str, Any] | None = None, **more: Any,
    ) -> Tracker:  # fmt: skip
        """The tracker that Rasa would send; ranking: intents, or intents with their shares."""
        shares = ranking if isinstance(ranking, dict) else dict.fromkeys(ranking, 0.2)
        message = {
            "text": text, "intent": {"name": intent, "confidence": confidence}, "entities": told(*values),
            "intent_ranking": [{"name": name, "confidence": share} for name, share in shares.items()],
            "metadata": metadata or {}, "message_id": more.pop("message_id", None), **more,
        }  # fmt: skip
        loop = {"name": self.active} if self.active else {}
        return Tracker(
            self.sender, dict(self.slots), message, list(self.events), False, None, loop, "action_listen"
        )

    def run(self, action: str, text: str, *values: Value, **message: Any) -> Reply:
        """Run one action on one message and apply its events."""
        if action in DOMAIN["forms"] and self.active != action:
            self.active, self.slots["requested_slot"] = action, None
        name = f"validate_{action}" if action in DOMAIN["forms"] else action
        dispatcher = CollectingDispatcher()
        tracker = self.tracker(text, values=values, **message)
        events = plain(asyncio.run(ACTIONS[name].run(dispatcher, tracker, DOMAIN)))
        for slot, value in events:
            if slot == "loop":
                self.active = value
            elif slot != "next":
                assert slot == "requested_slot" or slot in DOMAIN["slots"], f"{slot} is in no domain file"
                self.slots[slot] = value
        said = dispatcher.messages
        reply = Reply(
            action,
            events,
            [message["custom"] for message in said if message["custom"]],
            [message["response"] for message in said if message.get("response")],
        )
        if self.active == action:
            if self.slots["requested_slot"] is None:
                self.active = None
            else:
                # Rasa refuses a validation that sets nothing, and would ask a second time in the domain's words.
                assert any(slot not in ("requested_slot", "loop", "next") for slot, _ in events)
                assert f"utter_ask_{self.slots['requested_slot']}" not in DOMAIN["responses"]
        return reply

    def turn(self, action: str, text: str, *values: Value, **message: Any) -> list[Reply]:
        """As `run`, with the actions that follow in the same turn."""
        replies = [self.run(action, text, *values, **message)]
        while follow := [value for name, value in replies[-1].events if name == "next"]:
            replies.append(self.run(follow[-1], text, *values, **message))
        return replies

    def start(self, intent: str, text: str, *values: Value, **message: Any) -> Reply:
        """Begin the form of this intent."""
        return self.run(FORM_OF_INTENT[intent], text, *values, intent=intent, **message)

    def say(self, text: str, *values: Value, **message: Any) -> Reply:
        """Say something in the form that is open."""
        assert self.active, "no form is open"
        return self.run(self.active, text, *values, **message)

    @property
    def asks(self) -> str | None:
        """The field that the open form waits for."""
        return self.slots["requested_slot"] if self.active else None
