"""Wording of the screening: each question, choice and verdict has its sentence, without numbers in it.
Also the reading of facts as the conversation hands them over."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.eligibility import PROGRAMMES, FactError, accepts, explain, facts, question, screen
from knowledge.eligibility.programme import programme
from knowledge.schema import free_number

TODAY = date(2026, 11, 23)
TEXTS = Path(__file__).parents[3] / "knowledge" / "eligibility" / "texts.yml"
SERVICES = Path(__file__).parents[3] / "knowledge" / "services"
PROMISES = ("能领到", "一定能", "肯定", "保证")


def _strings(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [
            text
            for key, value in node.items()
            if key not in ("words", "document", "article", "if", "from")
            for text in _strings(value)
        ]
    if isinstance(node, list):
        return [text for value in node for text in _strings(value)]
    return [node] if isinstance(node, str) else []


def test_no_number_and_no_promise_in_the_texts() -> None:
    strings = _strings(yaml.safe_load(TEXTS.read_text(encoding="utf-8")))
    assert len(strings) > 100
    for text in strings:
        bare = re.sub(r"\{[a-z_]+\}", "", text)
        # 两边, 一条, 第二套 count words, not limits; the example 肢体二级 is a grade.
        assert free_number(bare) is None, text
        assert len(bare) <= 90, text
        assert not any(promise in text for promise in PROMISES), text


@pytest.mark.parametrize("code", PROGRAMMES)
def test_every_fact_has_a_question_and_a_label_for_each_choice(code: str) -> None:
    for fact in facts(code):
        asked = question(fact.question_key)
        assert asked.text.endswith(("？", "。")) and asked.short
        assert tuple(option.value for option in asked.choices) == fact.choices
        assert all(option.title for option in asked.choices)
        titles = [option.title for option in asked.choices]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("key", "said", "value"),
    [
        ("tekun.labour", "不能干活了", "no"),
        ("tekun.supporters", "儿子没有能力", "unable"),
        ("tekun.supporters", "无儿无女", "none"),
        ("tekun.in_school", "没有读书了", "no"),
        ("dibao.special", "没有残疾也没有大病", "none"),
        ("dibao.supporters", "没有儿女", "no"),
        ("temporary_aid.place", "不在咸安", "elsewhere"),
        ("temporary_aid.insurance_done", "还没有报销", "no"),
        ("temporary_aid.event", "屋里失火烧光了", "fire_accident"),
    ],
)
def test_a_denial_is_not_taken_for_its_opposite(key: str, said: str, value: str) -> None:
    """The conversation takes the first option one of whose words occurs in the answer."""
    options = question(key).choices
    first = next(option.value for option in options if any(word in said for word in option.words))
    assert first == value


def test_supporters_is_another_question_in_each_programme() -> None:
    assert [option.value for option in question("supporters", "tekun").choices] == ["unable", "able", "none"]
    assert [option.value for option in question("dibao.supporters").choices] == ["yes", "no", "unknown"]
    # The slot is shared: an answer given for 低保 is none for 特困 and is asked anew.
    assert not accepts("tekun", "supporters", "yes")
    known = {"age": 70, "income_source": "none", "supporters": "yes"}
    assert screen("tekun", known, on=TODAY, standards={}).missing == ["supporters"]
    with pytest.raises(KeyError):
        question("favourite_colour")


@pytest.mark.parametrize("code", PROGRAMMES)
def test_other_programmes_exist_as_services(code: str) -> None:
    for consequence in programme(code).next:
        for service in consequence.then:
            assert (SERVICES / f"{service}.yml").exists(), service


def test_explanation_begins_with_the_result_and_ends_without_a_promise() -> None:
    known = {"residence": "urban", "household_size": 2, "monthly_income": 3000, "special": "none"}
    screening = screen("dibao", known | {"assets": "none"}, on=TODAY, standards={"dibao_standard_urban": 700})
    lines = explain(screening)
    assert lines[0][0] == "初步看，您的情况可能不符合低保的条件。" and lines[0][1] is None
    assert "对不上" in lines[1][0] and tuple(lines[1][1] or ()) == ("s01", "第十八条")
    assert any("没有再问" in text for text, _ in lines)
    assert "最终以" in lines[-1][0] and lines[-1][1] is None


def test_explanation_names_what_is_missing() -> None:
    lines = explain(screen("tekun", {"age": 70, "supporters": "none"}, on=TODAY, standards={}))
    assert "有没有收入" in lines[0][0]
    assert "年龄" not in lines[0][0]


def test_closed_way_with_another_open_is_said_so() -> None:
    known = {
        "residence": "urban",
        "household_size": 1,
        "monthly_income": 900,
        "special": "serious_illness",
        "assets": "none",
        "supporters": "no",
    }
    screening = screen("dibao", known, on=TODAY, standards={"dibao_standard_urban": 700})
    assert screening.result == "check_window"
    assert "别的路" in explain(screening)[0][0]


def test_ages_come_from_the_parameters() -> None:
    known = {"age": 50, "disability": "none", "labour": "yes", "income_source": "none", "supporters": "none"}
    texts = [item.text for item in screen("tekun", known, on=TODAY, standards={}).conditions]
    assert any("满60周岁" in text for text in texts)
    assert not any("{" in text for text in texts)


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("dibao", "household_size", 0),
        ("dibao", "household_size", 2.5),
        ("dibao", "monthly_income", -1),
        ("dibao", "monthly_income", float("nan")),
        ("dibao", "monthly_income", "很多"),
        ("dibao", "household_size", True),
        ("tekun", "age", 200),
        ("tekun", "disability", {"level": 7, "kind": "肢体"}),
        ("tekun", "disability", 3),
    ],
)
def test_impossible_values_are_refused(code: str, name: str, value: object) -> None:
    with pytest.raises(FactError):
        screen(code, {name: value}, on=TODAY, standards={})


def test_yes_and_no_are_read_in_every_form() -> None:
    for value in (True, "yes", "True"):
        known = {
            "event": "illness",
            "when": "now",
            "hardship": "hard",
            "place": "here",
            "insurance_done": value,
        }
        assert screen("temporary_aid", known, on=TODAY, standards={}).result == "likely"


def test_unknown_answers_every_question_and_ends_in_the_window() -> None:
    for code in PROGRAMMES:
        known = {fact.name: "unknown" for fact in facts(code)}
        screening = screen(code, known, on=TODAY, standards={})
        assert (screening.result, screening.missing) == ("check_window", [])
        assert all(item.status == "unknown" and item.text for item in screening.conditions)


def test_facts_of_other_programmes_are_ignored() -> None:
    known = {"age": 70, "household_size": 3}
    assert "household_size" not in screen("tekun", known, on=TODAY, standards={}).missing
