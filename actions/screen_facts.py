"""Facts of the screening out of a resident's words: answers to its questions, and what is told in passing."""

from __future__ import annotations

import re
from typing import Any

from actions.fields import Problem, Reading, bare_number, nth_of, wants_skip, yes_no
from actions.resources import SIGNS
from actions.turn import Turn
from knowledge.eligibility import PROGRAMMES, Fact, FactError, accepts, facts, question

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
        if turn.words.strip("。 ") in NOTHING or _no_income(turn):
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


def reader_of(name: str) -> Any:
    """Reads the answer to the question for this fact."""
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
        return value if fits(slots["screen_programme"], name, value) else Problem("problem.number")

    return read


def fits(programme: str, name: str, value: object) -> bool:
    """Whether it is an answer to this programme's question of that name, and a possible one."""
    try:
        return accepts(programme, name, value)
    except FactError:
        return False


def _chosen(turn: Turn, name: str, programme: str) -> str | None:
    """The choice tapped, said, or named by its number."""
    options = question(name, programme).choices
    words = turn.words.strip("。！! ")
    if tapped := next((option for option in options if words == option.title), None):
        return str(tapped.value)
    # 没有小车 is first of all that there is none; 没有存款，有小车 is not.
    if (passing := _passing(turn, name, programme)) is not None:
        return passing
    if said := _worded(words, name, programme):
        return said
    named = nth_of(turn.nth, options)
    return str(named.value) if named else None


def _worded(words: str, name: str, programme: str) -> str | None:
    """The first choice of which one of its words is said."""
    options = question(name, programme).choices
    return next((str(o.value) for o in options if any(word in words for word in o.words)), None)


def _passing(turn: Turn, name: str, programme: str) -> str | None:
    """What the words alone tell of this fact, by signs.yml; None when the rest of them tells another choice."""
    for value, signs in SIGNS["passing"].get(name, {}).items():
        if not any(turn.has(f"(?<!不是)(?<!不)(?:{sign})") for sign in signs) or not fits(
            programme, name, value
        ):
            continue
        rest = re.sub("|".join(signs), "", turn.words)
        return str(value) if _worded(rest, name, programme) in (None, value) else None
    return None


def prefill_of(name: str) -> Any:
    """Facts told in passing: numbers, grades, and words that tell one fact only (signs.yml)."""
    readers = {
        "household_size": _people_said,
        "monthly_income": _money_said,
        "age": _age_said,
        "disability": disability,
    }
    reader = readers.get(name)
    if reader is None and name not in SIGNS["passing"]:
        return None

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        programme = slots.get("screen_programme")
        value = reader(turn, slots) if reader else None
        if value is None and programme:
            value = _passing(turn, name, programme)
        told = value is not None and not isinstance(value, Problem)
        return None if told and programme and not fits(programme, name, value) else value

    return read


def _people_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return household(turn, slots) if turn.values("count") else None


def _money_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return money_per_month(turn, slots) if turn.values("money") or _no_income(turn) else None


def _no_income(turn: Turn) -> bool:
    return turn.matches("no_income") and not turn.values("relation")


def _age_said(turn: Turn, slots: dict[str, Any]) -> Reading:
    return age(turn, slots) if turn.values("age") else None
