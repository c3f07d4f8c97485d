"""Reads thesaurus.yml: groups of words that mean one thing, residents' words beside those of the documents.
Retrieval only; no answer is worded from it."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge.problems import KnowledgeError, Problem

NAME = "thesaurus.yml"
_GROUPS: TypeAdapter[list[list[str]]] = TypeAdapter(list[list[str]])


def read_thesaurus(root: Path) -> list[list[str]]:
    """Groups of ``root``/thesaurus.yml, none where there is no such file; KnowledgeError when it is malformed."""
    path = root / NAME
    if not path.exists():
        return []
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        groups = _GROUPS.validate_python(raw or [], strict=True)
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise KnowledgeError([Problem(str(path), "-", str(error))]) from error
    single = [group for group in groups if len(set(group)) < 2 or not all(group)]
    if single:
        message = "一行至少两个词 / a group needs two words"
        raise KnowledgeError([Problem(str(path), str(group), message) for group in single])
    return groups
