"""Cross-validation of config.yml's classifier over the phrases, and its hold-out figures with the confusion pairs.

`.venv-rasa/bin/python -m benchmarks.crossval [--quick]` writes results/crossval.json, results/confused.csv and the
figures of docs/understanding.md.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.model_selection import StratifiedKFold

from benchmarks import figures
from benchmarks.chain import Chain
from benchmarks.data import ROOT, Example, Row, few, training_examples, unseen_holdout
from benchmarks.scoring import Reading, confusions, service_of
from benchmarks.scoring import figures as score

FOLDS = 5
QUICK_EXAMPLES, QUICK_ROWS = 15, 100
# They name no service, so a service cannot be right or wrong for them.
NAMELESS = ("do_screen", "ask_followup", "say_choose")


def cross_validate(
    chain: Chain, examples: Sequence[Example], folds: int = FOLDS
) -> tuple[dict[str, Any], float]:
    """Figures over the phrases, each read by a model that did not see it; and the share of exact intents.

    Without the student, which was taught on all of them: this is what the regression alone can do.
    """
    intents = [e.intent for e in examples]
    messages = chain.prepare([e.text for e in examples], intents)
    readings: dict[int, Reading] = {}
    for number, (train, test) in enumerate(
        StratifiedKFold(folds, shuffle=True, random_state=7).split(intents, intents)
    ):
        begun = time.monotonic()
        chain.train([messages[i] for i in train])
        readings |= zip(test.tolist(), chain.read([messages[i] for i in test]), strict=True)
        print(f"fold {number + 1} of {folds}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    exact = sum(reading.intent == intents[i] for i, reading in readings.items()) / len(readings)
    counted = {i: r for i, r in readings.items() if intents[i] not in NAMELESS}
    rows = [Row(examples[i].text, service_of(intents[i])) for i in counted]
    return score(rows, list(counted.values())), round(exact, 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Cross-validate, train on all, read the hold-out, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_EXAMPLES} phrases an intent: does it run?"
    )
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    options = parser.parse_args(arguments)
    examples = training_examples()
    rows, left_out = unseen_holdout(examples)
    if options.quick:
        examples, rows = few(examples, QUICK_EXAMPLES), rows[:: max(1, len(rows) // QUICK_ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain.untrained(options.config, Path(folder))
        crossed, exact = cross_validate(chain, examples)
        chain.train(chain.prepare([e.text for e in examples], [e.intent for e in examples]))
        readings = chain.read(chain.prepare([row.text for row in rows]))
    held = score(rows, readings)
    result = {
        "phrases": len(examples),
        "intents": len({e.intent for e in examples}),
        "folds": FOLDS,
        "left_out_because_trained": left_out,
        "exact_intent_crossval": exact,
        "crossval": crossed,
        "holdout": held,
        "confusions": confusions(rows, readings),
    }
    file = figures.keep("crossval", result, quick=options.quick)
    wrong = file.with_name(f"confused{'-quick' if options.quick else ''}.csv")
    write_wrong(rows, readings, wrong)
    for key in ("accuracy", "top1", "top3", "confidently_wrong", "clarify", "false_accept", "auroc"):
        print(f"{key:20} hold-out {held[key]:.4f}   cross-validation {crossed[key]:.4f}")
    print(f"{file}\n{wrong}")
    return 0


def write_wrong(rows: Sequence[Row], readings: Sequence[Reading], file: Path) -> None:
    """The hold-out rows that are not acted on rightly, with what they were read as."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label", "label2", "acted", "best", "share"])
        for row, reading in zip(rows, readings, strict=True):
            if reading.acted not in row.accepted:
                best, share = reading.ranked[0]
                writer.writerow(
                    [row.text, row.label, row.label2 or "", reading.acted or "clarify", best, round(share, 3)]
                )


if __name__ == "__main__":
    sys.exit(main())
