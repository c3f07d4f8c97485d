"""Which statements of a card answer a resident's words, in which order: the lead first.
Compose.py makes the answer's text of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from knowledge.rendering import Spoken, in_force, say
from knowledge.schema import Aspect, Card
from knowledge.searching import words_of

if TYPE_CHECKING:
    from knowledge.base import Knowledge

# How well a statement must fit the words (0..1). FITS: worth moving up inside its aspect; SURE: worth choosing the
# aspect by; CLEARLY: how much better another aspect must fit than the one asked. Measured on tests/data/answers_a.csv.
FITS, SURE, CLEARLY = 0.02, 0.04, 0.08
# What a card puts first is what most people mean: worth this much, less for what comes later.
IMPORTANCE = 0.01
# What fits nearly as well as the lead comes right after it, whatever its aspect: the share of the lead's fit, and how
# many, when the aspect is known and when it is not.
NEAR, MAX_NEAR = (0.8, 0.6), (1, 3)
FAR = 0.25  # what fits less than this share of the lead's fit only shares its aspect
SAME_QUESTION = 0.55  # closeness from which the resident asks what an FAQ asks
PLAIN_DIRECT = (
    2  # an overview or a way to do it is told in this many sentences before what to bring and where
)
TOLD_SHORT = ("overview", "procedure")
URGENT_WITH = ("overview", "procedure")  # a story that tells of danger is read as one of these


@dataclass(frozen=True)
class Chosen:
    """``ordered``: statements, best first, of which the first ``direct`` answer the words and the others only
    share the aspect; ``named``: whether the question named its aspect; ``uncovered``: it did, and the card has
    nothing on it."""

    aspect: Aspect
    ordered: list[Spoken]
    direct: int
    named: bool
    uncovered: bool


def choose(
    knowledge: Knowledge, card: Card, spoken: Sequence[Spoken], aspect: str | None, text: str, on: date
) -> Chosen:
    """What of ``spoken`` (the card's statements in force) answers ``text``; ``aspect`` is the caller's reading."""
    plain, stock_aspect = _plainly_asked(knowledge, card, text)
    if plain and aspect is None:
        aspect = stock_aspect
    fits = {} if plain else _fits(knowledge, card, text, on)
    uncovered = aspect is not None and aspect not in {item.statement.aspect for item in spoken}
    known = aspect is not None and not uncovered
    about = cast(Aspect, aspect) if known else _fitting_aspect(spoken, fits)
    faq_aspect, told = (about, []) if plain else _told(knowledge, card, text, on)
    if told:
        # A question that is known has its answer: it leads, whatever aspect was guessed.
        said = {item.statement.id for item in told}
        others = _ordered(spoken, about, fits, known=known)
        ordered = [*told, *(item for item in others if item.statement.id not in said)]
        return Chosen(faq_aspect, ordered, len(told), named=aspect is not None, uncovered=False)
    ordered = _ordered(spoken, about, fits, known=known)
    direct = _direct(ordered, about, fits)
    if not plain and ordered and about in URGENT_WITH:
        # Who to call comes right after the lead, unless it is said there.
        urgent = [item for item in spoken if item.statement.urgent and item not in ordered[:1]]
        ordered = [ordered[0], *urgent, *(item for item in ordered[1:] if item not in urgent)]
        direct = max(direct + len([item for item in urgent if item not in ordered[:direct]]), 1 + len(urgent))
    return Chosen(about, ordered, direct, named=known, uncovered=uncovered)


def _direct(ordered: list[Spoken], aspect: Aspect, fits: dict[str, float]) -> int:
    """How many of the first statements answer the words."""
    if not ordered:
        return 0
    lead = fits.get(ordered[0].statement.id, 0.0)
    if lead < FITS:
        direct = PLAIN_DIRECT if ordered[0].statement.aspect in TOLD_SHORT else len(ordered)
    else:
        direct = sum(fits.get(item.statement.id, 0.0) >= FAR * lead for item in ordered)
        # The aspect asked for gets its best sentence, whatever leads.
        direct = max(direct, 1 + (ordered[0].statement.aspect != aspect))
    return direct


def _fits(knowledge: Knowledge, card: Card, text: str, on: date) -> dict[str, float]:
    """How well each statement fits the resident's words, about 0..1; one below FITS is left out."""
    hits = knowledge.search(text.strip(), service=card.service, on=on, limit=len(card.statements))
    first = {statement.id: IMPORTANCE / statement.priority for statement in card.statements}
    return {hit.statement_id: hit.score + first[hit.statement_id] for hit in hits if hit.score >= FITS}


def _plainly_asked(knowledge: Knowledge, card: Card, text: str) -> tuple[bool, Aspect | None]:
    """Whether the words hold nothing but the service's name and a stock question (低保要带什么材料), and its aspect.

    Such words tell no statement of the aspect from another: the card's order is the answer.
    """
    wording = knowledge.data.wording
    rest, aspect = text.lower(), None
    names = ((name.lower(), None) for name in (card.name, card.choice_label, *_names(card)))
    stock = ((words, about) for about, said in wording.plain_questions.items() for words in said)
    for words, about in [*sorted(names, key=_longest), *sorted(stock, key=_longest)]:
        if words in rest:
            rest = rest.replace(words, " ")
            aspect = aspect or about
    return all(word in wording.stop_words for word in words_of(rest)), aspect


def _names(card: Card) -> list[str]:
    """The aliases that mean the whole service; 门牌 among those of 地名 is a keyword, and so a question of its own."""
    keywords = {key for statement in card.statements for key in statement.keywords}
    return [
        alias
        for alias in card.aliases
        if alias in card.name or not any(key in alias for key in keywords if len(key) > 1)
    ]


def _longest(pair: tuple[str, object]) -> int:
    return -len(pair[0])


def _told(knowledge: Knowledge, card: Card, text: str, on: date) -> tuple[Aspect, list[Spoken]]:
    """Aspect of the closest known question (FAQ) and what is said to it; nothing when none is close."""
    questions = knowledge.questions(text.strip(), service=card.service)[:1]
    if not questions or questions[0][1] < SAME_QUESTION:
        return "overview", []
    faq = questions[0][0]
    written = [knowledge.located(key) for key in faq.statements]
    return faq.aspect, [
        say(knowledge.data, owner, item, on) for owner, item in written if in_force(knowledge.data, item, on)
    ]


def _ranked(spoken: Iterable[Spoken], fits: dict[str, float]) -> list[Spoken]:
    return sorted(spoken, key=lambda item: (-fits.get(item.statement.id, 0.0), item.statement.priority))


def _fitting_aspect(spoken: Sequence[Spoken], fits: dict[str, float]) -> Aspect:
    """The aspect of the statement that surely fits the words, overview when none does."""
    for item in _ranked(spoken, fits)[:1]:
        if fits.get(item.statement.id, 0.0) >= SURE:
            return item.statement.aspect
    return "overview"


def _ordered(
    spoken: Sequence[Spoken], aspect: Aspect, fits: dict[str, float], *, known: bool
) -> list[Spoken]:
    """Statements of the aspect, best fitting first, and of other aspects what the words mean too.

    ``known``: whether the aspect was asked for, not chosen by the words.
    """
    own = _ranked((item for item in spoken if item.statement.aspect == aspect), fits)
    others = _ranked((item for item in spoken if item.statement.aspect != aspect), fits)
    if not own or not others:
        return own
    here, there = fits.get(own[0].statement.id, 0.0), fits.get(others[0].statement.id, 0.0)
    if there >= SURE and there >= here + CLEARLY:
        return [others[0], *own]
    share, most = (NEAR[0], MAX_NEAR[0]) if known else (NEAR[1], MAX_NEAR[1])
    near = [
        item for item in others
        if not item.pending and fits.get(item.statement.id, 0.0) >= max(SURE, share * here)
    ]  # fmt: skip
    return [own[0], *near[:most], *own[1:]]
