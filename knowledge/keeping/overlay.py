"""The bureau's confirmed changes as files of a writable folder: standards, statements, offices, hotlines, questions.
Each entry stands alone: with the change it came from, the two people, and the documents it rests on."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from knowledge.problems import Problem
from knowledge.schema import Document, Faq, Id, StandardValue, Statement, Text

OfficeField = Literal["address", "phone", "hours", "url"]
OFFICE_FIELDS: tuple[OfficeField, ...] = ("address", "phone", "hours", "url")


def same_person(one: str, other: str) -> bool:
    """Whether two typed names are one person: width, case and blanks do not make another."""
    first, second = ("".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in (one, other))
    return first == second


class Patch(BaseModel):
    """What every entry carries. Refused when one person entered and confirmed it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    change: Text
    entered_by: Text
    confirmed_by: Text
    documents: list[Document] = []

    @model_validator(mode="after")
    def _two_people(self) -> Patch:
        if same_person(self.entered_by, self.confirmed_by):
            raise ValueError("录入和确认是同一个人 / entered and confirmed by the same person")
        return self


class StandardPatch(Patch):
    """Dated values of one standard; ``unit`` only where the standard's own left the period open."""

    id: Id
    unit: Text | None = None
    values: list[StandardValue]


class StatementPatch(Patch):
    """One statement added, replaced or no longer said."""

    id: Text
    op: Literal["add", "replace", "retire"]
    statement: Statement | None = None

    @model_validator(mode="after")
    def _whole(self) -> StatementPatch:
        if (self.statement is None) != (self.op == "retire"):
            raise ValueError("retire 不带句子，其余要带 / only retire has no statement")
        if self.statement is not None and self.statement.id != self.id:
            raise ValueError("编号不一致 / ids differ")
        return self


class OfficePatch(Patch):
    """Contact fields of one office that the bureau supplied; None = as in the files."""

    id: Id
    address: Text | None = None
    phone: Text | None = None
    hours: Text | None = None
    url: Text | None = None


class HotlinePatch(Patch):
    """A hotline as the bureau confirmed it: ``id`` is the number in the files, ``number`` the one to say."""

    id: Text
    number: Text
    name: Text | None = None


class FaqPatch(Patch):
    """A question of residents pointed to the statements that answer it."""

    id: Text
    faq: Faq


Kind = Literal["standard", "statement", "office", "hotline", "faq"]
MODELS: dict[Kind, type[Patch]] = {
    "standard": StandardPatch,
    "statement": StatementPatch,
    "office": OfficePatch,
    "hotline": HotlinePatch,
    "faq": FaqPatch,
}


@dataclass
class Overlay:
    """Confirmed changes by kind, in the order they were confirmed, and entries that could not be read."""

    standard: list[StandardPatch] = field(default_factory=list)
    statement: list[StatementPatch] = field(default_factory=list)
    office: list[OfficePatch] = field(default_factory=list)
    hotline: list[HotlinePatch] = field(default_factory=list)
    faq: list[FaqPatch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    folder: Path = Path()

    def add(self, kind: Kind, patch: Any) -> None:
        """Put one entry in."""
        getattr(self, kind).append(patch)

    def files(self) -> dict[str, list[Patch]]:
        """Entries by the file (relative to the folder) they are kept in."""
        found: dict[str, list[Patch]] = {
            "standards.yml": list(self.standard),
            "offices.yml": list(self.office),
            "hotlines.yml": list(self.hotline),
        }
        for patch in self.statement:
            found.setdefault(f"services/{patch.id.split('.')[0]}.yml", []).append(patch)
        found["faq.yml"] = list(self.faq)  # last: a question may point to a statement added here
        return {name: patches for name, patches in found.items() if patches}


def overlay_files(folder: Path) -> list[Path]:
    """The files of the folder that hold confirmed changes, sorted."""
    return sorted(
        path
        for pattern in ("standards.yml", "offices.yml", "hotlines.yml", "faq.yml", "services/*.yml")
        for path in folder.glob(pattern)
    )


def read_overlay(folder: Path) -> Overlay:
    """Read the folder; an entry (or file) that is broken is named in ``problems``, the rest is kept."""
    overlay = Overlay(folder=folder)
    kinds: dict[str, Kind] = {
        "standards.yml": "standard", "offices.yml": "office", "hotlines.yml": "hotline", "faq.yml": "faq",
    }  # fmt: skip
    for path in overlay_files(folder):
        kind = kinds.get(path.name, "statement") if path.parent == folder else "statement"
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or []
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            overlay.problems.append(
                Problem(str(path), "-", f"读不了 / cannot be read: {' '.join(str(error).split())}")
            )
            continue
        for position, entry in enumerate(raw if isinstance(raw, list) else [raw], start=1):
            name = str(entry.get("id", f"#{position}")) if isinstance(entry, dict) else f"#{position}"
            try:
                overlay.add(kind, MODELS[kind].model_validate(entry))
            except ValidationError as error:
                overlay.problems.append(Problem(str(path), name, faults_of(error)))
    return overlay


def faults_of(error: ValidationError) -> str:
    """Every fault of one entry in a line."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or '-'}: {fault['msg']}"
        for fault in error.errors(include_url=False)
    )


def write_overlay(folder: Path, overlay: Overlay) -> None:
    """Make the folder's files say exactly ``overlay``; each file changes whole or not at all."""
    wanted = {folder / name: dump(patches) for name, patches in overlay.files().items()}
    for path in set(overlay_files(folder)) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_whole(path, text)


def dump(patches: Iterable[Patch]) -> str:
    """YAML of entries, as an officer can read it."""
    entries = [patch.model_dump(exclude_defaults=True) for patch in patches]
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=100)


def write_whole(path: Path, text: str) -> None:
    """Write a file that a reader sees either old or new, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)  # the answering processes may run as another user
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
