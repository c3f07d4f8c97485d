"""What residents ask, and what the answer must and must not say: 409 questions written apart from the cards."""

from __future__ import annotations

import pytest

from knowledge import Answer, Knowledge
from tests.knowledge.sets import DAY, Asked, answers, is_statement

ALL = [*answers("a"), *answers("b")]


def _faults(answer: Answer, asked: Asked) -> list[str]:
    said = [*answer.statements, answer.text]
    missing = [
        f"missing {item}"
        for item in asked.must
        if not (item in answer.statements if is_statement(item) else item in answer.text)
    ]
    wrong = [
        f"wrong {item}"
        for item in asked.must_not
        if (item in answer.statements if is_statement(item) else item in answer.text)
    ]
    return [*missing, *wrong, *said] if missing or wrong else []


def test_the_sets_are_large_and_name_what_there_is(real: Knowledge) -> None:
    assert len(ALL) >= 300 and len({asked.question for asked in ALL}) == len(ALL)
    assert {asked.service for asked in ALL} <= set(real.services)
    for asked in ALL:
        assert asked.must, asked.question
        for key in asked.statements:
            assert real.located(key)[1].id == key


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.question)
def test_the_answer_says_what_it_must_and_nothing_it_must_not(real: Knowledge, asked: Asked) -> None:
    answer = real.answer(asked.service, asked.aspect, on=DAY, text=asked.question)
    assert _faults(answer, asked) == []


def test_mostly_the_right_statement_leads(real: Knowledge) -> None:
    led = [
        real.answer(asked.service, asked.aspect, on=DAY, text=asked.question).statements[0]
        in asked.statements
        for asked in ALL
        if asked.statements
    ]
    assert sum(led) / len(led) >= 0.86


def test_most_hold_without_the_aspect_too(real: Knowledge) -> None:
    # On the live way the aspect is read by patterns and often not at all; then the words choose it.
    held = [
        not _faults(real.answer(asked.service, None, on=DAY, text=asked.question), asked) for asked in ALL
    ]
    assert sum(held) / len(held) >= 0.91


@pytest.mark.parametrize(
    "statement",
    [
        "marriage_registration.conditions.kinship", "divorce_registration.time_limit.cooling",
        "marriage_registration.materials.no_hukou", "marriage_registration.where.any",
        "cremation.conditions.only_home", "cemetery.time_limit.cycle", "defacto_orphan.procedure.no_public",
        "temporary_aid.conditions.outsider",
    ],
)  # fmt: skip
def test_the_facts_that_old_rules_get_wrong_are_asked_for(statement: str) -> None:
    assert any(statement in asked.must for asked in ALL)
