"""Answers outside and inside forms: from the cards, to other departments, by asking back, by a person.

The decision which of these a message gets is Rasa's (rules over intents); here it is only carried out.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.offering import (
    CHOICES,
    ask_which,
    known,
    last_service,
    named_service,
    offer,
    offered,
    other_services,
)
from actions.resources import resources
from actions.say import Choice, bubble, outline, say, say_answer, wording
from actions.turn import Turn, today
from knowledge.eligibility import PROGRAMMES
from knowledge.keeping.gaps import GapBook
from registry import RegistryUnavailable
from registry.desk import add_row

OWN_FACTS = ("money", "age", "disability", "count")
FIRST_STEPS, VIOLENCE = "cremation", "left_behind_women"
FUNERAL = (FIRST_STEPS, "funeral_subsidy", "cemetery", "eco_burial")
# From here on a guessed report is answered about its subject rather than asked back.
LIKELY = 0.6
log = structlog.get_logger("actions")


async def answer_aside(turn: Turn, context: str, dispatcher: CollectingDispatcher) -> None:
    """Answer a question asked in the middle of a form; `context` is the form's service."""
    library = resources().library.current()
    if turn.intent.startswith("other_"):
        say_answer(
            dispatcher, library.redirect(turn.intent.removeprefix("other_"), text=turn.words), turn.confidence
        )
        return
    # "要带么东西" names no service: it is about what is being done, not about what the classifier guesses.
    service = known(turn.service) if turn.values("benefit") else None
    await _from_card(turn, service or context, turn.aspect, dispatcher, turn.confidence)


async def instead_of_report(
    turn: Turn, slots: dict[str, Any], about: str, dispatcher: CollectingDispatcher
) -> None:
    """What is said where the classifier guessed a report and the words show none; about: the report's service."""
    if turn.bereaved:
        say(dispatcher, "answer.condolence")
        service: str | None = FIRST_STEPS
    else:
        service = last_service(slots) or (known(about) if turn.confidence >= LIKELY and turn.tells else None)
    if service is None:
        ask_which(turn, dispatcher)
        return
    await _from_card(turn, service, turn.aspect, dispatcher, turn.confidence)


async def help_beaten_adult(turn: Turn, dispatcher: CollectingDispatcher) -> None:
    """110, where to go and the protection order for an adult who is beaten, and a row on the desk."""
    answer = resources().library.current().answer(VIOLENCE, None, on=today(), text=turn.words)
    say_answer(dispatcher, answer, turn.confidence)
    filed = await _desk_row(turn, "handoff", VIOLENCE, "violence")
    say(dispatcher, "handoff.violence" if filed else "handoff.not_filed")


async def hand_over(turn: Turn, service: str | None, dispatcher: CollectingDispatcher) -> None:
    """Put the conversation on the desk and say so; a dead registry is said too."""
    filed = await _desk_row(turn, "handoff", service, "asked")
    key = "handoff.filed" if filed else "handoff.not_filed"
    bubble(dispatcher, wording(key), answer=outline("handoff", "human_handoff"))


async def _from_card(
    turn: Turn,
    service: str,
    aspect: str | None,
    dispatcher: CollectingDispatcher,
    confidence: float | None = None,
    others: Mapping[str, Choice] | None = None,
) -> None:
    """Say what the card answers to the resident's words; keep the question when no source stands behind it."""
    answer = resources().library.current().answer(service, aspect, on=today(), text=turn.words)
    say_answer(dispatcher, answer, confidence, others)
    if answer.decision == "answer" and not answer.citations:
        await _note_gap(turn, service)


async def _note_gap(turn: Turn, service: str | None = None) -> None:
    """Keep a question that got no sourced answer, masked, with the statements nearest to it, for a policy officer."""

    def write() -> None:
        suspected = {
            intent.removeprefix("ask_"): share for intent, share in turn.ranking if intent.startswith("ask_")
        }
        hits = (
            resources()
            .library.current()
            .search(turn.words, service=service, services=suspected or None, on=today(), limit=3)
        )
        folder = resources().settings.var / "knowledge"
        GapBook(folder).record(turn.masked, service, [hit.statement_id for hit in hits], datetime.now(UTC))

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        # The resident's answer matters more than our list.
        log.error("gap_not_kept", why=type(error).__name__)


async def _desk_row(turn: Turn, kind: str, service: str | None, reason: str) -> bool:
    conversation = turn.tracker.sender_id
    seed = f"{conversation}:{kind}:{turn.message.get('message_id') or turn.words}"

    def write() -> None:
        with resources().registry.session() as session:
            add_row(
                session, kind=kind, conversation=conversation, text_masked=turn.masked or "-", service=service, reason=reason,
                idempotency_key=hashlib.sha256(seed.encode()).hexdigest(), now=datetime.now(UTC),
            )  # fmt: skip

    try:
        async with asyncio.timeout(resources().settings.action_timeout):
            await asyncio.to_thread(write)
    except (RegistryUnavailable, TimeoutError) as error:
        log.error("desk_row_failed", why=type(error).__name__)
        return False
    return True


