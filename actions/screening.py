"""Screening of 低保, 特困, 临时救助: asks only what is missing and says each condition with its article.

The rules are knowledge/eligibility (OpenFisca); nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import context
from actions.fields import Field
from actions.form import TaskForm
from actions.form_shape import Begun
from actions.reading import prefilled
from actions.resources import resources
from actions.say import bubble, outline, say, wording
from actions.screen_facts import ALL_FACTS, fits, prefill_of, read_programme, reader_of
from actions.turn import Turn, today
from knowledge.eligibility import PROGRAMMES, Screening, facts, question, screen

# How many messages back own facts still belong to what is screened now.
EARLIER = 3


def _known(slots: dict[str, Any]) -> dict[str, Any]:
    """The facts told so far; what the resident does not know stays unknown."""
    return {name: slots[f"fact_{name}"] for name in ALL_FACTS if slots.get(f"fact_{name}") is not None}


def screening(slots: dict[str, Any]) -> Screening:
    """The present state of the screening."""
    programme = slots["screen_programme"]
    mine = {fact.name for fact in facts(programme)}
    # An answer to another programme's question of the same name is none to this one's.
    known = {
        name: value for name, value in _known(slots).items() if name in mine and fits(programme, name, value)
    }
    knowledge = resources().library.current()
    return screen(programme, known, on=today(), standards=knowledge.standards_on(today()))


def still_open(result: Screening) -> set[str]:
    """Facts worth asking: those that can change the result; and while a local standard is unpublished and the
    window must decide anyway, those that tell the resident where each condition stands.
    """
    wanted = set(result.missing)
    if result.result == "check_window":
        wanted |= {name for condition in result.conditions for name in condition.missing}
    return wanted


def _wanted(name: str) -> Any:
    def needed(slots: dict[str, Any]) -> bool:
        programme = slots.get("screen_programme")
        if not programme or name not in {fact.name for fact in facts(programme)}:
            return False
        # Told already, or able to change the result.
        return slots.get(f"fact_{name}") is not None or name in still_open(screening(slots))

    return needed


class ScreenForm(TaskForm):
    """Ask what is missing, then say what speaks for and against."""

    form, service, confirm = "screen_form", "dibao", None
    fields = (
        Field("screen_programme", read_programme, prefill=read_programme),
        *(
            Field(f"fact_{name}", reader_of(name), prefill=prefill_of(name), needed=_wanted(name))
            for name in ALL_FACTS
        ),
    )

    def service_of(self, slots: dict[str, Any]) -> str:
        return slots.get("screen_programme") or self.service

    def asked(self, slots: dict[str, Any]) -> list[Field]:
        # In the programme's own order; the fields stand in that of all programmes together.
        programme = slots.get("screen_programme")
        order = [f"fact_{fact.name}" for fact in facts(programme)] if programme else []
        rank = {slot: number for number, slot in enumerate(order)}
        return sorted(super().asked(slots), key=lambda item: rank.get(item.slot, -1))

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        last = slots.get("last_service") if slots.get("last_service") in PROGRAMMES else None
        programme = read_programme(turn, slots) or (last if context.only_facts(turn) else None)
        if programme is None and turn.service in PROGRAMMES:
            programme = turn.service
        if programme is None and turn.shows("temporary_aid"):
            programme = "temporary_aid"
        programme = programme or last
        bubble(
            dispatcher,
            wording("screen.begin"),
            answer=outline("answer", programme or self.service, turn.confidence),
        )
        return {"screen_programme": programme} if programme else {}

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> None:
        if not changes.get("screen_programme"):
            return
        # What was told before it was known what is screened: 我七十五，农村的 — 那看看低保.
        told: dict[str, Any] = {}
        for earlier in turn.before(EARLIER):
            told |= prefilled(self.fields, earlier, slots | told, self.confirm)
        told = {slot: value for slot, value in told.items() if slot != "screen_programme"}
        if told:
            changes |= told
            slots |= told
            lines = [
                f"{self.label(slot, slots)}：{self.shown(slot, value, slots)}" for slot, value in told.items()
            ]
            say(dispatcher, "screen.told_before", told="；".join(lines))

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        for option in question(slot.removeprefix("fact_"), slots["screen_programme"]).choices:
            if option.value == value:
                return str(option.title)
        if isinstance(value, dict):
            return wording("screen.disability", kind=value.get("kind") or "", level=value["level"])
        return super().shown(slot, value, slots)

    def label(self, slot: str, slots: dict[str, Any]) -> str:
        if slot == "screen_programme":
            return super().label(slot, slots)
        return question(slot.removeprefix("fact_"), slots["screen_programme"]).short

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == "screen_programme":
            knowledge = resources().library.current()
            options = [
                {"title": knowledge.choice_label(p), "payload": knowledge.card(p).name} for p in PROGRAMMES
            ]
            say(dispatcher, "screen.which", options)
            return
        asked = question(slot.removeprefix("fact_"), slots["screen_programme"])
        bubble(dispatcher, asked.text, [option.title for option in asked.choices])

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        result = screening(slots)
        knowledge = resources().library.current()
        lines = [wording(f"screen.{result.result}", name=knowledge.card(result.programme).name)]
        marks = {"met": "✓", "not_met": "✗", "unknown": "？"}
        citations = []
        for condition in result.conditions:
            source = knowledge.document(condition.document)
            lines.append(
                f"{marks[condition.status]} {condition.text}（《{source.title}》{condition.article or ''}）"
            )
            citations.append({
                "document": source.id, "title": source.title, "number": source.number, "article": condition.article,
                "effective_from": source.effective_from.isoformat() if source.effective_from else None, "confidence": source.confidence,
            })  # fmt: skip
        lines.append(wording("screen.no_promise"))
        if knowledge.demo:
            lines.append(wording("answer.demo"))
        options = [wording("words.what_to_bring"), wording("words.where_to_apply"), wording("words.person")]
        for other in result.next_programmes[:2]:
            options.insert(0, wording("answer.ask_about") + knowledge.card(other).name)
        bubble(
            dispatcher,
            "\n".join(lines),
            options,
            answer=outline("answer", result.programme) | {"aspect": "conditions", "citations": citations},
        )
        return [SlotSet("last_service", result.programme), SlotSet("last_aspect", "conditions")]
