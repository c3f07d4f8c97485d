"""Residents' questions (FAQ): found by their words, answered by statements in the order given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import knowledge
from knowledge import KnowledgeError
from knowledge.checking import check
from tests.knowledge.conftest import DAY

Write = Callable[[str], None]
FAQ = """
- id: alpha.faq.truck
  service: alpha
  aspect: conditions
  question: 屋里有个拖拉机能不能领
  phrasings: [有拖拉机给不给领, 种田的拖拉机算不算家产, 拖拉机要不要紧]
  statements: [alpha.conditions.car, alpha.materials.list, beta.overview.what]
"""


def test_a_known_question_is_answered_by_its_statements_in_order(copy: Path, write_faq: Write) -> None:
    write_faq(FAQ)
    known = knowledge.load(copy)
    # The aspect was guessed wrong, and one statement is written on another card.
    answer = known.answer("alpha", "time_limit", on=DAY, text="有拖拉机给不给领呀")
    assert answer.statements[:3] == ["alpha.conditions.car", "alpha.materials.list", "beta.overview.what"]
    assert answer.aspect == "conditions"


def test_what_answers_the_question_is_not_parted_by_generalities(copy: Path, write_faq: Write) -> None:
    told = ["alpha.overview.what", "alpha.conditions.car", "alpha.boundary.pension"]
    write_faq(
        FAQ.replace(
            "alpha.conditions.car, alpha.materials.list, beta.overview.what", ", ".join(told)
        ).replace("aspect: conditions", "aspect: overview")
    )
    answer = knowledge.load(copy).answer("alpha", None, on=DAY, text="有拖拉机给不给领")
    assert answer.statements[:3] == told and "alpha.time_limit.total" not in answer.statements[:3]


def test_other_questions_are_answered_as_before(
    copy: Path, small: knowledge.Knowledge, write_faq: Write
) -> None:
    write_faq(FAQ)
    known = knowledge.load(copy)
    for text in ("", "要多久", "照片要几张", "拖"):
        before = small.answer("alpha", "time_limit", on=DAY, text=text)
        assert known.answer("alpha", "time_limit", on=DAY, text=text).statements == before.statements


def test_search_finds_a_statement_by_the_questions_it_answers(
    copy: Path, small: knowledge.Knowledge, write_faq: Write
) -> None:
    assert small.search("拖拉机", on=DAY) == []
    write_faq(FAQ)
    known = knowledge.load(copy)
    assert known.search("拖拉机", on=DAY)[0].statement_id == "alpha.conditions.car"
    assert {hit.service for hit in known.search("拖拉机要不要紧", service="alpha", on=DAY)} == {"alpha"}
    (best, *_) = known.questions("种田的拖拉机算家产吗")
    assert best[0].id == "alpha.faq.truck" and 0.4 < best[1] < 1.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("alpha.conditions.car", "alpha.conditions.gone", "没有这个句子"),
        ("id: alpha.faq.truck", "id: beta.faq.truck", "服务.faq.名"),
        ("alpha.conditions.car, alpha.materials.list, beta.overview.what", "", "at least 1"),
    ],
)
def test_a_question_that_leads_nowhere_stops_loading(
    copy: Path, write_faq: Write, old: str, new: str, said: str
) -> None:
    write_faq(FAQ.replace(old, new))
    with pytest.raises(KnowledgeError, match=said):
        knowledge.load(copy)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", 拖拉机要不要紧", "", "不到3种"),
        ("拖拉机要不要紧", "有拖拉机给不给领？", "写了两遍"),
        ("拖拉机要不要紧", "找王女士问拖拉机", "个人姓名"),
        ("service: alpha", "service: alpha\n  x: 1", "x"),
    ],
)
def test_check_names_faults_of_questions(copy: Path, write_faq: Write, old: str, new: str, said: str) -> None:
    write_faq(FAQ.replace(old, new))
    assert [fault for fault in check(copy) if fault.id == "alpha.faq.truck" and said in fault.message]


def test_one_wording_cannot_belong_to_two_questions(copy: Path, write_faq: Write) -> None:
    write_faq(FAQ + FAQ.replace("alpha.faq.truck", "alpha.faq.other").lstrip("\n"))
    assert [fault for fault in check(copy) if "和 alpha.faq.truck 一样" in fault.message]


def test_an_encoder_finds_what_shares_no_word(copy: Path) -> None:
    def encode(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "旧车" in text or "蹦蹦" in text else [0.0, 1.0] for text in texts]

    assert knowledge.load(copy).search("蹦蹦", on=DAY) == []
    hits = knowledge.load(copy, encode=encode).search("蹦蹦", on=DAY)
    assert hits[0].statement_id == "alpha.conditions.car"
