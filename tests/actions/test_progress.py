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
