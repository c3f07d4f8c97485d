"""What is not ours: the department, its hotline where known, and what next to it is ours."""

from __future__ import annotations

from knowledge import Knowledge
from tests.knowledge.conftest import DAY


def test_the_department_and_its_hotline_are_named(small: Knowledge) -> None:
    answer = small.redirect("renshe", text="社保卡丢了", on=DAY)
    assert answer.decision == "redirect" and answer.service == "out_of_scope"
    assert "归人社部门管" in answer.text and "12333" in answer.text
    assert answer.statements == [] and answer.choices == []


def test_a_boundary_statement_that_fits_says_what_is_ours(small: Knowledge) -> None:
    answer = small.redirect("renshe", text="退休工资没到账", on=DAY)
    assert answer.statements == ["alpha.boundary.pension"]
    assert "甲项补贴（按月领），这一块归民政" in answer.text
    assert answer.choices[0].payload == "甲补是怎么回事"


def test_without_a_known_hotline_the_general_one_is_given(small: Knowledge) -> None:
    text = small.redirect("jiaotong", on=DAY).text
    assert "区交通局" in text and "12345" in text


def test_small_talk_gets_neither_department_nor_number(small: Knowledge) -> None:
    assert small.redirect("none", on=DAY).text == "这个问题我帮不上忙。"
