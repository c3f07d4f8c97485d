"""Puts statements together into an answer for a phone screen or for the hotline desk.
The direct answer comes first, then what else helps, then the sources; what does not fit unfolds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar, cast

from knowledge.answer import Amount, Answer, Choice, Citation, Decision, Layout
from knowledge.desk import desk_text
from knowledge.rendering import Spoken, basis_line, fill_hotlines, in_force, say
from knowledge.schema import Aspect, Card

if TYPE_CHECKING:
    from knowledge.base import Knowledge

MAX_CHAT = 350
MAX_FURTHER = 4
MAX_CHOICES = 3
# A lift is the characters of the statement's keywords found in the question plus ten times its BM25 share.
# FITS: worth moving up inside its aspect; SURE: worth answering with although another aspect was asked.
FITS, SURE, CLEARLY = 3.0, 4.3, 2.0
BM25_WEIGHT = 10
SAME_QUESTION = 0.6  # closeness from which the resident asks what an FAQ asks
T = TypeVar("T", Citation, Amount)


def compose(
    knowledge: Knowledge, service: str, aspect: str | None, *, on: date, text: str, layout: Layout
) -> Answer:
    """See :meth:`knowledge.base.Knowledge.answer`."""
    card = knowledge.card(service)
    spoken = [
        say(knowledge.data, card, item, on) for item in card.statements if in_force(knowledge.data, item, on)
    ]
    lifts = _lifts(knowledge, card, spoken, text, on)
    covered = {item.statement.aspect for item in spoken}
    asked, uncovered = aspect, aspect is not None and aspect not in covered
    if aspect is None or uncovered:
        aspect = _fitting_aspect(spoken, lifts)
    ordered = _ordered(spoken, cast(Aspect, aspect), lifts)
    question_aspect, told = _told(knowledge, service, text, on)
    if told:
        # A question that is known has its answer: it leads, whatever aspect was guessed.
        aspect, uncovered = question_aspect, False
        said = {item.statement.id for item in told}
        ordered = [*told, *(item for item in ordered if item.statement.id not in said)]
    follow = _follow(knowledge, spoken, cast(Aspect, aspect), ordered)
    lead: list[str] = []
    rest: list[Spoken] = []
    if uncovered:
        wording = knowledge.data.wording
        can_say = wording.basis.joiner.join(label for key, label in wording.aspects.items() if key in covered)
        lead = [wording.uncovered.format(short=knowledge.short_name(service), aspects=can_say)]
    if layout == "desk":
        shown, body = ordered, desk_text(knowledge.data, ordered, lead)
    else:
        shown, rest, body = _chat(knowledge, ordered, follow, lead, len(told))
    if not shown:
        body = fill_hotlines(knowledge.data, knowledge.data.wording.nothing)
    kind = knowledge.data.codes.get(service, {}).get("kind", "")
    decision = knowledge.data.wording.decisions.get(kind, "answer")
    open_question = (asked is None or uncovered) and decision == "answer"
    return Answer(
        decision=cast(Decision, decision),
        service=service,
        aspect=aspect,
        text=body,
        citations=_unique(citation for item in shown for citation in item.citations),
        amounts=_unique(amount for item in shown for amount in item.amounts),
        choices=[]
        if decision == "handoff"
        else _choices(knowledge, card, open_question, aspect, covered, shown),
        statements=[item.statement.id for item in shown],
        more=_more(knowledge, rest),
        demo=any(item.demo for item in shown),
    )


def _lifts(
    knowledge: Knowledge, card: Card, spoken: Sequence[Spoken], text: str, on: date
) -> dict[str, float]:
    """How well each statement fits the resident's words; statements below FITS are left out."""
    words = text.lower().strip()
    # What every question about the service says tells its statements not apart.
    empty = knowledge.data.wording.stop_words | set(card.aliases)
    lifts: dict[str, float] = {}
    for item in spoken:
        found = [key for key in item.statement.keywords if key.lower() in words and key not in empty]
        outer = [key for key in found if not any(key != other and key in other for other in found)]
        lifts[item.statement.id] = float(sum(len(key) for key in outer))
    for hit in knowledge.search(words, service=card.service, on=on):
        lifts[hit.statement_id] += BM25_WEIGHT * hit.share
    return {key: lift for key, lift in lifts.items() if lift >= FITS}


def _told(knowledge: Knowledge, service: str, text: str, on: date) -> tuple[str, list[Spoken]]:
    """Aspect of the closest known question (FAQ) and what is said to it; nothing when none is close."""
    questions = knowledge.questions(text.lower().strip(), service=service)[:1] if text.strip() else []
    if not questions or questions[0][1] < SAME_QUESTION:
        return "", []
    faq = questions[0][0]
    written = [knowledge.located(key) for key in faq.statements]
    return faq.aspect, [
        say(knowledge.data, card, item, on) for card, item in written if in_force(knowledge.data, item, on)
    ]


def _ranked(spoken: Iterable[Spoken], lifts: dict[str, float]) -> list[Spoken]:
    return sorted(spoken, key=lambda item: (-lifts.get(item.statement.id, 0.0), item.statement.priority))


