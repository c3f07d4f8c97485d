"""Wording of the screening, all of it from texts.yml: questions, choices, conditions, results, advice.
Numbers come in through placeholders from the dated parameters, never from the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from knowledge.eligibility.programme import as_tuple, programme
from knowledge.eligibility.system import HERE, numbers, programme_codes

if TYPE_CHECKING:
    from knowledge.eligibility.screening import Screening

Holds = Callable[[Mapping[str, tuple[Any, ...]]], bool]

_ORDER = {"not_met": 0, "unknown": 1, "met": 2}


class Said(NamedTuple):
    """A sentence, and its own law where that is not the condition's."""

    text: str
    document: str | None = None
    article: str | None = None


class Citation(NamedTuple):
    """Document id of knowledge/documents and article; None: the document has no articles."""

    document: str
    article: str | None


@dataclass(frozen=True)
class Option:
    """One answer to a question: the value for ``screen``, its label, and words a resident may use for it."""

    value: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What to ask for one fact; ``short`` names the fact in a list of what is still missing."""

    text: str
    short: str
    choices: tuple[Option, ...]


@cache
def _texts() -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / "texts.yml").read_text(encoding="utf-8")))


def question(name: str, code: str | None = None) -> Question:
    """The question for a fact, by name or by question key (``tekun.supporters``).

    A bare name that several programmes ask (supporters) needs ``code``; without it the first programme's is
    taken. Raises KeyError for a name that nobody asks.
    """
    if "." in name:
        code, name = name.split(".", 1)
    for each in programme_codes() if code is None else (code,):
        found = next((item.fact for item in programme(each).readers if item.fact.name == name), None)
        if found is not None:
            wording = _texts()["programmes"][each]["facts"][name]
            options = wording.get("choices", {})
            return Question(
                text=wording["question"],
                short=wording["short"],
                choices=tuple(
                    Option(value, options[value]["title"], tuple(options[value].get("words", ())))
                    for value in found.choices
                ),
            )
    raise KeyError(f"没有这个问题 / nobody asks {name!r}")


def condition(rule_id: str, status: str, on: date, holds: Holds) -> Said:
    """The first wording of a condition's status whose ``if`` holds and which is in force on ``on``."""
    code, name = rule_id.split(".", 1)
    entry = _texts()["programmes"][code]["conditions"][name][status]
    for variant in as_tuple(entry):
        if isinstance(variant, str):
            return Said(_filled(variant, code, on))
        when = {key: as_tuple(value) for key, value in variant.get("if", {}).items()}
        if _since(variant) <= on and holds(when):
            return Said(_filled(variant["text"], code, on), variant.get("document"), variant.get("article"))
    raise KeyError(f"没有对应的说法 / no wording for {rule_id} {status}")


def still_open(code: str, asked: list[str]) -> str:
    """Why a condition is open for want of facts: what is to be told, or that it no longer matters."""
    if not asked:
        return str(_texts()["common"]["not_asked"])
    return str(_texts()["common"]["to_ask"]).format(facts=_shorts(code, asked))


def in_force(code: str, advice: str, on: date) -> bool:
    """Whether an advice text rests on law in force on ``on``."""
    return _since(_texts()["programmes"][code]["advice"][advice]) <= on


def explain(screening: Screening) -> list[tuple[str, Citation | None]]:
    """The screening as sentences with their law, ready for the composer.

    First the result (no citation), then conditions: what speaks against, what is open, what speaks for; then
    the advice; last the sentence that the authorities decide.
    """
    common, code = _texts()["common"], screening.programme
    name = _texts()["programmes"][code]["name"]
    result: str = screening.result
    if result == "check_window" and any(item.status == "not_met" for item in screening.conditions):
        result = "check_window_other_way"  # one way is closed, another is the window's to judge
    lines: list[tuple[str, Citation | None]] = [
        (common["results"][result].format(name=name, facts=_shorts(code, screening.missing)), None)
    ]
    for item in sorted(screening.conditions, key=lambda item: _ORDER[item.status]):
        lines.append((item.text, Citation(item.document, item.article)))
    lines += [advice(key, screening.on) for key in screening.advice]
    lines.append((common["no_promise"], None))
    return lines


def advice(key: str, on: date) -> tuple[str, Citation | None]:
    """An advice text by the id in ``Screening.advice`` (``dibao.apply_where``), with its law if any."""
    code, name = key.split(".", 1)
    entry = _texts()["programmes"][code]["advice"][name]
    source = Citation(entry["document"], entry.get("article")) if "document" in entry else None
    return _filled(entry["text"], code, on), source


def _since(entry: Mapping[str, Any]) -> date:
    since = entry.get("from", date.min)
    return since if isinstance(since, date) else date.fromisoformat(since)


def _filled(text: str, code: str, on: date) -> str:
    return text.format_map({name: f"{value:g}" for name, value in numbers(code, on).items()})


def _shorts(code: str, names: list[str]) -> str:
    return "、".join(question(name, code).short for name in names)
