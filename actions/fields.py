"""What a form asks for: fields with a reader that turns a resident's turn into a value or a problem.

A reader returns a value, a `Problem` (a sentence's key), or None when the turn says nothing about the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from actions.resources import WORDING
from actions.turn import Turn

SKIPPED = "skipped"
UNKNOWN_INTENTS = ("say_unknown", "say_skip")
SKIP_WORDS = re.compile(
    r"^(跳过|不填|不想说|不说|不方便|没有|冇得|没得|不晓得|不知道|不清楚|记不清|不记得|匿名|不留|不用)[了吧啊哦。！!~ ]*$"
)
YES = re.compile(
    r"^(是|是的|对|对的|对头|确认|没错|冇错|嗯+|好|好的|要得|可以|行|中|就这样|提交|在|有|会|愿意|要|马上提交|再试一次|报了|报过了)[啊呀的了吧哦哈。！!~，, ]*$"
)
NO = re.compile(
    r"^(不是|不对|不|没有|没|冇|冇得|不用|不要|不行|否|不在|不会|不愿意|错了|没报|还没)[啊呀的了吧哦哈。！!~，, ]*$"
)
MAX_TEXT = 600


@dataclass(frozen=True)
class Problem:
    """Why a turn is not a value of the field: key of a sentence in wording.yml and what to put into it."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()


Reading = Any
Option = TypeVar("Option")
Reader = Callable[[Turn, dict[str, Any]], Reading]
Needed = Callable[[dict[str, Any]], bool]
Whole = Callable[[Any, dict[str, Any]], bool]
Fits = Callable[[dict[str, Any], dict[str, Any]], bool]
DENIED_BEFORE = "(?<!没)(?<!没有)(?<!冇)(?<!冇得)(?<!不)(?<!不是)"


@dataclass(frozen=True)
class Field:
    """One thing a form needs.

    slot: its Rasa slot. read: reads the answer to our question. prefill: reads it out of anything said
    (default: nothing). optional: may be skipped. free: the answer is free text, so a statement is never a
    digression. once: prefilled by the message that begins the form, never corrected in passing (any sentence
    would do for a text). needed: whether it is asked at all, given the other slots. whole: whether a value is all that is
    wanted; less is kept and the rest asked for.
    """

    slot: str
    read: Reader
    prefill: Reader | None = None
    optional: bool = False
    free: bool = False
    once: bool = False
    needed: Needed = lambda _slots: True
    whole: Whole = lambda _value, _slots: True

    def filled(self, slots: dict[str, Any]) -> bool:
        """Whether it needs no more asking."""
        value = slots.get(self.slot)
        return value is not None and self.whole(value, slots)


def yes_no(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """True, False, or None."""
    words = turn.words
    if YES.match(words) or turn.says(("say_yes",)):
        return True
    if NO.match(words) or turn.says(("say_no",)):
        return False
    return None


def phone(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A sealed phone number {"sealed": …}, or the problem with it."""
    found = turn.values("phone")
    good = [value for value in found if value.get("valid")]
    if good:
        return good[-1]["sealed"] if "sealed" in good[-1] else Problem("problem.phone")
    if found or re.search(r"\d{5,}", turn.words):
        return Problem("problem.phone")
    return None


def phone_said(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A valid phone number out of anything said."""
    good = [v["sealed"] for v in turn.values("phone") if v.get("valid") and "sealed" in v]
    return good[-1] if good else None


def bare_number(turn: Turn) -> float | None:
    """A number without a unit (两千, 78), which only the question makes a sum, an age or a count."""
    found = turn.first("number")
    return found["n"] if isinstance(found, dict) else None


def text(shortest: int = 2) -> Reader:
    """Free text of at least `shortest` characters, cut at MAX_TEXT."""

    def read(turn: Turn, _slots: dict[str, Any]) -> Reading:
        words = turn.masked
        if len(words) < shortest or YES.match(words):
            return Problem("problem.too_short")
        return words[:MAX_TEXT]

    return read


def place(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """Where it is: the words as said, or a shared location."""
    if location := turn.metadata.get("location"):
        return {"text": "", "location": location}
    words = turn.masked
    named = turn.values("place") or turn.values("township")
    if YES.match(words) or NO.match(words) or (len(words) < 4 and not named):
        return Problem("problem.place")
    return {"text": words[:MAX_TEXT], "township": turn.first("township")}


def place_said(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A place named in passing: a landmark, a township, a shared location."""
    if location := turn.metadata.get("location"):
        return {"text": "", "location": location}
    named, township = turn.first("place"), turn.first("township")
    if named or township:
        # The resident's own words stand; the township only says which office it goes to.
        return {"text": named or township, "township": township}
    return None


def nth_of(n: int | None, options: Sequence[Option]) -> Option | None:
    """The option of this number, counted from 1, or from the end with -1; None when there is none."""
    index = None if n is None else n - 1 if n > 0 else n
    return options[index] if index is not None and -len(options) <= index < len(options) else None


def offered(group: str, slots: dict[str, Any], fits: Fits) -> list[dict[str, Any]]:
    """The choices of this group in wording.yml that fit: what is shown, in the order in which they are numbered."""
    return [option for option in WORDING["choices"].get(group, []) if fits(option, slots)]


def said_plainly(word: str, words: str) -> bool:
    """Whether the word is said and not denied (没有受伤)."""
    return bool(re.search(DENIED_BEFORE + re.escape(word), words))


def choice(group: str, fits: Fits = lambda _option, _slots: True) -> Reader:
    """One of a field's choices: its value, for its title, its number among those shown, or one of its words."""

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        options = offered(group, slots, fits)
        words = turn.words.strip("。.!！ ")
        for option in options:
            if words in (option["title"], option.get("mine")):
                return option["value"]
        if (chosen := nth_of(turn.nth, options)) is not None:
            return chosen["value"]
        for option in options:
            if any(said_plainly(word, words) for word in option.get("words", ())):
                return option["value"]
        return None

    return read


def wants_skip(turn: Turn) -> bool:
    """Whether the resident does not know or does not want to say."""
    return bool(SKIP_WORDS.match(turn.words)) or turn.says(UNKNOWN_INTENTS)
