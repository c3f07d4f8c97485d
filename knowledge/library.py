"""Keeps the knowledge current while the system runs: a changed file is in the next answers.
A broken file keeps the old knowledge in use and says why, in ``problem``."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from knowledge.base import Knowledge
from knowledge.loading import ROOT, FileCache, knowledge_files, load
from knowledge.problems import KnowledgeError

CHECK_EVERY_SECONDS = 2.0


class Library:
    """Holder of the knowledge in use. The first load raises KnowledgeError; later faults set ``problem``."""

    def __init__(
        self, root: Path | None = None, demo: bool = False, *, check_every: float = CHECK_EVERY_SECONDS
    ) -> None:
        self._root, self._demo, self._check_every = root or ROOT, demo, check_every
        self._cache = FileCache()
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._checked = time.monotonic()
        self._knowledge = load(self._root, demo=demo, cache=self._cache)
        self.problem: str | None = None

    def current(self) -> Knowledge:
        """The newest knowledge that could be read; files are looked at once in ``check_every`` seconds."""
        if time.monotonic() - self._checked >= self._check_every and self._lock.acquire(blocking=False):
            # Who finds the lock taken goes on with the old knowledge instead of waiting for the new.
            try:
                self._refresh()
            finally:
                self._checked = time.monotonic()
                self._lock.release()
        return self._knowledge

    def _refresh(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            fresh = load(self._root, demo=self._demo, cache=self._cache)
            fresh.warm()
        except (KnowledgeError, OSError) as error:
            self.problem = str(error)
        else:
            self._knowledge, self.problem = fresh, None

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        stamps = []
        for path in knowledge_files(self._root):
            try:
                status = path.stat()
            except FileNotFoundError:  # removed between listing and looking
                continue
            stamps.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(stamps)
