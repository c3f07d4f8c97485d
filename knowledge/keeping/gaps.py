"""Questions that got no sourced answer, kept (masked) for an officer to answer or to point to a sentence.
The caller masks; long digit runs are masked here once more, because this file is read by people."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.keeping.changes import Change
from knowledge.keeping.overlay import write_whole

MAX_TEXT = 200
MAX_NEIGHBOURS = 5
COMPACT_LINES = 5_000
_DIGITS = re.compile(r"[0-9][0-9 -]{5,}[0-9XxＸ]")
MASK = "＊＊＊"


@dataclass(frozen=True)
class Gap:
    """One question: how often and when it was asked, what was near; ``change`` points it to a sentence."""

    id: str
    text: str
    service: str | None
    neighbours: tuple[str, ...]
    count: int
    first: datetime
    last: datetime
    change: str | None = None


class GapBook:
    """``folder``/gaps.jsonl; every process may record."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "gaps.jsonl"

    def record(
        self, text_masked: str, service: str | None, neighbours: Sequence[str], now: datetime
    ) -> str | None:
        """Keep a question (personal data masked by the caller) with ids of the nearest statements.

        Returns the gap's id, the same for the same words; None for a text without any word.
        """
        text = _DIGITS.sub(MASK, " ".join(text_masked.split()))[:MAX_TEXT]
        words = _normal(text)
        if not words:
            return None
        key = "g" + hashlib.sha256(words.encode()).hexdigest()[:8]
        moment = now.isoformat()
        self._append(
            {
                "gap": key, "text": text, "service": service, "neighbours": list(neighbours)[:MAX_NEIGHBOURS],
                "count": 1, "first": moment, "last": moment,
            }
        )  # fmt: skip
        return key

    def pointed(self, gap: str, change: str) -> None:
        """Remember the change that points the gap to a sentence."""
        self._append({"gap": gap, "change": change})

    def gaps(self) -> list[Gap]:
        """Every question once, most asked first."""
        found: dict[str, Gap] = {}
        for line in self._lines():
            try:
                row = json.loads(line)
            except ValueError:  # the start of a line that a power cut left
                continue
            known = found.get(row["gap"])
            if "text" not in row:
                if known is not None:
                    found[known.id] = replace(known, change=row["change"])
                continue
            fresh = Gap(
                row["gap"], row["text"], row["service"], tuple(row["neighbours"]), row["count"],
                datetime.fromisoformat(row["first"]), datetime.fromisoformat(row["last"]), row.get("change"),
            )  # fmt: skip
            found[fresh.id] = fresh if known is None else replace(
                fresh, text=known.text, count=known.count + fresh.count, first=known.first,
                change=fresh.change or known.change,
            )  # fmt: skip
        return sorted(found.values(), key=lambda gap: (-gap.count, gap.first, gap.id))

    def gap(self, key: str) -> Gap:
        """One gap; KeyError when there is none."""
        return {gap.id: gap for gap in self.gaps()}[key]

    def _lines(self) -> list[str]:
        if not self._path.exists():
            return []
        return [line for line in self._path.read_text(encoding="utf-8").split("\n") if line]

    def _append(self, row: dict[str, Any]) -> None:
        with self._locked():
            written = len(self._lines())
            if written and written % COMPACT_LINES == 0:
                # One line a question again: the same question asked for years must not fill the disk.
                rows = (json.dumps(_row(gap), ensure_ascii=False) for gap in self.gaps())
                write_whole(self._path, "".join(f"{line}\n" for line in rows))
            with self._path.open("a", encoding="utf-8") as file:
                # The line break comes first too: a line cut by a power loss must not swallow this one.
                file.write("\n" + json.dumps(row, ensure_ascii=False) + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def still_open(gaps: Iterable[Gap], changes: Mapping[str, Change]) -> list[Gap]:
    """Gaps pointed nowhere yet, or whose pointing was sent back, or asked in vain since it was decided."""
    found = []
    for gap in gaps:
        change = changes.get(gap.change or "")
        decided = change.decided_at if change else None
        if change is None or change.status == "rejected" or (decided is not None and gap.last > decided):
            found.append(gap)
    return found


def _row(gap: Gap) -> dict[str, Any]:
    row = {
        "gap": gap.id, "text": gap.text, "service": gap.service, "neighbours": gap.neighbours,
        "count": gap.count, "first": gap.first.isoformat(), "last": gap.last.isoformat(),
    }  # fmt: skip
    return row if gap.change is None else {**row, "change": gap.change}


def _normal(text: str) -> str:
    """The words alone: width, case, blanks and punctuation do not make another question."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
