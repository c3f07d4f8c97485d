"""One whole conversation per form: how it begins, what is said to each question, what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.actions.conftest import THURSDAY, WEDNESDAY, House
from tests.actions.talk import Reply, Talk, Value, clock, day, number

PERSON, STOP, SKIP = "转人工", "不办了", "跳过"


@dataclass
class Step:
    """Field, what is said to its question, the values in it, what the slot holds after."""

    slot: str
    text: str
    values: tuple[Value, ...] = ()
    kept: Any = None
    optional: bool = False
    free: bool = False


@dataclass
class Script:
    """A form's conversation up to its confirmation (`confirm` None: it has none)."""

    intent: str
    opening: str
    steps: list[Step]
    confirm: str | None = None
    service: str = ""
    again: tuple[str, str, str] | None = None
    """What to say to change one thing, the slot that it empties, and its label."""

    def begin(self, talk: Talk) -> Reply:
        return talk.start(self.intent, self.opening)

    def questions(self, talk: Talk) -> Iterator[str]:
        """Each field in turn as it is asked; what the test does there is undone before the script goes on."""
        self.begin(talk)
        for step in [*self.steps, None]:
            if talk.active is None:
                return
            yield from self._here(talk)
            if step is not None:
                talk.say(step.text, *step.values)

    @staticmethod
    def _here(talk: Talk) -> Iterator[str]:
        slots, active = dict(talk.slots), talk.active
        yield str(talk.asks)
        talk.slots, talk.active = slots, active

    def until(self, talk: Talk, slot: str) -> Reply:
        """Answer questions until this field is asked."""
        reply = self.begin(talk)
        for step in self.steps:
            if talk.asks == slot:
                return reply
            reply = talk.say(step.text, *step.values)
        assert talk.asks == slot, f"{slot} was never asked, but {talk.asks}"
        return reply


def _phone(house: House, slot: str, *, optional: bool = False) -> Step:
    sealed = house.phone()
    return Step(slot, sealed.text, (sealed.value,), sealed.sealed, optional)


def _time(house: House, on: str, at: str) -> dict[str, Any]:
    slot = house.slot(on, at)
    return {"slot_id": slot.slot_id, "at": f"{on}T{at}:00+08:00", "office": slot.office_name, "demo": True}


def book(house: House) -> Script:
    return Script("do_book", "我要预约", [
        Step("book_service", "结婚登记", (("benefit", "marriage_registration"),), "marriage_registration"),
        Step("book_day", "下周三", (day(WEDNESDAY),), {"date": WEDNESDAY, "part": None, "time": None}),
        Step("book_time", "九点", (clock("09:00"),), _time(house, WEDNESDAY, "09:00")),
        Step("book_names", "张三、李四", (), ["张三", "李四"]),
        _phone(house, "book_phone"),
    ], "book_confirm", "marriage_registration", ("改日期", "book_day", "日期"))  # fmt: skip


def move(house: House) -> Script:
    receipt = house.book().receipt
    return Script("do_reschedule", "我要改预约", [
        Step("booking_receipt", receipt, (("receipt", receipt),), receipt),
        _phone(house, "booking_phone"),
        Step("move_day", "下周四", (day(THURSDAY),), {"date": THURSDAY, "part": None, "time": None, "weekday": False}),
        Step("move_time", "十点", (clock("10:00"),), _time(house, THURSDAY, "10:00")),
    ], "move_confirm", "marriage_appointment", ("改新日期", "move_day", "新日期"))  # fmt: skip


def cancel(house: House) -> Script:
    receipt = house.book().receipt
    return Script("do_cancel_booking", "不去登记了", [
        Step("booking_receipt", receipt, (("receipt", receipt),), receipt),
        _phone(house, "booking_phone"),
    ], "cancel_confirm", "marriage_appointment", ("改回执号", "booking_receipt", "回执号"))  # fmt: skip


def child(house: House) -> Script:
    return Script("do_report_child", "我要报告", [
        Step("child_what", "隔壁的伢经常冇得饭吃", (), "隔壁的伢经常冇得饭吃", free=True),
        Step("child_now", "以前发生的", (), "earlier"),
        Step("child_where", "温泉街道二号桥", (("township", "温泉街道"), ("place", "温泉街道二号桥")),
             {"text": "温泉街道二号桥", "township": "温泉街道"}, free=True),
        Step("child_who", "男伢，七八岁", (), "男伢，七八岁", True, True),
        Step("child_carer", "跟奶奶住", (), "跟奶奶住", True, True),
        _phone(house, "child_phone", optional=True),
    ], "child_confirm", "child_in_difficulty", ("改地点", "child_where", "地点"))  # fmt: skip


