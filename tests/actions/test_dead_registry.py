"""A registry that is dead or slow while a form only reads: it is said, and the form stays where it is."""

from __future__ import annotations

import pytest

from actions.resources import WORDING
from tests.actions.conftest import MOBILE, THURSDAY, WEDNESDAY, House
from tests.actions.scripts import book, cancel, move
from tests.actions.talk import Talk, Value, clock, day

FORM, BOOKING = WORDING["form"], WORDING["booking"]
MARRIAGE = ("benefit", "marriage_registration")


def test_a_booking_begun_then_keeps_what_was_said(house: House, talk: Talk) -> None:
    house.die()
    sealed = house.phone()
    reply = talk.start("do_book", "约下周三十点结婚", MARRIAGE, day(WEDNESDAY), clock("10:00"), sealed.value)
    assert (reply.texts, reply.choices) == ([FORM["look_again"]], ["再试一次", "不办了"])
    assert talk.active == "book_form" and talk.slots["book_day"]["date"] == WEDNESDAY
    assert talk.say("再试一次").texts == [FORM["look_again"]], "still dead"
    house.mend()
    talk.say("再试一次")
    assert talk.asks == "book_names"
    assert talk.slots["book_time"]["at"] == f"{WEDNESDAY}T10:00:00+08:00"
    talk.say("张三、李四")
    talk.say("确认")
    assert len(house.bookings()) == 1


@pytest.mark.parametrize(
    ("slot", "text", "values"),
    [
        ("book_day", "下周三", (day(WEDNESDAY),)),
        ("book_time", "九点", (clock("09:00"),)),
        ("book_phone", "不对，是下周四", (day(THURSDAY),)),
    ],
)
def test_in_the_middle_the_question_is_asked_again(
    slot: str, text: str, values: tuple[Value, ...], house: House, talk: Talk
) -> None:
    book(house).until(talk, slot)
    before = dict(talk.slots)
    house.die()
    reply = talk.say(text, *values)
    assert (reply.texts, talk.asks) == ([FORM["look_again"]], slot)
    assert talk.slots == before, "what was told before is all there"
    house.mend()
    asked = talk.say("再试一次")
    assert talk.asks == slot and len(asked.bubbles) == 1
    talk.say(text, *values)
    assert talk.asks == ("book_time" if slot != "book_time" else "book_names")


@pytest.mark.parametrize("intent", ["do_reschedule", "do_cancel_booking"])
def test_whose_booking_it_is_cannot_be_looked_up(intent: str, house: House, talk: Talk) -> None:
    known, mobile = house.book(), house.phone(MOBILE)
    house.die()
    reply = talk.start(intent, "我的预约", ("receipt", known.receipt), mobile.value)
    assert reply.texts[-1] == FORM["look_again"] and talk.active
    house.mend()
    talk.say("再试一次")
    assert talk.asks == ("move_day" if intent == "do_reschedule" else "cancel_confirm")
    assert talk.slots["booking_found"]["service"] == "marriage_registration"


@pytest.mark.parametrize("script", [move, cancel])
def test_a_phone_told_to_a_dead_registry_is_asked_for_again(script: object, house: House, talk: Talk) -> None:
    begun = script(house)  # type: ignore[operator]
    begun.until(talk, "booking_phone")
    sealed = house.phone()
    house.die()
    assert talk.say(sealed.text, sealed.value).texts == [FORM["look_again"]]
    house.mend()
    talk.say(sealed.text, sealed.value)
    assert talk.asks in ("move_day", "cancel_confirm")


def test_a_slow_registry_is_not_waited_for(house: House, talk: Talk) -> None:
    house.resources.settings = house.resources.settings.model_copy(update={"action_timeout": 0.05})
    house.dawdle(0.3)
    assert talk.start("do_book", "我要预约").texts == [FORM["look_again"]]
    assert talk.active == "book_form"


def test_a_form_that_waited_goes_on_when_it_can_read_again(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_time")
    talk.turn("book_form", "有个娃在屋里挨打", intent="do_report_child")
    house.die()
    closed, resumed = talk.turn("child_form", "转人工", intent="ask_human_handoff")
    assert closed.texts[-1] == FORM["resume"] and resumed.texts == [FORM["look_again"]]
    house.mend()
    talk.say("再试一次")
    assert (talk.asks, talk.slots["suspended_form"]) == ("book_time", None)
    assert talk.slots["task_key"] == "task-1"
