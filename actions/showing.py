"""Values of fields in words, for summaries; sealed numbers masked, or opened for the registry alone."""

from __future__ import annotations

from typing import Any

from actions.fields import SKIPPED
from actions.resources import WORDING, resources
from actions.say import wording
from registry.crypto import mask_phone


def shown_value(slot: str, value: Any) -> str:
    """A field's value as the resident reads it in the summary."""
    if isinstance(value, bool):
        return wording("words.yes" if value else "words.no")
    if isinstance(value, dict) and "text" in value:
        return value["text"] or wording("words.shared_location")
    for option in WORDING["choices"].get(slot, []):
        if option["value"] == value:
            return str(option["title"])
    if isinstance(value, str) and slot.endswith("_phone"):
        return masked_phone(value)
    return str(value)


def masked_phone(sealed: str) -> str:
    """A sealed phone number as 138****5678."""
    return mask_phone(resources().sealer.unseal(sealed))


def opened(sealed: str | None) -> str | None:
    """A sealed number in the clear, for the registry alone."""
    return None if sealed in (None, SKIPPED) else resources().sealer.unseal(sealed)
