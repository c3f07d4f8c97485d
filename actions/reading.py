"""What a turn inside a form may be: a stop, a correction, a question, something urgent, a value.

Nothing is said and nothing changed here; actions/form.py decides by these in which order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from actions.fields import SKIPPED, Field, Problem, wants_skip
from actions.turn import Turn

FORM_OF_INTENT = {
    "do_book": "book_form",
    "do_reschedule": "move_form",
    "do_cancel_booking": "cancel_form",
    "do_find_booking": "progress_form",
    "ask_case_progress": "progress_form",
    "do_report_child": "child_form",
    "do_report_street": "street_form",
    "do_report_missing": "missing_form",
    "do_report_funeral": "complaint_form",
    "do_request_visit": "complaint_form",
    "ask_complaint": "complaint_form",
    "do_screen": "screen_form",
}
URGENT = ("do_report_child", "do_report_street", "do_report_missing")
STOP = re.compile(r"^(算了|不弄了|不办了|不填了|退出|停|停下|取消|不搞了|不报了|先不办)[吧了啊。！! ]*$")
REPEAT = re.compile(r"^(再说一遍|重说一遍|冇听清|没听清|什么意思|么意思)[吧了啊。？?！! ]*$")
SAYING = "[说讲听看遍次再重]"
CORRECT = re.compile(
    r"^(哦?不对|不是|错了|说错了|搞错了|弄错了|改一下|改成|改到|换成|换到|哦不|不行|不要|应该是|我说错|写错了|更正)[，,。咯啊 ]*"
)
CHANGE = re.compile(r"^(我?要?[修更]?改|换)")


def stops(turn: Turn) -> bool:
    """Whether the resident gives the form up."""
    return bool(STOP.match(turn.words)) or turn.says(("say_stop",))


def asks_again(turn: Turn) -> bool:
    """Whether the question should be said again."""
    # "刚才" alone is a time, whatever the classifier takes it for.
    return bool(REPEAT.match(turn.words)) or (turn.says(("say_repeat",)) and turn.has(SAYING))


def corrects(turn: Turn) -> bool:
    """Whether it opens as a correction: 不对，…"""
    return bool(CORRECT.match(turn.words))


def changes_something(turn: Turn) -> bool:
    """Whether, at the confirmation, something is to be changed."""
    return bool(CHANGE.match(turn.words)) or turn.says(("say_correct",))


def digresses(turn: Turn) -> bool:
    """Whether the turn asks something of its own instead of answering."""
    asks = turn.intent.startswith(("ask_", "other_")) and turn.confidence >= 0.5
    return asks and turn.is_question


def urgent(turn: Turn, form: str) -> str | None:
    """The other form that what the turn reports belongs to, when it cannot wait and the words show it."""
    if turn.bereaved:
        return None
    if turn.danger and turn.matches("care_home_violence"):
        theirs = "complaint_form"
    elif turn.intent in URGENT and turn.confidence >= 0.6 and turn.shows(FORM_OF_INTENT[turn.intent]):
        theirs = FORM_OF_INTENT[turn.intent]
    else:
        return None
    return theirs if theirs != form else None


def polite(turn: Turn) -> bool:
    """Whether it is a greeting, thanks or small talk."""
    return (
        # "昨天" alone may look like small talk, but it names a day.
        turn.intent in ("say_greet", "say_thanks", "chitchat", "say_bot", "say_help")
        and turn.confidence >= 0.6
        and not turn.message.get("entities")
    )


def read(
    turn: Turn, slots: dict[str, Any], item: Field, changes: dict[str, Any], form: str
) -> Problem | None:
    """Read the requested field into `changes`; a Problem when what was said cannot be right."""
    if item.optional and wants_skip(turn):
        changes[item.slot] = SKIPPED
        return None
    if item.free and (digresses(turn) or turn.says(("say_greet", "say_thanks"))):
        return None
    value = item.read(turn, slots)
    if isinstance(value, Problem):
        # "要带么东西" is no bad phone number; it is a question. Nor is "有个伢在挨打" two names.
        return None if digresses(turn) or urgent(turn, form) or polite(turn) else value
    if value is not None:
        changes[item.slot] = value
    return None


def prefilled(
    fields: Iterable[Field], turn: Turn, slots: dict[str, Any], confirm: str | None
) -> dict[str, Any]:
    """Values of fields not asked yet that this turn gives in passing."""
    found: dict[str, Any] = {}
    for item in fields:
        if item.prefill is None or item.filled(slots) or item.slot == confirm:
            continue
        value = item.prefill(turn, slots | found)
        if value is not None and not isinstance(value, Problem):
            found[item.slot] = value
    return found


def corrections(
    fields: Iterable[Field], turn: Turn, slots: dict[str, Any], current: Field, confirm: str | None
) -> dict[str, Any]:
    """New values for fields filled before: "不对，是下周三"."""
    if not (corrects(turn) or turn.says(("say_correct",)) or current.slot == confirm):
        return {}
    changes: dict[str, Any] = {}
    for item in fields:
        if item.prefill is None or item.once or item.slot == current.slot or slots.get(item.slot) is None:
            continue
        value = item.prefill(turn, slots)
        if value is not None and not isinstance(value, Problem) and value != slots.get(item.slot):
            changes[item.slot] = value
    return changes
