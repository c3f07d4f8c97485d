"""The one shape every value module returns: where in the text, which entity, and its normal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# A span that means something but is no answer by itself (the "一个月" of "一个月两千三"): it only
# keeps the other modules from reading it as a value of theirs.
MARK = "_mark"


@dataclass(frozen=True, slots=True)
class Entity:
    """A value in a message: `text` is the surface ``[start:end]``, `value` the JSON-able normal form."""

    entity: str
    start: int
    end: int
    value: Any
    text: str


def entity(name: str, text: str, start: int, end: int, value: Any) -> Entity:
    """An :class:`Entity` over ``text[start:end]``."""
    return Entity(name, start, end, value, text[start:end])
