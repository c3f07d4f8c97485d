"""Reports: what is taken from the first words, photos, places, danger, how urgent, and what is filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from actions.fields import MAX_TEXT
from actions.reading import FORM_OF_INTENT
from actions.resources import WORDING
from tests.actions.conftest import NOW, House
from tests.actions.scripts import FIELDS, REPORTS, SCRIPTS, closing
from tests.actions.talk import Talk, Value, number, years

FORM = WORDING["form"]
PHOTO, PLACE = WORDING["words"]["photo"], WORDING["words"]["location"]
POINT = {"latitude": 29.853212, "longitude": 114.321}
HERE = {"text": "", "location": POINT}


def opening(form: str, first: str, text: str, **more: Any) -> list[tuple[str, Any]]:
    """Events of a start at which only the first field is told."""
    kind = {"complaint_kind": "complaint"} if form == "complaint_form" else {}
    fields = dict.fromkeys(FIELDS[form]) | {first: text} | more.pop("told", {})
    head = {"task_tries": 0, "task_key": "task-1"} | fields
    tail = {"report_photos": None, "report_danger": None} | kind | more
    asked = next(slot for slot, value in fields.items() if value is None)
    return [*head.items(), *tail.items(), ("requested_slot", asked)]


@pytest.mark.parametrize(
    ("intent", "form", "text", "values", "told"),
    [
        ("do_report_child", "child_form", "温泉街道二号桥那里有个伢天天挨打",
         (("township", "温泉街道"), ("place", "二号桥")),
         {"child_where": {"text": "二号桥", "township": "温泉街道"}}),
        ("do_report_street", "street_form", "永安街道桥下睡了个人", (("township", "永安街道"),),
         {"street_where": {"text": "永安街道", "township": "永安街道"}}),
        ("do_report_missing", "missing_form", "我爹七十八岁走丢了", (("relation", "父亲"), years(78)),
         {"missing_sex": "male", "missing_age": 78}),
        ("ask_complaint", "complaint_form", "窗口的人不给我办事", (), {}),
    ],
)  # fmt: skip
def test_the_first_words_are_the_report(
    intent: str,
    form: str,
    text: str,
    values: tuple[Value, ...],
    told: dict[str, Any],
    house: House,
    talk: Talk,
) -> None:
    reply = talk.start(intent, text, *values)
    first = FIELDS[form][0]
    assert dict(reply.events) == dict(opening(form, first, text, told=told))
    assert reply.events[-1] == opening(form, first, text, told=told)[-1]


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("do_report_child", "我要报告一个困境儿童"),
        ("ask_complaint", "投诉"),
        ("ask_complaint", "我要投诉你们"),
        ("do_report_street", "路边啊"),
    ],
)
def test_an_opening_that_tells_nothing_is_no_report(intent: str, text: str, house: House, talk: Talk) -> None:
    talk.start(intent, text)
    assert talk.asks and talk.asks.endswith("_what")


@pytest.mark.parametrize(
    ("intent", "kind", "service"),
    [
        ("ask_complaint", "complaint", "complaint"),
        ("do_report_funeral", "funeral_violation", "funeral_violation"),
        ("do_request_visit", "elder_visit", "left_behind_elder"),
    ],
)
def test_complaints_of_each_kind(intent: str, kind: str, service: str, house: House, talk: Talk) -> None:
    reply = talk.start(intent, "湾子里有人占山修大墓")
    assert reply.texts[0] == WORDING["begin"][kind]
    assert reply.bubbles[0]["answer"]["service"] == service
    talk.say("跳过")
    talk.say("跳过")
    done = talk.say("确认")
    (case,) = house.cases()
    assert (case.kind, case.service, case.reporter_phone, case.place) == (kind, service, None, None)
    assert case.details == {"complaint_what": "湾子里有人占山修大墓"}
    assert done.events == [
        ("last_receipt", case.receipt),
        ("last_service", service),
        *closing("complaint_form"),
    ]


def test_what_is_filed_of_a_child(house: House, talk: Talk) -> None:
    SCRIPTS["child_form"](house).until(talk, "child_confirm")
    done = talk.say("确认")
    (case,) = house.cases()
    assert (case.kind, case.service, case.triage, case.status) == (
        "child_report", "child_in_difficulty", "P2", "received",
    )  # fmt: skip
    assert (case.place, case.township, case.reporter_phone) == ("温泉街道二号桥", "温泉街道", "13812345678")
    assert case.details == {
        "child_what": "隔壁的伢经常冇得饭吃", "child_now": "earlier", "child_who": "男伢，七八岁", "child_carer": "跟奶奶住",
    }  # fmt: skip
    assert (case.conversation, case.is_demo) == ("web:test", True)
    lines = done.texts[0].splitlines()
    assert lines[0] == WORDING["filed"]["child_form"].format(receipt=case.receipt)
    assert lines[1] == WORDING["filed"]["P2"]
    assert lines[-2:] == [WORDING["filed"]["keep"], WORDING["answer"]["demo"]]


def test_what_is_filed_of_a_missing_person(house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_confirm")
    talk.say("确认")
    (case,) = house.cases()
    assert (case.kind, case.triage, case.township) == ("family_search", "P1", "汀泗桥镇")
    assert case.details["missing_police"] == "reported"
    assert case.due_at == NOW + timedelta(hours=24)


GRADES = [
    ("child_form", "child_now", "正在发生", "P0"), ("child_form", "child_now", "捡到孩子", "P0"),
    ("child_form", "child_now", "刚才停了", "P1"), ("child_form", "child_now", "冇得人管", "P1"),
    ("child_form", "child_now", "不清楚", "P2"),
    ("street_form", "street_state", "叫不醒", "P0"), ("street_form", "street_state", "冻得发抖", "P1"),
    ("street_form", "street_state", "不清楚", "P2"),
    ("missing_form", "missing_police", "还没", "P0"), ("missing_form", "missing_police", "不是", "P0"),
    ("missing_form", "missing_police", "报了", "P1"),
    ("complaint_form", "complaint_phone", "跳过", "P3"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "slot", "said", "grade"), GRADES)
def test_how_urgent_it_is(form: str, slot: str, said: str, grade: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.begin(talk)
    for step in script.steps:
        talk.say(said) if step.slot == slot else talk.say(step.text, *step.values)
    done = talk.say("确认")
    (case,) = house.cases()
    assert case.triage == grade
    assert WORDING["filed"][grade].split("{")[0] in done.texts[0]


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize("when", ["at the start", "in the middle", "at the confirmation"])
def test_danger_makes_it_the_most_urgent(form: str, when: str, house: House, talk: Talk) -> None:
    danger = {"danger": "violence"}
    script = SCRIPTS[form](house)
    first = talk.start(script.intent, script.opening, metadata=danger if when == "at the start" else {})
    assert first.value("report_danger") == ("violence" if when == "at the start" else None)
    for step in script.steps:
        now = when == "in the middle" and step is script.steps[1]
        reply = talk.say(step.text, *step.values, metadata=danger if now else {})
        if now:
            assert reply.events[:2] == [("report_photos", None), ("report_danger", "violence")]
    talk.say("确认", metadata=danger if when == "at the confirmation" else {})
    (case,) = house.cases()
    assert case.triage == "P0" and case.due_at == NOW + timedelta(minutes=15)
    assert talk.slots["report_danger"] is None


def test_danger_of_one_report_is_not_of_the_next(house: House, talk: Talk) -> None:
    talk.start("do_report_child", "我要报告", metadata={"danger": "violence"})
    talk.say("算了")
    SCRIPTS["complaint_form"](house).until(talk, "complaint_confirm")
    talk.say("确认")
    assert house.cases()[0].triage == "P3"


def test_danger_and_photos_wait_with_an_interrupted_report(house: House, talk: Talk) -> None:
    talk.start("do_report_child", "隔壁的伢在挨打", metadata={"danger": "violence", "photo": "p1"})
    talk.turn("child_form", "有个人倒在路边", intent="do_report_street")
    assert (talk.slots["report_danger"], talk.slots["report_photos"]) == (None, None)
    talk.turn("street_form", "转人工", intent="ask_human_handoff")
    assert (talk.active, talk.slots["report_danger"], talk.slots["report_photos"]) == (
        "child_form",
        "violence",
        ["p1"],
    )


@pytest.mark.parametrize("form", REPORTS)
def test_a_photo_alone_is_kept_and_the_question_asked_again(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    for slot in FIELDS[form]:
        talk.slots, talk.active = Talk().slots, None
        script.until(talk, slot)
        before = dict(talk.slots)
        reply = talk.say(PHOTO, metadata={"photo": "p1"})
        assert reply.texts[0] == FORM["photo_kept"].format(count=1)
        assert reply.events == [
            ("report_photos", ["p1"]), ("report_danger", None), ("task_tries", 0), ("requested_slot", slot),
        ]  # fmt: skip
        assert {**talk.slots, "report_photos": None} == before


@pytest.mark.parametrize("form", REPORTS)
def test_photos_are_filed_with_the_report_and_only_with_it(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    talk.start(script.intent, script.opening, metadata={"photo": "p1"})
    talk.say(PHOTO, metadata={"photo": "p2"})
    talk.say(script.steps[0].text, metadata={"photo": "p3"})
    for step in script.steps[1:]:
        talk.say(step.text, *step.values)
    done = talk.say("确认")
    assert done.value("report_photos") is None
    assert house.cases()[0].attachments == (("photo", "p1"), ("photo", "p2"), ("photo", "p3"))
    SCRIPTS["complaint_form"](house).until(talk, "complaint_confirm")
    talk.say("确认")
    assert house.cases()[1].attachments == ()


def test_a_photo_of_a_report_given_up_is_forgotten(house: House, talk: Talk) -> None:
    talk.start("do_report_child", "我要报告", metadata={"photo": "p1"})
    talk.say("算了")
    SCRIPTS["complaint_form"](house).until(talk, "complaint_confirm")
    talk.say("确认")
    assert house.cases()[0].attachments == ()


def test_no_more_photos_than_five(house: House, talk: Talk) -> None:
    talk.start("do_report_child", "我要报告")
    for n in range(7):
        reply = talk.say(PHOTO, metadata={"photo": f"p{n}"})
    assert reply.value("report_photos") == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("form", REPORTS)
def test_a_shared_location_is_the_place(form: str, house: House, talk: Talk) -> None:
    where = form.removesuffix("_form") + "_where"
    script = SCRIPTS[form](house)
    script.until(talk, where)
    reply = talk.say(PLACE, metadata={"location": POINT})
    assert reply.value(where) == HERE
    for step in script.steps[[step.slot for step in script.steps].index(where) + 1 :]:
        reply = talk.say(step.text, *step.values)
    assert f"：{WORDING['words']['shared_location']}" in reply.texts[-1]
    talk.say("确认")
    (case,) = house.cases()
    assert (case.location, case.place) == ((POINT["latitude"], POINT["longitude"]), None)


@pytest.mark.parametrize("form", REPORTS)
def test_a_location_at_another_question_is_kept_as_the_place_and_asked_again(
    form: str, house: House, talk: Talk
) -> None:
    where = form.removesuffix("_form") + "_where"
    script = SCRIPTS[form](house)
    for slot in FIELDS[form]:
        if slot == where:
            continue
        talk.slots, talk.active = Talk().slots, None
        script.until(talk, slot)
        reply = talk.say(PLACE, metadata={"location": POINT})
        assert reply.texts[0] == FORM["place_kept"]
        assert reply.events == [(where, HERE), ("task_tries", 0), ("requested_slot", slot)]


@pytest.mark.parametrize("form", REPORTS)
def test_a_place_is_corrected_at_the_confirmation(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    where = form.removesuffix("_form") + "_where"
    reply = talk.say("不对，是在浮山街道", ("township", "浮山街道"))
    assert reply.value(where) == {"text": "浮山街道", "township": "浮山街道"}
    assert "地点：浮山街道" in reply.texts[-1].replace("最后在哪里", "地点")
    assert talk.asks == script.confirm


@pytest.mark.parametrize(
    ("form", "slot", "said", "values", "problem"),
    [
        ("child_form", "child_what", "他", (), "too_short"),
        ("child_form", "child_where", "那", (), "place"),
        ("child_form", "child_phone", "138123", (), "phone"),
        ("street_form", "street_what", "人", (), "too_short"),
        ("missing_form", "missing_age", "两百", (number(200),), "age"),
        ("missing_form", "missing_looks", "黑", (), "too_short"),
        ("missing_form", "missing_phone", "12345678", (), "phone"),
        ("complaint_form", "complaint_what", "坏", (), "too_short"),
        ("complaint_form", "complaint_where", "那", (), "place"),
    ],
)
def test_an_answer_that_cannot_be(
    form: str, slot: str, said: str, values: tuple[Value, ...], problem: str, house: House, talk: Talk
) -> None:
    SCRIPTS[form](house).until(talk, slot)
    reply = talk.say(said, *values)
    assert reply.texts[0] == WORDING["problem"][problem]
    assert reply.events == [("task_tries", 1), ("requested_slot", slot)]


@pytest.mark.parametrize(
    ("slot", "said", "values", "kept"),
    [
        ("missing_sex", "我老公", (("relation", "丈夫"),), "male"),
        ("missing_sex", "女的", (("sex", "女"),), "female"),
        ("missing_age", "七十八岁", (years(78),), 78),
        ("missing_age", "78", (number(78),), 78),
        ("missing_police", "还没有报警", (), "not_yet"),
    ],
)
def test_answers_about_a_missing_person(
    slot: str, said: str, values: tuple[Value, ...], kept: Any, house: House, talk: Talk
) -> None:
    SCRIPTS["missing_form"](house).until(talk, slot)
    assert talk.say(said, *values).value(slot) == kept


@pytest.mark.parametrize("n", range(-1, 7))
def test_a_choice_by_its_number(n: int, house: House, talk: Talk) -> None:
    options = [option["value"] for option in WORDING["choices"]["child_now"]]
    SCRIPTS["child_form"](house).until(talk, "child_now")
    reply = talk.say("那一个", ("ordinal", {"n": n}))
    if n == 0:
        assert reply.texts[0] == FORM["not_understood"]
    else:
        assert reply.value("child_now") == options[n - 1 if n > 0 else n]


@pytest.mark.parametrize("group", [g for g in WORDING["choices"] if g != "book_service"])
def test_every_button_of_a_choice_is_its_value(group: str, house: House, talk: Talk) -> None:
    form = f"{group.split('_')[0]}_form"
    for option in WORDING["choices"][group]:
        talk.slots, talk.active = Talk().slots, None
        SCRIPTS[form](house).until(talk, group)
        sex = [("sex", option["title"])] if group == "missing_sex" else []
        assert talk.say(option["title"], *sex).value(group) == option["value"]


@pytest.mark.parametrize(
    "intent",
    ["do_report_child", "do_report_street", "do_report_missing", "ask_complaint", "do_report_funeral"],
)
def test_a_guess_that_the_words_do_not_show_begins_no_report(intent: str, house: House, talk: Talk) -> None:
    reply = talk.start(intent, "那么样弄")
    form = FORM_OF_INTENT[intent]
    assert (reply.texts, reply.events) == ([WORDING["answer"]["which_service"]], closing(form))
    talk.slots["last_service"] = "dibao"
    reply = talk.start(intent, "那么样弄", aspect="procedure")
    assert reply.bubbles[0]["answer"]["service"] == "dibao" and talk.active is None


@pytest.mark.parametrize(
    "intent", ["do_report_child", "do_report_street", "do_report_missing", "ask_complaint"]
)
def test_danger_is_evidence_enough(intent: str, house: House, talk: Talk) -> None:
    talk.start(intent, "那么样弄", metadata={"danger": "violence"})
    assert talk.active == FORM_OF_INTENT[intent] and talk.slots["report_danger"] == "violence"


def test_a_widow_is_not_asked_whom_she_has_lost(house: House, talk: Talk) -> None:
    reply = talk.start("do_report_missing", "我老倌走了，么样弄", bereaved=True)
    assert reply.texts[0] == WORDING["answer"]["condolence"]
    assert reply.bubbles[1]["answer"]["service"] == "cremation" and talk.active is None


def test_a_beaten_wife_gets_help_and_no_child_report(house: House, talk: Talk) -> None:
    reply = talk.start("do_report_child", "我老公打我", metadata={"danger": "violence"})
    assert reply.texts[1] == WORDING["handoff"]["violence"]
    assert (reply.events, house.cases()) == (closing("child_form"), [])
    assert [(kind, text) for kind, text, _ in house.desk()] == [("handoff", "我老公打我")]
    talk.start("do_report_child", "他打我的伢")
    assert talk.active == "child_form"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("报了", "reported"),
        ("已经报警了", "reported"),
        ("是的", "reported"),
        ("没有", "not_yet"),
        ("还没", "not_yet"),
    ],
)
def test_whether_the_police_know(said: str, kept: str, house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_police")
    assert talk.say(said).value("missing_police") == kept


def test_that_the_police_know_is_taken_in_passing(house: House, talk: Talk) -> None:
    reply = talk.start("do_report_missing", "我爹走丢了，已经报警了", ("relation", "父亲"))
    assert reply.value("missing_police") == "reported"


def test_just_now_is_an_answer_and_no_request_to_repeat(house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_when")
    assert talk.say("刚才", intent="say_repeat").value("missing_when") == "刚才"


def test_what_answers_no_question_is_kept_for_the_officer(house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_age")
    before = talk.slots["missing_what"]
    reply = talk.say("他有老年痴呆")
    assert reply.texts[0] == FORM["noted"] and talk.asks == "missing_age"
    assert talk.slots["missing_what"] == f"{before}；他有老年痴呆"
    talk.say("七十三", years(73))
    assert talk.slots["missing_what"] == f"{before}；他有老年痴呆"


@pytest.mark.parametrize("text", ["不晓得啊", "要带么东西去", "好了", "嗯嗯嗯嗯"])
def test_what_tells_nothing_is_not_kept(text: str, house: House, talk: Talk) -> None:
    SCRIPTS["child_form"](house).until(talk, "child_now")
    before = talk.slots["child_what"]
    talk.say(text)
    assert talk.slots["child_what"] == before


def test_what_is_kept_stays_within_the_limit(house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_age")
    talk.say("他有病，" + "走得慢" * 800)
    assert len(talk.slots["missing_what"]) <= MAX_TEXT
