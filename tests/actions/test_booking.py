"""Booking, changing and cancelling: days, times, names, numbers, and what happens when a seat is gone."""

from __future__ import annotations

from typing import Any

import pytest

from actions.resources import WORDING
from tests.actions.conftest import MOBILE, OTHER, PAST, SUNDAY, THURSDAY, WEDNESDAY, House, later
from tests.actions.scripts import SCRIPTS, book, cancel, closing, move
from tests.actions.talk import Talk, Value, clock, day, half, nth

ASK, BOOKING, PROBLEM = WORDING["ask"], WORDING["booking"], WORDING["problem"]
MARRIAGE = ("benefit", "marriage_registration")
AM = ["09:00", "09:30", "10:00", "10:30", "11:00"]


def wish(on: str, part: str | None = None, time: str | None = None) -> dict[str, Any]:
    return {"date": on, "part": part, "time": time}


def test_what_the_opening_says_is_not_asked_again(house: House, talk: Talk) -> None:
    mobile = house.phone()
    reply = talk.start(
        "do_book",
        f"想约下周三上午扯证，电话{mobile.text}",
        MARRIAGE,
        day(WEDNESDAY),
        half("am"),
        mobile.value,
    )
    assert reply.events == [
        ("task_tries", 0), ("task_key", "task-1"), ("book_service", "marriage_registration"),
        ("book_day", wish(WEDNESDAY, "am")), ("book_time", None), ("book_names", None), ("book_phone", mobile.sealed),
        ("book_confirm", None), ("requested_slot", "book_time"),
    ]  # fmt: skip
    assert reply.texts == [WORDING["begin"]["book_form"], BOOKING["which_time"].format(day="12月2日（周三）")]
    assert reply.choices == AM


def test_a_day_and_a_free_time_said_at_once_go_straight_to_the_names(house: House, talk: Talk) -> None:
    talk.start("do_book", "下周三上午十点扯证", MARRIAGE, day(WEDNESDAY), clock("10:00"))
    assert talk.asks == "book_names"
    assert talk.slots["book_time"]["at"] == f"{WEDNESDAY}T10:00:00+08:00"


@pytest.mark.parametrize(
    ("said", "values", "kept"),
    [
        ("结婚登记", (MARRIAGE,), "marriage_registration"),
        ("扯证", (), "marriage_registration"),
        ("打脱离", (), "divorce_registration"),
        (
            "补领结婚证、离婚证",
            (("benefit", "certificate_reissue"), ("benefit", "divorce_registration")),
            "certificate_reissue",
        ),
    ],
)
def test_which_service(said: str, values: tuple[Value, ...], kept: str, house: House, talk: Talk) -> None:
    talk.start("do_book", "我要预约")
    assert talk.say(said, *values).value("book_service") == kept


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (day(PAST), PROBLEM["past_date"].format(day="11月20日（周五）")),
        (day("2027-05-20"), PROBLEM["far_date"].format(days=60)),
        (day("2026-12-01", "month"), PROBLEM["which_day"]),
        (day("2026-11-30", "week"), PROBLEM["which_day"]),
        (day(SUNDAY), BOOKING["closed_weekend"].format(day="11月29日（周日）")),
        (day("2026-11-23"), BOOKING["day_full"].format(day="11月23日（周一）")),
    ],
    ids=["past", "far", "a month", "a week", "sunday", "today"],
)
def test_a_day_that_cannot_be(value: Value, problem: str, house: House, talk: Talk) -> None:
    book(house).until(talk, "book_day")
    reply = talk.say("那天", value)
    assert reply.texts == [problem, BOOKING["which_day"]]
    assert reply.choices == ["11月24日（周二）", "11月25日（周三）", "11月26日（周四）", "11月27日（周五）"]
    assert (talk.asks, talk.slots["book_day"]) == ("book_day", None)


@pytest.mark.parametrize("value", [day(PAST), day(SUNDAY), day("2026-12-01", "month")])
def test_a_day_in_the_opening_that_cannot_be_is_asked_for(value: Value, house: House, talk: Talk) -> None:
    talk.start("do_book", "想约那天扯证", MARRIAGE, value)
    assert (talk.asks, talk.slots["book_day"]) == ("book_day", None)


