"""What every form does alike, at every one of its questions."""

from __future__ import annotations

from typing import Any

import pytest

from actions.resources import WORDING
from tests.actions.conftest import House
from tests.actions.scripts import CONFIRMED, FIELDS, PERSON, REPORTS, SCRIPTS, SKIP, STOP, closing
from tests.actions.talk import Talk

FORM = WORDING["form"]
NONSENSE = "阿巴阿巴"
# Fields where any sentence is an answer.
FREE = {
    "child_what", "child_where", "child_who", "child_carer", "street_what", "street_where", "street_who", "missing_what",
    "missing_when", "missing_where", "missing_looks", "complaint_what", "complaint_where",
}  # fmt: skip
PROBLEMS = {"book_names": "two_names"}


@pytest.mark.parametrize("form", SCRIPTS)
def test_it_begins_with_a_key_and_empty_fields_and_asks_the_first(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    talk.slots |= {
        slot: "left over" for slot in FIELDS[form] if slot not in ("booking_receipt", "booking_phone")
    }
    reply = script.begin(talk)
    assert talk.active == form and talk.asks == script.steps[0].slot
    assert reply.events[:2] == [("task_tries", 0), ("task_key", "task-1")]
    assert reply.events[-1] == ("requested_slot", script.steps[0].slot)
    assert all(talk.slots[slot] is None for slot in FIELDS[form])
    assert len(reply.bubbles) == 2
    assert reply.bubbles[0]["answer"]["decision"] in ("report", "answer")


@pytest.mark.parametrize("form", SCRIPTS)
def test_it_keeps_each_answer_and_asks_for_the_next(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.begin(talk)
    following = [step.slot for step in script.steps[1:]] + [script.confirm]
    for step, after in zip(script.steps, following, strict=True):
        assert talk.asks == step.slot
        reply = talk.say(step.text, *step.values)
        assert (step.slot, step.kept) in reply.events
        if after is None:
            break
        assert (reply.value("task_tries"), talk.asks) == (0, after)
        assert len(reply.bubbles) == 1


@pytest.mark.parametrize("form", SCRIPTS)
def test_it_asks_in_its_own_words_with_choices_and_a_way_to_skip(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    optional = {step.slot for step in script.steps if step.optional}
    for slot in script.questions(talk):
        if slot not in WORDING["ask"]:
            continue
        reply = talk.say("没听清")
        options = [option["title"] for option in WORDING["choices"].get(slot, [])]
        assert reply.texts == [WORDING["ask"][slot]]
        lost = [WORDING["words"]["no_receipt"]] * (slot in ("booking_receipt", "look_number"))
        assert reply.choices == options + lost + [SKIP] * (slot in optional)


@pytest.mark.parametrize("form", CONFIRMED)
def test_nothing_is_filed_before_a_yes_and_the_summary_names_every_answer(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    before = house.bookings()
    reply = script.until(talk, script.confirm or "")
    lines = reply.texts[-1].splitlines()
    assert lines[0] == WORDING["confirm"][form]
    assert [line.split("：")[0] for line in lines[1:]] == [
        WORDING["labels"][step.slot] for step in script.steps
    ]
    assert reply.choices == ["确认", "要修改", STOP]
    assert (house.bookings(), house.cases()) == (before, [])


@pytest.mark.parametrize("form", SCRIPTS)
def test_stop_closes_it_and_files_nothing(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    before = house.bookings()
    for _slot in script.questions(talk):
        reply = talk.say("算了吧")
        assert (reply.events, reply.texts) == (closing(form), [FORM["stopped"]])
        assert talk.active is None
    assert (house.bookings(), house.cases(), house.desk()) == (before, [], [])


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_person_may_be_asked_for_at_any_question(form: str, house: House, talk: Talk) -> None:
    asked = []
    for slot in SCRIPTS[form](house).questions(talk):
        asked.append(slot)
        reply = talk.say("我要找真人", intent="ask_human_handoff", message_id=slot)
        assert (reply.events, reply.texts) == (closing(form), [WORDING["handoff"]["filed"]])
    assert asked[: len(FIELDS[form])] == FIELDS[form]
    assert [(kind, text) for kind, text, _ in house.desk()] == [("handoff", "我要找真人")] * len(asked)
    assert all(service for _, _, service in house.desk())


@pytest.mark.parametrize("form", SCRIPTS)
def test_it_repeats_its_question(form: str, house: House, talk: Talk) -> None:
    for slot in SCRIPTS[form](house).questions(talk):
        before = dict(talk.slots)
        for text, intent in (("没听清", "nlu_fallback"), ("你刚才说啥子", "say_repeat")):
            reply = talk.say(text, intent=intent)
            assert reply.events == [("task_tries", 0), ("requested_slot", slot)]
            assert talk.slots == before and len(reply.bubbles) == 1


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_question_inside_is_answered_and_the_form_goes_on(form: str, house: House, talk: Talk) -> None:
    for slot in SCRIPTS[form](house).questions(talk):
        before = dict(talk.slots)
        reply = talk.say(
            "收养要带么东西？", ("benefit", "adoption"), intent="ask_adoption", aspect="materials"
        )
        answer = reply.bubbles[0]["answer"]
        assert (answer["decision"], answer["service"], answer["aspect"]) == (
            "answer",
            "adoption",
            "materials",
        )
        assert answer["confidence"] == 0.9 and answer["citations"]
        assert reply.texts[1] == FORM["back"]
        assert reply.events == [("task_tries", 0), ("requested_slot", slot)]
        assert talk.slots == before


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_question_inside_that_names_no_service_is_about_what_is_being_done(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.steps[-1].slot)
    reply = talk.say("要带么东西？", intent="ask_charity", aspect="materials")
    assert reply.bubbles[0]["answer"]["service"] == script.service


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_question_inside_for_another_office_is_redirected(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.steps[-1].slot)
    reply = talk.say("医保卡怎么补？", intent="other_yibao")
    assert reply.bubbles[0]["answer"]["decision"] == "redirect"
    assert (reply.texts[1], talk.asks) == (FORM["back"], script.steps[-1].slot)


@pytest.mark.parametrize("form", SCRIPTS)
def test_thanks_and_greetings_are_no_answer(form: str, house: House, talk: Talk) -> None:
    for slot in SCRIPTS[form](house).questions(talk):
        for text, intent in (("谢谢你", "say_thanks"), ("您好", "say_greet")):
            reply = talk.say(text, intent=intent)
            assert reply.texts[0] == FORM["polite"]
            assert reply.events == [("task_tries", 0), ("requested_slot", slot)]


@pytest.mark.parametrize("form", SCRIPTS)
def test_an_urgent_report_comes_first_and_the_form_goes_on_after_it(
    form: str, house: House, talk: Talk
) -> None:
    other = "street_form" if form == "child_form" else "child_form"
    intent, words = {
        "street_form": ("do_report_street", "有个人倒在路边"),
        "child_form": ("do_report_child", "有个娃在屋里挨打"),
    }[other]
    held = {"task_key": "task-1"}
    if form in REPORTS:
        held |= {"report_photos": None, "report_danger": None}
    for slot in SCRIPTS[form](house).questions(talk):
        if slot in FREE:
            continue
        before = {name: talk.slots[name] for name in (*FIELDS[form], "task_key")}
        first, second = talk.turn(form, words, intent=intent)
        assert first.texts == [FORM["urgent_first"]]
        assert first.events == [
            ("suspended_form", {"form": form, "held": held}), ("requested_slot", None), ("loop", None), ("next", other),
        ]  # fmt: skip
        assert talk.active == other and talk.slots["task_key"] != "task-1"
        assert second.value(FIELDS[other][0]) == words
        closed, resumed = talk.turn(other, "转人工", intent="ask_human_handoff")
        assert closed.texts == [WORDING["handoff"]["filed"], FORM["resume"]]
        assert closed.events[-1] == ("next", form)
        assert resumed.events[:2] == [("task_tries", 0), ("suspended_form", None)]
        assert talk.active == form and talk.asks == slot
        assert {name: talk.slots[name] for name in before} == before


@pytest.mark.parametrize("form", SCRIPTS)
def test_an_urgent_report_filed_in_between_is_a_record_of_its_own(
    form: str, house: House, talk: Talk
) -> None:
    script, urgent = (
        SCRIPTS[form](house),
        SCRIPTS["missing_form" if form == "child_form" else "child_form"](house),
    )
    slot = next(slot for slot in FIELDS[form] if slot not in FREE)
    script.until(talk, slot)
    had = len(records(house))
    talk.turn(form, "有个娃挨打，走丢了", intent=urgent.intent)
    interrupting = str(talk.active)
    for step in urgent.steps[1:]:
        if talk.asks == step.slot:
            talk.say(step.text, *step.values)
    filed, resumed = talk.turn(interrupting, "确认")
    assert filed.bubbles[0]["receipt"] and filed.texts[-1] == FORM["resume"]
    assert (resumed.action, talk.asks, len(records(house))) == (form, slot, had + 1)


def test_stop_in_the_urgent_report_stops_everything(house: House, talk: Talk) -> None:
    SCRIPTS["book_form"](house).until(talk, "book_phone")
    talk.turn("book_form", "有个娃在屋里挨打", intent="do_report_child")
    (stopped,) = talk.turn("child_form", "算了")
    assert (stopped.texts, stopped.events) == ([FORM["stopped"]], closing("child_form"))
    assert talk.slots["suspended_form"] is None


def test_a_guess_that_the_words_do_not_show_interrupts_nothing(house: House, talk: Talk) -> None:
    SCRIPTS["book_form"](house).until(talk, "book_phone")
    reply = talk.say("我要填表", intent="do_report_child")
    assert (reply.texts[0], talk.active) == (FORM["not_understood"], "book_form")


@pytest.mark.parametrize("form", SCRIPTS)
def test_after_three_failed_tries_a_person_sees_it(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, next(slot for slot in FIELDS[form] if slot not in FREE))
    for _ in range(3):
        assert talk.say(NONSENSE).events[-1][0] == "requested_slot"
    reply = talk.say(NONSENSE)
    assert (reply.texts, reply.events) == ([WORDING["handoff"]["filed"]], closing(form))
    assert [row[0] for row in house.desk()] == ["handoff"]


@pytest.mark.parametrize("form", SCRIPTS)
def test_after_two_failed_tries_it_explains_and_offers_a_way_out(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    optional = {step.slot for step in script.steps if step.optional}
    for slot in script.questions(talk):
        if slot in FREE:
            continue
        problem = WORDING["problem"].get(PROBLEMS.get(slot, ""))
        first = talk.say(NONSENSE)
        assert first.texts[0] == (problem or FORM["not_understood"])
        assert first.events == [("task_tries", 1), ("requested_slot", slot)]
        second = talk.say(NONSENSE)
        stuck = second.bubbles[1 if problem else 0]
        label = stuck["text"].split("”")[0].removeprefix("“")
        assert stuck["text"] == FORM["stuck"].format(label=label) and not label.isascii()
        titles = [choice["title"] for choice in stuck["choices"]]
        assert titles == [SKIP] * (slot in optional) + [PERSON, STOP]
        assert second.events == [("task_tries", 2), ("requested_slot", slot)]
        if slot in optional:
            skipped = talk.say(SKIP)
            assert (skipped.value(slot), skipped.value("task_tries")) == ("skipped", 0)


OPTIONAL = [("child_form", "child_who"), ("child_form", "child_carer"), ("child_form", "child_phone"),
            ("street_form", "street_who"), ("street_form", "street_willing"), ("street_form", "street_phone"),
            ("missing_form", "missing_age"), ("missing_form", "missing_looks"), ("complaint_form", "complaint_where"),
            ("complaint_form", "complaint_phone")]  # fmt: skip


@pytest.mark.parametrize(("form", "slot"), OPTIONAL)
def test_what_is_optional_may_be_skipped(form: str, slot: str, house: House, talk: Talk) -> None:
    SCRIPTS[form](house).until(talk, slot)
    slots = dict(talk.slots)
    for text, intent in (("跳过", "nlu_fallback"), ("不晓得", "nlu_fallback"), ("哪个晓得哦", "say_unknown")):
        talk.slots = dict(slots)
        reply = talk.say(text, intent=intent)
        assert (reply.value(slot), talk.asks != slot) == ("skipped", True)


@pytest.mark.parametrize(("form", "slot"), OPTIONAL)
def test_what_was_skipped_is_in_no_summary(form: str, slot: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.begin(talk)
    for step in script.steps:
        reply = talk.say("跳过") if step.slot == slot else talk.say(step.text, *step.values)
    assert WORDING["labels"][slot] + "：" not in reply.texts[-1]


@pytest.mark.parametrize("form", CONFIRMED)
@pytest.mark.parametrize("text", ["不对", "要修改"])
def test_a_no_asks_what_to_change_and_that_one_thing_is_asked_again(
    form: str, text: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    before = dict(talk.slots)
    intent = "say_correct" if text == "要修改" else "nlu_fallback"
    reply = talk.say(text, intent=intent)
    assert reply.texts == [FORM["what_to_change"]]
    labels = [f"改{WORDING['labels'][step.slot]}" for step in script.steps][:6]
    assert reply.choices == [*labels, STOP]
    assert reply.events == [("requested_slot", script.confirm), (script.confirm, None)]
    said, slot, label = script.again or ("", "", "")
    assert f"改{label}" in labels
    again = talk.say(said)
    assert again.events == [(slot, None), ("task_tries", 0), ("requested_slot", slot)]
    step = next(step for step in script.steps if step.slot == slot)
    talk.say(step.text, *step.values)
    for later in script.steps[script.steps.index(step) + 1 :]:
        if talk.asks == later.slot:  # a new day needs its time again
            talk.say(later.text, *later.values)
    assert talk.asks == script.confirm
    assert {k: v for k, v in talk.slots.items() if k != "booking_found"} == {
        k: v for k, v in before.items() if k != "booking_found"
    }


def records(house: House) -> list[Any]:
    return [(case.receipt, case.kind) for case in house.cases()] + [row[:2] for row in house.bookings()]


@pytest.mark.parametrize("form", CONFIRMED)
@pytest.mark.parametrize(("text", "intent"), [("确认", "nlu_fallback"), ("就是滴", "say_yes")])
def test_a_yes_files_it_and_closes_the_form(
    form: str, text: str, intent: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    reply = talk.say(text, intent=intent)
    assert reply.events[-len(closing(form)) :] == closing(form)
    (bubble,) = reply.bubbles
    assert bubble["receipt"] in bubble["text"] and WORDING["answer"]["demo"] in bubble["text"]
    assert bubble["receipt"] in [receipt for receipt, _ in records(house)]
    assert talk.active is None and len(records(house)) == 1


@pytest.mark.parametrize("form", CONFIRMED)
def test_the_same_yes_twice_is_one_record(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    slots = dict(talk.slots)
    first = talk.say("确认")
    filed = records(house)
    talk.slots, talk.active = slots, form  # Rasa lost the answer and sends the turn again
    second = talk.say("确认")
    assert records(house) == filed
    assert talk.active is None
    if form != "cancel_form":
        assert second.bubbles[0]["receipt"] == first.bubbles[0]["receipt"]


@pytest.mark.parametrize("form", CONFIRMED)
def test_a_dead_registry_keeps_the_form_and_its_key_and_the_retry_files_once(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    before, had = dict(talk.slots), records(house)
    house.die()
    for _ in range(2):
        reply = talk.say("确认")
        assert reply.texts == [FORM["try_again"]] and reply.choices == ["再试一次", STOP]
        assert reply.events == [("requested_slot", script.confirm), ("task_tries", 0)]
        assert talk.slots == before and talk.slots["task_key"] == "task-1"
    house.mend()
    assert records(house) == had
    reply = talk.say("再试一次", intent="say_repeat")
    assert reply.bubbles[0]["receipt"] and len(records(house)) == 1
    assert talk.active is None


@pytest.mark.parametrize("form", CONFIRMED)
def test_a_registry_that_answers_too_late_files_once_all_the_same(
    form: str, house: House, talk: Talk
) -> None:
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    house.resources.settings.action_timeout = 0.02
    house.dawdle(0.1)
    reply = talk.say("确认")
    assert reply.texts == [FORM["try_again"]]
    assert reply.events == [("requested_slot", script.confirm), ("task_tries", 0)]
    house.resources.settings.action_timeout = 5.0
    house.mend()
    late = records(house)
    assert len(late) == 1, "the late answer had filed it"
    talk.say("再试一次")
    assert [receipt for receipt, _ in records(house)] == [receipt for receipt, _ in late]
    assert talk.active is None


@pytest.mark.parametrize("form", CONFIRMED)
def test_a_sentence_at_the_confirmation_changes_nothing_and_files_nothing(
    form: str, house: House, talk: Talk
) -> None:
    """A long remark is no new report text."""
    script = SCRIPTS[form](house)
    script.until(talk, script.confirm or "")
    before, had = dict(talk.slots), records(house)
    reply = talk.say("麻烦你们快一点派人来看看吧")
    assert reply.events == [("task_tries", 1), ("requested_slot", script.confirm)]
    assert talk.slots | {"task_tries": 0} == before and records(house) == had
