"""Every sentence of wording.yml: used, filled in by what its users give, complete for what the registry can say."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actions.form import TaskForm
from actions.reading import FORM_OF_INTENT
from actions.resources import WORDING
from registry.kinds import (
    APPLICATION_STATUSES,
    APPOINTMENT_SERVICES,
    BOOKING_STATUSES,
    CASE_KINDS,
    CASE_STATUSES,
    TRIAGES,
)
from tests.actions.talk import ACTIONS, DOMAIN

ACTIONS_FOLDER = Path(__file__).resolve().parents[2] / "actions"
CODE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ACTIONS_FOLDER.glob("*.py")))
FORMS: dict[str, TaskForm] = {a.form: a for a in ACTIONS.values() if isinstance(a, TaskForm)}
# Groups whose key is made at run time: the prefix that the code uses.
MADE = {
    "confirm": 'f"confirm.{self.form}"', "begin": 'f"begin.', "filed": 'f"filed.', "status": "f'status.", "kind": 'f"kind.',
    "screen": 'f"screen.{result.result}"', "ask": 'f"ask.{slot}"',
    "ask_self": 'f"ask_self.{slot}"',
}  # fmt: skip


def sentences(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from sentences(value, f"{key}{name}.")
        elif isinstance(value, str):
            yield f"{key}{name}", value


ALL = dict(sentences({k: v for k, v in WORDING.items() if k not in ("choices", "labels", "labels_self")}))


@pytest.mark.parametrize("key", ALL)
def test_every_sentence_is_used(key: str) -> None:
    group, name = key.split(".")
    if group in MADE and f'"{key}"' not in CODE:
        assert MADE[group] in CODE
        return
    assert re.search(rf"""["']{re.escape(key)}["']""", CODE), f"nothing says {key}"


@pytest.mark.parametrize("key", ALL)
def test_every_sentence_is_filled_in_with_plain_names(key: str) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(ALL[key]) if name is not None]
    assert all(name.isidentifier() for name in names)
    filled = ALL[key].format(**dict.fromkeys(names, "某"))
    assert filled and "{" not in filled and "}" not in filled


@pytest.mark.parametrize("key", [key for key, text in ALL.items() if "{" in text])
def test_every_placeholder_is_given_where_the_sentence_is_said(key: str) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(ALL[key]) if name}
    for name in names:
        assert re.search(rf"\b{name}=|[\"']{name}[\"']", CODE), f"{key}: nobody gives {name}"


@pytest.mark.parametrize(
    "key", re.findall(r"""(?:wording|say)\(\s*(?:dispatcher,\s*)?["']([a-z_]+\.[a-z_0-9]+)["']""", CODE)
)
def test_every_sentence_that_the_code_names_is_there(key: str) -> None:
    assert key in ALL


@pytest.mark.parametrize("key", re.findall(r"""Problem\(\s*["']([a-z_.]+)["']""", CODE))
def test_every_problem_has_its_sentence(key: str) -> None:
    assert key in ALL


def test_everything_the_registry_can_say_has_words() -> None:
    assert set(WORDING["status"]) >= {*BOOKING_STATUSES, *CASE_STATUSES, *APPLICATION_STATUSES}
    assert set(WORDING["kind"]) == set(CASE_KINDS)
    assert set(WORDING["filed"]) >= set(TRIAGES)
    assert {option["value"] for option in WORDING["choices"]["book_service"]} == set(APPOINTMENT_SERVICES)


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_a_form_has_a_label_a_question_and_a_slot(form: str) -> None:
    action = FORMS[form]
    required = DOMAIN["forms"][form]["required_slots"]
    assert {item.slot for item in action.fields} <= set(DOMAIN["slots"])
    assert set(required) == {item.slot for item in action.fields}
    for item in action.fields:
        if item.slot.startswith("fact_"):
            continue
        label = action.label(item.slot, {})
        assert label and not label.isascii()
        assert item.slot in WORDING["ask"] or "ask" in vars(type(action)) or action.confirm == item.slot or (
            item.slot.endswith(("_day", "_time"))
        )  # fmt: skip
    assert action.confirm is None or form in WORDING["confirm"]


def test_no_label_no_choice_and_no_question_is_left_over() -> None:
    fields = {item.slot for form in FORMS.values() for item in form.fields}
    assert set(WORDING["labels"]) <= fields
    assert set(WORDING["choices"]) <= fields
    assert set(WORDING["ask"]) <= fields
    assert set(WORDING["ask_self"]) <= set(WORDING["ask"]) and set(WORDING["labels_self"]) <= fields


def test_the_domain_names_every_form_and_action_of_the_server_and_asks_nothing_itself() -> None:
    custom = {name for name in DOMAIN["actions"] if not name.startswith("utter_")}
    assert custom == set(ACTIONS)
    assert {f"validate_{form}" for form in DOMAIN["forms"]} == {
        name for name in ACTIONS if name.startswith("validate_")
    }
    assert set(FORM_OF_INTENT) <= set(DOMAIN["intents"]) and set(FORM_OF_INTENT.values()) == set(
        DOMAIN["forms"]
    )
    assert not [name for name in DOMAIN["responses"] if name.startswith("utter_ask_")]


def test_a_sentence_holds_no_amount() -> None:
    allowed = re.compile(r"12345|110|120|\{[a-z]+\}|12月3[号日]|11位")
    for key, text in ALL.items():
        assert not re.search(r"\d", allowed.sub("", text)), key
