"""Eligibility rules of the bureau's programmes as OpenFisca: a first look (初步看), condition by condition.
Never a promise: a missing fact or an unpublished local standard leaves a condition unknown, not guessed."""

from __future__ import annotations

from knowledge.eligibility.facts import Fact, FactError
from knowledge.eligibility.screening import Condition, Screening, accepts, facts, screen
from knowledge.eligibility.system import local_standard_ids, programme_codes
from knowledge.eligibility.texts import Citation, Option, Question, advice, explain, question

PROGRAMMES: tuple[str, ...] = programme_codes()

__all__ = [
    "PROGRAMMES",
    "Citation",
    "Condition",
    "Fact",
    "FactError",
    "Option",
    "Question",
    "Screening",
    "accepts",
    "advice",
    "explain",
    "facts",
    "local_standard_ids",
    "question",
    "screen",
]
