"""Writes perturbed copies of the hold-out and measures what each kind of noise costs, with the trained model.

`.venv-rasa/bin/python -m benchmarks.perturb [--quick] [--only KIND …] [--model FILE]`. No server is needed. Copies lie
in results/perturbed/ in the form that `minzheng evaluate` reads.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.chain import Chain
from benchmarks.data import ROOT, Row, training_examples, unseen_holdout
from benchmarks.perturbations import KINDS
from benchmarks.scoring import Reading
from benchmarks.scoring import figures as score

COPIES = ROOT / "results" / "perturbed"
QUICK_ROWS = 80


def newest_model(folder: Path = ROOT / "models") -> Path:
    """The model trained last. Raises FileNotFoundError."""
    models = [file for file in folder.glob("*.tar.gz") if not file.name.startswith("draft-")]
    if not models:
        raise FileNotFoundError(f"no model in {folder}: run `minzheng train`")
    return max(models, key=lambda file: file.stat().st_mtime)


def write_copy(rows: Sequence[Row], file: Path) -> None:
    """The rows as `text,label,label2`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label", "label2"])
        writer.writerows([row.text, row.label, row.label2 or ""] for row in rows)


def cost(
    rows: Sequence[Row], noisy: Sequence[Row], before: Sequence[Reading], after: Sequence[Reading]
) -> dict[str, Any]:
    """What a noise changes and loses; losses are differences of rates, 0…1, greater is worse.

    rows, noisy: the same questions without and with noise; before, after: how they are read.
    """
    clean, dirty = score(rows, before), score(noisy, after)
    changed = [i for i, (a, b) in enumerate(zip(rows, noisy, strict=True)) if a.inside and a.text != b.text]

    def lost(key: str) -> float:
        return round(clean[key] - dirty[key], 4)

    right = [(before[i].acted in rows[i].accepted) - (after[i].acted in rows[i].accepted) for i in changed]
    return {
        "changed": len(changed),
        "accuracy": dirty["accuracy"],
        "top3": dirty["top3"],
        "false_accept": dirty["false_accept"],
        "loss": lost("accuracy"),
        "loss_top3": lost("top3"),
        "more_false_accepts": -lost("false_accept"),
        "loss_on_changed": round(sum(right) / len(right), 4) if right else None,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Perturb, read, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} questions: does it run?")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--model", type=Path, help="default: the newest in models/")
    options = parser.parse_args(arguments)
    model = options.model or newest_model()
    rows, _ = unseen_holdout(training_examples())
    if options.quick:
        rows = rows[:: max(1, len(rows) // QUICK_ROWS)]
    result: dict[str, Any] = {"model": model.name.removesuffix(".tar.gz"), "rows": len(rows), "kinds": {}}
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain.load(model, Path(folder))
        before = chain.read(chain.prepare([row.text for row in rows]))
        clean = score(rows, before)
        result["clean"] = {
            key: clean[key] for key in ("rows_in", "rows_out", "accuracy", "top3", "false_accept")
        }
        print(
            f"clean        right {clean['accuracy']:.1%}  three {clean['top3']:.1%}  false accepts {clean['false_accept']:.1%}"
        )
        for kind in options.only:
            noisy = [Row(KINDS[kind](row.text), row.label, row.label2) for row in rows]
            write_copy(noisy, COPIES / f"{kind}.csv")
            after = chain.read(chain.prepare([row.text for row in noisy]))
            result["kinds"][kind] = one = cost(rows, noisy, before, after)
            right, three, accepted, touched = (
                figures.points(one[key])
                for key in ("loss", "loss_top3", "more_false_accepts", "loss_on_changed")
            )
            print(
                f"{kind:12} points lost: right {right}, best three {three}, right on the {one['changed']} changed "
                f"{touched}; more false accepts {accepted}",
                flush=True,
            )
    # Some kinds alone are a look, not the record.
    whole = not options.quick and len(options.only) == len(KINDS)
    print(figures.keep("perturb", result, quick=not whole))
    return 0


if __name__ == "__main__":
    sys.exit(main())
