"""How actions speak: domain responses for fixed sentences, one JSON bubble for everything composed.

The wording of bubbles lives in actions/wording.yml, domain/ and knowledge/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.resources import WORDING
from knowledge import Answer

Choice = dict[str, str]


def wording(key: str, **values: Any) -> str:
    """The sentence `key` ("group.name") of wording.yml, filled in."""
    node: Any = WORDING
    for part in key.split("."):
        node = node[part]
    return str(node).format(**values) if values else str(node)


def choices(titles: Iterable[str | Choice]) -> list[Choice]:
    """Quick replies from titles, or from {title, payload}."""
    return [{"title": t, "payload": t} if isinstance(t, str) else t for t in titles]


def bubble(
    dispatcher: CollectingDispatcher,
    text: str,
    options: Iterable[str | Choice] = (),
    *,
    answer: dict[str, Any] | None = None,
    receipt: str | None = None,
) -> None:
    """Send one bubble."""
    message: dict[str, Any] = {"text": text.strip(), "choices": choices(options)}
    if answer is not None:
        message["answer"] = answer
    if receipt is not None:
        message["receipt"] = receipt
    dispatcher.utter_message(json_message=message)


def say(
    dispatcher: CollectingDispatcher, key: str, options: Iterable[str | Choice] = (), **values: Any
) -> None:
    """Send the sentence `key` of wording.yml."""
    bubble(dispatcher, wording(key, **values), options)


def say_answer(
    dispatcher: CollectingDispatcher,
    answer: Answer,
    confidence: float | None = None,
    others: Mapping[str, Choice] | None = None,
) -> None:
    """Send a composed answer with its sources; others: service code → the choice that asks about it instead."""
    data = answer.model_dump(mode="json")
    if confidence is not None:
        data["confidence"] = round(confidence, 3)
    options = data.pop("choices")
    if others:
        own = [] if answer.decision == "redirect" else [answer.service]
        data["candidates"] = [*own, *others]
        asked = {option["payload"] for option in options}
        options += [choice for choice in others.values() if choice["payload"] not in asked]
    bubble(dispatcher, answer.text, options, answer={k: v for k, v in data.items() if k != "text"})


def booked_service(code: str) -> str:
    """The name of a service that can be booked, as it stood among the choices."""
    return next(option["title"] for option in WORDING["choices"]["book_service"] if option["value"] == code)


def outline(decision: str, service: str, confidence: float | None = None, **more: Any) -> dict[str, Any]:
    """The Answer fields of a bubble that is not composed from cards (a report taken, a form begun, a clarify)."""
    return {
        "decision": decision, "service": service, "aspect": None, "citations": [], "amounts": [],
        "confidence": None if confidence is None else round(confidence, 3), **more,
    }  # fmt: skip
