"""Receipt numbers as residents give them, and the way on for those who have lost theirs.

A phone number alone opens nothing: staff call back the number on file (registry/lookup.py).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions import answering
from actions.fields import SKIPPED, Problem, Reading, phone, wants_skip
from actions.resources import in_registry, resources
from actions.say import say, wording
from actions.showing import opened
from actions.turn import Turn
from registry.lookup import ask_call_back
from registry.receipts import PREFIXES, parse_receipt

NO_RECEIPT = "none"
BOOKING, APPLICATION = PREFIXES["appointment"], PREFIXES["application"]


def read_receipt(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A receipt number, or NO_RECEIPT; one that fails its check character is a problem at once."""
    said = turn.first("receipt") or turn.words
    receipt = parse_receipt(str(said))
    if receipt is not None:
        return receipt
    if re.search(r"[A-Za-z]{2}.*\d|\d{6}", turn.words):
        return Problem("problem.receipt")
    return NO_RECEIPT if turn.matches("no_receipt") or wants_skip(turn) else None


def receipt_said(turn: Turn, _slots: dict[str, Any]) -> Reading:
    """A receipt named in passing."""
    return parse_receipt(str(turn.first("receipt"))) if turn.first("receipt") else None


def is_report(receipt: object) -> bool:
    """Whether this is the receipt of a report: neither of a booking nor of an application."""
    known = isinstance(receipt, str) and parse_receipt(receipt) is not None
    return known and not str(receipt).startswith((BOOKING, APPLICATION))


def owners_phone(slot: str) -> Any:
    """Reads the phone that was left with the number in `slot`; without either, a person must help."""

    def read(turn: Turn, slots: dict[str, Any]) -> Reading:
        value = phone(turn, slots)
        left_out = value is None and (wants_skip(turn) or turn.matches("no_phone"))
        return (
            SKIPPED if left_out and (slots.get(slot) == NO_RECEIPT or is_report(slots.get(slot))) else value
        )

    return read


def ask_phone_instead(dispatcher: CollectingDispatcher) -> None:
    """Ask somebody without a receipt for the phone left at the time."""
    say(dispatcher, "receipt.phone_instead", [wording("words.no_phone"), wording("words.person")])


async def call_back(
    sealed_phone: str | None,
    turn: Turn,
    service: str,
    dispatcher: CollectingDispatcher,
    note: str | None = None,
) -> None:
    """Have staff call the number on file, about `note`; hand over to a person when there is no number either."""
    number = opened(sealed_phone)
    if number is None:
        await answering.hand_over(turn, service, dispatcher)
        return

    def write() -> None:
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            ask_call_back(
                session, phone=number, text_masked=" ".join(filter(None, [note, wording("receipt.for_the_desk")])),
                conversation=turn.tracker.sender_id, now=datetime.now(UTC), is_demo=resources().settings.demo,
            )  # fmt: skip

    await in_registry(write)
    # The same sentence whether anything was found: who asks may not be the owner.
    say(dispatcher, "receipt.call_back", [wording("words.person")])
