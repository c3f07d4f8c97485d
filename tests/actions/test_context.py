"""A message outside forms is understood by what went before: aspects, facts and choices that name no service."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.resources import WORDING
from knowledge import Library
from tests.actions.conftest import House
from tests.actions.talk import Reply, Talk, Value, day, money, number, people, years

ANSWER, SCREEN, HANDOFF = WORDING["answer"], WORDING["screen"], WORDING["handoff"]
TODAY = date(2026, 11, 23)


def about(reply: Reply, at: int = -1) -> tuple[str, str, str | None]:
    answer = reply.bubbles[at]["answer"]
    return answer["decision"], answer["service"], answer["aspect"]


def user(text: str, *values: Value, **more: Any) -> dict[str, Any]:
    """A message of before, as Rasa's tracker holds it."""
    entities = [{"entity": name, "start": 0, "end": 1, "value": value} for name, value in values]
    return {"event": "user", "text": text, "parse_data": {"text": text, "entities": entities, **more}}


ASPECTS = [("到哪里办", "where"), ("那要带什么", "materials"), ("多久能批", "time_limit"), ("多少钱", "amount"), ("几多钱一个月", "amount"), ("我妈要带么东西", "materials")]  # fmt: skip


@pytest.mark.parametrize(("text", "aspect"), ASPECTS)
@pytest.mark.parametrize(
    ("action", "intent"),
    [
        ("action_answer", "ask_charity"), ("action_redirect", "other_zhengwu"), ("action_clarify", "nlu_fallback"),
        ("action_followup", "ask_followup"), ("action_choose", "say_choose"), ("progress_form", "ask_case_progress"),
    ],
)  # fmt: skip
def test_an_aspect_alone_is_about_the_last_service(
    action: str, intent: str, text: str, aspect: str, house: House, talk: Talk
) -> None:
    talk.slots["last_service"] = "dibao"
    reply = talk.run(action, text, intent=intent, aspect=aspect)
    assert (len(reply.bubbles), about(reply)) == (1, ("answer", "dibao", aspect))
    assert talk.active is None


@pytest.mark.parametrize(
    ("text", "values", "intent", "service"),
    [
        ("收养要带什么", (("benefit", "adoption"),), "ask_adoption", "adoption"),
        ("骨灰堂要多少钱", (), "ask_cemetery", "cemetery"),
        ("身份证到哪里补", (), "ask_civil_affairs_office", "civil_affairs_office"),
    ],
)
def test_a_question_that_names_something_is_its_own(
    text: str, values: tuple[Value, ...], intent: str, service: str, house: House, talk: Talk
) -> None:
    talk.slots["last_service"] = "dibao"
    assert about(talk.run("action_answer", text, *values, intent=intent, aspect="materials"))[1] == service


def test_without_a_last_service_the_guess_stands(house: House, talk: Talk) -> None:
    assert about(talk.run("action_answer", "多少钱", intent="ask_charity", aspect="amount"))[1] == "charity"


# -- facts ---------------------------------------------------------------------------------------------------

FACTS = [("农村的", (), "other_nongye", "action_redirect", {"fact_residence": "rural"}),
         ("四口人", (people(4),), "nlu_fallback", "action_clarify", {"fact_household_size": 4}),
         ("没有存款", (), "say_no", "action_clarify", {"fact_assets": "none"}),
         ("一个月两千块", (money(2000, "month"),), "ask_elder_care_subsidy", "action_answer", {"fact_monthly_income": 2000.0})]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "intent", "action", "told"), FACTS)
def test_a_fact_alone_begins_the_screening_of_the_last_service(
    text: str, values: tuple[Value, ...], intent: str, action: str, told: dict[str, Any], house: House, talk: Talk
) -> None:  # fmt: skip
    talk.slots["last_service"] = "dibao"
    first, form = talk.turn(action, text, *values, intent=intent)
    assert first.bubbles == [] and form.texts[0] == SCREEN["begin"]
    assert talk.active == "screen_form" and talk.slots["screen_programme"] == "dibao"
    assert {slot: talk.slots[slot] for slot in told} == told


