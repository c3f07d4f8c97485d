"""What a message outside forms means by what went before, looked at before the classifier's guess is followed.

An aspect alone (到哪里办), a fact alone (农村的), the words of a choice, 那离婚呢, 找到了: each is about the last
service, the choices shown or what was filed. Only when nothing of that fits does the plain action answer.
"""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answering
from actions.cancelling import taken_back
from actions.fields import nth_of
from actions.offering import CHOICES, ask_which, last_service, named_service, offered
from actions.resources import SIGNS, resources
from actions.say import say, say_answer
from actions.turn import Turn, today
from knowledge.eligibility import PROGRAMMES

LEAST_NAME = 2
# Above this share a guess is right nine times of ten (docs/understanding.md).
CERTAIN = 0.85
# A certificate anew is a service of its own.
AGAIN = "补办|补领"
# People as a kind; 我妈 is somebody whom the last answer may be about.
OTHERS = "(?<!我)(?<!我家)(?<!我屋里)(?:老人|孩子|伢)"
# Where a message about oneself may come from without shelter being meant by the classifier.
STREET = ("nlu_fallback", "ask_street_rescue", "do_report_street")
# Services whose conditions turn on who somebody is: a fact alone asks for them.
DEPENDS_ON_PERSON = (
    "low_income", "price_subsidy", "disaster_aid", "orphan", "defacto_orphan", "child_in_difficulty", "left_behind_child",
    "disability_subsidy", "mental_rehab", "old_age_allowance", "elder_care_subsidy", "elder_care_institution", "home_care",
    "left_behind_elder", "funeral_subsidy", "street_rescue",
)  # fmt: skip
# 那低保呢: the same question about another service.
THEN_THIS = re.compile(r"^那么?.{2,10}呢[？?。]*$")
# Words that decide something in a form; outside one there may be nothing to decide.
NOTHING_OPEN = {
    "say_stop": "utter_nothing_to_stop",
    "say_no": "utter_nothing_to_confirm",
    "say_yes": "utter_nothing_to_confirm",
}


def only_aspect(turn: Turn) -> bool:
    """Whether it asks for an aspect and names neither a service nor anything else: 多少钱, 到哪里办."""
    if turn.aspect is None or turn.values("benefit") or turn.beyond("aspects", "persons"):
        return False
    # 老人每个月补多少钱 is about old people, not about the last service: a sure guess of another one stands.
    elsewhere = turn.service is not None and turn.confidence >= CERTAIN and turn.has(OTHERS)
    return not elsewhere and not turn.has(AGAIN)


def only_facts(turn: Turn) -> bool:
    """Whether it tells facts and nothing else: 农村的, 七十五岁, 残疾二级."""
    if turn.is_question or turn.values("benefit") or turn.beyond("facts", "persons"):
        return False
    return facts_told(turn) > 0


def facts_told(turn: Turn) -> int:
    """How many facts about oneself it holds."""
    passing = sum(
        any(turn.has(sign) for signs in values.values() for sign in signs)
        for values in SIGNS["passing"].values()
    )
    return passing + sum(bool(turn.values(name)) for name in answering.OWN_FACTS)


