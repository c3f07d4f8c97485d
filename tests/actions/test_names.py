"""Names of two people, one after the other or in passing; spouses whom another office registers."""

from __future__ import annotations

import pytest

from actions.resources import WORDING
from tests.actions.conftest import WEDNESDAY, House
from tests.actions.scripts import book, closing
from tests.actions.talk import Talk, Value, clock, day

BOOKING, PROBLEM = WORDING["booking"], WORDING["problem"]
MARRIAGE = ("benefit", "marriage_registration")


@pytest.mark.parametrize(
    ("first", "second"),
    [("张三", "李四"), ("我叫张三", "她叫李四"), ("男方张三", "女方是李四"), ("张三", "张三，李四"), ("张三。", "对象李四")],
)  # fmt: skip
def test_a_name_is_kept_and_the_other_asked_for(first: str, second: str, house: House, talk: Talk) -> None:
    book(house).until(talk, "book_names")
    reply = talk.say(first)
    assert (reply.texts, talk.asks) == ([BOOKING["other_name"].format(name="张三")], "book_names")
    assert reply.value("task_tries") == 0
    talk.say(second)
    assert (talk.slots["book_names"], talk.asks) == (["张三", "李四"], "book_phone")


@pytest.mark.parametrize("said", ["等一下", "周三", "方便", "找不到人", "马上来"])
def test_no_word_is_taken_for_the_second_name(said: str, house: House, talk: Talk) -> None:
    book(house).until(talk, "book_names")
    talk.say("张三")
    reply = talk.say(said)
    assert (talk.asks, talk.slots["book_names"]) == ("book_names", ["张三"])
    assert reply.texts[0] == PROBLEM["two_names"]


def test_one_name_is_enough_for_a_certificate(house: House, talk: Talk) -> None:
    talk.start("do_book", "补领结婚证", ("benefit", "certificate_reissue"))
    talk.say("下周三九点", day(WEDNESDAY), clock("09:00"))
    talk.say("王小明")
    assert (talk.slots["book_names"], talk.asks) == (["王小明"], "book_phone")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我叫张三，对象叫李四，想约结婚", ["张三", "李四"]),
        ("张三和李四想登记结婚", ["张三", "李四"]),
        ("我叫欧阳娜想预约结婚", ["欧阳娜"]),
        ("想约结婚，我叫高中", None),
        ("我是汪家湾的，想约结婚", None),
        ("下周三和周四都行，约结婚", None),
    ],
)
def test_names_in_the_opening_are_not_asked_again(
    said: str, kept: list[str] | None, house: House, talk: Talk
) -> None:
    talk.start("do_book", said, MARRIAGE)
    assert talk.slots["book_names"] == kept


def test_names_told_before_the_booking_began_are_known(house: House, talk: Talk) -> None:
    said = ("我叫张三", "对象叫李四", "帮我约结婚登记")
    talk.events = [{"event": "user", "text": text, "parse_data": {"text": text}} for text in said]
    talk.start("do_book", "帮我约结婚登记", MARRIAGE)
    assert talk.slots["book_names"] == ["张三", "李四"]


def test_names_told_at_another_question_are_kept(house: House, talk: Talk) -> None:
    book(house).until(talk, "book_time")
    talk.say("九点，我叫张三，对象叫李四", clock("09:00"))
    assert (talk.slots["book_names"], talk.asks) == (["张三", "李四"], "book_phone")


def test_names_are_changed_at_the_confirmation(house: House, talk: Talk) -> None:
    script = book(house)
    script.until(talk, "book_confirm")
    talk.say("改姓名")
    assert (talk.asks, talk.slots["book_names"]) == ("book_names", None)
    talk.say("王五")
    reply = talk.say("赵六")
    assert "姓名：王五、赵六" in reply.texts[-1]


# -- a spouse from elsewhere -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "我对象是香港人，想预约结婚登记",
        "跟台湾同胞结婚预约",
        "我老婆是越南的，想约",
        "涉外婚姻预约",
        "我女朋友是美国籍",
    ],
)
def test_with_a_spouse_from_elsewhere_no_booking_begins(said: str, house: House, talk: Talk) -> None:
    reply = talk.start("do_book", said, MARRIAGE)
    assert (reply.texts[0], reply.events) == (BOOKING["not_here"], closing("book_form"))
    assert reply.bubbles[1]["answer"]["service"] == "foreign_marriage"
    assert talk.active is None


@pytest.mark.parametrize("slot", ["book_day", "book_names", "book_confirm"])
def test_told_in_the_middle_it_ends_the_booking(slot: str, house: House, talk: Talk) -> None:
    book(house).until(talk, slot)
    reply = talk.say("我对象是台湾人")
    assert (reply.texts[0], talk.active) == (BOOKING["not_here"], None)
    assert reply.value("last_service") == "foreign_marriage" and house.bookings() == []


def test_after_questions_about_it_a_bare_booking_is_meant_of_it(house: House, talk: Talk) -> None:
    talk.slots["last_service"] = "foreign_marriage"
    assert talk.start("do_book", "那帮我预约").texts[0] == BOOKING["not_here"]
    talk.start("do_book", "预约结婚登记", MARRIAGE)
    assert talk.active == "book_form"


@pytest.mark.parametrize("said", ["我在香港打工，想约结婚登记", "我们都是内地居民，不是外国人"])
def test_two_from_here_are_booked(said: str, house: House, talk: Talk) -> None:
    talk.start("do_book", said, MARRIAGE)
    assert talk.active == "book_form"


# -- what is said at the end ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "names", "key"),
    [("marriage_registration", "张三、李四", "done"), ("certificate_reissue", "王小明", "done_alone")],
)
def test_who_has_to_come(service: str, names: str, key: str, house: House, talk: Talk) -> None:
    value: Value = ("benefit", service)
    talk.start("do_book", "预约", value)
    talk.say("下周三九点", day(WEDNESDAY), clock("09:00"))
    talk.say(names)
    sealed = house.phone()
    talk.say(sealed.text, sealed.value)
    done = talk.say("确认")
    assert done.texts[0].split("【演示】婚姻登记处")[1].startswith(BOOKING[key].split("{office}")[1])
    assert ("双方" in done.texts[0]) is (service == "marriage_registration")


@pytest.mark.parametrize(
    "said", ["在哪里，几点开门", "多少钱，怎么办", "等一下，我问问他", "还没想好，再说", "随便，都行"]
)
def test_two_parts_are_not_two_names(said: str, house: House, talk: Talk) -> None:
    book(house).until(talk, "book_names")
    talk.say(said)
    assert (talk.asks, talk.slots["book_names"]) == ("book_names", None)


@pytest.mark.parametrize("said", ["我对象是江西人，想约结婚", "女方是黄冈的，想约", "他是黄石人，我们要约"])
def test_where_somebody_is_from_is_no_name(said: str, house: House, talk: Talk) -> None:
    talk.start("do_book", said)
    assert talk.slots["book_names"] is None


def test_names_written_out_replace_what_was_heard_in_passing(house: House, talk: Talk) -> None:
    talk.start("do_book", "他叫黄小山，想约结婚")
    script = book(house)
    script.until(talk, "book_names")
    talk.say("张三、李四")
    assert talk.slots["book_names"] == ["张三", "李四"]
