"""Somebody takes back what was filed: the missing person is home, a mistake, 取消 after a booking."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from actions.resources import WORDING
from registry.cases import set_status
from tests.actions.conftest import MOBILE, NOW, OTHER, House
from tests.actions.scripts import REPORTS, SCRIPTS, book, closing
from tests.actions.talk import Talk

WITHDRAW, DEMO, RECEIPT, FORM = (
    WORDING["withdraw"],
    WORDING["answer"]["demo"],
    WORDING["receipt"],
    WORDING["form"],
)
PROGRESS = WORDING["progress"]


def filed(house: House, talk: Talk, form: str = "missing_form") -> str:
    """File a report in this conversation; its receipt."""
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    talk.say("确认")
    return str(talk.slots["last_receipt"])


def plain(text: str) -> str:
    """A text as the registry's mask leaves it on the desk: half-width."""
    return unicodedata.normalize("NFKC", text)


def statuses(house: House) -> list[str]:
    return [case.status for case in house.cases()]


@pytest.mark.parametrize(
    ("action", "text", "intent"),
    [
        ("action_answer", "找到了", "ask_family_search"),
        ("action_answer", "爹回来了", "ask_cremation"),
        ("action_clarify", "人回来了", "nlu_fallback"),
        ("action_clarify", "不用找了", "say_no"),
        ("action_clarify", "误报了", "say_stop"),
        ("action_clarify", "我报错了", "say_correct"),
        ("action_redirect", "平安到家了", "other_none"),
        ("missing_form", "我爸找到了，不用找了", "do_report_missing"),
        ("progress_form", "人已经找到了", "ask_case_progress"),
        ("cancel_form", "取消", "do_cancel_booking"),
    ],
)
def test_a_search_is_taken_back_after_a_yes(
    action: str, text: str, intent: str, house: House, talk: Talk
) -> None:
    receipt = filed(house, talk)
    asked = talk.turn(action, text, intent=intent)[-1]
    assert talk.asks == "cancel_confirm", "nothing more is asked of the conversation that filed it"
    assert (
        asked.texts[-1] == f"{WITHDRAW['confirm']}\n回执号：{receipt}（{WORDING['kind']['family_search']}）"
    )
    assert statuses(house) == ["received"], "nothing happens before a yes"
    done = talk.say("是的")
    mistake = text in ("误报了", "我报错了", "取消")
    said = WITHDRAW["done_mistake" if mistake else "done_found"].format(receipt=receipt)
    assert done.texts == [f"{said}\n{DEMO}"]
    assert (statuses(house), talk.active) == (["withdrawn"], None)
    assert house.desk() == [("handoff", plain(f"{receipt} {text}"), "family_search")]
    assert house.cases()[0].events[-1].note == text


def test_a_no_leaves_the_search_open(house: House, talk: Talk) -> None:
    filed(house, talk)
    talk.turn("action_answer", "找到了", intent="ask_family_search")
    talk.say("不办了")
    assert (statuses(house), talk.active, house.desk()) == (["received"], None, [])


@pytest.mark.parametrize(
    "text",
    [
        "还没找到",
        "找到了没有？",
        "找到了一个走失的老人",
        "怎么还没找到人",
        "我老公回来了又打我",
        "孩子找不到了",
    ],
)
def test_what_is_no_end_of_a_search(text: str, house: House, talk: Talk) -> None:
    filed(house, talk)
    talk.turn("action_answer", text, intent="ask_family_search")
    assert talk.active != "cancel_form" and statuses(house) == ["received"]


def test_danger_is_never_taken_for_an_end(house: House, talk: Talk) -> None:
    filed(house, talk)
    talk.turn(
        "action_answer", "人找到了，倒在沟里", intent="ask_family_search", metadata={"danger": "medical"}
    )
    assert talk.active != "cancel_form"


def test_many_come_home_where_no_search_is_open(house: House, talk: Talk) -> None:
    (reply,) = talk.turn("action_answer", "他打工回来了", intent="ask_dibao")
    assert reply.bubbles[0]["answer"]["service"] == "dibao"


