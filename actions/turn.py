"""One resident's turn as the actions read it: words, intent, values, what came with it.

Everything was parsed once, in Rasa's pipeline; nothing here reads the words again for values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker

from actions.resources import EVIDENCE, LOCAL
from bot.text.identifiers import blank_tokens, mask

QUESTION = re.compile(
    r"[?？]|[吗么嘛不冇没]$|[吗么嘛]|什么|么[事样昝子]|怎么|咋|如何|几[多时久个]|多少|多久|哪|为何|是否|能不能|可不可以|要不要|用不用|行不行|要带|得不得|能不"
)
SURE = 0.55


class Turn:
    """The latest message of a tracker."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.message: dict[str, Any] = tracker.latest_message or {}

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

    def shows(self, group: str) -> bool:
        """Whether the words hold one of the signs of evidence.yml's `group`."""
        return any(sign in self.words for sign in EVIDENCE[group])

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
