"""Keeps the bureau's changes: one person stages, another confirms; all is kept, nothing is spoken before.
The history is the truth; the overlay files are written from it, and answers are read from them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from knowledge.answer import Answer
from knowledge.base import Knowledge
from knowledge.checking import statement_faults
from knowledge.keeping.changes import Change, Proposal, State, read_state
from knowledge.keeping.history import Event, History
from knowledge.keeping.overlay import dump, overlay_files, same_person, write_overlay
from knowledge.loading import FileCache, load

LOCAL = ZoneInfo("Asia/Shanghai")
# Stands for the second person while a change is tried out before it is staged.
NOBODY_YET = "（待第二人确认）"
MAX_NAME = 30


class Refused(ValueError):
    """A change that is not taken; ``reasons`` says each why."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(reasons))


class Keeper:
    """The bureau's changes in ``folder`` over the files in ``root`` (default: the package's own).

    Every method that reads raises HistoryBroken when the history was tampered with.
    """

    def __init__(
        self,
        folder: Path,
        root: Path | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder, self._root, self._now = folder, root, now
        self.log = History(folder)
        self._cache = FileCache()

    def state(self, day: date | None = None) -> State:
        """All changes; with ``day``, as they stood at its end in Xian'an."""
        until = None if day is None else datetime.combine(day, time.max, tzinfo=LOCAL)
        return read_state(self.log.events(), until)

    def knowledge(self, day: date | None = None, *, state: State | None = None) -> Knowledge:
        """The files with the changes that were confirmed by the end of ``day`` (default: by now)."""
        overlay = (state or self.state(day)).overlay()
        overlay.folder = self.folder
        return load(self._root, overlay=overlay, cache=self._cache)

    def as_of(self, day: date, question: str, service: str | None = None) -> Answer | None:
        """The desk's answer with what was in force on ``day`` and known by its end; None when nothing fits.

        Without ``service`` the best found statement names it. KeyError for an unknown service.
        """
        knowledge = self.knowledge(day)
        if service is None:
            hits = knowledge.search(question, on=day, limit=1)
            if not hits:
                return None
            service = hits[0].service
        return knowledge.answer(service, on=day, text=question, layout="desk")

    def stage(self, proposals: Sequence[Proposal], *, by: str, why: str) -> list[Change]:
        """Put changes up for a second person; all or none. Raises Refused with every reason."""
        person = _person(by)
        with self._changing() as state:
            waiting = {change.key: change.id for change in state.staged()}
            reasons = [
                f"{proposal.target}：已有 {waiting[key]} 等确认，先确认或退回它 / already waiting"
                for proposal in proposals
                if (key := (proposal.kind, proposal.target)) in waiting
            ]
            reasons += [
                f"{item.target}：刚才又有人改过，再录一次 / changed meanwhile"
                for item in proposals
                if state.set_by.get((item.kind, item.target)) != item.based_on
            ]
            if not proposals:
                reasons = ["没有要改的 / nothing to change"]
            if not why.strip():
                reasons.append("要写为什么改 / a reason is needed")
            if reasons:
                raise Refused(*reasons)
            first = len(state.changes) + 1
            bodies: list[Event] = [
                {
                    "action": "stage", "change": f"c{number:04d}", "kind": item.kind, "target": item.target,
                    "by": person, "why": item.why or why.strip(), "at": self._stamp(), "before": item.before, "after": item.after,
                    "payload": item.payload, "undoes": item.undoes,
                }
                for number, item in enumerate(proposals, start=first)
            ]  # fmt: skip
            self._try(bodies, [str(body["change"]) for body in bodies])
            self.log.append(bodies)
            changes = self.state().changes
            return [changes[str(body["change"])] for body in bodies]

    def confirm(self, ids: Sequence[str] | None, *, by: str) -> list[Change]:
        """The second person's yes: from now on these are spoken. None = all that others have staged.

        Raises Refused, and confirms nothing, when one of ``ids`` is the person's own or no longer fits.
        """
        person = _person(by)
        with self._changing() as state:
            if ids is None:
                ids = [change.id for change in state.staged() if not same_person(change.by, person)]
                if not ids:
                    raise Refused("没有别人录入、等您确认的 / nothing of others waits")
            reasons = []
            for change in self._waiting(state, ids):
                if same_person(change.by, person):
                    reasons.append(
                        f"{change.id}：录入的人不能自己确认 / must be confirmed by a different person"
                    )
            if reasons:
                raise Refused(*reasons)
            return self._decide("confirm", ids, person, "")

    def reject(self, ids: Sequence[str], *, by: str, why: str) -> list[Change]:
        """Send staged changes back; anybody may, the one who entered them too. Raises Refused."""
        person = _person(by)
        with self._changing() as state:
            self._waiting(state, ids)
            return self._decide("reject", ids, person, why.strip())

    def undo(self, change_id: str, *, by: str, why: str) -> Change:
        """Stage the change that puts back what ``change_id`` replaced. Raises Refused."""
        state = self.state()
        change = state.changes.get(change_id)
        if change is None or change.status != "confirmed":
            raise Refused(f"{change_id}：没有这个已确认的变更 / no such confirmed change")
        if (later := state.set_by[change.key]) != change_id:
            raise Refused(f"{change_id}：{change.target}后来又改过，先撤 {later} / undo {later} first")
        proposal = Proposal(
            change.kind, change.target, state.replaced[change_id],
            before=change.after, after=change.before, based_on=change_id, undoes=change_id,
        )  # fmt: skip
        return self.stage([proposal], by=by, why=why)[0]

    def history(self, wanted: str | None = None) -> list[Event]:
        """Events, oldest first; ``wanted`` keeps to one change or one target."""
        events = self.log.events()
        if wanted is None:
            return events
        mine = {event["change"] for event in events if wanted in (event["change"], event.get("target"))}
        return [event for event in events if event["change"] in mine]

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """The lock of the folder, and overlay files that say what the history says."""
        with self.log.locked():
            state = self.state()
            self._settle(state)
            yield state

    def _settle(self, state: State) -> None:
        """Files changed by hand (or left by a crash) are put aside: they carry no two people's word."""
        wanted = {self.folder / name: dump(patches) for name, patches in state.overlay().files().items()}
        for path in overlay_files(self.folder):
            if path.read_text(encoding="utf-8", errors="replace") != wanted.get(path):
                path.rename(path.with_name(f"{path.name}.set-aside-{self._now():%Y%m%dT%H%M%S}"))
        write_overlay(self.folder, state.overlay())

    def _decide(self, action: str, ids: Sequence[str], person: str, why: str) -> list[Change]:
        bodies: list[Event] = [
            {"action": action, "change": change, "by": person, "why": why, "at": self._stamp()}
            for change in dict.fromkeys(ids)
        ]
        if action == "confirm":
            self._try(bodies, [])
        self.log.append(bodies)
        state = self.state()
        write_overlay(self.folder, state.overlay())
        return [state.changes[body["change"]] for body in bodies]

    def _try(self, bodies: Sequence[Event], staged: Sequence[str]) -> None:
        """Raise Refused when the knowledge would not be sound with these events and ``staged`` confirmed."""
        events = self.log.events()
        before = {str(problem) for problem in self.knowledge(state=read_state(events)).data.left_out}
        yes = [
            {"action": "confirm", "change": change, "by": NOBODY_YET, "why": "", "at": self._stamp()}
            for change in staged
        ]
        state = read_state([*events, *bodies, *yes])
        knowledge = self.knowledge(state=state)
        reasons = [
            f"{problem.id}：{problem.message}"
            for problem in knowledge.data.left_out
            if str(problem) not in before
        ]
        touched = {body["change"] for body in bodies}
        for patch in state.overlay().statement:
            if patch.change in touched and patch.statement is not None:
                reasons += [
                    f"{patch.id}：{fault}" for fault in statement_faults(knowledge.data, patch.statement)
                ]
        if reasons:
            raise Refused(*dict.fromkeys(reasons))

    def _waiting(self, state: State, ids: Sequence[str]) -> list[Change]:
        waiting = {change.id: change for change in state.staged()}
        if missing := [change for change in ids if change not in waiting]:
            raise Refused(*(f"{change}：没有这个待确认的变更 / not waiting" for change in missing))
        return [waiting[change] for change in ids]

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).isoformat()


def _person(name: str) -> str:
    """A name as it is kept; Refused when it is none."""
    kept = " ".join(unicodedata.normalize("NFKC", name).split())
    plain = all(char.isalnum() or char in " ·._-" for char in kept)
    if not 2 <= len(kept) <= MAX_NAME or not plain or not any(char.isalpha() for char in kept):
        raise Refused(f"要写真名：{name!r} / a person's name is needed")
    return kept
