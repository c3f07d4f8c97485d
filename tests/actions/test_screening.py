"""Screening: what is asked, how sums and sizes are read, what is said with which article."""

from __future__ import annotations

from typing import Any

import pytest

from actions.resources import WORDING
from knowledge.eligibility import PROGRAMMES, facts, question
from tests.actions.conftest import House
from tests.actions.scripts import SCRIPTS, closing
from tests.actions.talk import Talk, Value, money, number, people, years

SCREEN, PROBLEM, FORM = WORDING["screen"], WORDING["problem"], WORDING["form"]
DIBAO = ("benefit", "dibao")


def test_facts_in_the_question_start_it_and_are_not_asked_again(house: House, talk: Talk) -> None:
    answered, begun = talk.turn(
        "action_answer", "我屋里三口人，一个月两千块，能吃低保不", people(3), money(2000, "month"), DIBAO,
        intent="ask_dibao", aspect="conditions",
    )  # fmt: skip
    assert answered.bubbles == []
    assert answered.events == [
        ("last_service", "dibao"), ("last_aspect", "conditions"), ("clarify_count", 0), ("screen_programme", "dibao"),
        ("next", "screen_form"),
    ]  # fmt: skip
    asked = question((talk.asks or "").removeprefix("fact_"), "dibao")
    assert begun.texts == [SCREEN["begin"], asked.text]
    assert begun.choices == [option.title for option in asked.choices]
    told = {name: value for name, value in begun.events if value not in (None, 0)}
    assert told == {
        "task_key": "task-1", "screen_programme": "dibao", "fact_household_size": 3, "fact_monthly_income": 2000.0,
        "requested_slot": talk.asks,
    }  # fmt: skip
    while talk.active:
        assert talk.asks not in ("fact_household_size", "fact_monthly_income")
        talk.say("不清楚")


def test_it_offers_the_programmes(house: House, talk: Talk) -> None:
    reply = talk.start("do_screen", "看看我能领么事")
    assert (reply.texts, talk.asks) == ([SCREEN["begin"], SCREEN["which"]], "screen_programme")
    assert len(reply.choices) == len(PROGRAMMES)


