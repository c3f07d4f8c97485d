"""What the safety screen finds, and what it costs: rules alone, with the linear model, with the network as well.

`.venv/bin/python -m benchmarks.danger [--json FILE]`: recall, false alarms and milliseconds a message on the blind set
(tests/data/danger_*.csv), which nothing was trained or chosen on.
`… --apart DRAFT.onnx`: what bot.gateway.teach_guard left out (DRAFT.json), at several thresholds; WITH_GUARD of
bot/gateway/danger_model.py was chosen on it.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import sentencepiece

from bot.gateway.danger_model import WITH_GUARD, DangerModel, SafetyNet, labelled, ordinary
from bot.gateway.safety import Screen
from bot.nlu.networks import FOLDER, numbers
from bot.settings import ROOT
from bot.text.clean import clean

BLIND = ROOT / "tests" / "data"
# Of the ordinary phrases, every so manieth: enough to tell parts of a percent.
EVERY = 8


def blind() -> tuple[list[str], list[str]]:
    """Dangerous and harmless messages, cleaned as the gateway cleans them."""
    return _texts(BLIND / "danger_positive.csv"), _texts(BLIND / "danger_negative.csv")


def measure(
    check: Callable[[str], object], danger: Sequence[str], harmless: Sequence[str]
) -> dict[str, float]:
    """Shares of messages in which `check` sees danger, and its milliseconds a message."""
    seen, times = [], []
    for text in (*danger, *harmless):
        begun = time.perf_counter()
        seen.append(check(text) is not None)
        times.append((time.perf_counter() - begun) * 1000)
    return {
        "recall": sum(seen[: len(danger)]) / len(danger),
        "false_alarms": sum(seen[len(danger) :]) / len(harmless),
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
    }


def peers() -> dict[str, Callable[[str], object]]:
    """From the least to what is shipped."""
    net = SafetyNet.load()
    return {
        "rules": net.screen.check,
        "rules + linear model": SafetyNet(net.screen, net.model).check,
        "rules + linear model + network": net.check,
    }


def thresholds(draft: Path) -> list[dict[str, float]]:
    """Recall, false alarms and alarms on ordinary phrases on what was left out, for a range of `least`."""
    held = json.loads(draft.with_suffix(".json").read_text(encoding="utf-8"))
    away = {*held["danger"], *held["alike"]}
    screen = Screen.load()
    danger, alike = labelled()
    plain = ordinary(screen)
    model = DangerModel.train(
        [t for t in danger if t not in away], [t for t in alike if t not in away], plain
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(FOLDER / "pieces.model"))
    session = onnxruntime.InferenceSession(draft)

    def guard(text: str) -> float:
        shares = session.run(None, {"ids": np.array([numbers(pieces, text)], np.int64)})[0][0]
        return float(shares[1] - shares[0])

    def evidence(texts: Sequence[str]) -> np.ndarray:
        ruled = np.array([screen.check(text) is not None for text in texts])
        return np.array([model.score(t) + guard(t) for t in texts]) + WITH_GUARD[1] * ruled

    scores = evidence(held["danger"]), evidence(held["alike"]), evidence(plain[::EVERY])
    return [
        {"least": float(least), **{k: float((s > least).mean()) for k, s in zip(("recall", "false_alarms", "ordinary"), scores, strict=True)}}
        for least in np.arange(-4, 2.1, 0.5)
    ]  # fmt: skip


def _texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [clean(row["text"]) for row in csv.DictReader(file)]


def main() -> None:
    """Print a table, and write it where --json says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--apart", type=Path)
    options = parser.parse_args()
    result: Any
    if options.apart is not None:
        result = thresholds(options.apart)
        for row in result:
            print("  ".join(f"{name} {value:.3f}" for name, value in row.items()))
    else:
        danger, harmless = blind()
        result = {name: measure(check, danger, harmless) for name, check in peers().items()}
        for name, row in result.items():
            print(f"{name:32}" + "  ".join(f"{key} {value:.4g}" for key, value in row.items()))
    if options.json is not None:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
