"""The bureau's own knowledge: loads fast, is sound, covers every code, and the facts that matter are said."""

from __future__ import annotations

import time
from datetime import date

import pytest

import knowledge
from knowledge import Knowledge
from knowledge.checking import check
from knowledge.compose import MAX_CHAT

DAY = date(2026, 11, 23)


def test_it_loads_in_time() -> None:
    started = time.process_time()
    knowledge.load()
    assert time.process_time() - started < 1.5


def test_it_is_sound() -> None:
    assert [str(fault) for fault in check()] == []


def test_every_code_has_a_card_and_every_card_answers_on_one_screen(real: Knowledge) -> None:
    assert real.services == list(real.data.codes) and len(real.services) == 47
    for service in real.services:
        for aspect in (None, *real.card(service).covered_aspects):
            answer = real.answer(service, aspect, on=DAY)
            assert answer.text and answer.statements and len(answer.text) <= MAX_CHAT, (service, aspect)
            assert "{" not in answer.text and "None" not in answer.text, (service, aspect)


def test_no_number_is_said_that_is_not_in_a_standard(real: Knowledge) -> None:
    # Only what is there to be traced: every value printed is in amounts with a source.
    for service in real.services:
        for aspect in real.card(service).covered_aspects:
            answer = real.answer(service, aspect, on=DAY, layout="desk")
            assert all(amount.source for amount in answer.amounts), (service, aspect)
            assert answer.statements, (service, aspect)


def test_demo_values_fit_the_real_standards() -> None:
    answer = knowledge.load(demo=True).answer("dibao", "amount", on=DAY)
    assert answer.demo and "演示数据" in answer.text


@pytest.mark.parametrize(
    ("service", "aspect", "text", "said"),
    [
        ("marriage_registration", "materials", "结婚要不要户口本", "不用带户口本"),
        ("marriage_registration", None, "表兄妹能结婚不", "三代以内"),
        ("marriage_registration", "amount", "结婚收费吗", "不收费"),
        ("divorce_registration", "time_limit", "冷静期几天", "30"),
        ("dibao", "amount", "低保几多钱", "待区民政局公布"),
        ("dibao", "conditions", "有个面包车能吃低保不", "旧车"),
        ("defacto_orphan", "procedure", "要不要公示", "不公示"),
        ("temporary_aid", None, "外地人在咸安出了事能申请不", "不受户籍地"),
        ("cemetery", "time_limit", "墓位能用几年", "20"),
    ],
)
def test_the_direct_answer_holds_the_fact(
    real: Knowledge, service: str, aspect: str | None, text: str, said: str
) -> None:
    answer = real.answer(service, aspect, on=DAY, text=text)
    assert said in answer.text.splitlines()[0], answer.text


def test_after_its_document_ran_out_the_answer_says_so_and_who_knows(real: Knowledge) -> None:
    question = "湖北的低保边缘认定办法还管用吗"
    last = real.answer("low_income", "conditions", on=date(2026, 8, 19), text=question)
    late = real.answer("low_income", "conditions", on=date(2026, 8, 20), text=question)
    note = real.data.wording.expired.note
    rule = "low_income.conditions.edge_hubei"
    assert rule in last.statements and note not in last.text
    assert rule in late.statements and note in late.text
    assert "2026年8月19日到期" in late.text and "可以问" in late.text
    # Whatever is asked, and however it is laid out, the rule is never said without the note.
    for text in ("", "低保边缘户收入不超过低保多少倍", question):
        for layout in ("chat", "desk"):
            answer = real.answer("low_income", "conditions", on=date(2027, 1, 1), text=text, layout=layout)
            if rule in answer.statements:
                assert note in answer.text, (text, layout)


def test_search_is_fast(real: Knowledge) -> None:
    real.warm()
    questions = [item.text for service in real.services for item in real.card(service).statements][::6]
    took = []
    for question in questions:
        started = time.process_time()
        real.search(question, on=DAY)
        took.append(time.process_time() - started)
    assert sorted(took)[int(len(took) * 0.95)] <= 0.030
