"""The history of the bureau's changes: one JSON line an event, appended only, each bound to the one before.
A line that was altered, taken out or put in breaks the chain, and is named by its number."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from knowledge.keeping.overlay import write_whole

START = "0" * 64
Event = dict[str, Any]


class HistoryBroken(ValueError):
    """The history does not hold together (历史记录被改动); the message names the line."""


class History:
    """``folder``/history.jsonl; ``history.head`` remembers its end, so that a cut tail is seen too.

    Who can write both files can write another history: note the last hash elsewhere (it is printed).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "history.jsonl"
        self._head = folder / "history.head"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process changes the folder at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def events(self) -> list[Event]:
        """All events, oldest first. Raises HistoryBroken."""
        found: list[Event] = []
        previous = START
        for number, line in enumerate(self._lines(), start=1):
            try:
                event = json.loads(line)
                body = {key: value for key, value in event.items() if key != "hash"}
                sound = event["seq"] == number and event["prev"] == previous and event["hash"] == _hash(body)
            except (ValueError, KeyError, TypeError, AttributeError):
                sound = False
            if not sound:
                raise HistoryBroken(
                    f"历史第{number}行被改动过 / history line {number} was altered: {self.path}"
                )
            previous = event["hash"]
            found.append(event)
        count, last = self._remembered()
        if count > len(found) or (count and found[count - 1]["hash"] != last):
            raise HistoryBroken(
                f"历史少了第{len(found) + 1}行起的内容 / history was cut after line {len(found)}: {self.path}"
            )
        return found

    def append(self, bodies: Sequence[Event]) -> list[Event]:
        """Add events after checking what is there; on disk when this returns. Call inside :meth:`locked`."""
        known = self.events()
        previous, number = (known[-1]["hash"] if known else START), len(known)
        added: list[Event] = []
        for body in bodies:
            number += 1
            event = {"seq": number, **body, "prev": previous}
            previous = event["hash"] = _hash(event)
            added.append(event)
        whole = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in added).encode()
        # A power cut may have left the start of a line that was never acknowledged.
        size = sum(len(line) + 1 for line in self._lines())
        with self.path.open("ab") as file:
            file.truncate(size)
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        write_whole(self._head, f"{number} {previous}\n")
        return added

    def _lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        *whole, _ = self.path.read_bytes().split(b"\n")
        return whole

    def _remembered(self) -> tuple[int, str]:
        if not self._head.exists():
            return 0, START
        try:
            count, last = self._head.read_text(encoding="utf-8").split()
            return int(count), last
        except ValueError as error:
            raise HistoryBroken(f"读不懂 / cannot be read: {self._head}") from error


def _hash(body: Event) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
