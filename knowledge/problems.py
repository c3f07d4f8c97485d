"""What can be wrong in the knowledge files, said so that a policy officer finds the place.
A Problem names the file, the line where it can be told, the entry's id and the fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Problem:
    """One fault; ``line`` is 1-based, None when the entry is not written in the file (e.g. missing card)."""

    file: str
    id: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} [{self.id}] {self.message}"


class KnowledgeError(ValueError):
    """The knowledge cannot be used (知识数据有误). ``problems`` holds every fault that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def line_of(path: Path, entry: str) -> int | None:
    """Line on which ``entry`` (an id, code or number) is first defined in a YAML file; None if nowhere."""
    keys = ("id:", "- id:", "code:", "- code:", "number:", "- number:", "service:")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for number, line in enumerate(lines, start=1):
        bare = line.strip()
        if bare.startswith(keys) and bare.split(":", 1)[1].strip().strip("'\"") == entry:
            return number
    return None