def test_it_is_about_the_service_talked_about(house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "tekun"
    reply = talk.start("do_screen", "看看我符不符合")
    assert (reply.value("screen_programme"), talk.asks) == ("tekun", "fact_age")


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_programme_ends_in_a_result_when_nothing_is_known(
    programme: str, house: House, talk: Talk
) -> None:
    talk.start("do_screen", "看看", ("benefit", programme))
    asked: list[str] = []
    while talk.active:
        asked.append(str(talk.asks))
        reply = talk.say("不清楚")
        assert len(asked) < 12
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    assert asked[0] == f"fact_{facts(programme)[0].name}", "in the order of the programme"
    assert reply.events[-len(closing("screen_form")) :] == closing("screen_form")
    assert SCREEN["no_promise"] in reply.texts[0]
    assert (reply.value("last_service"), reply.value("last_aspect")) == (programme, "conditions")


def test_a_likely_case_names_its_law_and_promises_nothing(house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    talk.say("900", number(900))
    while talk.active:
        reply = talk.say("没有" if talk.asks == "fact_supporters" else "都没有")
    (bubble,) = reply.bubbles
    lines = bubble["text"].splitlines()
    assert lines[0] == SCREEN["likely"].format(name="最低生活保障（低保）")
    assert [line[0] for line in lines[1:4]] == ["✓", "✓", "✓"] and all("第" in line for line in lines[1:4])
    assert lines[-2:] == [SCREEN["no_promise"], WORDING["answer"]["demo"]]
    answer = bubble["answer"]
    assert (answer["decision"], answer["service"], answer["aspect"]) == ("answer", "dibao", "conditions")
    assert [c["article"] for c in answer["citations"]] == ["第十八条", "第十八条", "第十三条"]
    assert all(c["title"] and c["effective_from"] for c in answer["citations"])
    assert reply.choices == ["要带什么", "在哪里办", "转人工"]
    assert talk.active is None


def test_an_unlikely_case_points_to_what_else_there_is(house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    talk.say("九万", number(90000))
    while talk.active:
        reply = talk.say("都没有")
    assert (
        reply.texts[0].startswith(SCREEN["unlikely"].format(name="最低生活保障（低保）"))
        and "✗" in reply.texts[0]
    )
    others = [title for title in reply.choices if title.startswith(WORDING["answer"]["ask_about"])]
    assert others and len(others) <= 2


@pytest.mark.parametrize(
    ("text", "value", "kept"),
    [
        ("900", number(900), 900),
        ("两千块", money(2000), 2000.0),
        ("一个月两千", money(2000, "month"), 2000.0),
        ("一年两万四", money(24000, "year"), 2000.0),
        ("每人每月500", money(500, "month", "person"), 1500.0),
        ("没有收入", None, 0),
        ("没有", None, 0),
        ("冇得", None, 0),
        ("不清楚", None, "unknown"),
    ],
)
def test_income(text: str, value: Value | None, kept: Any, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    assert ("fact_monthly_income", kept) in talk.say(text, *([value] if value else [])).events


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("一天一百", money(100, "day"), "per_day"),
        ("一亿", number(100_000_000), "number"),
        ("每年一亿亿", money(1e16, "year"), "number"),
    ],
)
def test_an_income_that_cannot_be(text: str, value: Value, problem: str, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    reply = talk.say(text, value)
    assert reply.texts == [PROBLEM[problem], question("monthly_income", "dibao").text]
    assert talk.slots["fact_monthly_income"] is None


def test_an_impossible_income_in_the_first_words_is_asked_for(house: House, talk: Talk) -> None:
    talk.start("do_screen", "我一个月一亿，低保", DIBAO, money(1e8, "month"))
    assert talk.active == "screen_form" and talk.slots["fact_monthly_income"] is None


@pytest.mark.parametrize("text", ["我屋里失火了", "他突然住院花了好多钱"])
def test_a_sudden_blow_is_looked_at_as_temporary_aid(text: str, house: House, talk: Talk) -> None:
    assert talk.start("do_screen", text).value("screen_programme") == "temporary_aid"


@pytest.mark.parametrize(
    ("text", "value", "kept"), [("三口", people(3), 3), ("3", number(3), 3), ("三个", number(3), 3), ("不清楚", None, "unknown")]
)  # fmt: skip
def test_household(text: str, value: Value | None, kept: Any, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_household_size")
    assert talk.say(text, *([value] if value else [])).value("fact_household_size") == kept


@pytest.mark.parametrize("value", [people(100), number(0), number(31)])
def test_a_household_that_cannot_be(value: Value, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_household_size")
    assert talk.say("那么多", value).texts[0] == PROBLEM["count"]


@pytest.mark.parametrize(
    ("text", "value", "kept"),
    [("七十八岁", years(78), 78), ("78", number(78), 78), ("七十八", number(78), 78)],
)
def test_age(text: str, value: Value, kept: int, house: House, talk: Talk) -> None:
    talk.start("do_screen", "看看特困", ("benefit", "tekun"))
    assert talk.asks == "fact_age"
    assert talk.say(text, value).value("fact_age") == kept


def test_an_age_that_cannot_be(house: House, talk: Talk) -> None:
    talk.start("do_screen", "看看特困", ("benefit", "tekun"))
    assert talk.say("两百", number(200)).texts[0] == PROBLEM["age"]


@pytest.mark.parametrize(
    ("text", "value", "kept"),
    [
        ("没有", None, "none"), ("肢体二级", ("disability", {"level": 2, "kind": "肢体"}), {"level": 2, "kind": "肢体"}),
        ("说不清楚", None, None), ("不清楚", None, "unknown"),
    ],
)  # fmt: skip
def test_disability(text: str, value: Value | None, kept: Any, house: House, talk: Talk) -> None:
    talk.start("do_screen", "我爹五十岁能吃五保不", ("benefit", "tekun"), years(50))
    assert talk.asks == "fact_disability"
    talk.say(text, *([value] if value else []))
    assert talk.slots["fact_disability"] == kept


@pytest.mark.parametrize("n", [1, 2, -1])
def test_a_choice_by_its_number(n: int, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_residence")
    values = [option.value for option in question("residence", "dibao").choices]
    assert talk.say("那个", ("ordinal", {"n": n})).value("fact_residence") == values[n - 1 if n > 0 else n]


@pytest.mark.parametrize(("text", "kept"), [("还没有报销", "no"), ("还没", False), ("报过了", True)])
def test_yes_and_no(text: str, kept: Any, house: House, talk: Talk) -> None:
    talk.start("do_screen", "临时救助", ("benefit", "temporary_aid"))
    for said in ("突然得了重病", "就是现在、这几天", "很困难，维持不下去"):
        talk.say(said)
    assert talk.asks == "fact_insurance_done"
    assert talk.say(text).value("fact_insurance_done") == kept


def test_a_number_is_corrected(house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    reply = talk.say("不对，是四个人", people(4))
    assert reply.events == [
        ("fact_household_size", 4),
        ("task_tries", 0),
        ("requested_slot", "fact_monthly_income"),
    ]


def test_a_field_is_named_in_the_words_of_its_programme(house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_household_size")
    talk.say("阿巴阿巴")
    assert talk.say("阿巴阿巴").texts[0] == FORM["stuck"].format(label="家里几口人")


# -- several answers at once ----------------------------------------------------------------------------------


def test_answers_given_in_one_go_fill_their_fields(house: House, talk: Talk) -> None:
    talk.start("do_screen", "看看低保", DIBAO)
    assert talk.asks == "fact_residence"
    reply = talk.say("我76 农村的 一个人 没有存款 没有车 没有收入", years(76), people(1))
    told = {
        "fact_residence": "rural",
        "fact_household_size": 1,
        "fact_assets": "none",
        "fact_monthly_income": 0,
    }
    assert told.items() <= dict(reply.events).items() and talk.asks == "fact_supporters"


def test_when_nothing_is_left_to_ask_the_result_comes_at_once(house: House, talk: Talk) -> None:
    talk.start("do_screen", "看看特困", ("benefit", "tekun"))
    reply = talk.say("我76 没有收入 无儿无女", years(76))
    assert reply.texts[0].startswith(SCREEN["likely"].split("{")[0]) and talk.active is None


@pytest.mark.parametrize("said", ["没有存款", "没存款", "冇得车", "没房", "没有房子", "没得小车", "没有积蓄"])
def test_nothing_owned_in_residents_words(said: str, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    talk.say("900", number(900))
    assert talk.asks == "fact_assets"
    assert ("fact_assets", "none") in talk.say(said, intent="say_no").events


@pytest.mark.parametrize("said", ["有一点存款", "有个旧车", "没有存款，有个小汽车", "没房，有一点存款"])
def test_something_owned_is_not_taken_for_nothing(said: str, house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_monthly_income")
    talk.say("900", number(900))
    assert ("fact_assets", "none") not in talk.say(said).events


def test_a_choice_by_a_bare_number(house: House, talk: Talk) -> None:
    SCRIPTS["screen_form"](house).until(talk, "fact_residence")
    assert talk.say("2", number(2)).value("fact_residence") == "rural"


def test_the_same_word_means_each_programme_its_own(house: House, talk: Talk) -> None:
    talk.start("do_screen", "无儿无女能吃五保不", ("benefit", "tekun"))
    assert talk.slots["fact_supporters"] == "none"
    talk.say("算了")
    talk.start("do_screen", "无儿无女能吃低保不", DIBAO)
    assert talk.slots["fact_supporters"] == "no"
