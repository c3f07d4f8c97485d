"""Ours against the stock Rasa pipeline for Chinese: same phrases, same hold-out, one run.

`.venv-rasa/bin/python -m benchmarks.nlu [--an-intent 20] [--longest 40] [--quick]`. Every training and every measuring is a process of
its own, so that memory and load times are honest. Writes results/nlu.json (and the figures of docs/understanding.md).

On all phrases the peer trains for hours (an epoch of 21,000 phrases took 275 s on two cores; a long phrase makes its
whole batch long). `--an-intent` and `--longest` give both the same few short phrases of each intent; ours then goes without
the student, which was taught on all of them, and what is shipped, config.yml on all phrases, is measured as a third.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from benchmarks import figures
from benchmarks.data import NLU_FOLDER, ROOT, Example, Row, few, training_examples, unseen_holdout
from benchmarks.figures import OURS, SHIPPED, STOCK, label_table, table
from benchmarks.scoring import Reading, quantiles
from benchmarks.scoring import figures as score

QUICK_EPOCHS, QUICK_EXAMPLES, QUICK_ROWS = 10, 15, 150
WARM_UP = 20
LOG = ROOT / "results" / "nlu.log"


def stock_config(epochs: int) -> dict[str, Any]:
    """The peer: Jieba, word and character counts, DIET, all at their stock settings."""
    return {
        "recipe": "default.v1",
        "language": "zh",
        "assistant_id": "stock",
        "pipeline": [
            {"name": "JiebaTokenizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            # ranking_length only widens what is reported: all intents, for a fair AUROC.
            {"name": "DIETClassifier", "epochs": epochs, "ranking_length": 0},
        ],
    }


def config_without_student() -> dict[str, Any]:
    """Ours, knowing nothing but the phrases that it is trained on."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    config["pipeline"] = [one for one in config["pipeline"] if not one["name"].endswith("StudentReader")]
    return config


