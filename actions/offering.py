"""Services to tap: those asked back about, and those that an unsure answer may have missed."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.resources import resources
from actions.say import Choice, bubble, outline, wording
from actions.turn import Turn

CHOICES = 3
# From this share on a service that was not answered is shown to tap. On the first hold-out one answer in seven then
# carries such a choice, and half of the answers about a wrong service carry the right one (docs/understanding.md).
WORTH_A_TAP, TAPS = 0.03, 2
# They have a card and are no subject that a resident would pick.
NO_SUBJECT = ("human_handoff", "followup")


def known(service: str | None) -> str | None:
    """The code, if the knowledge has a card for it."""
    return service if service in resources().library.current().services else None


def last_service(slots: dict[str, Any]) -> str | None:
    """The service the conversation is about, if there is a card for it."""
    return known(slots.get("last_service"))


def named_service(turn: Turn) -> str | None:
    """The service a resident names exactly: a tapped choice or a bare service name."""
    words = turn.words.removeprefix(wording("answer.ask_about")).strip("：: 。？?")
    library = resources().library.current()
    for code in library.services:
        card = library.card(code)
        if words in (card.name, card.choice_label):
            return code
    return None


def offered(intent: str) -> str | None:
    """The service that a guess may be offered as; None for a task, small talk, another department."""
    code = known(intent.removeprefix("ask_")) if intent.startswith("ask_") else None
    return None if code in NO_SUBJECT else code


def other_services(turn: Turn, answered: str | None = None) -> dict[str, Choice]:
    """What else the message may well be about, likeliest first: code → the choice that asks about it instead."""
    if named_service(turn):
        return {}
    guesses = [offered(intent) for intent, share in turn.ranking if share >= WORTH_A_TAP]
    codes = [code for code in guesses if code and code != answered]
    return {code: offer(code, "answer.meant_instead") for code in codes[:TAPS]}


def offer(code: str, title: str = "answer.offered") -> Choice:
    """A choice that names a service in residents' words; title: the wording it is put in."""
    library = resources().library.current()
    return {
        "title": wording(title, name=library.choice_label(code)),
        "payload": wording("answer.ask_about") + library.card(code).name,
    }


def ask_which(turn: Turn, dispatcher: CollectingDispatcher) -> None:
    """Ask which service is meant, with the commonest to tap."""
    bubble(dispatcher, wording("answer.which_service"), wording("answer.starters").split("、"),
           answer=outline("clarify", "out_of_scope", turn.confidence))  # fmt: skip