def _fitting_aspect(spoken: Sequence[Spoken], lifts: dict[str, float]) -> Aspect:
    """The aspect of the statement that surely fits the words, overview when none does."""
    for item in _ranked(spoken, lifts)[:1]:
        if lifts.get(item.statement.id, 0.0) >= SURE:
            return item.statement.aspect
    return "overview"


def _ordered(spoken: Sequence[Spoken], aspect: Aspect, lifts: dict[str, float]) -> list[Spoken]:
    """Statements of the aspect, best fitting first, and one of another aspect when the words mean that."""
    own = _ranked((item for item in spoken if item.statement.aspect == aspect), lifts)
    others = _ranked((item for item in spoken if item.statement.aspect != aspect), lifts)
    if not own or not others:
        return own
    here, there = lifts.get(own[0].statement.id, 0.0), lifts.get(others[0].statement.id, 0.0)
    if there >= SURE and there >= here + CLEARLY:
        return [others[0], *own]
    worth = there >= FITS and there > here and not others[0].pending
    return [own[0], others[0], *own[1:]] if worth else own


def _follow(
    knowledge: Knowledge, spoken: Sequence[Spoken], aspect: Aspect, ordered: Sequence[Spoken]
) -> list[Spoken]:
    """First known sentence of the neighbouring aspects (what to bring, where, how long)."""
    said = {item.statement.id for item in ordered}
    found = []
    for neighbour in knowledge.data.wording.follow_on.get(aspect, []):
        candidates = [item for item in spoken if item.statement.aspect == neighbour]
        first = min(candidates, key=lambda item: item.statement.priority, default=None)
        if first is not None and not first.pending and first.statement.id not in said:
            found.append(first)
    return found


def _chat(
    knowledge: Knowledge,
    ordered: Sequence[Spoken],
    follow: Sequence[Spoken],
    lead: list[str],
    told: int,
) -> tuple[list[Spoken], list[Spoken], str]:
    """Shown statements, the rest, and the text: lines are added as long as the whole stays on one screen.

    The first ``told`` answer the very question and are not parted.
    """
    if not ordered:
        return [], [], ""
    # An overview is better rounded off by what to bring and where than by more generalities.
    own_first = 2 if follow and ordered[0].statement.aspect == "overview" else MAX_FURTHER + 1
    own_first = max(own_first, told)
    queue = [*ordered[1:own_first], *follow, *ordered[own_first:]]
    shown, left = [ordered[0]], []
    for item in queue:
        candidate = _chat_text(knowledge, [*shown, item], follow, lead)
        if (
            len(shown) <= MAX_FURTHER
            and len(candidate) <= MAX_CHAT
            and item.text not in (s.text for s in shown)
        ):
            shown.append(item)
        elif item not in follow:
            left.append(item)
    return shown, left, _chat_text(knowledge, shown, follow, lead)


def _chat_text(
    knowledge: Knowledge, shown: Sequence[Spoken], follow: Sequence[Spoken], lead: list[str]
) -> str:
    lines = [*lead, shown[0].text]
    wording = knowledge.data.wording
    for item in shown[1:]:
        if item in follow:
            lines.append(
                wording.lines.follow.format(label=wording.aspects[item.statement.aspect], text=item.text)
            )
        else:
            lines.append(wording.lines.bullet + item.text)
    return "\n".join([*lines, *_tail(knowledge, shown)])


def _tail(knowledge: Knowledge, shown: Sequence[Spoken]) -> list[str]:
    """Who knows what is missing, the sources, and the mark of fictional values."""
    data = knowledge.data
    lines = []
    asked_of = list(dict.fromkeys(who for item in shown for who in item.asked_of))
    if asked_of:
        note = data.wording.pending.note.replace("{who}", data.wording.basis.joiner.join(asked_of))
        lines.append(fill_hotlines(data, note))
    if basis := basis_line(data, (citation for item in shown for citation in item.citations)):
        lines.append(basis)
    if any(item.demo for item in shown):
        lines.append(data.wording.demo.line)
    return lines


def _more(knowledge: Knowledge, rest: Sequence[Spoken]) -> str | None:
    if not rest:
        return None
    bullet = knowledge.data.wording.lines.bullet
    return "\n".join([*(bullet + item.text for item in rest), *_tail(knowledge, rest)])


def _choices(
    knowledge: Knowledge,
    card: Card,
    open_question: bool,
    aspect: str,
    covered: Iterable[str],
    shown: Sequence[Spoken],
) -> list[Choice]:
    """Aspects to ask on with when the question was open, and the card's next steps."""
    wording, short = knowledge.data.wording, knowledge.short_name(card.service)
    steps = []
    for step in card.next_steps:
        payload = wording.payload_overrides.get(step, {}).get(card.service, wording.next_steps[step].payload)
        steps.append(Choice(title=wording.next_steps[step].title, payload=payload.format(short=short)))
    if not open_question:
        if shown and shown[0].pending:  # what is not published, a person may know
            person = wording.next_steps["person"]
            steps.sort(key=lambda choice: choice.title != person.title)
        return steps[:MAX_CHOICES]
    said = {item.statement.aspect for item in shown} | {aspect}
    aspects = [
        Choice(title=wording.aspects[offer], payload=wording.aspect_payloads[offer].format(short=short))
        for offer in wording.offer_aspects
        if offer in set(covered) and offer not in said
    ]
    return [*aspects[: MAX_CHOICES - 1], *steps[:2]]


def _unique(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
