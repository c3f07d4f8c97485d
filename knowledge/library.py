"""Keeps the knowledge current while the system runs: a changed file is in the next answers.
A broken file keeps the old knowledge in use and says why, in ``problem``."""

from __future__ import annotations

import logging
import threading
import weakref
from pathlib import Path

from knowledge.base import Knowledge
from knowledge.keeping.overlay import overlay_files
from knowledge.loading import ROOT, FileCache, knowledge_files, load
from knowledge.problems import KnowledgeError
from knowledge.vectors import Encode, Keeping

CHECK_EVERY_SECONDS = 1.0
log = logging.getLogger(__name__)


class Library:
    """Holder of the knowledge in use. The first load raises KnowledgeError; later faults set ``problem``.

    ``overlay``: folder of the bureau's confirmed changes (need not exist yet). ``check_every`` seconds the
    files are looked at, in a thread of its own, which also builds the new index before it is swapped in; 0
    looks at every :meth:`current`, in the caller's thread.
    """

    def __init__(
        self,
        root: Path | None = None,
        demo: bool = False,
        *,
        overlay: Path | None = None,
        check_every: float = CHECK_EVERY_SECONDS,
        encode: Encode | None = None,
    ) -> None:
        self._root, self._demo, self._overlay = root or ROOT, demo, overlay
        self._encode = Keeping(encode) if encode is not None else None
        self._check_every = check_every
        self._cache = FileCache()
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self.problem: str | None = None
        self._knowledge = self._load()
        self._stop = threading.Event()
        # The thread must not keep the library alive, nor outlive it.
        self._finalizer = weakref.finalize(self, self._stop.set)
        if check_every > 0:
            arguments = (weakref.ref(self), self._stop, check_every)
            threading.Thread(target=_watch, args=arguments, name="knowledge", daemon=True).start()

    def current(self) -> Knowledge:
        """The newest knowledge that could be read."""
        if self._check_every <= 0:
            self.refresh()
        return self._knowledge

    def refresh(self) -> None:
        """Look at the files now, and read them when one changed; never raises."""
        with self._lock:
            try:
                stamp = self._stamp()
                if stamp == self._seen:
                    return
                self._seen = stamp
                fresh = self._load()
                fresh.warm()
                self._knowledge = fresh
            except (KnowledgeError, OSError) as error:
                self.problem = str(error)
                log.error("knowledge kept as it was: %s", error)
            except Exception as error:  # the watch must go on whatever a file holds
                self.problem = repr(error)
                log.exception("knowledge kept as it was")

    def close(self) -> None:
        """Stop looking at the files."""
        self._finalizer()

    def _load(self) -> Knowledge:
        knowledge = load(
            self._root, demo=self._demo, cache=self._cache, overlay=self._overlay, encode=self._encode
        )
        left_out = knowledge.data.left_out
        self.problem = "\n".join(map(str, left_out)) or None
        if left_out:
            log.error("changes of the bureau left out: %s", self.problem)
        return knowledge

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        stamps = []
        for path in [*knowledge_files(self._root), *(overlay_files(self._overlay) if self._overlay else ())]:
            try:
                status = path.stat()
            except FileNotFoundError:  # removed between listing and looking
                continue
            stamps.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(stamps)


def _watch(library: weakref.ref[Library], stop: threading.Event, every: float) -> None:
    while not stop.wait(every):
        held = library()
        if held is None:
            return
        held.refresh()
        del held
