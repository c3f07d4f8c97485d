"""Answers outside forms: from the cards, follow-ups, other offices, asking back, choosing, a person, repeating."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.resources import WORDING, resources
from knowledge import Library
from knowledge.keeping.gaps import GapBook
from tests.actions.conftest import House
from tests.actions.talk import DOMAIN, Reply, Talk, money, nth, number, years

ANSWER, HANDOFF, WORDS = WORDING["answer"], WORDING["handoff"], WORDING["words"]
TODAY = date(2026, 11, 23)
CODES = [i.removeprefix("ask_") for i in DOMAIN["intents"] if i.startswith("ask_") and i != "ask_followup"]
DEPARTMENTS = [i.removeprefix("other_") for i in DOMAIN["intents"] if i.startswith("other_")]
SURE = [("ask_dibao"), ("ask_tekun"), ("ask_low_income"), ("ask_orphan")]


def told(reply: Reply, at: int = 0) -> tuple[str, str, str | None, float | None]:
    answer = reply.bubbles[at]["answer"]
    return answer["decision"], answer["service"], answer["aspect"], answer["confidence"]


@pytest.mark.parametrize(
    "code", [c for c in CODES if c not in ("case_progress", "complaint", "human_handoff")]
)
def test_every_service_is_answered_from_its_card(
    code: str, library: Library, house: House, talk: Talk
) -> None:
    reply = talk.run("action_answer", "我想问问", intent=f"ask_{code}", aspect="overview", confidence=0.87654)
    composed = library.current().answer(code, "overview", on=TODAY, text="我想问问")
    assert reply.texts == [composed.text]
    assert reply.events == [("last_service", code), ("last_aspect", "overview"), ("clarify_count", 0)]
    answer = reply.bubbles[0]["answer"]
    assert answer["confidence"] == 0.877 and "text" not in answer and "choices" not in answer
    assert [c["title"] for c in reply.bubbles[0]["choices"]] == [choice.title for choice in composed.choices]


@pytest.mark.parametrize("name", ["低保（家里收入低，按月领生活补助）", "最低生活保障（低保）", "我想问：最低生活保障（低保）", "我想问：低保（家里收入低，按月领生活补助）？"])  # fmt: skip
def test_a_tapped_choice_is_the_service_whatever_was_guessed(name: str, house: House, talk: Talk) -> None:
    assert told(talk.run("action_answer", name, intent="ask_adoption"))[1] == "dibao"


def test_two_questions_get_two_answers_the_aspect_going_to_the_second(
    library: Library, house: House, talk: Talk
) -> None:
    reply = talk.run(
        "action_answer",
        "低保怎么办，收养要带什么",
        intent="ask_dibao",
        aspect="materials",
        also="ask_adoption",
    )
    text, knowledge = "低保怎么办，收养要带什么", library.current()
    assert reply.texts == [
        knowledge.answer("dibao", None, on=TODAY, text=text).text,
        knowledge.answer("adoption", "materials", on=TODAY, text=text).text,
    ]
    assert reply.events == [
        ("last_service", "dibao"), ("last_aspect", "materials"), ("clarify_count", 0), ("last_service", "adoption"),
    ]  # fmt: skip
    assert reply.bubbles[1]["answer"]["confidence"] is None


@pytest.mark.parametrize("also", [None, "ask_dibao", "ask_followup", "ask_human_handoff", "say_thanks", "other_yibao", "ask_nothing"])  # fmt: skip
def test_what_is_no_second_question(also: str | None, house: House, talk: Talk) -> None:
    reply = talk.run("action_answer", "低保要带什么", intent="ask_dibao", aspect="materials", also=also)
    assert len(reply.bubbles) == 1 and told(reply)[2] == "materials"


@pytest.mark.parametrize("code", ["cremation", "funeral_subsidy", "cemetery", "eco_burial"])
def test_a_death_in_the_family_is_answered_with_a_word_of_condolence_first(
    code: str, house: House, talk: Talk
) -> None:
    reply = talk.run(
        "action_answer", "我爹过身了，怎么办", intent=f"ask_{code}", aspect="procedure", bereaved=True
    )
    assert reply.texts[0] == ANSWER["condolence"]
    assert reply.bubbles[1]["answer"]["decision"] == "answer"
    assert code in [bubble["answer"]["service"] for bubble in reply.bubbles[1:]]
    without = talk.run("action_answer", "火化怎么办", intent=f"ask_{code}", aspect="procedure")
    assert ANSWER["condolence"] not in without.texts


def test_the_first_step_after_a_death_is_said_first(house: House, talk: Talk) -> None:
    reply = talk.run(
        "action_answer", "我屋里老倌走了 么样搞", intent="ask_cremation", aspect="procedure", bereaved=True
    )
    assert "死亡证明" in reply.texts[1].split("\n")[0]


def test_condolence_is_for_funerals_only(house: House, talk: Talk) -> None:
    reply = talk.run("action_answer", "我爹过身了，低保还发不发", intent="ask_dibao", bereaved=True)
    assert ANSWER["condolence"] not in reply.texts


@pytest.mark.parametrize("service", ["dibao", "tekun", "temporary_aid"])
@pytest.mark.parametrize("aspect", [None, "conditions", "overview"])
def test_own_facts_begin_the_screening(service: str, aspect: str | None, house: House, talk: Talk) -> None:
    reply = talk.run("action_answer", "我七十八了", years(78), intent=f"ask_{service}", aspect=aspect)
    assert reply.bubbles == []
    assert reply.events[-2:] == [("screen_programme", service), ("next", "screen_form")]


@pytest.mark.parametrize(
    ("service", "aspect", "value"),
    [
        ("dibao", "materials", years(78)),
        ("adoption", None, years(40)),
        ("dibao", None, number(3)),
        ("old_age_allowance", "conditions", money(800)),
    ],
)
def test_other_facts_are_answered(
    service: str, aspect: str | None, value: Any, house: House, talk: Talk
) -> None:
    reply = talk.run("action_answer", "我想问问", value, intent=f"ask_{service}", aspect=aspect)
    assert told(reply)[1] == service and all(name != "next" for name, _ in reply.events)


def test_an_intent_without_a_card_asks_back(house: House, talk: Talk) -> None:
    reply = talk.run("action_answer", "什么", intent="ask_nothing", ranking=SURE)
    assert reply.texts == [ANSWER["clarify"]]


def test_a_follow_up_is_about_the_last_service(library: Library, house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "dibao"
    reply = talk.run("action_followup", "那要带什么", intent="ask_followup", aspect="materials")
    assert told(reply)[:3] == ("answer", "dibao", "materials")
    assert reply.texts == [library.current().answer("dibao", "materials", on=TODAY, text="那要带什么").text]
    assert reply.events == [("last_aspect", "materials"), ("clarify_count", 0)]


@pytest.mark.parametrize("last", [None, "no_such_service"])
def test_a_follow_up_about_nothing_asks_what(last: str | None, house: House, talk: Talk) -> None:
    talk.slots["last_service"] = last
    reply = talk.run("action_followup", "那要带什么", intent="ask_followup", aspect="materials")
    assert (reply.texts, reply.events) == ([ANSWER["which_service"]], [])
    assert reply.choices == ANSWER["starters"].split("、")
    assert told(reply)[:2] == ("clarify", "out_of_scope")


@pytest.mark.parametrize("code", DEPARTMENTS)
def test_every_other_department_is_named_and_never_answered_for(
    code: str, library: Library, house: House, talk: Talk
) -> None:
    reply = talk.run("action_redirect", "怎么办", intent=f"other_{code}")
    assert told(reply)[:2] == ("redirect", "out_of_scope")
    assert library.current().department(code).redirect_text in reply.texts[0]
    assert reply.events == [("clarify_count", 0)]


# -- what else it may have been about ----------------------------------------------------------------------


def taps(reply: Reply) -> list[str]:
    """The service names on the choices that say another service was meant."""
    before, after = ANSWER["meant_instead"].split("{name}")
    titles = [choice["title"] for choice in reply.bubbles[0]["choices"]]
    return [
        t.removeprefix(before).removesuffix(after)
        for t in titles
        if t.startswith(before) and t.endswith(after)
    ]


UNSURE = {
    "ask_tekun": 0.6, "ask_dibao": 0.2, "do_screen": 0.1, "other_yibao": 0.05, "ask_orphan": 0.04, "ask_adoption": 0.035,
}  # fmt: skip


def test_an_unsure_answer_shows_two_others_to_tap(library: Library, house: House, talk: Talk) -> None:
    reply = talk.run("action_answer", "五保的事", intent="ask_tekun", confidence=0.6, ranking=UNSURE)
    labels = [library.current().choice_label(code) for code in ("dibao", "orphan")]
    assert taps(reply) == labels
    assert reply.bubbles[0]["answer"]["candidates"] == ["tekun", "dibao", "orphan"]
    # A tap answers it at once, and a name that is tapped is sure: it offers nothing else.
    tapped = reply.bubbles[0]["choices"][-1]["payload"]
    then = talk.run("action_answer", tapped, intent="ask_tekun", ranking=UNSURE)
    assert told(then)[:2] == ("answer", "orphan") and taps(then) == []


def test_a_sure_answer_shows_none(house: House, talk: Talk) -> None:
    reply = talk.run(
        "action_answer", "五保的事", intent="ask_tekun", ranking={"ask_tekun": 0.97, "ask_dibao": 0.029}
    )
    assert taps(reply) == [] and "candidates" not in reply.bubbles[0]["answer"]


def test_a_redirection_shows_what_may_be_ours(library: Library, house: House, talk: Talk) -> None:
    ranking = {"other_yibao": 0.6, "ask_followup": 0.2, "ask_medical_aid": 0.1, "ask_orphan": 0.05}
    reply = talk.run("action_redirect", "看病报销", intent="other_yibao", ranking=ranking)
    answer = reply.bubbles[0]["answer"]
    assert answer["decision"] == "redirect" and answer["candidates"][-1] == "orphan"
    assert library.current().choice_label("orphan") in taps(reply)
    titles = [choice["title"] for choice in reply.bubbles[0]["choices"]]
    assert len(titles) == len(set(titles))


# -- asking back --------------------------------------------------------------------------------------------


def asked_back(talk: Talk, *ranking: str, text: str = "那个事") -> Reply:
    return talk.run("action_clarify", text, ranking=ranking)


def test_it_offers_the_three_likeliest_services_and_a_person(
    library: Library, house: House, talk: Talk
) -> None:
    reply = asked_back(
        talk, "nlu_fallback", "ask_dibao", "other_yibao", "ask_human_handoff", "ask_followup", "ask_nothing", "ask_dibao", "ask_tekun",
        "ask_orphan", "ask_adoption",
    )  # fmt: skip
    codes = ["dibao", "tekun", "orphan"]
    knowledge = library.current()
    assert reply.texts == [ANSWER["clarify"]]
    assert reply.bubbles[0]["choices"] == [
        *({"title": knowledge.choice_label(c), "payload": ANSWER["ask_about"] + knowledge.card(c).name} for c in codes),
        {"title": WORDS["none_of_these"], "payload": WORDS["person"]},
    ]  # fmt: skip
    assert reply.bubbles[0]["answer"]["candidates"] == codes and told(reply)[:2] == ("clarify", "dibao")
    assert reply.events == [("clarify_count", 1), ("clarify_options", codes)]


def test_the_same_choices_twice_in_a_row_hand_over(house: House, talk: Talk) -> None:
    asked_back(talk, *SURE)
    reply = asked_back(talk, *SURE)
    assert (reply.texts, reply.bubbles[0]["choices"]) == ([HANDOFF["after_clarify"]], [])
    assert reply.events == [("clarify_count", 0), ("clarify_options", None)]
    assert house.desk() == [("clarify_failed", "那个事", None)]


def test_asked_back_about_other_things_it_hands_over_the_third_time(house: House, talk: Talk) -> None:
    assert asked_back(talk, "ask_dibao").texts == [ANSWER["clarify"]]
    assert asked_back(talk, "ask_tekun").texts == [ANSWER["clarify"]]
    assert asked_back(talk, "ask_orphan").texts == [HANDOFF["after_clarify"]]


def test_with_an_answer_between_the_same_choices_are_no_second_time(house: House, talk: Talk) -> None:
    asked_back(talk, *SURE)
    talk.run("action_answer", "低保要带什么", intent="ask_dibao", aspect="materials")
    assert asked_back(talk, *SURE).texts == [ANSWER["clarify"]]
    assert house.desk() == []


def test_nothing_likely_offers_a_person_only(house: House, talk: Talk) -> None:
    reply = asked_back(talk, "nlu_fallback", "other_yibao")
    assert reply.choices == [WORDS["none_of_these"]] and told(reply)[1] == "out_of_scope"


def test_a_service_named_exactly_is_answered_instead(house: House, talk: Talk) -> None:
    talk.slots["clarify_count"] = 2
    reply = asked_back(talk, *SURE, text="我想问：收养登记")
    assert told(reply)[:2] == ("answer", "adoption")
    assert reply.events == [("last_service", "adoption"), ("clarify_count", 0)]


def test_a_hand_over_that_cannot_be_filed_is_said_so(house: House, talk: Talk) -> None:
    asked_back(talk, *SURE)
    house.die()
    assert asked_back(talk, *SURE).texts == [HANDOFF["not_filed"]]


# -- choosing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "code"), [(1, "dibao"), (2, "tekun"), (3, "orphan"), (-1, "orphan"), (-3, "dibao")]
)
def test_one_of_the_choices_shown_is_picked(n: int, code: str, house: House, talk: Talk) -> None:
    talk.slots |= {"clarify_options": ["dibao", "tekun", "orphan"], "clarify_count": 1}
    reply = talk.run("action_choose", "那个", nth(n), intent="say_choose")
    assert told(reply)[:3] == ("answer", code, "overview")
    assert reply.events == [("last_service", code), ("clarify_options", None), ("clarify_count", 0)]


@pytest.mark.parametrize(
    ("n", "options"), [*((n, ["dibao", "tekun"]) for n in (4, 0, -4, None)), (0, None), (None, None)]
)
def test_a_choice_that_is_not_there_asks_back(
    n: int | None, options: list[str] | None, house: House, talk: Talk
) -> None:
    talk.slots["clarify_options"] = options
    values = [] if n is None else [nth(n)]
    if options and n == 0:
        values = [nth(7)]
    reply = talk.run("action_choose", "那个", *values, intent="say_choose", ranking=["ask_adoption"])
    assert reply.texts == [ANSWER["clarify"]]
    assert reply.events == [("clarify_count", 1), ("clarify_options", ["adoption"])]


@pytest.mark.parametrize("n", [1, 2, -1])
def test_a_choice_where_nothing_was_shown_asks_what_it_is_about(n: int, house: House, talk: Talk) -> None:
    reply = talk.run("action_choose", "那个", nth(n), intent="say_choose", ranking=["ask_welfare_lottery"])
    assert (reply.texts, reply.choices) == ([ANSWER["which_service"]], ANSWER["starters"].split("、"))


# -- a person, and again ------------------------------------------------------------------------------------


def test_a_person(house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "dibao"
    reply = talk.run("action_handoff", "转人工", intent="ask_human_handoff")
    assert (reply.texts, reply.events) == ([HANDOFF["filed"]], [])
    assert told(reply)[:2] == ("handoff", "human_handoff")
    assert house.desk() == [("handoff", "转人工", "dibao")]


def test_the_same_message_twice_is_one_row_on_the_desk(house: House, talk: Talk) -> None:
    for _ in range(2):
        talk.run("action_handoff", "转人工", intent="ask_human_handoff", message_id="m1")
    talk.run("action_handoff", "转人工", intent="ask_human_handoff", message_id="m2")
    assert len(house.desk()) == 2


@pytest.mark.parametrize("how", ["dead", "slow"])
def test_a_person_who_cannot_be_reached_is_said_so(how: str, house: House, talk: Talk) -> None:
    if how == "dead":
        house.die()
    else:
        house.resources.settings.action_timeout = 0.02
        house.dawdle(0.1)
    reply = talk.run("action_handoff", "转人工", intent="ask_human_handoff")
    assert reply.texts == [HANDOFF["not_filed"]]


def bot(text: str | None = None, **data: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": data}


def test_the_last_bubbles_are_said_again_with_their_choices(house: House, talk: Talk) -> None:
    user = {"event": "user"}
    choice = {"title": "低保", "payload": "低保"}
    talk.events = [
        user, bot("旧的"), user, bot(custom={"text": "一", "choices": [choice]}), {"event": "slot"},
        bot("二", buttons=[choice]), bot(custom={"text": ""}), user,
    ]  # fmt: skip
    reply = talk.run("action_repeat", "再说一遍", intent="say_repeat")
    assert [(b["text"], b["choices"]) for b in reply.bubbles] == [("一", [choice]), ("二", [choice])]
    assert reply.events == []


def test_with_nothing_said_before_there_is_nothing_to_repeat(house: House, talk: Talk) -> None:
    talk.events = [{"event": "user"}]
    assert talk.run("action_repeat", "再说一遍", intent="say_repeat").texts == [ANSWER["nothing_to_repeat"]]


def test_an_answer_to_a_message_of_danger_offers_to_take_a_report(house: House, talk: Talk) -> None:
    reply = talk.run(
        "action_answer", "伢挨打找哪个", intent="ask_child_in_difficulty", metadata={"danger": "violence"}
    )
    assert reply.texts[-1] == ANSWER["report_offer"]
    assert reply.choices == [WORDS["report"], WORDS["person"]]


def test_a_question_without_a_sourced_answer_is_kept_for_the_officer(talk: Talk, house: House) -> None:
    talk.run("action_clarify", "那个东东要哪样搞，我电话13812345678", intent="nlu_fallback")
    (gap,) = GapBook(resources().settings.var / "knowledge").gaps()
    assert "东东" in gap.text and "13812345678" not in gap.text


def test_an_answer_without_a_source_is_a_gap_of_its_service_and_a_sourced_one_is_none(
    talk: Talk, house: House
) -> None:
    talk.run("action_answer", "结婚要带什么", intent="ask_marriage_registration", aspect="materials")
    assert GapBook(resources().settings.var / "knowledge").gaps() == []
    reply = talk.run("action_answer", "高龄津贴要多久", intent="ask_old_age_allowance", aspect="time_limit")
    assert reply.bubbles[0]["answer"]["citations"] == []
    (gap,) = GapBook(resources().settings.var / "knowledge").gaps()
    assert (gap.text, gap.service) == ("高龄津贴要多久", "old_age_allowance")
    assert gap.neighbours and all(key.startswith("old_age_allowance.") for key in gap.neighbours)


def test_a_death_that_only_sounds_like_danger_is_not_offered_as_a_report(house: House, talk: Talk) -> None:
    unclear = talk.run(
        "action_answer", "我屋里老倌走了，么样搞", intent="ask_cremation", metadata={"danger": "unclear"}
    )
    assert ANSWER["report_offer"] not in unclear.texts
    named = talk.run(
        "action_answer", "老倌走了，儿子在打人", intent="ask_cremation", metadata={"danger": "violence"}
    )
    assert named.texts[-1] == ANSWER["report_offer"]
