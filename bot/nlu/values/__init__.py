"""Every value a resident's message holds, found and normalised once: :func:`extract`.

Pure functions of text and day; the Rasa component in ``bot/nlu/entities.py`` only wraps them."""

from __future__ import annotations

from datetime import date

from bot.nlu.values import choices, dates, gazetteer, money, person, places, times
from bot.nlu.values.model import MARK, Entity, entity
from bot.text.identifiers import find_identifiers, find_tokens

__all__ = ["Entity", "extract", "warm_up"]

_FOLD = str.maketrans(
    {chr(0xFF01 + i): chr(0x21 + i) for i in range(94) if chr(0xFF01 + i) not in "，！？；：（）"}
    | {"\u3000": " "}
)
# On a tie of length the earlier name wins.
_ORDER = (
    "id_card", "phone", "receipt", "ordinal", "benefit", "disability", "money", "age", "height", MARK, "date",
    "time_of_day", "township", "place", "self_care", "marital", "relation", "sex", "count", "number",
)  # fmt: skip
_RANK = {name: i for i, name in enumerate(_ORDER)}
# A township inside an address is both; so are kin said with a state (老倌走了).
_TOGETHER = frozenset({frozenset({"township", "place"}), frozenset({"relation", "marital"})})
_FILLER = "\ufffc"


def warm_up() -> None:
    """Load the lists, so that the first message is as fast as the others."""
    gazetteer.load()


def _identifiers(text: str) -> list[Entity]:
    found = [
        entity(token.kind, text, token.start, token.end, {"sealed": token.cipher, "valid": token.valid})
        for token in find_tokens(text)
    ]
    for raw in find_identifiers(text):
        value: dict[str, object] = {"raw": raw.value, "valid": raw.valid}
        if raw.reason:
            value["reason"] = raw.reason
        found.append(entity(raw.kind, text, raw.start, raw.end, value))
    return found


def _without(text: str, taken: list[Entity]) -> str:
    """`text` with the taken spans blotted out, positions unchanged: no rule reads inside a phone number."""
    for e in taken:
        text = text[: e.start] + _FILLER * (e.end - e.start) + text[e.end :]
    return text


def _resolve(found: list[Entity]) -> list[Entity]:
    """The longest of what overlaps, in the order of the text."""
    kept: list[Entity] = []
    for candidate in sorted(found, key=lambda e: (e.start - e.end, _RANK[e.entity], e.start)):
        clash = any(
            candidate.start < e.end
            and e.start < candidate.end
            and frozenset({e.entity, candidate.entity}) not in _TOGETHER
            for e in kept
        )
        if not clash:
            kept.append(candidate)
    return sorted((e for e in kept if e.entity != MARK), key=lambda e: (e.start, e.end))


def extract(text: str, today: date) -> list[Entity]:
    """The entities of `text`, in order; 明天 is counted from `today`. Never raises on any text.

    Names and shapes of the values stand at the function that finds them."""
    folded = text.translate(_FOLD)
    sure = _identifiers(folded)
    rest = _without(folded, sure)
    receipts = choices.receipts(rest)
    sure += receipts
    rest = _without(rest, receipts)
    found = [
        *money.find(rest),
        *person.ages(rest, today),
        *person.heights(rest),
        *person.disabilities(rest),
        *person.counts(rest),
        *dates.find(rest, today),
        *times.find(rest),
        *gazetteer.find(rest),
        *places.find(rest),
        *choices.ordinals(rest),
        *choices.bare_number(rest),
    ]
    return _resolve(sure + found)
