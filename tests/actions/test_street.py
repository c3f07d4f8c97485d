"""Somebody without shelter who asks for himself, and how urgent a report from the street is."""

from __future__ import annotations

import pytest

from actions.resources import WORDING
from knowledge.triage import triage
from tests.actions.conftest import House
from tests.actions.talk import Talk

ASK, SELF, BEGIN, LABELS = WORDING["ask"], WORDING["ask_self"], WORDING["begin"], WORDING["labels_self"]


@pytest.mark.parametrize(
    "said",
    [
        "我没钱回家",
        "我睡桥洞",
        "我钱被偷了回不了家",
        "我三天没吃饭了，睡在车站",
        "救救我，我没地方去",
        "我一个人睡在公园里",
    ],
)
def test_who_asks_for_himself_is_asked_as_himself(said: str, house: House, talk: Talk) -> None:
    reply = talk.start("do_report_street", said)
    assert reply.texts == [BEGIN["street_self"], SELF["street_where"]]
    assert (talk.slots["street_what"], talk.slots["street_willing"]) == (said, "self")
    state = talk.say("永安街道汽车站候车室", ("township", "永安街道"))
    assert state.texts == [SELF["street_state"]]
    assert state.choices == ["受伤、流血", "很虚弱、冻着饿着了", "我还没成年", "身体还好", "不清楚"]
    assert talk.say("很虚弱、冻着饿着了").texts == [SELF["street_who"]]
    assert talk.say("湖南人，五十岁").texts == [SELF["street_phone"]], "whether he is willing is not asked"
    summary = talk.say("跳过")
    assert summary.texts[-1].splitlines()[0] == WORDING["confirm"]["street_self"]
    assert f"{LABELS['street_where']}：永安街道汽车站候车室" in summary.texts[-1]
    done = talk.say("确认")
    where = done.bubbles[1]["answer"]
    assert (where["service"], where["aspect"]) == ("street_rescue", "where"), "and where to go himself"
    (case,) = house.cases()
    assert (case.kind, case.triage, case.details["street_willing"]) == ("rescue_report", "P1", "self")
    assert case.details["street_what"] == said


@pytest.mark.parametrize(
    "said",
    [
        "我看到一个人睡在桥洞里",
        "我家门口睡了个老人，没地方去",
        "桥底下睡了个老人",
        "我们小区有个人睡在路边没饭吃",
        "有人跟我说他没钱回家",
    ],
)
def test_who_saw_another_is_asked_about_the_other(said: str, house: House, talk: Talk) -> None:
    reply = talk.start("do_report_street", said)
    assert reply.texts[0] == BEGIN["street_form"]
    assert reply.texts[1] in ASK.values() and talk.slots["street_willing"] is None


def test_that_it_is_oneself_may_be_said_later(house: House, talk: Talk) -> None:
    talk.start("do_report_street", "桥洞里睡了个人，好冷")
    talk.say("温泉街道二号桥", ("township", "温泉街道"))
    reply = talk.say("就是我自己，身体还好")
    assert talk.slots["street_willing"] == "self" and reply.texts == [SELF["street_who"]]


def test_a_minor_of_his_own_words(house: House, talk: Talk) -> None:
    talk.start("do_report_street", "我没地方去，在街上睡")
    talk.say("永安街道汽车站", ("township", "永安街道"))
    talk.say("我还没成年")
    assert talk.slots["street_state"] == "child"


@pytest.mark.parametrize(
    ("state", "willing", "danger", "grade"),
    [
        ("well", "unwilling", None, "P3"),
        ("unknown", "unwilling", None, "P2"),
        ("well", "willing", None, "P2"),
        ("well", "self", None, "P2"),
        ("well", "skipped", None, "P2"),
        ("weak", "unwilling", None, "P1"),
        ("well", "unwilling", "exposure", "P0"),
        ("hurt", "unwilling", None, "P0"),
    ],
)
def test_every_grade_of_a_street_report_is_reached(
    state: str, willing: str, danger: str | None, grade: str
) -> None:
    assert triage("rescue_report", {"street_state": state, "street_willing": willing}, danger) == grade


