"""Measures the running assistant on `text,label[,label2]` rows, each in a fresh conversation.

Definitions are design.md's (Contracts, `evaluate`); nothing here knows how an answer is made.
"""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.settings import ROOT

OUT_OF_SCOPE = "out_of_scope"
OUT_DECISIONS = ("redirect", "handoff", "clarify")
AT_ONCE = 8


class BadFile(ValueError):
    """The file cannot be used; the message names the line."""


@dataclass
class Row:
    """One question with its accepted labels and, once asked, what came back."""

    text: str
    label: str
    label2: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def accepted(self) -> set[str]:
        return {self.label} | ({self.label2} if self.label2 and self.label != OUT_OF_SCOPE else set())

    @property
    def decision(self) -> str:
        return str(self.answer.get("decision"))

    @property
    def service(self) -> str:
        return str(self.answer.get("service"))

    @property
    def right(self) -> bool:
        """In scope: the service is accepted and it was not only asked back. Out of scope: turned away."""
        if self.label == OUT_OF_SCOPE:
            return self.decision in OUT_DECISIONS
        return self.decision != "clarify" and self.decision != "redirect" and self.service in self.accepted

    @property
    def right_of_three(self) -> bool:
        """Whether an accepted service is answered, or stands among the choices below what was said."""
        answered = [] if self.decision in ("clarify", "redirect") else [self.service]
        shown = self.answer.get("candidates") or answered
        return bool(self.accepted & set(shown[:3]))

    @property
    def confidently_wrong(self) -> bool:
        return self.decision == "answer" and self.service not in self.accepted


def known_labels() -> set[str]:
    """The service codes."""
    with (ROOT / "knowledge" / "services.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


def read_rows(path: Path) -> list[Row]:
    """Rows of the CSV. Raises BadFile naming the line."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: 打不开 / cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadFile(f"{path} 第{line}行 / line {line}: 不是 UTF-8 / not UTF-8") from error
    # Not splitlines(): it would cut inside quotes and at signs that are no line end in CSV.
    reader = csv.DictReader(io.StringIO(content, newline=""))
    try:
        columns = set(reader.fieldnames or ())
    except csv.Error as error:
        raise BadFile(f"{path} 第1行 / line 1: {error}") from error
    if not {"text", "label"} <= columns:
        raise BadFile(f"{path} 第1行 / line 1: 要有 text,label 两列 / needs the columns text,label")
    labels, rows = known_labels(), []
    for record in _records(reader, path):
        line = reader.line_num
        text, label, label2 = ((record.get(name) or "").strip() for name in ("text", "label", "label2"))
        if not text:
            raise BadFile(f"{path} 第{line}行 / line {line}: text 是空的 / empty text")
        for value in filter(None, (label or "?", label2)):
            if value not in labels:
                raise BadFile(f"{path} 第{line}行 / line {line}: 没有这个编码 / unknown label {value!r}")
        rows.append(Row(text, label, label2 or None))
    if not rows:
        raise BadFile(f"{path}: 没有数据行 / no rows")
    return rows


def _records(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from reader
    except csv.Error as error:
        line = reader.reader.line_num
        raise BadFile(f"{path} 第{line}行 / line {line}: {error}") from error


@dataclass
class Result:
    """The rows with their answers, and the figures over them."""

    rows: list[Row]
    seconds: float

    def figures(self) -> dict[str, Any]:
        """All rates are shares of their rows, None where there are none; latencies in milliseconds."""
        inside = [row for row in self.rows if row.label != OUT_OF_SCOPE]
        outside = [row for row in self.rows if row.label == OUT_OF_SCOPE]
        times = sorted(row.seconds * 1000 for row in self.rows)
        per_label = {}
        for label in sorted({row.label for row in self.rows}):
            mine = [row for row in self.rows if row.label == label]
            per_label[label] = {"rows": len(mine), "right": _share([row.right for row in mine])}
        confusions = Counter(
            (row.label, row.service if row.decision != "clarify" else "clarify")
            for row in self.rows
            if not row.right
        )
        return {
            "rows": len(self.rows),
            "in_scope_rows": len(inside),
            "out_of_scope_rows": len(outside),
            "in_scope_accuracy": _share([row.right for row in inside]),
            "top3_accuracy": _share([row.right_of_three for row in inside]),
            "confidently_wrong_rate": _share([row.confidently_wrong for row in inside]),
            "clarify_rate": _share([row.decision == "clarify" for row in inside]),
            "out_of_scope_recall": _share([row.right for row in outside]),
            "false_accept_rate": _share([not row.right for row in outside]),
            "latency_ms": {"p50": _quantile(times, 0.5), "p95": _quantile(times, 0.95)},
            "questions_per_second": round(len(self.rows) / self.seconds, 1),
            "labels": per_label,
            "confusions": [
                {"label": a, "answered": b, "rows": n} for (a, b), n in confusions.most_common(40)
            ],
        }

    def wrong_rows(self) -> list[list[Any]]:
        """What `--wrong` writes."""
        return [
            [row.text, row.label, row.label2 or "", row.decision, row.service, row.answer.get("confidence")]
            for row in self.rows
            if not row.right
        ]


def measure(rows: list[Row], base: str, console: Console) -> Result:
    """Ask every row over HTTP, several at a time. Raises RuntimeError when the assistant stops answering."""
    started = time.monotonic()
    with Progress(console=console) as bar:
        task = bar.add_task("评测 / asking", total=len(rows))
        try:
            asyncio.run(_ask_all(rows, base, lambda: bar.advance(task)))
        except httpx.HTTPError as error:
            raise RuntimeError(f"助手没有回答 / the assistant stopped answering: {error!r}") from error
    return Result(rows, time.monotonic() - started)


async def _ask_all(rows: list[Row], base: str, done: Any) -> None:
    queue = list(reversed(rows))

    async def worker(client: httpx.AsyncClient) -> None:
        while queue:
            row = queue.pop()
            begun = time.monotonic()
            response = await client.post(f"{base}/api/ask", json={"text": row.text})
            row.seconds = time.monotonic() - begun
            response.raise_for_status()
            row.answer = response.json()
            done()

    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        await asyncio.gather(*(worker(client) for _ in range(AT_ONCE)))


def report(result: Result, out: Console) -> None:
    """Print the figures, the table by label and the confusions."""
    figures = result.figures()
    for name in (
        "in_scope_accuracy",
        "top3_accuracy",
        "confidently_wrong_rate",
        "clarify_rate",
        "out_of_scope_recall",
        "false_accept_rate",
    ):
        value = figures[name]
        out.print(f"{name:24} {'-' if value is None else f'{value:.1%}'}")
    out.print(
        f"{'latency p50 / p95 (ms)':24} {figures['latency_ms']['p50']:.0f} / {figures['latency_ms']['p95']:.0f}"
    )
    out.print(f"{'questions per second':24} {figures['questions_per_second']}")
    table = Table("label", "rows", "right", "most often answered instead")
    instead: dict[str, list[str]] = defaultdict(list)
    for pair in figures["confusions"]:
        instead[pair["label"]].append(f"{pair['answered']} ×{pair['rows']}")
    for label, line in figures["labels"].items():
        table.add_row(label, str(line["rows"]), f"{line['right']:.0%}", "，".join(instead[label][:3]))
    out.print(table)


def _share(values: list[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _quantile(ordered: list[float], q: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 1)
