"""Looking up what was booked, filed or applied for: by number, and by what proves it is one's own."""

from __future__ import annotations

import pytest

from actions.resources import WORDING
from registry.cases import add_note, set_status
from registry.demo import demo_numbers
from tests.actions.conftest import MOBILE, NOW, OTHER, House, later
from tests.actions.scripts import SCRIPTS, closing
from tests.actions.talk import Talk

ASK, PROGRESS, STATUS, DEMO = (
    WORDING["ask"],
    WORDING["progress"],
    WORDING["status"],
    WORDING["answer"]["demo"],
)


def report(
    house: House, form: str = "child_form", sender: str = "web:test", *, anonymous: bool = False
) -> str:
    """File a report in this conversation; its receipt."""
    talk, script = Talk(sender), SCRIPTS[form](house)
    script.begin(talk)
    for step in script.steps:
        skip = anonymous and step.slot.endswith("_phone")
        talk.say("跳过") if skip else talk.say(step.text, *step.values)
    return str(talk.say("确认").value("last_receipt"))


def test_a_booking_by_number_and_phone(house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone()
    talk.start("ask_case_progress", "查一下", ("receipt", known.receipt))
    assert talk.asks == "look_phone"
    reply = talk.say(mobile.text, mobile.value)
    text = PROGRESS["booking"].format(
        receipt=known.receipt, service="结婚登记", day="12月2日（周三）", time="09:00", office="【演示】婚姻登记处",
        status=STATUS["booked"],
    )  # fmt: skip
    assert reply.texts == [f"{text}\n{DEMO}"]
    assert reply.events == [("look_phone", mobile.sealed), ("task_tries", 0), *closing("progress_form")]


def test_number_and_phone_in_the_first_words_are_answered_at_once(house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone()
    reply = talk.start(
        "do_find_booking", f"{known.receipt} {mobile.text}", ("receipt", known.receipt), mobile.value
    )
    assert reply.texts[0] == WORDING["begin"]["progress_form"]
    assert reply.texts[1].startswith(f"预约{known.receipt}") and talk.active is None


@pytest.mark.parametrize(("mobile", "receipt"), [(OTHER, None), (MOBILE, "YY2611239999A")])
def test_of_another_and_not_there_are_the_same_sentence(
    mobile: str, receipt: str | None, house: House, talk: Talk
) -> None:
    from registry.receipts import compose_receipt

    known, sealed = house.book().receipt, house.phone(mobile)
    number = known if receipt is None else compose_receipt("appointment", NOW.date(), "9999")
    talk.start("do_find_booking", "查预约", ("receipt", number))
    reply = talk.say(sealed.text, sealed.value)
    assert (reply.texts, reply.choices, talk.active) == ([PROGRESS["not_found"]], ["转人工"], None)


def test_the_booking_just_made_is_known(house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone()
    talk.slots |= {"booking_receipt": known.receipt, "booking_phone": mobile.sealed}
    reply = talk.start("do_find_booking", "我约的哪天")
    assert reply.texts[1].startswith(f"预约{known.receipt}")
    assert talk.slots["booking_receipt"] == known.receipt


@pytest.mark.parametrize(
    ("last_service", "last_receipt", "shown"),
    [("marriage_registration", None, "YY"), ("child_in_difficulty", None, "YY"), ("marriage_registration", "ET", "YY"), ("child_in_difficulty", "ET", "ET")],
)  # fmt: skip
def test_progress_is_that_of_the_last_thing_done(
    last_service: str, last_receipt: str | None, shown: str, house: House, talk: Talk
) -> None:
    talk.slots |= {"booking_receipt": house.book().receipt, "booking_phone": house.phone().sealed}
    talk.slots |= {"last_service": last_service, "last_receipt": report(house) if last_receipt else None}
    assert f"{shown}26" in talk.start("ask_case_progress", "办得怎么样了").texts[1]


def test_a_report_of_this_conversation_needs_no_phone(house: House, talk: Talk) -> None:
    receipt = report(house)
    talk.slots["last_receipt"] = receipt
    reply = talk.start("ask_case_progress", "办得怎么样了")
    text = PROGRESS["case"].format(
        receipt=receipt, kind=WORDING["kind"]["child_report"], status=STATUS["received"]
    )
    assert reply.texts[1] == f"{text}\n{DEMO}" and talk.active is None


def test_a_report_of_another_conversation_is_shown_to_its_phone_only(house: House, talk: Talk) -> None:
    receipt, mobile, wrong = report(house, sender="telegram:1"), house.phone(), house.phone(OTHER)
    reply = talk.start("ask_case_progress", receipt, ("receipt", receipt))
    assert (reply.texts[1:], talk.asks) == ([ASK["look_phone"]], "look_phone")
    assert reply.value("look_needs_phone") is True
    assert talk.say(wrong.text, wrong.value).texts == [PROGRESS["not_found"]]
    talk.start("ask_case_progress", receipt, ("receipt", receipt))
    assert talk.say(mobile.text, mobile.value).texts[0].startswith(f"儿童情况报告{receipt}")
    assert talk.active is None


def test_an_anonymous_report_is_shown_to_whoever_has_its_number(house: House, talk: Talk) -> None:
    receipt = report(house, sender="telegram:1", anonymous=True)
    reply = talk.start("ask_case_progress", receipt, ("receipt", receipt))
    plain = PROGRESS["case_plain"].format(receipt=receipt, status=STATUS["received"])
    assert (reply.texts[1], talk.active) == (f"{plain}\n{DEMO}", None), "what was reported is not said"


def test_the_number_asked_for_first_is_not_asked_a_phone_next_time(house: House, talk: Talk) -> None:
    talk.slots["look_needs_phone"] = True
    receipt = report(house, anonymous=True)
    reply = talk.start("ask_case_progress", receipt, ("receipt", receipt))
    assert reply.value("look_needs_phone") is None and talk.active is None


def test_notes_for_the_reporter_and_lateness_are_said(house: House, talk: Talk) -> None:
    receipt = report(house)
    with house.registry.session() as session:
        add_note(session, receipt, "已联系村里", "staff", NOW, public=True)
        add_note(session, receipt, "内部意见", "staff", NOW)
        set_status(session, receipt, "accepted", "staff", NOW)
    later(30)
    text = talk.start("ask_case_progress", receipt, ("receipt", receipt)).texts[1]
    late = PROGRESS["case_late"].format(
        kind=WORDING["kind"]["child_report"], receipt=receipt, status=STATUS["accepted"]
    )
    assert text == f"{late}\n· 11月23日（周一） 已联系村里\n{DEMO}"


def test_an_application_by_its_number(house: House, talk: Talk) -> None:
    number, mobile = demo_numbers()[0], house.phone("13800000001")
    talk.start("ask_case_progress", number, ("receipt", number))
    assert talk.asks == "look_phone"
    (text,) = talk.say(mobile.text, mobile.value).texts
    assert text.startswith(f"申请{number}（最低生活保障（低保））：{STATUS['verifying']}。")
    assert f"· 11月3日（周二） {STATUS['received']}" in text and text.endswith(DEMO)


def test_an_acceptance_number_of_another_form_is_taken_and_not_found(house: House, talk: Talk) -> None:
    talk.start("ask_case_progress", "查低保办到哪里了")
    reply = talk.say("SQ-2026-00123")
    assert reply.value("look_number") == "SQ-2026-00123"
    mobile = house.phone()
    assert talk.say(mobile.text, mobile.value).texts == [PROGRESS["not_found"]]


def test_a_dead_registry_is_said_and_the_next_word_looks_again(house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone()
    talk.start("do_find_booking", "查预约", ("receipt", known.receipt))
    house.die()
    for said in ((mobile.text, mobile.value), ("再试一次",)):
        reply = talk.say(*said)
        assert reply.texts == [WORDING["form"]["look_again"]] and reply.choices == ["再试一次", "不办了"]
        assert reply.events[-2:] == [("requested_slot", "task_key"), ("task_tries", 0)]
        assert talk.active == "progress_form"
    house.mend()
    reply = talk.say("再试一次")
    assert reply.texts[0].startswith(f"预约{known.receipt}") and talk.active is None


# -- without a receipt ----------------------------------------------------------------------------------------

LOST = ["没有回执号", "回执号丢了", "我不记得号码了", "不晓得", "没有"]


@pytest.mark.parametrize("said", LOST)
def test_without_a_receipt_staff_call_the_number_on_file(said: str, house: House, talk: Talk) -> None:
    receipt, booked = report(house, sender="telegram:1"), house.book().receipt
    first = talk.start("ask_case_progress", "查一下进度")
    assert first.choices == [WORDING["words"]["no_receipt"]]
    asked = talk.say(said)
    assert (asked.texts, talk.asks) == ([WORDING["receipt"]["phone_instead"]], "look_phone")
    sealed = house.phone()
    reply = talk.say(sealed.text, sealed.value)
    assert (reply.texts, talk.active) == ([WORDING["receipt"]["call_back"]], None)
    ((kind, text, _),) = house.desk()
    assert kind == "handoff" and text.endswith(f"{booked} {receipt}")
    assert MOBILE not in text


def test_nobody_learns_whose_number_it_is(house: House, talk: Talk) -> None:
    report(house, sender="telegram:1")
    said = []
    for mobile in (MOBILE, OTHER):
        talk.start("ask_case_progress", "没有回执号，查进度")
        sealed = house.phone(mobile)
        said.append(talk.say(sealed.text, sealed.value).texts)
    assert said[0] == said[1]


def test_what_this_conversation_filed_is_found_without_a_number(house: House, talk: Talk) -> None:
    first, second = report(house), report(house, "complaint_form")
    reply = talk.start("ask_case_progress", "我没有回执号")
    assert reply.texts[1] == WORDING["receipt"]["filed_here"].format(receipts=f"{second}、{first}")
    assert reply.texts[2].startswith(f"{WORDING['kind']['complaint']}{second}") and talk.active is None


@pytest.mark.parametrize("said", ["没有留电话", "没有", "不晓得"])
def test_without_number_and_phone_a_person_helps(said: str, house: House, talk: Talk) -> None:
    talk.start("ask_case_progress", "没有回执号")
    reply = talk.say(said)
    assert (reply.texts, talk.active) == ([WORDING["handoff"]["filed"]], None)
    assert [row[0] for row in house.desk()] == ["handoff"]


@pytest.mark.parametrize("intent", ["do_reschedule", "do_cancel_booking"])
def test_a_booking_whose_receipt_is_lost(intent: str, house: House, talk: Talk) -> None:
    booked = house.book().receipt
    talk.start(intent, "我的预约")
    assert talk.say("没有回执号").texts == [WORDING["receipt"]["phone_instead"]]
    sealed = house.phone()
    reply = talk.say(sealed.text, sealed.value)
    assert (reply.texts, talk.active) == ([WORDING["receipt"]["call_back"]], None)
    assert house.desk()[0][1].endswith(booked) and house.bookings()[0][1] == "booked"
    assert (talk.slots["booking_receipt"], talk.slots["booking_phone"]) == (None, None)


def test_a_call_back_waits_for_a_dead_registry(house: House, talk: Talk) -> None:
    talk.start("ask_case_progress", "查进度")
    house.die()
    assert talk.say("没有回执号").texts == [WORDING["form"]["look_again"]]
    assert talk.asks == "look_number"
    house.mend()
    talk.say("没有回执号")
    sealed = house.phone()
    house.die()
    assert talk.say(sealed.text, sealed.value).texts == [WORDING["form"]["look_again"]]
    house.mend()
    talk.say("再试一次")
    assert len(house.desk()) == 1 and talk.active is None


def test_the_booking_of_this_conversation_is_shown_without_its_number(house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone()
    talk.slots |= {"booking_receipt": known.receipt, "booking_phone": mobile.sealed}
    reply = talk.start("ask_case_progress", "没有回执号了")
    assert reply.texts[-1].startswith(f"预约{known.receipt}") and talk.active is None
