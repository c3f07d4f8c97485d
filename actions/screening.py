"""Screening of 低保, 特困, 临时救助: asks only what is missing and says each condition with its article.

The rules are knowledge/eligibility (OpenFisca); nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.fields import Field, Problem, Reading, bare_number, wants_skip, yes_no
from actions.form import TaskForm
from actions.resources import resources
from actions.say import bubble, outline, say, wording
from actions.turn import Turn, today
from knowledge.eligibility import PROGRAMMES, Fact, FactError, Screening, accepts, facts, question, screen

UNKNOWN = "unknown"
NOTHING = ("没有", "冇得", "没得", "冇", "无", "没")
ALL_FACTS: dict[str, Fact] = {fact.name: fact for programme in PROGRAMMES for fact in facts(programme)}


def read_programme(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Which programme: named, or None."""
    return next((value for value in turn.values("benefit") if value in PROGRAMMES), None)


def money_per_month(turn: Turn, slots: dict[str, Any]) -> Reading:
    """Household income in yuan a month; per person is multiplied, per year divided."""
    amounts = turn.values("money")
    if not amounts:
        if turn.words.strip("。 ") in NOTHING or any(
            w in turn.words for w in wording("screen.no_income").split("、")
        ):
            return 0
        return bare_number(turn)
    value = amounts[-1]
    if value.get("per") == "day":
        # Nobody knows on how many days of the month.
        return Problem("problem.per_day")
    amount = float(value["amount"])
    if value.get("per") == "year":
        amount /= 12
    if value.get("scope") == "person":
        size = slots.get("fact_household_size") or household(turn, slots)
        if not isinstance(size, int):
            return None
        amount *= size
    return round(amount, 2)


def household(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """How many people live together."""
    people = [v["n"] for v in turn.values("count") if v.get("of") in ("people", None)]
    if people:
        return int(people[-1]) if 1 <= people[-1] <= 30 else Problem("problem.count")
    number = bare_number(turn)
    if number is None:
        return None
    return int(number) if 1 <= number <= 30 else Problem("problem.count")


def age(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Years."""
    said = turn.first("age")
    if isinstance(said, dict):
        return int(said["years"])
    number = bare_number(turn)
    if number is None:
        return None
    return int(number) if 0 <= number <= 120 else Problem("problem.age")


def disability(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Level and kind, or "none"."""
    return turn.first("disability")


def _reader(name: str) -> Any:
    fact = ALL_FACTS[name]

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        by_kind = {"money": money_per_month, "count": household, "age": age}
        value: Reading = None
        if name == "disability":
            value = disability(turn, slots)
        elif reader := by_kind.get(fact.kind):
            value = reader(turn, slots)
        elif fact.kind == "yes_no":
            value = yes_no(turn, slots)
        if value is None and fact.choices:
            value = _chosen(turn, name, slots["screen_programme"])
        if isinstance(value, Problem):
            return value
        if value is None:
            return UNKNOWN if wants_skip(turn) else None
        return value if _fits(slots["screen_programme"], name, value) else Problem("problem.number")

    return read


def _fits(programme: str, name: str, value: object) -> bool:
    """Whether it is an answer to this programme's question of that name, and a possible one."""
    try:
        return accepts(programme, name, value)
    except FactError:
        return False


def _chosen(turn: Turn, name: str, programme: str) -> str | None:
    """The choice tapped, said, or named by its number."""
    options = question(name, programme).choices
    words = turn.words.strip("。！! ")
    for option in options:
        if words == option.title or any(word in words for word in option.words):
            return str(option.value)
    ordinal = turn.first("ordinal")
    if isinstance(ordinal, dict):
        index = ordinal["n"] - 1 if ordinal["n"] > 0 else ordinal["n"]
        if -len(options) <= index < len(options):
            return str(options[index].value)
    return None


def _prefill(name: str) -> Any:
    """Facts told in passing: numbers and grades, never a guess from a choice's words."""
    readers = {
        "household_size": _people_said,
        "monthly_income": _money_said,
        "age": _age_said,
        "disability": disability,
    }
    reader = readers.get(name)
    if reader is None:
        return None

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        value, programme = reader(turn, slots), slots.get("screen_programme")
        told = value is not None and not isinstance(value, Problem)
        return None if told and programme and not _fits(programme, name, value) else value

    return read


def _people_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return household(turn, slots) if turn.values("count") else None


def _money_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return money_per_month(turn, slots) if turn.values("money") else None


def _age_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return age(turn, slots) if turn.values("age") else None


def _known(slots: dict[str, Any]) -> dict[str, Any]:
    """The facts told so far; what the resident does not know stays unknown."""
    return {name: slots[f"fact_{name}"] for name in ALL_FACTS if slots.get(f"fact_{name}") is not None}


def screening(slots: dict[str, Any]) -> Screening:
    """The present state of the screening."""
    programme = slots["screen_programme"]
    mine = {fact.name for fact in facts(programme)}
    # An answer to another programme's question of the same name is none to this one's.
    known = {
        name: value for name, value in _known(slots).items() if name in mine and _fits(programme, name, value)
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
            Field(f"fact_{name}", _reader(name), prefill=_prefill(name), needed=_wanted(name))
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

    async def begin(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> dict[str, Any] | None:
        programme = read_programme(turn, slots) or (turn.service if turn.service in PROGRAMMES else None)
        if programme is None and turn.shows("temporary_aid"):
            programme = "temporary_aid"
        if programme is None and turn.intent == "do_screen" and slots.get("last_service") in PROGRAMMES:
            programme = slots["last_service"]
        bubble(
            dispatcher,
            wording("screen.begin"),
            answer=outline("answer", programme or self.service, turn.confidence),
        )
        return {"screen_programme": programme} if programme else {}

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