def answer_aspect(turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> bool:
    """Answer a question for an aspect alone about the last service; False when it is no such question."""
    service = last_service(slots)
    if service is None or not only_aspect(turn):
        return False
    _answer(service, turn.aspect, turn, dispatcher)
    return True


def _answer(
    service: str, aspect: str | None, turn: Turn, dispatcher: CollectingDispatcher, text: str | None = None
) -> None:
    library = resources().library.current()
    words = turn.words if text is None else text
    say_answer(dispatcher, library.answer(service, aspect, on=today(), text=words), turn.confidence)


def other_form(turn: Turn, slots: dict[str, Any]) -> str | None:
    """The form that the words ask for, whatever was guessed."""
    if taken_back(turn, slots):
        return "cancel_form"
    if turn.matches("care_home_violence") and (turn.danger or not turn.is_question):
        return "complaint_form"
    if turn.matches("cancel_word") and slots.get("booking_receipt"):
        return "cancel_form"
    if turn.matches("no_receipt"):
        return "progress_form"
    if turn.matches("street_self") and not turn.is_question and turn.intent in STREET:
        return "street_form"
    return None


def chosen(turn: Turn, slots: dict[str, Any]) -> str | None:
    """The service that is picked from the choices shown: by its number, or by words that only one of them has."""
    options: list[str] = slots.get("clarify_options") or []
    if (named := nth_of(turn.nth, options)) is not None:
        return named
    words = turn.words.strip("。.！!？? ")
    if turn.service in options or len(words) < LEAST_NAME:
        return None
    fitting = [code for code in options if any(words in name for name in _names(code))]
    return fitting[0] if len(fitting) == 1 else None


def _names(code: str) -> list[str]:
    library = resources().library.current()
    card = library.card(code)
    return [card.name, library.choice_label(code), *card.aliases]


def named_instead(turn: Turn) -> str | None:
    """The other service that a follow-up names: 那离婚呢, 那结婚呢."""
    library = resources().library.current()
    for value in turn.values("benefit"):
        if value in library.services:
            return str(value)
    rest = turn.beyond("aspects")
    if len(rest) < LEAST_NAME:
        return None
    guesses = [intent.removeprefix("ask_") for intent, _ in turn.ranking if intent.startswith("ask_")]
    known = [code for code in guesses if code in library.services]
    return next((code for code in known if any(rest in name for name in _names(code))), None)


async def taken_up(
    turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
) -> list[EventType] | None:
    """Events of a message understood by what went before; None when the plain action should answer."""
    if named_service(turn):
        return None
    if form := other_form(turn, slots):
        return [FollowupAction(form)]
    if service := chosen(turn, slots):
        asked = next((earlier.aspect for earlier in turn.before(1)), None)
        library = resources().library.current()
        answer = library.answer(service, turn.aspect or asked, on=today())
        say_answer(dispatcher, answer, turn.confidence)
        return [
            SlotSet("last_service", service),
            SlotSet("clarify_options", None),
            SlotSet("clarify_count", 0),
        ]
    if answer_aspect(turn, slots, dispatcher):
        return [SlotSet("last_aspect", turn.aspect), SlotSet("clarify_count", 0)]
    if (other := _then_this(turn, slots)) is not None:
        aspect = turn.aspect or slots.get("last_aspect")
        _answer(other, aspect, turn, dispatcher)
        return [SlotSet("last_service", other), SlotSet("last_aspect", aspect), SlotSet("clarify_count", 0)]
    return _about_facts(turn, slots, dispatcher)


def _then_this(turn: Turn, slots: dict[str, Any]) -> str | None:
    """The other service of 那离婚呢, which asks the same of it as was asked of the last."""
    last = last_service(slots)
    again = last is not None and turn.aspect is None and THEN_THIS.match(turn.words)
    if turn.intent != "ask_followup" and not again:
        return None
    other = named_instead(turn)
    return other if other != last else None


def _about_facts(
    turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
) -> list[EventType] | None:
    """Facts alone belong to the last service: they begin its screening, or lead its answer."""
    if not only_facts(turn):
        return None
    service = last_service(slots)
    if service in PROGRAMMES or (service is None and facts_told(turn) > 1):
        return [FollowupAction("screen_form")]
    if service is None:
        return None
    aspect = slots.get("last_aspect") or ("conditions" if service in DEPENDS_ON_PERSON else None)
    _answer(service, aspect, turn, dispatcher)
    return [SlotSet("last_aspect", aspect), SlotSet("clarify_count", 0)]


class _InContext:
    """Put before an action of answering.py: rasa_sdk registers the class that is derived last under a name."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        turn, slots = Turn(tracker), dict(tracker.slots)
        events = await self.first(turn, slots, dispatcher)
        if events is None:
            events = await super().run(dispatcher, tracker, domain)  # type: ignore[misc]
        if slots.get("clarify_options") and not any(e.get("name") == "clarify_options" for e in events):
            # Choices passed over are no choices any more: a later 2 means something else.
            events = [*events, SlotSet("clarify_options", None)]
        return events

    async def first(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        """Events of what went before; None when the action itself should answer."""
        return await taken_up(turn, slots, dispatcher)


class AnswerInContext(_InContext, answering.ActionAnswer):
    """A service question, unless what went before says otherwise."""


class RedirectInContext(_InContext, answering.ActionRedirect):
    """Another department's question, unless what went before says otherwise."""


class ChooseInContext(_InContext, answering.ActionClarify):
    """One of the choices shown (`taken_up` finds it); the one after the last is 都不是，转人工."""

    def name(self) -> str:
        return "action_choose"

    async def first(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        options: list[str] = slots.get("clarify_options") or []
        if options and turn.nth == len(options) + 1:
            await answering.hand_over(turn, last_service(slots), dispatcher)
            return [SlotSet("clarify_options", None), SlotSet("clarify_count", 0)]
        if not options and turn.nth is not None:
            # Nothing was shown to choose from.
            ask_which(turn, dispatcher)
            return []
        return await super().first(turn, slots, dispatcher)


class FollowupInContext(_InContext, answering.ActionFollowup):
    """A question without a service: about the last one, another one named in it, or another person."""

    async def first(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        service = last_service(slots)
        someone = turn.values("relation") and turn.aspect is None and not turn.beyond("persons")
        if someone and service:
            say(dispatcher, "answer.same_for_others")
            _answer(service, "conditions", turn, dispatcher, text="")
            return [SlotSet("last_aspect", "conditions"), SlotSet("clarify_count", 0)]
        return await super().first(turn, slots, dispatcher)


class ClarifyInContext(_InContext, answering.ActionClarify):
    """Asks back, never with a choice that was no answer a moment ago."""

    async def first(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        taken = await super().first(turn, slots, dispatcher)
        if taken is not None:
            return taken
        if turn.intent in NOTHING_OPEN:
            dispatcher.utter_message(response=NOTHING_OPEN[turn.intent])
            return []
        shown: list[str] = slots.get("clarify_options") or []
        if not slots.get("clarify_count") or not shown:
            return None
        likeliest = [guess for guess in turn.ranking if offered(guess[0])][:CHOICES]
        fresh = [guess for guess in likeliest if guess[0].removeprefix("ask_") not in shown]
        # Nothing new to offer: the same choices once more are what makes `clarify` hand over.
        guesses = fresh or [(f"ask_{code}", 0.0) for code in shown]
        return await answering.clarify(turn, turn.tracker, dispatcher, guesses)