@pytest.mark.parametrize(
    ("form", "status"),
    [("child_form", "received"), ("street_form", "received"), ("complaint_form", "withdrawn")],
)
def test_another_report_is_taken_back_or_an_officer_decides(
    form: str, status: str, house: House, talk: Talk
) -> None:
    receipt = filed(house, talk, form)
    talk.turn("action_clarify", "我要撤回刚才的举报", intent="say_correct")
    done = talk.say("确认")
    key = "done_mistake" if status == "withdrawn" else "officer_decides"
    assert done.texts == [f"{WITHDRAW[key].format(receipt=receipt)}\n{DEMO}"]
    assert (statuses(house), len(house.desk())) == ([status], 1)


def test_a_case_ended_before_is_said_to_be(house: House, talk: Talk) -> None:
    receipt = filed(house, talk)
    with house.registry.session() as session:
        set_status(session, receipt, "closed", "staff", NOW)
    talk.turn("action_answer", "找到了", intent="ask_family_search")
    said = WITHDRAW["ended_before"].format(receipt=receipt, status=WORDING["status"]["closed"])
    assert talk.say("确认").texts == [f"{said}\n{DEMO}"]
    assert house.desk() == []


@pytest.mark.parametrize(("mobile", "status"), [(MOBILE, "withdrawn"), (OTHER, "received")])
def test_from_another_conversation_the_phone_left_is_the_proof(
    mobile: str, status: str, house: House, talk: Talk
) -> None:
    receipt = filed(house, Talk("telegram:1"))
    talk.turn("action_answer", "人找到了，不用找了", intent="ask_family_search")
    assert talk.asks == "booking_receipt"
    asked = talk.say(receipt, ("receipt", receipt))
    assert (asked.texts, talk.asks) == ([WORDING["ask"]["booking_phone"]], "booking_phone")
    sealed = house.phone(mobile)
    talk.say(sealed.text, sealed.value)
    done = talk.say("确认")
    assert statuses(house) == [status]
    if status == "received":
        assert done.texts == [PROGRESS["not_found"]]


def test_without_any_receipt_staff_call_the_number_on_file(house: House, talk: Talk) -> None:
    receipt = filed(house, Talk("telegram:1"))
    asked = talk.turn("missing_form", "我爸找到了，不用找了", intent="do_report_missing")[-1]
    assert (asked.texts[-1], asked.choices) == (WITHDRAW["which"], ["没有回执号", "不办了"])
    assert talk.say("没有回执号").texts == [RECEIPT["phone_instead"]]
    sealed = house.phone()
    done = talk.say(sealed.text, sealed.value)
    assert (done.texts, talk.active) == ([RECEIPT["call_back"]], None)
    ((kind, text, _),) = house.desk()
    assert (kind, text) == ("handoff", plain(f"我爸找到了，不用找了 {RECEIPT['for_the_desk']} {receipt}"))
    assert statuses(house) == ["received"], "a phone number alone ends nothing"