def write_examples(examples: Sequence[Example], file: Path) -> None:
    """A Rasa training file of these phrases."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(f"- {example.text}\n")
    nlu = [{"intent": intent, "examples": "".join(lines)} for intent, lines in by_intent.items()]
    file.write_text(
        yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def worker(*arguments: str, folder: Path) -> dict[str, Any]:
    """Run benchmarks.nlu_worker in a process of its own; what it measured. Raises RuntimeError."""
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    # Rasa's own cache would turn a training into a copy.
    cache = Path(tempfile.mkdtemp(dir=folder))
    environment = os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "RASA_CACHE_DIRECTORY": str(cache),
        "LOG_LEVEL": "INFO",
    }
    command = [
        sys.executable,
        "-m",
        "benchmarks.nlu_worker",
        *arguments,
        "--result",
        str(result),
        "--started",
        str(time.time()),
    ]
    with LOG.open("a", encoding="utf-8") as log:
        code = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
        ).returncode
    shutil.rmtree(cache, ignore_errors=True)
    if code or not result.exists():
        raise RuntimeError(f"{' '.join(arguments)} failed (exit {code}); see {LOG}")
    return json.loads(result.read_text(encoding="utf-8"))


def measure(
    name: str, config: Path, data: Path, rows: Sequence[Row], folder: Path, kept: Path
) -> dict[str, Any]:
    """Train and measure one pipeline in `folder`; what it read goes to `kept`."""
    print(f"{name}: training ({LOG.name} tells how far)…", file=sys.stderr, flush=True)
    train = ("train", "--name", name, "--config", str(config), "--data", str(data), "--out", str(folder))
    first = worker(*train, folder=folder)
    # Ours keeps the vectors of phrases it has met; the peer keeps nothing.
    again = worker(*train, folder=folder) if name != STOCK else first
    print(f"{name}: {len(rows)} questions…", file=sys.stderr, flush=True)
    questions = folder / "questions.json"
    questions.write_text(json.dumps([row.text for row in rows], ensure_ascii=False), encoding="utf-8")
    live = worker(
        "measure",
        "--name",
        name,
        "--model",
        str(folder / f"{name}.tar.gz"),
        "--questions",
        str(questions),
        folder=folder,
    )
    # Kept raw: another way to count must not cost another training.
    raw = {"rows": [asdict(row) for row in rows], "parsed": live.pop("parsed"), "ms": live.pop("ms")}
    kept.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    readings = [Reading.of(parsed) for parsed in raw["parsed"]]
    times = quantiles(raw["ms"][min(WARM_UP, len(rows) // 2) :])
    return score(rows, readings) | {
        "train_s": first["train_s"],
        "retrain_s": again["train_s"],
        "train_peak_mb": first["peak_mb"],
        "model_mb": round((folder / f"{name}.tar.gz").stat().st_size / 1e6, 1),
        "parse_p50_ms": round(times["p50"], 2),
        "parse_p95_ms": round(times["p95"], 2),
        **live,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_EPOCHS} epochs, {QUICK_EXAMPLES} phrases an intent, {QUICK_ROWS} questions: does it run?",
    )
    parser.add_argument(
        "--an-intent", type=int, metavar="N", help="at most N phrases an intent, no student in ours"
    )
    parser.add_argument(
        "--longest", type=int, metavar="N", help="with --an-intent: phrases of at most N characters"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures (default: results/)")
    options = parser.parse_args(arguments)
    examples = training_examples()
    # Against all phrases even when few are trained on: the quick run asks the same kind of question.
    rows, left_out = unseen_holdout(examples)
    subset = QUICK_EXAMPLES if options.quick else options.an_intent
    if options.longest and not options.an_intent:
        parser.error("--longest goes with --an-intent")
    if subset:
        examples = few([e for e in examples if len(e.text) <= (options.longest or len(e.text))], subset)
    if options.quick:
        rows = random.Random(7).sample(rows, QUICK_ROWS)
    # Outside /tmp a memory disk would be counted as memory, and the load time would be nobody's.
    LOG.parent.mkdir(exist_ok=True)
    LOG.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "results", prefix="nlu-") as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        if subset:
            write_examples(examples, data / "nlu.yml")
        else:
            shutil.copytree(NLU_FOLDER, data, dirs_exist_ok=True)
        config = folder / "stock.yml"
        config.write_text(
            yaml.safe_dump(stock_config(QUICK_EPOCHS if options.quick else 100)), encoding="utf-8"
        )
        mine = ROOT / "config.yml"
        if options.an_intent:
            mine = folder / "ours.yml"
            mine.write_text(yaml.safe_dump(config_without_student()), encoding="utf-8")
        kept = "nlu-readings-{}" + ("-quick" if options.quick else "") + ".json"
        stock = measure(STOCK, config, data, rows, folder, LOG.parent / kept.format(STOCK))
        ours = measure(OURS, mine, data, rows, folder, LOG.parent / kept.format(OURS))
        shipped = None
        if options.an_intent:
            every = folder / "every"
            shutil.copytree(NLU_FOLDER, every)
            shipped = measure(
                SHIPPED, ROOT / "config.yml", every, rows, folder, LOG.parent / kept.format(SHIPPED)
            )
    result = {
        "quick": options.quick,
        "an_intent": options.an_intent,
        "longest": options.longest,
        "phrases": len(examples),
        "intents": len({e.intent for e in examples}),
        "left_out_because_trained": left_out,
        "cores": os.cpu_count(),
        "omp_threads": os.environ.get("OMP_NUM_THREADS"),
        STOCK: stock,
        OURS: ours,
        SHIPPED: shipped,
    }
    file = figures.keep("nlu", result, quick=options.quick, file=options.json)
    print(table(stock, ours, shipped), label_table(stock, ours), sep="\n\n")
    print(f"\n{len(rows)} hold-out questions ({left_out} left out: training holds them); {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
