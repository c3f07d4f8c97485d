"""What the bureau knows, as data: cards, dated standards, offices, departments; answers composed from them.
Knows nothing of conversations, channels or cases."""

from knowledge.answer import Amount, Answer, Choice, Citation, Hit
from knowledge.base import Knowledge
from knowledge.library import Library
from knowledge.loading import load
from knowledge.problems import KnowledgeError, Problem

__all__ = [
    "Amount",
    "Answer",
    "Choice",
    "Citation",
    "Hit",
    "Knowledge",
    "KnowledgeError",
    "Library",
    "Problem",
    "load",
]