def test_the_booking_made_before_is_known_again_after_a_withdrawal(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_confirm")
    booked = talk.say("确认").value("booking_receipt")
    filed(house, talk)
    talk.turn("action_answer", "找到了", intent="ask_family_search")
    talk.say("确认")
    assert (talk.slots["booking_receipt"], talk.slots["booking_found"]) == (booked, None)
    talk.start("do_cancel_booking", "取消预约")
    assert talk.asks == "cancel_confirm" and talk.slots["booking_receipt"] == booked


def test_a_dead_registry_keeps_the_withdrawal_for_the_next_yes(house: House, talk: Talk) -> None:
    filed(house, talk)
    talk.turn("action_answer", "找到了", intent="ask_family_search")
    house.die()
    assert talk.say("确认").texts == [FORM["try_again"]]
    house.mend()
    talk.say("再试一次")
    assert (statuses(house), talk.active) == (["withdrawn"], None)


# -- before it is filed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", ["missing_when", "missing_looks", "missing_police", "missing_confirm"])
@pytest.mark.parametrize("text", ["找到了", "人回来了", "我爸已经找到了，不用找了"])
def test_found_while_the_search_is_being_filled_in_files_nothing(
    slot: str, text: str, house: House, talk: Talk
) -> None:
    SCRIPTS["missing_form"](house).until(talk, slot)
    reply = talk.say(text)
    assert (reply.texts, reply.events) == ([WITHDRAW["not_filed_found"]], closing("missing_form"))
    assert house.cases() == []


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize("text", ["误报了", "是误会", "撤销", "我不想举报了"])
def test_taken_back_while_it_is_being_filled_in(form: str, text: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.steps[2].slot)
    reply = talk.say(text)
    assert (reply.texts, reply.events) == ([WITHDRAW["not_filed"]], closing(form))
    assert house.cases() == []


# -- 取消 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        ("cancel_form", "do_cancel_booking"),
        ("action_clarify", "nlu_fallback"),
        ("action_clarify", "say_stop"),
    ],
)
def test_after_a_booking_a_bare_cancel_means_the_booking(
    action: str, intent: str, house: House, talk: Talk
) -> None:
    book(house).until(talk, "book_confirm")
    receipt = talk.say("确认").value("booking_receipt")
    asked = talk.turn(action, "取消", intent=intent)[-1]
    assert asked.texts[-1].startswith(WORDING["confirm"]["cancel_form"]) and receipt in asked.texts[-1]
    done = talk.say("取消")
    assert done.texts[0].startswith(WORDING["booking"]["cancelled"].split("{")[0])
    assert house.bookings()[0][1] == "cancelled"


@pytest.mark.parametrize(("text", "offered"), [("取消", True), ("算了", False)])
def test_cancel_in_another_form_stops_it_and_offers_the_booking(
    text: str, offered: bool, house: House, talk: Talk
) -> None:
    talk.slots |= {"booking_receipt": house.book().receipt, "booking_phone": house.phone().sealed}
    talk.start("do_screen", "看看低保", ("benefit", "dibao"))
    reply = talk.say(text)
    assert (reply.texts, talk.active) == ([FORM["stopped_booked" if offered else "stopped"]], None)
    assert reply.choices == (["取消预约"] if offered else [])
    assert house.bookings()[0][1] == "booked"


@pytest.mark.parametrize(
    ("text", "intent", "said"),
    [
        ("算了", "say_stop", "utter_nothing_to_stop"),
        ("不是的", "say_no", "utter_nothing_to_confirm"),
        ("好", "say_yes", "utter_nothing_to_confirm"),
    ],
)
def test_where_nothing_is_open_and_nothing_filed_it_says_so(
    text: str, intent: str, said: str, house: House, talk: Talk, domain: dict[str, Any]
) -> None:
    reply = talk.run("action_clarify", text, intent=intent)
    assert reply.responses == [said] and said in domain["responses"]
    assert (reply.events, house.desk()) == ([], [])


def test_somebody_found_ends_the_search_and_no_later_report(house: House, talk: Talk) -> None:
    search = filed(house, talk, "missing_form")
    later = filed(house, talk, "complaint_form")
    assert search != later
    talk.turn("action_answer", "人找到了", intent="ask_family_search")
    assert search in talk.turn("cancel_form", "是的", intent="say_yes")[-1].texts[-1]
    assert {case.receipt: case.status for case in house.cases()} == {search: "withdrawn", later: "received"}


def test_cancel_at_the_question_leaves_a_report_as_it_is(house: House, talk: Talk) -> None:
    filed(house, talk)
    talk.turn("action_answer", "找到了", intent="ask_family_search")
    talk.say("取消")
    assert (statuses(house), talk.active) == (["received"], None)


@pytest.mark.parametrize("said", ["我们找到了他的鞋子，在河边", "她吵着要回家了", "他平时五点就到家了"])
def test_what_sounds_like_an_end_does_not_end_a_search(said: str, house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_when")
    talk.say(said)
    assert talk.active == "missing_form"


def test_a_found_person_heard_by_mistake_has_a_way_back(house: House, talk: Talk) -> None:
    SCRIPTS["missing_form"](house).until(talk, "missing_when")
    reply = talk.say("人找到了")
    assert (talk.active, reply.choices) == (None, [WORDING["words"]["still_missing"]])
