"""Retrieval: a statement's words and keywords find it; service and date filter; unknown words count."""

from __future__ import annotations

from datetime import date

from knowledge import Knowledge
from knowledge.searching import Index
from tests.knowledge.conftest import DAY


def test_the_fitting_statement_comes_first(small: Knowledge) -> None:
    assert small.search("退休工资没发", on=DAY)[0].statement_id == "alpha.boundary.pension"
    assert small.search("有车行不行", service="alpha", on=DAY)[0].statement_id == "alpha.conditions.car"


def test_service_and_date_filter(small: Knowledge) -> None:
    assert {hit.service for hit in small.search("窗口 申请", service="beta", on=DAY)} == {"beta"}
    found = {hit.statement_id for hit in small.search("户口", on=date(2026, 6, 30))}
    assert "alpha.conditions.new" not in found
    assert "alpha.conditions.new" in {hit.statement_id for hit in small.search("户口", on=DAY)}


def test_limit_and_nothing_found(small: Knowledge) -> None:
    assert len(small.search("甲项补贴", on=DAY, limit=2)) == 2
    assert small.search("xyz", on=DAY) == [] and small.search("", on=DAY) == []


def test_rare_words_weigh_more_and_unknown_words_lower_the_share() -> None:
    index = Index({"a": "申请 材料 照片", "b": "申请 材料", "c": "申请 时间"})
    scores, best = index.scores("申请照片")
    assert max(scores, key=lambda key: scores[key]) == "a"
    with_unknown, higher = index.scores("申请照片大象")
    assert with_unknown["a"] / higher < scores["a"] / best


def test_stop_words_find_nothing() -> None:
    index = Index({"a": "怎么 办理", "b": "照片"}, frozenset({"怎么", "办理"}))
    assert index.scores("怎么办理")[0] == {}