def street(house: House) -> Script:
    return Script("do_report_street", "报告", [
        Step("street_what", "桥下睡了个老人", (), "桥下睡了个老人", free=True),
        Step("street_where", "永安街道西河桥下", (("township", "永安街道"),),
             {"text": "永安街道西河桥下", "township": "永安街道"}, free=True),
        Step("street_state", "看起来还好", (), "well"),
        Step("street_who", "六十多岁，穿军大衣", (), "六十多岁，穿军大衣", True, True),
        Step("street_willing", "愿意", (), "willing", True),
        _phone(house, "street_phone", optional=True),
    ], "street_confirm", "street_rescue", ("改身体状况", "street_state", "身体状况"))  # fmt: skip


def missing(house: House) -> Script:
    return Script("do_report_missing", "寻人", [
        Step("missing_what", "我爹走丢了", (), "我爹走丢了", free=True),
        Step("missing_sex", "男", (("sex", "男"),), "male"),
        Step("missing_age", "七十八", (number(78),), 78, True),
        Step("missing_when", "今天早上六点多", (), "今天早上六点多", free=True),
        Step("missing_where", "汀泗桥镇上", (("township", "汀泗桥镇"),),
             {"text": "汀泗桥镇上", "township": "汀泗桥镇"}, free=True),
        Step("missing_looks", "蓝棉袄", (), "蓝棉袄", True, True),
        Step("missing_police", "已经报警", (), "reported"),
        _phone(house, "missing_phone"),
    ], "missing_confirm", "family_search", ("改性别", "missing_sex", "性别"))  # fmt: skip


def complaint(house: House) -> Script:
    return Script("ask_complaint", "我要投诉", [
        Step("complaint_what", "窗口的人不给我办，态度差", (), "窗口的人不给我办，态度差", free=True),
        Step("complaint_where", "永安街道民政窗口", (("township", "永安街道"),),
             {"text": "永安街道民政窗口", "township": "永安街道"}, True, True),
        _phone(house, "complaint_phone", optional=True),
    ], "complaint_confirm", "complaint", ("改地点", "complaint_where", "地点"))  # fmt: skip


def progress(house: House) -> Script:
    receipt = house.book().receipt
    return Script("ask_case_progress", "我的事办到哪一步了", [
        Step("look_number", receipt, (("receipt", receipt),), receipt),
        _phone(house, "look_phone"),
    ], None, "case_progress")  # fmt: skip


def screen(house: House) -> Script:
    return Script("do_screen", "看看我符不符合", [
        Step("screen_programme", "低保", (("benefit", "dibao"),), "dibao"),
        Step("fact_residence", "农村", (), "rural"),
        Step("fact_household_size", "三口", (("count", {"n": 3, "of": "people"}),), 3),
        Step("fact_monthly_income", "900", (number(900),), 900),
    ], None, "dibao")  # fmt: skip


SCRIPTS: dict[str, Callable[[House], Script]] = {
    "book_form": book,
    "move_form": move,
    "cancel_form": cancel,
    "child_form": child,
    "street_form": street,
    "missing_form": missing,
    "complaint_form": complaint,
    "progress_form": progress,
    "screen_form": screen,
}
CONFIRMED = [form for form in SCRIPTS if form not in ("progress_form", "screen_form")]
REPORTS = ["child_form", "street_form", "missing_form", "complaint_form"]

FIELDS: dict[str, list[str]] = {
    "book_form": ["book_service", "book_day", "book_time", "book_names", "book_phone", "book_confirm"],
    "move_form": ["booking_receipt", "booking_phone", "move_day", "move_time", "move_confirm"],
    "cancel_form": ["booking_receipt", "booking_phone", "cancel_confirm"],
    "child_form": ["child_what", "child_now", "child_where", "child_who", "child_carer", "child_phone", "child_confirm"],
    "street_form": ["street_what", "street_where", "street_state", "street_who", "street_willing", "street_phone",
                    "street_confirm"],
    "missing_form": ["missing_what", "missing_sex", "missing_age", "missing_when", "missing_where", "missing_looks",
                     "missing_police", "missing_phone", "missing_confirm"],
    "complaint_form": ["complaint_what", "complaint_where", "complaint_phone", "complaint_confirm"],
    "progress_form": ["look_number", "look_phone"],
    "screen_form": ["screen_programme", "fact_residence", "fact_household_size", "fact_monthly_income"],
}  # fmt: skip
KEPT = {
    "move_form": ("booking_receipt", "booking_phone"),
    "cancel_form": ("booking_receipt", "booking_phone"),
}


def closing(form: str) -> list[tuple[str, Any]]:
    """The events that close a form that interrupted none."""
    from tests.actions.talk import DOMAIN

    attached = [("report_photos", None), ("report_danger", None)] if form in REPORTS else []
    order = DOMAIN["forms"][form]["required_slots"]
    if form == "screen_form":
        from actions.screening import ScreenForm

        order = [field.slot for field in ScreenForm.fields]
    cleared = [(slot, None) for slot in order if slot not in KEPT.get(form, ())]
    ended = [
        ("task_key", None),
        ("task_tries", 0),
        ("requested_slot", None),
        ("loop", None),
        ("suspended_form", None),
    ]
    return [*attached, *cleared, *ended]
