"""Answers over the small knowledge: order, wording, dates, pending, demo, unfolding, choices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import knowledge
from knowledge import Knowledge
from knowledge.compose import MAX_CHAT
from tests.knowledge.conftest import DAY

Edit = Callable[[str, str, str], Path]


def test_the_first_statement_leads_and_its_source_closes(small: Knowledge) -> None:
    answer = small.answer("alpha", "conditions", on=DAY)
    lines = answer.text.splitlines()
    assert lines[0] == "人均收入低于当地标准，可以申请。"
    assert lines[-1].startswith("依据：《甲项补贴条例》第二条、第三条（2020年1月1日起施行）")
    assert "《关于贯彻〈甲项补贴条例〉的通知》" in lines[-1]
    assert {(cite.document, cite.article) for cite in answer.citations} >= {
        ("s01", "第二条"),
        ("s02", "第三条"),
    }
    assert (answer.decision, answer.aspect) == ("answer", "conditions")


def test_a_keyword_of_the_question_lifts_its_statement(small: Knowledge) -> None:
    answer = small.answer("alpha", "conditions", on=DAY, text="屋里有个面包车得不得行")
    assert answer.statements == ["alpha.conditions.car"]
    # What does not fit the words is not lost, it unfolds.
    assert answer.more is not None and "人均收入低于当地标准" in answer.more


def test_words_that_surely_mean_another_aspect_win_over_the_aspect(small: Knowledge) -> None:
    answer = small.answer("alpha", "time_limit", on=DAY, text="照片要几张")
    assert answer.statements[0] == "alpha.materials.photo"


def test_without_an_aspect_the_words_choose_it_or_the_overview_is_given(small: Knowledge) -> None:
    assert small.answer("alpha", None, on=DAY, text="甲补要多久").aspect == "time_limit"
    overview = small.answer("alpha", None, on=DAY, text="甲补")
    assert overview.aspect == "overview"
    assert overview.statements[0] == "alpha.overview.what"
    # What to bring and how long round it off; where is pending and so is not praised as an answer.
    assert {"alpha.materials.list", "alpha.time_limit.total"} <= set(overview.statements)
    assert "alpha.where.window" not in overview.statements
    assert [choice.payload for choice in overview.choices[:2]] == ["甲补要什么条件", "甲补多少钱"]


def test_an_aspect_without_statements_is_admitted(small: Knowledge) -> None:
    answer = small.answer("alpha", "appeal", on=DAY)
    assert answer.text.startswith("这一项我手头没有查到有依据的规定")
    assert "办理条件" in answer.text.splitlines()[0]
    assert answer.statements[0] == "alpha.overview.what"


def test_confidence_decides_the_wording(small: Knowledge) -> None:
    materials = small.answer("alpha", "materials", on=DAY).text
    assert "· 照片要3张（请以窗口为准）。" in materials  # the value is only B, so the sentence is
    assert "· 按规定一般还要体检表。" in materials and "按规定一般，按规定一般" not in materials
    procedure = small.answer("alpha", "procedure", on=DAY).text
    assert "向乡镇窗口提出，请以窗口为准。" in procedure and procedure.count("请以窗口为准") == 1
    assert "省里说由乡镇受理（据2026年的资料，请以区民政局最新公布为准）。" in procedure


def test_the_value_in_force_on_the_day_is_said_with_its_source(small: Knowledge) -> None:
    before = small.answer("alpha", "time_limit", on=date(2026, 6, 30))
    after = small.answer("alpha", "time_limit", on=date(2026, 7, 1))
    assert "30个工作日" in before.text and "20个工作日" not in before.text
    assert "20个工作日" in after.text and "30个工作日" not in after.text
    amount = after.amounts[0]
    assert (amount.value, amount.unit, amount.effective_from) == (20, "个工作日", date(2026, 7, 1))
    assert amount.source == "《关于贯彻〈甲项补贴条例〉的通知》第二条"
    assert ("s02", "第二条") in {(cite.document, cite.article) for cite in after.citations}


def test_an_expired_document_says_so_from_the_day_after(small: Knowledge) -> None:
    note = "（原文件有效期已到，请以最新公布为准）"
    assert note not in small.answer("alpha", "conditions", on=date(2026, 8, 19)).text
    late = small.answer("alpha", "conditions", on=date(2026, 8, 20))
    assert f"收入不超过标准的1.5倍{note}。" in late.text
    assert "2026年8月19日到期" in late.text


def test_a_rule_that_starts_later_is_not_said_before(small: Knowledge) -> None:
    assert "alpha.conditions.new" not in small.answer("alpha", "conditions", on=date(2026, 6, 30)).statements
    assert "alpha.conditions.new" in small.answer("alpha", "conditions", on=date(2026, 7, 1)).statements


def test_pending_is_said_with_who_knows_and_a_person_is_offered(small: Knowledge) -> None:
    answer = small.answer("alpha", "amount", on=DAY, text="几多钱")
    assert answer.text.startswith("咸安的标准：（标准待区民政局公布）。")
    assert "可以问区民政局（甲项科）、区民政局（办公室），也可以打12345转办" in answer.text
    assert answer.amounts == [] and not any(
        character.isdigit() for character in answer.text.replace("12345", "")
    )
    assert answer.choices[0].payload == "转人工"
    where = small.answer("alpha", "where", on=DAY)
    assert "窗口地址：（地址待公布）。有危险打110。" in where.text


def test_demo_values_are_marked_everywhere(demo: Knowledge, small: Knowledge) -> None:
    answer = demo.answer("alpha", "amount", on=DAY)
    assert "666元/人/月（演示数据，不是真实标准）" in answer.text
    assert answer.text.splitlines()[-1].startswith("【演示数据】")
    assert answer.demo and answer.amounts[0].demo and answer.amounts[0].value == 666
    assert demo.demo and not small.demo
    # An answer without a fictional value is not marked.
    assert not demo.answer("alpha", "materials", on=DAY).demo


def test_a_supplied_value_turns_a_pending_statement_into_a_sourced_one(copy: Path, edit: Edit) -> None:
    edit(
        "standards/standards.yml",
        "values: []",
        "values: [{value: 480, effective_from: 2026-07-01, document: s02, confidence: A, entered_by: 甲}]",
    )
    answer = knowledge.load(copy).answer("alpha", "amount", on=DAY)
    assert answer.text.startswith("咸安的标准：480元/人/月。")
    assert [cite.document for cite in answer.citations] == ["s02"]
    assert "可以问区民政局（甲项科）" not in answer.text


def test_a_long_answer_unfolds_and_nothing_is_lost(small: Knowledge) -> None:
    answer = small.answer("beta", "procedure", on=DAY)
    assert len(answer.text) <= MAX_CHAT
    assert answer.more is not None
    for statement in small.card("beta").statements[1:]:
        assert (statement.text in answer.text) != (statement.text in answer.more)
        assert (statement.id in answer.statements) == (statement.text in answer.text)
    assert "第十四条" in answer.more and "第十四条" not in answer.text


def test_the_desk_sees_every_statement_with_source_and_who_confirmed(small: Knowledge) -> None:
    answer = small.answer("beta", "procedure", on=DAY, layout="desk")
    assert answer.more is None and len(answer.statements) == 6
    assert all(f"编号：{key}" in answer.text for key in answer.statements)
    values = small.answer("alpha", "time_limit", on=DAY, layout="desk").text
    assert "20个工作日" in values and "确认：乙" in values


def test_next_steps_are_sentences_with_the_services_name(small: Knowledge) -> None:
    choices = small.answer("beta", "procedure", on=DAY).choices
    assert [(choice.title, choice.payload) for choice in choices] == [
        ("预约办理", "我要预约乙登"),
        ("转人工", "转人工"),
    ]


def test_the_kind_of_a_code_decides_the_decision(small: Knowledge) -> None:
    answer = small.answer("human_handoff", None, on=DAY)
    assert answer.decision == "handoff" and answer.choices == []


def test_an_unknown_service_is_an_error(small: Knowledge) -> None:
    with pytest.raises(KeyError):
        small.answer("gamma", None, on=DAY)


def test_an_answer_is_json(small: Knowledge) -> None:
    sent = small.answer("alpha", "time_limit", on=DAY).model_dump(mode="json")
    assert sent["amounts"][0]["effective_from"] == "2026-07-01"
    assert set(sent) >= {
        "decision",
        "service",
        "aspect",
        "text",
        "citations",
        "amounts",
        "choices",
        "confidence",
    }
