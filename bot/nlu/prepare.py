"""What the networks and the word counts are given of a message."""

from __future__ import annotations

import re

from bot.nlu.pinyin import to_characters
from bot.text.clean import clean, strip_politeness
from bot.text.identifiers import blank_tokens

LONGEST = 200
SHORTEST_CLAUSE = 5
_CLAUSE_BORDER = re.compile(r"[，,。；;？?！!\s]+|(?:另外|还有|顺便)")


def prepared(text: str) -> str:
    """The text that is encoded: cleaned, identifiers blanked, pinyin read, politeness stripped, a long story's two ends."""
    text = strip_politeness(to_characters(blank_tokens(clean(text))))
    if len(text) > LONGEST:
        # Residents put the point first or last; the encoder's time grows with the length.
        text = text[: LONGEST // 2] + text[-LONGEST // 2 :]
    return text


def clauses(text: str) -> list[str]:
    """The parts of a message that may each be a question of their own; [] where there is only one.

    text: prepared. Parts of fewer than SHORTEST_CLAUSE characters join the one before.
    """
    parts: list[str] = []
    for part in _CLAUSE_BORDER.split(text):
        if parts and len(part) < SHORTEST_CLAUSE:
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts[-3:] if len(parts) > 1 else []
