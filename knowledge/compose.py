"""Puts statements together into an answer for a phone screen or for the hotline desk.
The direct answer comes first, then what else helps, then the sources; what does not fit unfolds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeVar, cast

from knowledge.answer import Amount, Answer, Choice, Citation, Decision, Layout
from knowledge.choosing import choose
from knowledge.desk import desk_text
from knowledge.rendering import Spoken, basis_line, fill_hotlines, in_force, say
from knowledge.schema import Aspect, Card

if TYPE_CHECKING:
    from knowledge.base import Knowledge

MAX_CHAT = 350
MAX_FURTHER = 4
MAX_CHOICES = 3
T = TypeVar("T", Citation, Amount)


def compose(
    knowledge: Knowledge, service: str, aspect: str | None, *, on: date, text: str, layout: Layout
) -> Answer:
    """See :meth:`knowledge.base.Knowledge.answer`."""
    card = knowledge.card(service)
    spoken = [
        say(knowledge.data, card, item, on) for item in card.statements if in_force(knowledge.data, item, on)
    ]
    chosen = choose(knowledge, card, spoken, aspect, text, on)
    ordered = chosen.ordered
    covered = {item.statement.aspect for item in spoken}
    follow = _follow(knowledge, spoken, chosen.aspect, ordered)
    lead: list[str] = []
    rest: list[Spoken] = []
    if chosen.uncovered:
        wording = knowledge.data.wording
        can_say = wording.basis.joiner.join(label for key, label in wording.aspects.items() if key in covered)
        lead = [wording.uncovered.format(short=knowledge.short_name(service), aspects=can_say)]
    if layout == "desk":
        shown, body = ordered, desk_text(knowledge.data, ordered, lead)
    else:
        shown, rest, body = _chat(knowledge, ordered, follow, lead, chosen.direct)
    if not shown:
        body = fill_hotlines(knowledge.data, knowledge.data.wording.nothing)
    kind = knowledge.data.codes.get(service, {}).get("kind", "")
    decision = knowledge.data.wording.decisions.get(kind, "answer")
    open_question = not chosen.named and decision == "answer"
    return Answer(
        decision=cast(Decision, decision),
        service=service,
        aspect=chosen.aspect,
        text=body,
        citations=_unique(citation for item in shown for citation in item.citations),
        amounts=_unique(amount for item in shown for amount in item.amounts),
        choices=[]
        if decision == "handoff"
        else _choices(knowledge, card, open_question, chosen.aspect, covered, shown),
        statements=[item.statement.id for item in shown],
        more=_more(knowledge, rest),
        demo=any(item.demo for item in shown),
    )


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
    direct: int,
) -> tuple[list[Spoken], list[Spoken], str]:
    """Shown statements, the rest, and the text: lines are added as long as the whole stays on one screen.

    The first ``direct`` answer the question; then comes what to bring and where; what is left only unfolds.
    """
    if not ordered:
        return [], [], ""
    queue = [*ordered[1:direct], *follow]
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
    left += ordered[max(direct, 1) :]
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
