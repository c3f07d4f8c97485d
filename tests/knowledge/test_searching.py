"""Retrieval: a statement's words and keywords find it; service and date filter; unknown words count."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import knowledge
from knowledge import Knowledge
from knowledge.searching import Index, Reader
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


def test_a_suspicion_of_the_service_moves_its_statements_up(small: Knowledge) -> None:
    question = "要去哪个窗口"
    for service in ("alpha", "beta"):
        hits = small.search(question, services={service: 1.0}, on=DAY)
        first = {code: max(hit.score for hit in hits if hit.service == code) for code in ("alpha", "beta")}
        unled = {hit.statement_id: hit.score for hit in small.search(question, on=DAY, limit=50)}
        assert first[service] == pytest.approx(
            max(unled[h.statement_id] for h in hits if h.service == service)
        )
        # A suspicion never shuts out what it leaves aside.
        assert {hit.service for hit in hits} >= {"alpha", "beta"}


def _index(entries: dict[str, str], reader: Reader) -> Index:
    return Index({key: reader.read(text) for key, text in entries.items()})


def test_rare_words_weigh_more_and_unknown_words_lower_the_likeness() -> None:
    reader = Reader()
    index = _index({"a": "申请 材料 照片", "b": "申请 材料", "c": "申请 时间"}, reader)
    likeness = index.likeness(reader.read("申请照片"))
    assert index.ids[int(likeness.argmax())] == "a"
    assert 0 < index.likeness(reader.read("申请照片大象"))[0] < likeness[0] < 1


def test_the_same_words_are_wholly_alike() -> None:
    reader = Reader()
    index = _index({"a": "申请低保要带材料", "b": "照片"}, reader)
    assert index.likeness(reader.read("申请低保要带材料"))[0] == pytest.approx(1.0, abs=1e-5)


def test_stop_words_find_nothing() -> None:
    reader = Reader(frozenset({"怎么", "办理", "怎", "么", "办", "理", "么办", "怎么办", "么办理"}))
    index = _index({"a": "怎么办理", "b": "照片"}, reader)
    assert not index.likeness(reader.read("怎么办理")).any()


def test_synonyms_are_one_word_and_the_longer_one_counts() -> None:
    reader = Reader(meanings=[["孩子", "伢"], ["孤儿", "没爹没娘"], ["儿", "崽"]])
    index = _index({"child": "孩子", "orphan": "孤儿", "other": "照片"}, reader)
    assert index.ids[int(index.likeness(reader.read("伢")).argmax())] == "child"
    # 孤儿 is no 崽 although 儿 is in it.
    assert index.likeness(reader.read("崽"))[1] == 0
    assert index.likeness(reader.read("没爹没娘"))[1] > 0


def test_an_encoder_finds_what_no_word_finds(copy: Path) -> None:
    def encode(texts: list[str]) -> npt.NDArray[np.float32]:
        cars = [any(word in text for word in ("车", "蹦蹦")) for text in texts]
        return np.asarray([[1.0, 0.0] if car else [0.0, 1.0] for car in cars], dtype=np.float32)

    assert knowledge.load(copy).search("蹦蹦", on=DAY) == []
    assert (
        knowledge.load(copy, encode=encode).search("蹦蹦", on=DAY)[0].statement_id == "alpha.conditions.car"
    )


def test_a_broken_thesaurus_is_named(copy: Path) -> None:
    (copy / "thesaurus.yml").write_text("- [孩子, 伢]\n- [只有一个]\n", encoding="utf-8")
    with pytest.raises(knowledge.KnowledgeError, match="只有一个"):
        knowledge.load(copy)
