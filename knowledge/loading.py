"""Reads the knowledge files into one checked whole; every fault is gathered, not only the first.
Unchanged files are not parsed again, so that a reload after an edit is quick."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge import thesaurus
from knowledge.base import Knowledge
from knowledge.data import Data
from knowledge.keeping.merge import lay
from knowledge.keeping.overlay import Overlay, read_overlay
from knowledge.problems import KnowledgeError, Problem, line_of
from knowledge.references import dangling
from knowledge.schema import (
    Card,
    Department,
    Document,
    Faq,
    Hotline,
    Id,
    KnowledgeDataError,
    Office,
    Standard,
    StandardValue,
    Text,
    parse_entries,
)  # fmt: skip
from knowledge.vectors import Encode
from knowledge.wording import Wording, read_wording

ROOT = Path(__file__).parent
DEMO_DOCUMENT = "demo"
_FOLDERS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("documents/*.yml", Document),
    ("standards/*.yml", Standard),
    ("services/*.yml", Card),
    ("offices/offices*.yml", Office),
    ("offices/hotlines*.yml", Hotline),
    ("departments.yml", Department),
    ("faq/*.yml", Faq),
)


@dataclass
class FileCache:
    """Parsed content by path; an entry is used again while the file's time and size stay the same."""

    _kept: dict[Path, tuple[tuple[int, int], list[Any]]] = field(default_factory=dict)

    def parse(self, model: type[BaseModel], path: Path) -> list[Any]:
        """Entries of one file; raises KnowledgeError with file, line and entry."""
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        kept = self._kept.get(path)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _parse(model, path))
            self._kept[path] = kept
        return kept[1]


class DemoValue(BaseModel):
    """A fictional value for a pending standard; shown only in demo mode, always marked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    value: int | float | Text
    effective_from: date
    note: str | None = Field(None, description="why the figure cannot be taken for a real one")


def knowledge_files(root: Path) -> list[Path]:
    """Every file that :func:`load` reads, sorted."""
    found = {path for pattern, _ in _FOLDERS for path in root.glob(pattern)}
    found |= {
        root / name
        for name in ("wording.yml", "services.csv", "demo/standards.yml", thesaurus.NAME)
        if (root / name).exists()
    }
    return sorted(found)


def service_codes(root: Path) -> dict[str, dict[str, str]]:
    """Rows of services.csv by code, in its order; empty when ``root`` has no such file."""
    path = root / "services.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def load(
    root: Path | None = None,
    *,
    demo: bool = False,
    cache: FileCache | None = None,
    overlay: Path | Overlay | None = None,
    encode: Encode | None = None,
) -> Knowledge:
    """Read and check everything under ``root`` (default: the package's own folder).

    ``demo`` lays the fictional values of demo/standards.yml over pending standards. ``overlay`` is the folder
    of the bureau's confirmed changes (or they themselves); one that does not fit is left out and named in
    ``data.left_out``. ``encode`` adds dense retrieval (see retrieval.py). Raises KnowledgeError with every
    fault of the files: bad YAML, bad data, an id used twice, a citation or placeholder that leads nowhere.
    """
    root = root or ROOT
    data, problems = gather(root, demo=demo, cache=cache, overlay=overlay)
    problems += dangling(data)
    if problems:
        raise KnowledgeError(problems)
    return Knowledge(data, encode)


def gather(
    root: Path,
    *,
    demo: bool = False,
    cache: FileCache | None = None,
    overlay: Path | Overlay | None = None,
) -> tuple[Data, list[Problem]]:
    """What can be read under ``root``, and what could not; references are not checked (see ``dangling``)."""
    cache = cache or FileCache()
    problems: list[Problem] = []
    wording: Wording = read_wording(root)
    tables: dict[type[BaseModel], dict[str, Any]] = {}
    files: dict[str, Path] = {}
    for pattern, model in _FOLDERS:
        table = tables.setdefault(model, {})
        for path in sorted(root.glob(pattern)):
            try:
                entries = cache.parse(model, path)
            except KnowledgeError as error:
                problems += error.problems
                continue
            for entry in entries:
                key = _key(entry)
                if key in table:
                    message = f"编号重复，{files[f'{model.__name__}:{key}']} 里已经有了 / duplicate id"
                    problems.append(Problem(str(path), key, message, line_of(path, key)))
                table[key] = entry
                files[f"{model.__name__}:{key}"] = path
    data = Data(
        root=root,
        documents=tables[Document], standards=tables[Standard], cards=tables[Card], offices=tables[Office],
        hotlines=tables[Hotline], departments=tables[Department],
        wording=wording, codes=service_codes(root), files=files, faq=tables[Faq],
        thesaurus=thesaurus.read_thesaurus(root),
    )  # fmt: skip
    if overlay is not None:
        changes = read_overlay(overlay) if isinstance(overlay, Path) else overlay
        data.left_out.extend([*changes.problems, *lay(data, changes)])
    if demo:
        problems += _overlay(data)
    return data, problems


def _parse(model: type[BaseModel], path: Path) -> list[Any]:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise KnowledgeError(
            [Problem(str(path), "-", f"YAML 写法不对 / not valid YAML: {error.problem}", line)]
        ) from error
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise KnowledgeError([Problem(str(path), "-", str(error))]) from error
    if raw is None:
        raise KnowledgeError([Problem(str(path), "-", "空文件 / empty file")])
    parsed: list[Any] = []
    problems = []
    for entry in raw if isinstance(raw, list) else [raw]:
        try:
            parsed += parse_entries(model, [entry], path)
        except KnowledgeDataError as error:
            problems.append(Problem(str(path), error.entry, error.problem, line_of(path, error.entry)))
    if problems:
        raise KnowledgeError(problems)
    return parsed


def _key(entry: Any) -> str:
    return str(entry.service if isinstance(entry, Card) else entry.id)


def _overlay(data: Data) -> list[Problem]:
    """Lay demo/standards.yml over the pending standards of ``data``; a real value is never covered."""
    path = data.root / "demo" / "standards.yml"
    if not path.exists():
        return [Problem(str(path), "-", "没有演示数据 / no demo values")]
    wording = data.wording.demo
    problems: list[Problem] = []
    data.documents[DEMO_DOCUMENT] = Document(
        id=DEMO_DOCUMENT, title=wording.document_title, number=None, issuer=wording.document_issuer,
        status="unverified", confidence="C",
    )  # fmt: skip
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or []
        values = [DemoValue.model_validate(entry) for entry in raw]
    except (yaml.YAMLError, ValidationError) as error:
        return [Problem(str(path), "-", str(error))]
    for demo in values:
        if demo.id in data.bureau_standards:  # the bureau has supplied it since
            continue
        standard = data.standards.get(demo.id)
        if standard is None or standard.values:
            problems.append(
                Problem(
                    str(path), demo.id, "只能演示待补的标准 / not a pending standard", line_of(path, demo.id)
                )
            )
            continue
        value = StandardValue(
            value=demo.value, effective_from=demo.effective_from, document=DEMO_DOCUMENT,
            confidence="C", entered_by=wording.entered_by,
        )  # fmt: skip
        data.standards[demo.id] = standard.model_copy(update={"values": [value]})
        data.demo_standards.add(demo.id)
    return problems
