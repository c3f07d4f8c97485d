"""A change of the bureau and what has become of it; and the state that all confirmed changes add up to.
Everything is read out of the history's events, so that any past day can be read the same way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from knowledge.keeping.history import Event
from knowledge.keeping.overlay import MODELS, Kind, Overlay, Patch

Status = Literal["staged", "confirmed", "rejected"]
Target = tuple[Kind, str]


@dataclass(frozen=True)
class Proposal:
    """What somebody wants to change: ``payload`` is the overlay entry's content, None = as in the files.

    ``before`` and ``after`` are for people: what was and would be said. ``based_on`` is the change that had
    set the target when this was drawn up. ``why`` where it has its own reason.
    """

    kind: Kind
    target: str
    payload: dict[str, Any] | None
    before: Any
    after: Any
    based_on: str | None
    undoes: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Change:
    """A proposal with its number, its people and its fate. Times carry their zone."""

    id: str
    kind: Kind
    target: str
    payload: dict[str, Any] | None
    before: Any
    after: Any
    by: str
    why: str
    at: datetime
    undoes: str | None = None
    status: Status = "staged"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decided_why: str = ""

    @property
    def key(self) -> Target:
        """What it changes."""
        return self.kind, self.target


@dataclass
class State:
    """All changes by number, and what is confirmed of each target: its content and the change that set it."""

    changes: dict[str, Change] = field(default_factory=dict)
    current: dict[Target, dict[str, Any]] = field(default_factory=dict)
    set_by: dict[Target, str] = field(default_factory=dict)
    # What each confirmed change replaced: undoing puts it back.
    replaced: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def staged(self) -> list[Change]:
        """Changes that wait for a second person, oldest first."""
        return [change for change in self.changes.values() if change.status == "staged"]

    def overlay(self) -> Overlay:
        """The confirmed changes as entries."""
        overlay = Overlay()
        for key, payload in self.current.items():
            overlay.add(key[0], self.entry(key, payload))
        return overlay

    def entry(self, key: Target, payload: dict[str, Any]) -> Patch:
        """One overlay entry, with the two people of the change that set it."""
        change = self.changes[self.set_by[key]]
        people = {"change": change.id, "entered_by": change.by, "confirmed_by": change.decided_by}
        # The payload comes from JSON: dates are text there.
        return MODELS[key[0]].model_validate_json(json.dumps({"id": key[1], **people, **payload}))


def summary(value: Any) -> str:
    """A before or after in a line: a statement by its text, a standard by its values, a contact by its fields."""
    if isinstance(value, dict):
        said = value.get("text") or value.get("question")
        return str(said or "；".join(f"{name} {item}" for name, item in value.items() if item))
    if isinstance(value, list):
        return "；".join(
            f"{item['value']}（{item.get('effective_from') or ''}—{item.get('effective_to') or ''}）"
            for item in value
        )
    return "" if value is None else str(value)


def read_state(events: Iterable[Event], until: datetime | None = None) -> State:
    """What the events add up to; with ``until``, as it was known at that moment."""
    state = State()
    for event in events:
        at = datetime.fromisoformat(event["at"])
        if until is not None and at > until:
            break
        if event["action"] == "stage":
            fields = ("kind", "target", "payload", "before", "after", "by", "why", "undoes")
            state.changes[event["change"]] = Change(
                id=event["change"], at=at, **{name: event[name] for name in fields}
            )
            continue
        change = state.changes[event["change"]]
        confirmed = event["action"] == "confirm"
        change = replace(
            change, status="confirmed" if confirmed else "rejected",
            decided_by=event["by"], decided_at=at, decided_why=event["why"],
        )  # fmt: skip
        state.changes[change.id] = change
        if confirmed:
            _confirm(state, change)
    return state


def _confirm(state: State, change: Change) -> None:
    state.replaced[change.id] = state.current.pop(change.key, None)
    state.set_by[change.key] = change.id
    if change.payload is not None:
        state.current[change.key] = _signed(change)


def _signed(change: Change) -> dict[str, Any]:
    """The content with the confirmer's name on values that have none yet."""
    payload = dict(change.payload or {})
    if change.kind == "standard":
        payload["values"] = [
            value | {"confirmed_by": value.get("confirmed_by") or change.decided_by}
            for value in payload["values"]
        ]
    return payload