class ActionAnswer(Action):
    """Answers a service question from its card; own facts about a screened programme start the screening."""

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        service = named_service(turn) or known(turn.service)
        if service is None:
            return await clarify(turn, tracker, dispatcher)
        events: list[EventType] = [
            SlotSet("last_service", service),
            SlotSet("last_aspect", turn.aspect),
            SlotSet("clarify_count", 0),
        ]
        own_facts = sum(bool(turn.values(name)) for name in OWN_FACTS)
        if service in PROGRAMMES and own_facts and turn.aspect in (None, "conditions", "overview"):
            return [*events, SlotSet("screen_programme", service), FollowupAction("screen_form")]
        second = known(turn.also) if turn.also not in (service, "followup", "human_handoff") else None
        if turn.bereaved and service in FUNERAL:
            # Somebody whose father died yesterday needs to know what to do first too, whatever is asked.
            say(dispatcher, "answer.condolence")
            first_aspect, second = turn.aspect, FIRST_STEPS if service != FIRST_STEPS else second
            if service == FIRST_STEPS and turn.aspect == "procedure":
                # 老倌走了，么样搞: the steps in their order, the first one first.
                first_aspect = None
        # With two questions the aspect belongs to the one asked last, the second.
        else:
            first_aspect = None if second else turn.aspect
        others = None if second else other_services(turn, service)
        await _from_card(turn, service, first_aspect, dispatcher, turn.confidence, others)
        # A death that somebody tells of is no matter to report; a danger that can be named still is.
        if turn.danger and not (turn.danger == "unclear" and service in FUNERAL):
            say(dispatcher, "answer.report_offer", [wording("words.report"), wording("words.person")])
        if second:
            steps = second == FIRST_STEPS and turn.bereaved
            await _from_card(turn, second, None if steps else turn.aspect, dispatcher)
            if not steps:
                events.append(SlotSet("last_service", second))
        return events


class ActionFollowup(Action):
    """A question that names no service (那要带什么): about the service the conversation is about."""

    def name(self) -> str:
        return "action_followup"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        service = last_service(tracker.slots)
        if service is None:
            ask_which(turn, dispatcher)
            return []
        await _from_card(turn, service, turn.aspect, dispatcher, turn.confidence)
        return [SlotSet("last_aspect", turn.aspect), SlotSet("clarify_count", 0)]


class ActionRedirect(Action):
    """Names the department that owns what is not civil affairs; never answers as if it were ours."""

    def name(self) -> str:
        return "action_redirect"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn = Turn(tracker)
        library = resources().library.current()
        answer = library.redirect(turn.intent.removeprefix("other_"), text=turn.words)
        # The department's text may point at one of our services itself.
        there = {choice.title for choice in answer.choices}
        others = other_services(turn)
        fresh = {code: others[code] for code in others if library.choice_label(code) not in there}
        say_answer(dispatcher, answer, turn.confidence, fresh)
        return [SlotSet("clarify_count", 0)]


class ActionClarify(Action):
    """First tier of the fallback: at most three choices; second tier: a person."""

    def name(self) -> str:
        return "action_clarify"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return await clarify(Turn(tracker), tracker, dispatcher)


async def clarify(
    turn: Turn,
    tracker: Tracker,
    dispatcher: CollectingDispatcher,
    guesses: Sequence[tuple[str, float]] | None = None,
) -> list[EventType]:
    """Ask back with the likeliest services (of `guesses`, by default all); after two in a row hand over."""
    if service := named_service(turn):
        await _from_card(turn, service, turn.aspect, dispatcher)
        return [SlotSet("last_service", service), SlotSet("clarify_count", 0)]
    count = int(tracker.get_slot("clarify_count") or 0) + 1
    shown: list[str] = []
    for intent, _confidence in turn.ranking if guesses is None else guesses:
        code = offered(intent)
        if code and code not in shown:
            shown.append(code)
        if len(shown) == CHOICES:
            break
    await _note_gap(turn)
    again = count > 1 and shown and shown == (tracker.get_slot("clarify_options") or [])
    if count >= 3 or again:
        filed = await _desk_row(turn, "clarify_failed", None, "clarify")
        key = "handoff.after_clarify" if filed else "handoff.not_filed"
        bubble(dispatcher, wording(key), answer=outline("handoff", "human_handoff", turn.confidence))
        return [SlotSet("clarify_count", 0), SlotSet("clarify_options", None)]
    options = [
        *(offer(code) for code in shown),
        {"title": wording("words.none_of_these"), "payload": wording("words.person")},
    ]
    answer = outline("clarify", shown[0] if shown else "out_of_scope", turn.confidence, candidates=shown)
    bubble(dispatcher, wording("answer.clarify"), options, answer=answer)
    return [SlotSet("clarify_count", count), SlotSet("clarify_options", shown)]


class ActionHandoff(Action):
    """Hands the conversation to the hotline desk."""

    def name(self) -> str:
        return "action_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        await hand_over(Turn(tracker), tracker.get_slot("last_service"), dispatcher)
        return []


class ActionRepeat(Action):
    """Says the last bubbles again."""

    def name(self) -> str:
        return "action_repeat"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = []
        users = 0
        for event in reversed(tracker.events):
            users += event.get("event") == "user"
            if users == 2:
                break
            if event.get("event") == "bot" and users == 1:
                data = event.get("data") or {}
                said.append(data.get("custom") or {"text": event.get("text"), "choices": data.get("buttons")})
        for message in reversed(said):
            if message.get("text"):
                bubble(dispatcher, message["text"], message.get("choices") or [])
        if not said:
            say(dispatcher, "answer.nothing_to_repeat")
        return []
