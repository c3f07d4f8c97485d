"""One training or one measuring of one pipeline, in a process of its own (started by benchmarks.nlu).

Imports of the pipelines stand inside functions: what one of them loads must not weigh on the other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
import time
from pathlib import Path
from typing import Any

from rasa.utils.log_utils import configure_structlog

from bot.nlu.lean import leave_out

FIRST = "低保怎么办"
ALL = 1000


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds and the most memory (MB) of training, without the imports."""
    if options.name != "stock":
        leave_out()
    from rasa.model_training import train_nlu

    if options.name != "stock":
        from bot.nlu import encoder

        # The vectors of a first training are computed here and found again by the second.
        encoder.ROOT = Path(options.out)
    begun = time.perf_counter()
    model = train_nlu(options.config, options.data, options.out, fixed_model_name=options.name)
    if model is None:
        raise SystemExit("Rasa trained nothing")
    return {
        "train_s": round(time.perf_counter() - begun, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Load seconds, seconds to the first answer, memory (MB), milliseconds and result of each question."""
    if options.name != "stock":
        # As the assistant runs it (bot/nlu/serving.py); the peer needs TensorFlow.
        leave_out()
    from rasa.core.agent import Agent

    if options.name != "stock":
        from bot.nlu import classifier

        # Only widens what is reported: all intents, as the peer's ranking_length does.
        classifier.RANKED = ALL
    begun = time.perf_counter()
    agent = Agent.load(options.model)
    load = time.perf_counter() - begun
    questions = json.loads(Path(options.questions).read_text(encoding="utf-8"))
    return asyncio.run(_ask(agent, questions, load, options.started))


async def _ask(agent: Any, questions: list[str], load: float, started: float) -> dict[str, Any]:
    await agent.parse_message(FIRST)
    ready, rss_loaded = time.time() - started, _resident_mb()
    parsed, ms = [], []
    for text in questions:
        begun = time.perf_counter()
        result = await agent.parse_message(text)
        ms.append(round((time.perf_counter() - begun) * 1000, 2))
        parsed.append({
            "intent": result["intent"],
            "intent_ranking": [
                {"name": one["name"], "confidence": round(one["confidence"], 6)} for one in result["intent_ranking"]
            ],
        })  # fmt: skip
    return {
        "load_s": round(load, 2), "ready_s": round(ready, 1), "rss_loaded_mb": rss_loaded,
        "rss_mb": _resident_mb(), "parsed": parsed, "ms": ms,
    }  # fmt: skip


def _resident_mb() -> int:
    """Memory that this process holds now; Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024)
    raise RuntimeError("no VmRSS in /proc/self/status")


def main() -> None:
    """Read the options, do the one thing, write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("train", "measure"))
    for name in ("--name", "--config", "--data", "--out", "--model", "--questions", "--result"):
        parser.add_argument(name)
    parser.add_argument("--started", type=float, help="when the parent started this process (Unix time)")
    options = parser.parse_args()
    # As a server has it: unconfigured, every message would be printed and the printing be timed.
    configure_structlog(logging.INFO)
    result = train(options) if options.task == "train" else measure(options)
    Path(options.result).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
