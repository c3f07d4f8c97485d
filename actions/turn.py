"""One resident's turn as the actions read it: words, intent, values, what came with it.

Values were parsed once, in Rasa's pipeline; what no intent or entity was trained for is read here by signs.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from rasa_sdk import Tracker

from actions.resources import EVIDENCE, LOCAL, SIGNS
from bot.text.identifiers import blank_tokens, mask

QUESTION = re.compile(
    r"[?？]|[吗么嘛不冇没]$|[吗么嘛]|什么|么[事样昝子]|怎么|咋|如何|几[多时久个]|多少|多久|哪|为何|是否|能不能|可不可以|要不要|用不用|行不行|要带|得不得|能不"
)
SURE = 0.55
# A number that stands alone is that of a choice: 2, 2., 二, 第2.
# 3号 is a day of the month and 一个 a count.
LONE_NUMBER = re.compile(r"^(?:第|选|选择)?([0-9]{1,2}|[一二三四五六七八九十])(?:[.、。)）])?$")
NUMERALS = "零一二三四五六七八九十"


@lru_cache
def _pattern(sign: str, part: str) -> re.Pattern[str] | None:
    patterns = SIGNS[sign].get(part)
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def matches(sign: str, words: str) -> bool:
    """Whether the words show this sign of signs.yml."""
    packed = re.sub(r"\s+", "", words)
    any_of, unless, without = (_pattern(sign, part) for part in ("any", "unless", "without"))
    packed = without.sub("", packed) if without else packed
    return bool(any_of and any_of.search(packed)) and not (unless and unless.search(packed))


TOLD = 8


class Turn:
    """The latest message of a tracker, or another message of its conversation."""

    def __init__(self, tracker: Tracker, message: dict[str, Any] | None = None) -> None:
        self.tracker = tracker
        self.message: dict[str, Any] = message if message is not None else tracker.latest_message or {}

    def before(self, count: int) -> list[Turn]:
        """The last `count` messages of the resident before this one, the newest first."""
        said = [event for event in self.tracker.events if event.get("event") == "user"]
        # Rasa sends the message being answered as an event too; a message without its event is the newest itself.
        if said and (said[-1].get("parse_data") or {}).get("text") == self.message.get("text"):
            said.pop()
        return [Turn(self.tracker, event.get("parse_data") or {}) for event in reversed(said[-count:])]

    @cached_property
    def intent(self) -> str:
        return (self.message.get("intent") or {}).get("name") or "nlu_fallback"

    @cached_property
    def confidence(self) -> float:
        return float((self.message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def service(self) -> str | None:
        """Service code of an `ask_<code>` intent."""
        return (
            self.intent.removeprefix("ask_")
            if self.intent.startswith("ask_") and self.intent != "ask_followup"
            else None
        )

    @property
    def ranking(self) -> list[tuple[str, float]]:
        """(intent, confidence), best first."""
        return [(r["name"], float(r["confidence"])) for r in self.message.get("intent_ranking") or []]

    @property
    def aspect(self) -> str | None:
        return self.message.get("aspect")

    @property
    def tells(self) -> bool:
        """Whether there are words enough to tell of something: in 那怎么弄 a classifier reads what it likes."""
        return len(self.words) >= TOLD

    def shows(self, group: str) -> bool:
        """Whether the words hold one of the signs of evidence.yml's `group`."""
        return any(sign in self.words for sign in EVIDENCE[group])

    def matches(self, sign: str) -> bool:
        """Whether the words show this sign of signs.yml."""
        return matches(sign, self.words)

    def has(self, pattern: str) -> bool:
        """Whether the words hold this pattern."""
        return bool(re.search(pattern, self.words))

    def beyond(self, *groups: str) -> str:
        """What is left of the words when the fillers and the words of these groups of signs.yml are taken away."""
        left = self.words
        for group in (*groups, "fillers"):
            pattern = _pattern(group, "any")
            left = pattern.sub("", left) if pattern else left
        return left

    @property
    def nth(self) -> int | None:
        """Which of the choices shown is meant: the second one, 2, the last (-1)."""
        ordinal = self.first("ordinal")
        if isinstance(ordinal, dict):
            return int(ordinal["n"]) or None
        if lone := LONE_NUMBER.match(self.words):
            said = lone[1]
            return (int(said) if said.isdigit() else NUMERALS.index(said)) or None
        return None

    @property
    def danger(self) -> str | None:
        """The danger that the safety screen saw in it."""
        return self.metadata.get("danger")

    @property
    def also(self) -> str | None:
        """Service code of a second question in the same message."""
        second = self.message.get("also") or ""
        return second.removeprefix("ask_") if second.startswith("ask_") else None

    @property
    def bereaved(self) -> bool:
        """Whether it tells of a death in the family."""
        return bool(self.message.get("bereaved"))

    @property
    def metadata(self) -> dict[str, Any]:
        return self.message.get("metadata") or {}

    @cached_property
    def words(self) -> str:
        """What was said, identifiers replaced by nouns: fit to be stored and matched."""
        return blank_tokens(self.message.get("text") or "").strip()

    @property
    def masked(self) -> str:
        """What was said, identifiers masked: fit for the desk."""
        return mask(self.message.get("text") or "").strip()

    def values(self, entity: str) -> list[Any]:
        """Normalised values of this entity, in the order in which they were said."""
        found = [e for e in self.message.get("entities") or [] if e.get("entity") == entity]
        return [e["value"] for e in sorted(found, key=lambda e: e.get("start", 0))]

    def first(self, *entities: str) -> Any:
        """The first value of the first of these entities that was said, or None."""
        return next((values[0] for name in entities if (values := self.values(name))), None)

    def says(self, intents: Iterable[str]) -> bool:
        """Whether the intent is one of these and sure enough to act on."""
        return self.intent in intents and self.confidence >= SURE

    @property
    def is_question(self) -> bool:
        """Whether it asks for something (a digression inside a form) rather than tells something."""
        return bool(self.aspect) or bool(QUESTION.search(self.words.rstrip("。.!！~ ")))


def today() -> date:
    """Today in Xian'an."""
    return datetime.now(LOCAL).date()
