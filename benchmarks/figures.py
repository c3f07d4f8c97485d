"""Keeps what the benchmarks measured in results/ and writes it into docs/understanding.md between its markers.

`python -m benchmarks.figures` writes the document again from what is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.data import ROOT

RESULTS = ROOT / "results"
DOCUMENT = ROOT / "docs" / "understanding.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
MOST_PAIRS = 20
STOCK, OURS, SHIPPED = "stock", "ours", "shipped"
# (key in the result, what it says, digits, whether it is a rate)
LINES = (
    ("accuracy", "service right, as acted on", 1, True),
    ("top1", "service right, best guess", 1, True),
    ("top3", "service among the best three", 1, True),
    ("auroc", "in/out of scope AUROC", 3, False),
    ("rejected_at_10", "out of scope rejected, 10 % of ours lost", 1, True),
    ("false_accept", "out of scope taken for ours, as acted on", 1, True),
    ("confidently_wrong", "ours answered as another service, as acted on", 1, True),
    ("clarify", "ours asked back, as acted on", 1, True),
    ("train_s", "training, nothing cached (s)", 1, False),
    ("retrain_s", "training again after an edit (s)", 1, False),
    ("train_peak_mb", "training, most memory (MB)", 0, False),
    ("load_s", "loading the model (s)", 2, False),
    ("ready_s", "process start to first answer (s)", 1, False),
    ("parse_p50_ms", "a message, p50 (ms)", 1, False),
    ("parse_p95_ms", "a message, p95 (ms)", 1, False),
    ("rss_mb", "memory after the hold-out (MB)", 0, False),
)


def keep(name: str, result: dict[str, Any], *, quick: bool, file: Path | None = None) -> Path:
    """Write `result` as JSON; a whole run's goes into the document too, a quick one's never. Returns the file."""
    path = file or RESULTS / f"{name}{'-quick' if quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if not quick and file is None:
        write_document()
    return path


def write_document(document: Path = DOCUMENT, results: Path = RESULTS) -> None:
    """Replace what stands between the markers. Raises ValueError when the document has no markers.

    A part that was not measured here keeps the text it has, so that one benchmark can be run alone.
    """
    text = document.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{document}: no {BEGIN} … {END}")
    before, rest = text.split(BEGIN, 1)
    old, after = rest.split(END, 1)
    parts = []
    for name, render in (("crossval", crossval_text), ("perturb", perturb_text), ("nlu", nlu_text)):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        file = results / f"{name}.json"
        if file.exists():
            body = render(json.loads(file.read_text(encoding="utf-8")))
        elif begin in old:
            body = old.split(begin, 1)[1].split(end, 1)[0].strip()
        else:
            body = f"*Not measured yet: `python -m benchmarks.{name}`.*"
        parts.append(f"{begin}\n{body}\n{end}")
    document.write_text(before + BEGIN + "\n" + "\n\n".join(parts) + "\n" + END + after, encoding="utf-8")


def crossval_text(result: dict[str, Any]) -> str:
    """Hold-out and cross-validation side by side, then the confusion pairs and the weakest services."""
    names = (
        ("accuracy", "service right, as acted on"),
        ("top1", "service right, best guess"),
        ("top3", "service among the best three"),
        ("confidently_wrong", "answered as another service"),
        ("clarify", "asked back"),
        ("turned_away_wrongly", "ours, sent to another department"),
        ("false_accept", "out of scope, taken for ours"),
    )
    held, crossed = result["holdout"], result["crossval"]
    lines = [
        "### Hold-out and cross-validation",
        "",
        f"{result['phrases']} phrases, {result['intents']} intents. Hold-out: {held['rows_in']} in scope, "
        f"{held['rows_out']} out of scope; {result['left_out_because_trained']} rows left out because training holds "
        f"them. Cross-validation: {result['folds']} folds over the phrases, the student not heard; "
        "many phrases were written where the classifier went wrong, so they are harder than the hold-out.",
        "",
        "| | hold-out | cross-validation |",
        "|---|---|---|",
        *(f"| {words} | {percent(held[key])} | {percent(crossed[key])} |" for key, words in names),
        f"| in/out of scope AUROC | {_cell(held['auroc'], 3, False)} | {_cell(crossed['auroc'], 3, False)} |",
        "",
        "Weakest services on the hold-out (best guess): "
        + ", ".join(
            f"`{label}` {percent(one['top1'])} of {one['rows']}"
            for label, one in sorted(held["labels"].items(), key=lambda item: item[1]["top1"])[:8]
        )
        + ".",
        "",
        "Confusion pairs on the hold-out, as acted on (`clarify` = asked back):",
        "",
        "| asked | read as | rows |",
        "|---|---|---|",
        *(
            f"| `{pair['asked']}` | `{pair['read_as']}` | {pair['rows']} |"
            for pair in result["confusions"][:MOST_PAIRS]
        ),
    ]
    return "\n".join(lines)


def perturb_text(result: dict[str, Any]) -> str:
    """One line a kind of noise: how many rows it changes and what it costs."""
    clean = result["clean"]
    lines = [
        "### Perturbed copies of the hold-out",
        "",
        f"Model `{result['model']}`. Clean: {percent(clean['accuracy'])} right as acted on, "
        f"{percent(clean['top3'])} among the best three, {percent(clean['false_accept'])} of out-of-scope rows taken for "
        "ours. Losses in points against that; the last column over the in-scope rows that the noise changes.",
        "",
        "| noise | in-scope rows changed | loss, right | loss, best three | more false accepts | loss, changed rows |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in result["kinds"].items():
        lines.append(
            f"| {name} | {one['changed']} | {points(one['loss'])} | {points(one['loss_top3'])} | "
            f"{points(one['more_false_accepts'])} | {points(one['loss_on_changed'])} |"
        )
    return "\n".join(lines)


def nlu_text(result: dict[str, Any]) -> str:
    """The comparison with the stock pipeline."""
    threads = result["omp_threads"] or "unset"
    few = (
        f" At most {result['an_intent']} phrases an intent{_no_longer(result['longest'])}, because the peer takes hours on "
        "all; ours without the student, which was taught on all phrases. The last two columns are the pipeline as it is "
        "shipped, student and all phrases, and that divided by stock."
        if result["an_intent"]
        else ""
    )
    return "\n".join([
        "### Against the stock pipeline",
        "",
        f"Same run: {result['phrases']} phrases, {result['ours']['rows_in']} + {result['ours']['rows_out']} hold-out "
        f"questions, {result['cores']} cores, OMP_NUM_THREADS {threads}. The stock pipeline has no fallback: it acts on "
        f"its best guess.{few}",
        "",
        table(result[STOCK], result[OURS], result[SHIPPED]),
    ])  # fmt: skip


def _no_longer(longest: int | None) -> str:
    return f" of at most {longest} characters" if longest else ""


def table(stock: dict[str, Any], ours: dict[str, Any], shipped: dict[str, Any] | None = None) -> str:
    """The comparison in Markdown, each of ours with itself divided by stock."""
    head, line = "| | stock (Jieba + counts + DIET) | ours | ours / stock |", "|---|---|---|---|"
    mine = [ours]
    if shipped:
        head, line, mine = head + " shipped | shipped / stock |", line + "---|---|", [ours, shipped]
    lines = [head, line]
    for key, words, digits, rate in LINES:
        cells = [words, _cell(stock[key], digits, rate)]
        for side in mine:
            ratio = f"{side[key] / stock[key]:.2f} ×" if stock[key] and side[key] is not None else "–"
            cells += [_cell(side[key], digits, rate), ratio]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def label_table(stock: dict[str, Any], ours: dict[str, Any]) -> str:
    """Best-guess accuracy by service code, in plain columns; the last one is ours divided by stock."""
    lines = [f"{'service':26}{'rows':>5}{'stock':>8}{'ours':>8}{'ratio':>8}"]
    for label, mine in ours["labels"].items():
        theirs = stock["labels"][label]["top1"]
        ratio = f"{mine['top1'] / theirs:.2f}" if theirs else "–"
        lines.append(f"{label:26}{mine['rows']:>5}{theirs:>8.0%}{mine['top1']:>8.0%}{ratio:>8}")
    return "\n".join(lines)


def _cell(value: float | None, digits: int, rate: bool) -> str:
    if value is None:
        return "–"
    return f"{value * 100:.{digits}f} %" if rate else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """0.9312 → 93.1 %."""
    return "–" if value is None else f"{value * 100:.1f} %"


def points(value: float | None) -> str:
    """0.0123 → 1.2, in points of a hundred; a gain where a loss is asked for is below zero."""
    return "–" if value is None else f"{round(value * 100, 1) + 0.0:.1f}"


if __name__ == "__main__":
    sys.exit(write_document())