@pytest.mark.parametrize(
    ("text", "value", "last"),
    [("七十五岁", years(75), "old_age_allowance"), ("残疾二级", ("disability", {"level": 2, "kind": None}), "disability_subsidy")],
)  # fmt: skip
def test_a_fact_alone_leads_the_answer_of_another_service(
    text: str, value: Value, last: str, library: Library, house: House, talk: Talk
) -> None:
    talk.slots["last_service"] = last
    reply = talk.run("action_redirect", text, value, intent="other_canlian")
    assert about(reply) == ("answer", last, "conditions")
    assert reply.texts == [library.current().answer(last, "conditions", on=TODAY, text=text).text]


def test_facts_in_a_story_or_a_question_are_not_facts_alone(house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "dibao"
    for text in ("我爹七十五岁想住养老院", "七十五岁能领高龄津贴吗"):
        reply = talk.run("action_answer", text, years(75), intent="ask_old_age_allowance")
        assert about(reply)[1] == "old_age_allowance" and talk.active is None


def test_several_facts_begin_a_screening_even_with_no_service_named(house: House, talk: Talk) -> None:
    talk.turn("action_clarify", "我76 农村的 一个人 没有存款 没有车", years(76), people(1))
    assert talk.asks == "screen_programme"
    text = "我76 农村的 一个人 没有存款 没有车"
    talk.events = [user(text, years(76), people(1)), user("低保")]
    reply = talk.say("低保", ("benefit", "dibao"))
    told = {"fact_residence": "rural", "fact_household_size": 1, "fact_assets": "none"}
    assert {slot: talk.slots[slot] for slot in told} == told
    assert reply.texts[0].startswith(SCREEN["told_before"].split("{")[0]) and "农村" in reply.texts[0]
    assert talk.asks == "fact_monthly_income"


def test_facts_of_long_ago_are_not_taken(house: House, talk: Talk) -> None:
    talk.events = [user("农村的"), *(user(f"话{n}") for n in range(4))]
    talk.start("do_screen", "看看低保", ("benefit", "dibao"))
    assert talk.asks == "fact_residence"


# -- other services and other persons ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "ranking", "other"),
    [
        ("那离婚呢", (("benefit", "divorce_registration"),), (), "divorce_registration"),
        ("那离婚呢", (), ("ask_followup", "ask_divorce_registration"), "divorce_registration"),
        ("那押金呢", (), ("ask_followup", "ask_charity"), None),
    ],
)
def test_a_follow_up_that_names_another_service_asks_the_same_of_it(
    text: str, values: tuple[Value, ...], ranking: tuple[str, ...], other: str | None, house: House, talk: Talk
) -> None:  # fmt: skip
    talk.slots |= {"last_service": "marriage_registration", "last_aspect": "materials"}
    reply = talk.run("action_followup", text, *values, intent="ask_followup", ranking=ranking)
    assert about(reply)[1] == (other or "marriage_registration")
    if other:
        assert about(reply)[2] == "materials" and reply.value("last_service") == other


def test_then_this_is_the_same_question_whatever_was_guessed(house: House, talk: Talk) -> None:
    talk.slots |= {"last_service": "tekun", "last_aspect": "materials"}
    reply = talk.run("action_answer", "那低保呢", ("benefit", "dibao"), intent="ask_dibao")
    assert about(reply) == ("answer", "dibao", "materials")


def test_a_fact_that_changes_nothing_for_a_service_asks_no_conditions(
    library: Library, house: House, talk: Talk
) -> None:
    talk.slots["last_service"] = "marriage_registration"
    reply = talk.run("action_redirect", "农村的", intent="other_nongye")
    plain = library.current().answer("marriage_registration", None, on=TODAY, text="农村的")
    assert reply.texts == [plain.text] and about(reply)[2] != "conditions"


def test_the_same_for_another_person_is_the_conditions(house: House, talk: Talk) -> None:
    talk.slots |= {"last_service": "dibao", "last_aspect": "materials"}
    reply = talk.run("action_followup", "我妈呢", ("relation", "母亲"), intent="ask_followup")
    assert reply.texts[0] == ANSWER["same_for_others"]
    assert about(reply) == ("answer", "dibao", "conditions")