@pytest.mark.parametrize(
    ("value", "at"), [(nth(1), "09:00"), (nth(3), "10:00"), (nth(-1), "11:00"), (clock("15:00"), "15:00")]
)
def test_a_time_is_one_of_those_shown_or_any_free_one(
    value: Value, at: str, house: House, talk: Talk
) -> None:
    talk.start("do_book", "下周三上午扯证", MARRIAGE, day(WEDNESDAY), half("am"))
    reply = talk.say("那个", value)
    assert reply.value("book_time")["at"] == f"{WEDNESDAY}T{at}:00+08:00"
    assert talk.asks == "book_names"


@pytest.mark.parametrize("value", [nth(6), nth(-7), clock("12:15")])
def test_a_time_that_is_none_of_them(value: Value, house: House, talk: Talk) -> None:
    talk.start("do_book", "下周三上午扯证", MARRIAGE, day(WEDNESDAY), half("am"))
    reply = talk.say("那个", value)
    assert reply.texts == [BOOKING["no_such_time"], BOOKING["which_time"].format(day="12月2日（周三）")]
    assert (reply.choices, talk.asks, talk.slots["book_time"]) == (AM, "book_time", None)


@pytest.mark.parametrize(
    ("service", "said", "kept"),
    [
        ("结婚", "张三、李四", ["张三", "李四"]),
        ("结婚", "张三 李四", ["张三", "李四"]),
        ("结婚", "我叫张三，对象叫李四", ["张三", "李四"]),
        ("结婚", "张三和李四", ["张三", "李四"]),
        ("结婚", "张和平、李永和", ["张和平", "李永和"]),
        ("结婚", "男方阿依古丽·买买提，女方李四", ["阿依古丽·买买提", "李四"]),
        ("补领", "王小明", ["王小明"]),
    ],
)
def test_names(service: str, said: str, kept: list[str], house: House, talk: Talk) -> None:
    talk.start("do_book", f"预约{service}")
    talk.say("下周三九点", day(WEDNESDAY), clock("09:00"))
    assert talk.say(said).value("book_names") == kept


@pytest.mark.parametrize(
    ("service", "said", "first"),
    [
        ("结婚", "等一下", PROBLEM["two_names"]),
        ("结婚", "周三", PROBLEM["two_names"]),
        ("结婚", "abc def", PROBLEM["two_names"]),
        ("补领", "x", PROBLEM["one_name"]),
        ("结婚", "不对，换个时间", WORDING["form"]["not_understood"]),
        ("补领", "不晓得", WORDING["form"]["not_understood"]),
        ("补领", "好的", WORDING["form"]["not_understood"]),
    ],
)
def test_what_is_no_name(service: str, said: str, first: str, house: House, talk: Talk) -> None:
    talk.start("do_book", f"预约{service}")
    talk.say("下周三九点", day(WEDNESDAY), clock("09:00"))
    reply = talk.say(said)
    assert (reply.texts[0], talk.asks, talk.slots["book_names"]) == (first, "book_names", None)


@pytest.mark.parametrize("form", ["book_form", "move_form", "cancel_form"])
def test_a_wrong_phone_number_is_asked_for_again(form: str, house: House, talk: Talk) -> None:
    slot = "book_phone" if form == "book_form" else "booking_phone"
    SCRIPTS[form](house).until(talk, slot)
    wrong = house.phone("1381234", valid=False)
    reply = talk.say(wrong.text, wrong.value)
    assert (reply.texts, talk.asks) == ([PROBLEM["phone"], ASK[slot]], slot)
    assert talk.say("138123").texts[0] == PROBLEM["phone"]


@pytest.mark.parametrize("slot", ["book_names", "book_phone", "book_confirm"])
def test_a_day_is_corrected_at_any_later_question(slot: str, house: House, talk: Talk) -> None:
    book(house).until(talk, slot)
    reply = talk.say("不对，是下周四", day(THURSDAY))
    assert reply.events == [
        ("book_day", wish(THURSDAY)), ("task_tries", 0), ("book_time", None), ("requested_slot", "book_time"),
    ]  # fmt: skip
    assert reply.texts == [BOOKING["which_time"].format(day="12月3日（周四）")]
    assert talk.say("十点", clock("10:00")).value("book_time")["at"] == f"{THURSDAY}T10:00:00+08:00"
    assert talk.asks == slot