def test_a_small_child_alone_is_the_most_urgent(house: House, talk: Talk) -> None:
    values = [option["value"] for option in WORDING["choices"]["child_now"]]
    assert "alone_small" in values and triage("child_report", {"child_now": "alone_small"}, None) == "P0"
    talk.start("do_report_child", "隔壁的伢没人管")
    assert talk.say("毛毛一个人在屋里").value("child_now") == "alone_small"
    talk.slots["child_now"] = None
    assert triage("child_report", {"child_now": "left_alone"}, None) == "P1"


# -- beaten in a care home -------------------------------------------------------------------------------------

BEATEN = ["敬老院护工打我爸", "养老院的人打我娘", "我爸在福利院被护工打了", "养老院里老人身上都是伤"]


@pytest.mark.parametrize("said", BEATEN)
@pytest.mark.parametrize(
    ("action", "intent"),
    [
        ("action_answer", "ask_elder_care_institution"), ("child_form", "do_report_child"), ("action_clarify", "nlu_fallback"),
        ("complaint_form", "ask_complaint"), ("street_form", "do_report_street"),
    ],
)  # fmt: skip
def test_beaten_in_a_care_home_is_a_report_at_once(
    said: str, action: str, intent: str, house: House, talk: Talk
) -> None:
    last = talk.turn(action, said, intent=intent, metadata={"danger": "violence"})[-1]
    assert last.texts[0] == BEGIN["care_home"] and "110" in last.texts[0] and "120" in last.texts[0]
    assert (talk.active, talk.asks) == ("complaint_form", "complaint_where")
    assert last.bubbles[0]["answer"]["service"] == "elder_care_institution"
    talk.say("永安街道敬老院", ("township", "永安街道"))
    talk.say("跳过")
    talk.say("确认")
    (case,) = house.cases()
    assert (case.kind, case.service, case.triage) == ("complaint", "elder_care_institution", "P0")
    assert case.details == {"complaint_what": said}


def test_without_present_danger_it_is_answered_within_the_day(house: House, talk: Talk) -> None:
    talk.turn("action_answer", "养老院的护工打过我娘", intent="ask_elder_care_institution")
    talk.say("跳过")
    talk.say("跳过")
    talk.say("确认")
    assert house.cases()[0].triage == "P1"


def test_in_another_form_it_comes_first(house: House, talk: Talk) -> None:
    talk.start("do_screen", "看看低保", ("benefit", "dibao"))
    first, second = talk.turn(
        "screen_form", "敬老院护工打我爸", intent="do_report_child", metadata={"danger": "violence"}
    )
    assert first.texts == [WORDING["form"]["urgent_first"]]
    assert (second.texts[0], talk.active) == (BEGIN["care_home"], "complaint_form")


@pytest.mark.parametrize("said", ["养老院怎么打电话", "敬老院的护工打饭给我爸吃", "打听一下养老院"])
def test_what_is_no_violence(said: str, house: House, talk: Talk) -> None:
    talk.turn("action_answer", said, intent="ask_elder_care_institution")
    assert talk.active is None


@pytest.mark.parametrize(
    ("number", "state"), [("1", "hurt"), ("2", "weak"), ("3", "child"), ("4", "well"), ("5", "unknown")]
)
def test_a_number_picks_what_was_shown_to_oneself(number: str, state: str, house: House, talk: Talk) -> None:
    talk.start("do_report_street", "我没钱回家")
    talk.say("永安街道汽车站", ("township", "永安街道"))
    talk.say(number)
    assert talk.slots["street_state"] == state


@pytest.mark.parametrize(
    ("said", "state"),
    [("他没有受伤，看起来还好", "well"), ("不是小孩，还好", "well"), ("冇流血，就是虚弱", "weak")],
)
def test_what_is_denied_is_not_chosen(said: str, state: str, house: House, talk: Talk) -> None:
    talk.start("do_report_street", "桥洞里睡了个人，好冷")
    talk.say("温泉街道二号桥", ("township", "温泉街道"))
    talk.say(said)
    assert talk.slots["street_state"] == state
