"""What a resident typed, made safe and uniform before any other part of the house reads it.

Pure functions: cleaning (:mod:`bot.text.clean`) and personal identifiers (:mod:`bot.text.identifiers`)."""

from bot.text.clean import clean, is_blank, looks_english, looks_like_code, only_emoji, strip_politeness
from bot.text.identifiers import (
    Identifier,
    SealedToken,
    blank_tokens,
    find_identifiers,
    find_tokens,
    mask,
    seal_identifiers,
)

__all__ = [
    "Identifier",
    "SealedToken",
    "blank_tokens",
    "clean",
    "find_identifiers",
    "find_tokens",
    "is_blank",
    "looks_english",
    "looks_like_code",
    "mask",
    "only_emoji",
    "seal_identifiers",
    "strip_politeness",
]