# -- choices -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "action", "service"),
    [
        ("第二个", (("ordinal", {"n": 2}),), "action_choose", "tekun"),
        ("2", (number(2),), "action_choose", "tekun"),
        ("二", (number(2),), "action_clarify", "tekun"),
        ("2.", (("ordinal", {"n": 2}),), "action_choose", "tekun"),
        ("五保", (), "action_clarify", "tekun"),
        ("孤儿", (), "action_redirect", "orphan"),
    ],
)
def test_a_choice_by_its_number_or_its_words(
    text: str, values: tuple[Value, ...], action: str, service: str, house: House, talk: Talk
) -> None:
    talk.slots |= {"clarify_options": ["dibao", "tekun", "orphan"], "clarify_count": 1}
    talk.events = [user("那个补贴要带什么", aspect="materials"), user(text)]
    reply = talk.run(
        action, text, *values, intent="other_none" if action == "action_redirect" else "nlu_fallback"
    )
    assert about(reply) == ("answer", service, "materials"), (
        "with the aspect of the question asked back about"
    )
    assert (talk.slots["clarify_options"], talk.slots["clarify_count"]) == (None, 0)


def test_the_choice_after_the_last_is_a_person(house: House, talk: Talk) -> None:
    talk.slots |= {"clarify_options": ["dibao", "tekun"], "clarify_count": 1}
    reply = talk.run("action_choose", "第三个", ("ordinal", {"n": 3}), intent="say_choose")
    assert reply.texts == [HANDOFF["filed"]] and len(house.desk()) == 1


def test_choices_passed_over_are_none_any_more(house: House, talk: Talk) -> None:
    talk.slots |= {"clarify_options": ["dibao", "tekun"], "clarify_count": 1}
    talk.run(
        "action_answer", "收养要带什么", ("benefit", "adoption"), intent="ask_adoption", aspect="materials"
    )
    assert talk.slots["clarify_options"] is None


def test_asking_back_a_second_time_offers_other_choices(house: House, talk: Talk) -> None:
    first = talk.run("action_clarify", "那个事", ranking=("ask_dibao", "ask_tekun", "ask_orphan"))
    assert first.value("clarify_options") == ["dibao", "tekun", "orphan"]
    second = talk.run("action_clarify", "那样的事", ranking=("ask_tekun", "ask_adoption", "ask_dibao"))
    assert second.value("clarify_options") == ["adoption"]
    third = talk.run("action_clarify", "就是那样", ranking=("ask_adoption",))
    assert third.texts == [HANDOFF["after_clarify"]]


@pytest.mark.parametrize("ranking", [("ask_orphan", "ask_dibao", "ask_tekun"), ("nlu_fallback",), ("ask_human_handoff",)])  # fmt: skip
def test_the_same_choices_in_another_order_or_none_hand_over(
    ranking: tuple[str, ...], house: House, talk: Talk
) -> None:
    talk.run("action_clarify", "那个事", ranking=("ask_dibao", "ask_tekun", "ask_orphan"))
    again = talk.run("action_clarify", "那个事嘛", ranking=ranking)
    assert again.texts == [HANDOFF["after_clarify"]]
    assert [row[0] for row in house.desk()] == ["clarify_failed"]


# -- forms that the words ask for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action", "intent", "form"),
    [
        ("没有回执号", "action_clarify", "nlu_fallback", "progress_form"),
        ("回执号丢了", "action_redirect", "other_gongan", "progress_form"),
        ("我睡桥洞", "action_clarify", "nlu_fallback", "street_form"),
        ("我没钱回家", "action_answer", "ask_street_rescue", "street_form"),
        ("养老院的人打我娘", "action_answer", "ask_elder_care_institution", "complaint_form"),
    ],
)
def test_the_form_is_begun_whatever_was_guessed(
    text: str, action: str, intent: str, form: str, house: House, talk: Talk
) -> None:
    first, begun = talk.turn(action, text, intent=intent)
    assert (first.bubbles, begun.action, talk.active) == ([], form, form)


@pytest.mark.parametrize("text", ["我没钱回家怎么办", "养老院打人犯法吗", "手机号码不记得了"])
def test_a_question_is_answered_and_begins_no_form(text: str, house: House, talk: Talk) -> None:
    talk.turn("action_answer", text, intent="ask_street_rescue")
    assert talk.active is None


def test_a_date_is_no_fact_about_oneself(house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "dibao"
    talk.turn("action_clarify", "明天", day("2026-11-24"), ranking=("ask_tekun",))
    assert talk.active is None