def test_a_day_is_corrected_with_its_time(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_confirm")
    reply = talk.say("说错了，下周四十点", day(THURSDAY), clock("10:00"))
    assert "日期：12月3日（周四）\n时间：10:00" in reply.texts[-1]
    assert talk.asks == "book_confirm"


def test_a_time_is_corrected(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_names")
    reply = talk.say("不对，是十点半", clock("10:30"))
    assert reply.value("book_time")["at"] == f"{WEDNESDAY}T10:30:00+08:00"
    assert talk.asks == "book_names"


def test_a_day_corrected_to_a_sunday_is_asked_for(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_phone")
    reply = talk.say("不对，是星期天", day(SUNDAY))
    assert reply.texts[0] == BOOKING["closed_weekend"].format(day="11月29日（周日）")
    assert (talk.asks, talk.slots["book_day"], talk.slots["book_time"]) == ("book_day", None, None)


def test_the_booking_made(house: House, talk: Talk) -> None:
    script = book(house)
    script.until(talk, "book_confirm")
    sealed = talk.slots["book_phone"]
    reply = talk.say("确认")
    ((receipt, status, at),) = house.bookings()
    assert (status, f"{at:%Y-%m-%d %H:%M}") == ("booked", f"{WEDNESDAY} 09:00")
    assert reply.events == [
        ("booking_receipt", receipt), ("booking_phone", sealed), ("last_service", "marriage_registration"), *closing("book_form"),
    ]  # fmt: skip
    (bubble,) = reply.bubbles
    done = BOOKING["done"].format(
        receipt=receipt, service="结婚登记", day="12月2日（周三）", time="09:00", office="【演示】婚姻登记处"
    )
    assert bubble["text"] == f"{done}\n{WORDING['answer']['demo']}"
    assert bubble["receipt"] == receipt and reply.choices == ["要带什么", "改预约时间"]


def test_a_time_taken_between_offer_and_confirmation_is_offered_anew(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_confirm")
    house.fill(WEDNESDAY, "09:00")
    taken = len(house.bookings())
    reply = talk.say("确认")
    assert reply.texts == [BOOKING["slot_gone"], BOOKING["which_time"].format(day="12月2日（周三）")]
    assert reply.events == [("book_time", None), ("task_tries", 0), ("requested_slot", "book_time")]
    assert "09:00" not in reply.choices and reply.choices
    talk.say("第一个", nth(1))
    assert talk.asks == "book_confirm" and talk.slots["task_key"] == "task-1"
    talk.say("确认")
    assert len(house.bookings()) == taken + 1


@pytest.mark.parametrize("form", ["book_form", "move_form"])
def test_a_day_filled_between_offer_and_confirmation_is_asked_for_anew(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    which, on = ("book_day", WEDNESDAY) if form == "book_form" else ("move_day", THURSDAY)
    for at in [*AM, "14:30", "15:00", "15:30", "16:00", "16:30"]:
        house.fill(on, at)
    reply = talk.say("确认")
    label = "12月2日（周三）" if form == "book_form" else "12月3日（周四）"
    assert reply.texts == [
        BOOKING["slot_gone"],
        BOOKING["day_full"].format(day=label),
        BOOKING["which_day"],
    ]
    assert talk.asks == which and reply.choices


def test_a_time_that_has_begun_when_confirmed_is_gone(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_confirm")
    later(days=9)
    assert talk.say("确认").texts[0] == BOOKING["slot_gone"]
    assert house.bookings() == []


def test_booked_that_day_already_is_said_with_the_receipt(house: House, talk: Talk) -> None:
    known = house.book(at="10:00")
    book(house).until(talk, "book_confirm")
    reply = talk.say("确认")
    (bubble,) = reply.bubbles
    assert bubble["receipt"] == known.receipt
    assert bubble["text"].startswith(BOOKING["already"].split("{")[0])
    assert reply.choices == ["改预约时间", "取消预约"]
    assert reply.value("booking_receipt") == known.receipt
    assert len(house.bookings()) == 1 and talk.active is None


def test_without_any_open_time_the_form_ends_at_once(house: House, talk: Talk) -> None:
    later(days=200)
    reply = talk.start("do_book", "我要预约结婚")
    assert (reply.texts, reply.choices) == ([BOOKING["none_open"]], ["转人工"])
    assert reply.events == closing("book_form")
    assert reply.bubbles[0]["answer"]["decision"] == "handoff"


# -- changing and cancelling ------------------------------------------------------------------------------


def test_after_booking_a_change_needs_no_number(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_confirm")
    receipt = talk.say("确认").value("booking_receipt")
    reply = talk.start("do_reschedule", "改到下周四十点", day(THURSDAY), clock("10:00"))
    assert talk.asks == "move_confirm"
    assert f"回执号：{receipt}（12月2日（周三） 09:00" in reply.texts[-1]
    done = talk.say("确认")
    assert done.texts[0].startswith(f"改好了。回执号还是：{receipt}")
    assert [(r, s, f"{at:%m-%d %H:%M}") for r, s, at in house.bookings()] == [
        (receipt, "rescheduled", "12-03 10:00")
    ]
    talk.start("do_cancel_booking", "不去了")
    assert talk.asks == "cancel_confirm"
    assert talk.say("确认").texts[0].startswith(BOOKING["cancelled"].split("{")[0])
    assert house.bookings()[0][1] == "cancelled"
    assert talk.slots["booking_receipt"] is None and talk.slots["booking_phone"] is None


@pytest.mark.parametrize(
    ("text", "first", "meant"),
    [
        ("周五", "2026-11-27", "2026-12-04"),
        ("这周五", "2026-11-27", "2026-11-27"),
        ("周一", "2026-11-30", "2026-11-30"),
    ],
)
def test_a_bare_weekday_is_that_of_the_booked_week(
    text: str, first: str, meant: str, house: House, talk: Talk
) -> None:
    known, mobile = house.book(WEDNESDAY), house.phone()
    talk.start("do_reschedule", "改预约", ("receipt", known.receipt), mobile.value)
    reply = talk.say(f"改到{text}", ("date", {"date": first, "grain": "day", "text": text}))
    assert reply.value("move_day")["date"] == meant


@pytest.mark.parametrize(
    ("value", "first"),
    [
        (day(SUNDAY), BOOKING["closed_weekend"].format(day="11月29日（周日）")),
        (day(PAST), BOOKING["which_day"]),
    ],
)
def test_a_day_said_before_the_booking_is_known_is_looked_at_after(
    value: Value, first: str, house: House, talk: Talk
) -> None:
    known, mobile = house.book(), house.phone()
    talk.start("do_reschedule", "改到那天", value, ("receipt", known.receipt))
    assert talk.asks == "booking_phone"
    reply = talk.say(mobile.text, mobile.value)
    assert (reply.texts[0], talk.asks) == (first, "move_day")


@pytest.mark.parametrize("form", ["move_form", "cancel_form", "progress_form"])
def test_a_receipt_with_a_wrong_character_is_found_at_once(form: str, house: House, talk: Talk) -> None:
    receipt = house.book().receipt
    wrong = receipt[:-1] + ("A" if receipt[-1] != "A" else "B")
    slot = "look_number" if form == "progress_form" else "booking_receipt"
    intents = {
        "move_form": "do_reschedule",
        "cancel_form": "do_cancel_booking",
        "progress_form": "ask_case_progress",
    }
    talk.start(intents[form], "我想问问")
    reply = talk.say(wrong, ("receipt", wrong))
    assert (reply.texts, talk.asks) == ([PROBLEM["receipt"], ASK[slot]], slot)
    assert talk.say(receipt.lower().replace("yy", "yy ")).value(slot) == receipt


@pytest.mark.parametrize("intent", ["do_reschedule", "do_cancel_booking"])
def test_the_receipt_of_another_is_not_found(intent: str, house: House, talk: Talk) -> None:
    theirs = house.book(mobile=OTHER).receipt
    mine = house.phone(MOBILE)
    talk.start(intent, "我的预约", ("receipt", theirs))
    reply = talk.say(mine.text, mine.value)
    assert reply.texts == [BOOKING["not_found"], ASK["booking_receipt"]]
    assert talk.asks == "booking_receipt"
    assert talk.slots["booking_phone"] is None
    assert house.bookings()[0][1] == "booked"


@pytest.mark.parametrize("intent", ["do_reschedule", "do_cancel_booking"])
def test_a_booking_cancelled_before_is_said_so(intent: str, house: House, talk: Talk) -> None:
    cancel(house).until(talk, "cancel_confirm")
    receipt = talk.slots["booking_receipt"]
    talk.say("确认")
    mobile = house.phone()
    reply = talk.start(intent, f"{receipt}", ("receipt", receipt), mobile.value)
    assert reply.texts[1:] == [BOOKING["cancelled_before"].format(receipt=receipt), ASK["booking_receipt"]]
    assert talk.asks == "booking_receipt"


def test_a_receipt_corrected_is_looked_up_again(house: House, talk: Talk) -> None:
    other = house.book(THURSDAY, "09:30")
    move(house).until(talk, "move_day")
    reply = talk.say(f"不对，回执号是{other.receipt}", ("receipt", other.receipt))
    assert reply.value("booking_receipt") == other.receipt
    assert talk.slots["booking_found"]["text"].startswith("12月3日（周四） 09:30")


def test_a_receipt_named_at_the_start_is_not_that_of_before(house: House, talk: Talk) -> None:
    mobile = house.phone()
    talk.slots |= {"booking_receipt": "YY261123AAAAA", "booking_phone": mobile.sealed}
    other = house.book().receipt
    talk.start("do_cancel_booking", f"取消{other}", ("receipt", other))
    assert (talk.asks, talk.slots["booking_receipt"]) == ("booking_phone", other)


def test_a_booking_whose_time_is_over_is_not_cancelled(house: House, talk: Talk) -> None:
    cancel(house).until(talk, "cancel_confirm")
    later(days=20)
    reply = talk.say("确认")
    assert reply.texts == [BOOKING["over"]]
    assert (house.bookings()[0][1], talk.active) == ("booked", None)


def test_a_change_to_a_day_booked_already_changes_nothing(house: House, talk: Talk) -> None:
    house.book(THURSDAY, "09:30")
    move(house).until(talk, "move_confirm")
    reply = talk.say("确认")
    assert reply.texts[0].startswith(BOOKING["already"].split("{")[0]) and talk.active is None
    assert [f"{at:%m-%d %H:%M}" for _, _, at in house.bookings()] == ["12-03 09:30", "12-02 09:00"]


def test_two_bookings_interrupted_by_a_report_are_two_records(house: House) -> None:
    """A resumed form has its own key again: another resident's booking is never its answer."""
    for sender, mobile in (("web:a", MOBILE), ("web:b", OTHER)):
        talk, sealed = Talk(sender), house.phone(mobile)
        book(house).until(talk, "book_phone")
        talk.turn("book_form", "有个娃在屋里挨打", intent="do_report_child")
        talk.turn("child_form", "转人工", intent="ask_human_handoff")
        talk.say(sealed.text, sealed.value)
        talk.say("确认")
    assert len({receipt for receipt, _, _ in house.bookings()}) == 2


# -- which times are shown ------------------------------------------------------------------------------------


def test_both_halves_of_the_day_are_shown(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_day")
    reply = talk.say("下周三", day(WEDNESDAY))
    assert reply.choices == ["09:00", "09:30", "10:00", "10:30", "14:30", "15:00", "15:30", "16:00"]
    assert talk.say("第五个", nth(5)).value("book_time")["at"] == f"{WEDNESDAY}T14:30:00+08:00"


def test_where_one_half_is_nearly_full_the_other_is_shown_whole(house: House, talk: Talk) -> None:
    for at in ("14:30", "15:00", "15:30", "16:00"):
        house.fill(WEDNESDAY, at)
    book(house).until(talk, "book_day")
    assert talk.say("下周三", day(WEDNESDAY)).choices == [*AM, "16:30"]


@pytest.mark.parametrize(
    ("part", "shown"), [("am", AM), ("pm", ["14:30", "15:00", "15:30", "16:00", "16:30"])]
)
def test_a_wished_half_is_shown_alone(part: str, shown: list[str], house: House, talk: Talk) -> None:
    book(house).until(talk, "book_day")
    assert talk.say("下周三", day(WEDNESDAY), half(part)).choices == shown


@pytest.mark.parametrize(
    ("said", "at"), [("2", "09:30"), ("第二", "09:30"), ("5.", "14:30"), ("10", "10:00")]
)
def test_a_number_alone_is_one_of_those_shown_or_an_hour(
    said: str, at: str, house: House, talk: Talk
) -> None:
    book(house).until(talk, "book_time")
    assert talk.say(said).value("book_time")["at"] == f"{WEDNESDAY}T{at}:00+08:00"


def test_an_ordinal_beyond_those_shown_is_no_hour(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_time")
    assert talk.say("第九个", nth(9)).texts[0] == BOOKING["no_such_time"]
    assert talk.slots["book_time"] is None
