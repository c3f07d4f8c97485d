"""No clear phone or identity number leaves an action: not in slots, not in bubbles, not on the desk."""

from __future__ import annotations

import json

import pytest

from tests.actions.conftest import House
from tests.actions.scripts import SCRIPTS
from tests.actions.talk import Reply, Talk

CLEAR, IDENTITY = "13912345678", "110101199003078515"


def leaks(*things: object) -> bool:
    whole = json.dumps([repr(thing) for thing in things])
    return CLEAR in whole or IDENTITY in whole or "39123456" in whole


def shown(reply: Reply) -> tuple[object, ...]:
    return reply.events, reply.bubbles


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_number_typed_in_the_clear_goes_nowhere(form: str, house: House, talk: Talk) -> None:
    """The gateway seals; should a message come in some other way, the forms still keep no number."""
    said = f"我的电话{CLEAR}，身份证{IDENTITY}"
    values = ("phone", {"raw": CLEAR, "valid": True}), ("id_card", {"raw": IDENTITY, "valid": True})
    for slot in SCRIPTS[form](house).questions(talk):
        reply = talk.say(said, *values)
        assert not leaks(*shown(reply), talk.slots), slot
    assert not leaks(house.desk())


@pytest.mark.parametrize("form", SCRIPTS)
def test_a_sealed_number_is_shown_masked_only(form: str, house: House, talk: Talk) -> None:
    mobile = house.phone(CLEAR)
    for slot in SCRIPTS[form](house).questions(talk):
        reply = talk.say(f"打我电话{mobile.text}吧", mobile.value)
        bubbles = json.dumps(reply.bubbles, ensure_ascii=False)
        assert not leaks(*shown(reply)) and mobile.sealed not in bubbles and "⟦" not in bubbles, slot


@pytest.mark.parametrize("form", SCRIPTS)
def test_from_beginning_to_end(form: str, house: House, talk: Talk) -> None:
    script = SCRIPTS[form](house)
    replies = [script.begin(talk)]
    for step in script.steps:
        replies.append(talk.say(step.text, *step.values))
    if talk.active and script.confirm:
        replies.append(talk.say("确认"))
    whole = json.dumps([[r.events, r.bubbles] for r in replies], ensure_ascii=False)
    assert "13812345678" not in whole
    if script.confirm and any(step.slot.endswith("_phone") for step in script.steps):
        assert "138****5678" in whole


@pytest.mark.parametrize(
    "action", ["action_answer", "action_followup", "action_clarify", "action_handoff", "action_redirect"]
)
def test_answers_and_the_desk(action: str, house: House, talk: Talk) -> None:
    intent = {"action_redirect": "other_yibao", "action_answer": "ask_dibao"}.get(action, "nlu_fallback")
    talk.slots |= {"clarify_count": 5, "last_service": "dibao"}
    reply = talk.run(action, f"我电话{CLEAR}身份证{IDENTITY}", intent=intent)
    assert not leaks(*shown(reply), house.desk())
