"""Which model belongs to the training data that lies here, and training it when there is none.

A model is named by the content hash of all that goes into it, so "is it up to date" is a file's existence.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.settings import ROOT, Settings

SOURCES = ("config.yml", "domain", "nlu_data", "bot/nlu", "bot/text", "locks/rasa.txt")
TEACHING = ROOT / "bot" / "nlu" / "teach"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


class TrainingFailed(RuntimeError):
    """Rasa ended with an error; the message names the log."""


def content_hash(root: Path = ROOT) -> str:
    """12 hex digits over every file that can change the model."""
    digest = hashlib.sha256()
    for source in SOURCES:
        base = root / source
        files = [base] if base.is_file() else sorted(p for p in base.rglob("*") if p.is_file())
        for file in files:
            # How the networks were taught does not change a model; which they are stands in weights/card.json.
            if file.suffix in (".yml", ".py", ".txt", ".csv", ".json") and TEACHING not in file.parents:
                digest.update(str(file.relative_to(root)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def model_path(settings: Settings) -> Path:
    """Where the model of the present data is, or will be."""
    return settings.models / f"{content_hash()}.tar.gz"


def train(
    settings: Settings,
    *,
    force: bool = False,
    console: Console | None = None,
    began: Callable[[subprocess.Popen[str]], None] = lambda process: None,
) -> Path:
    """Train unless the model is there; returns its path. Raises TrainingFailed.

    `began` is given the process that trains, for who may have to stop it.
    """
    console = console or Console(stderr=True)
    path = model_path(settings)
    if path.exists() and not force:
        return path
    settings.models.mkdir(parents=True, exist_ok=True)
    log = settings.var / "logs" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # Under its name only when whole: a training that was killed must not leave half a model there.
    draft = path.with_name(f"draft-{path.name}")
    # Validation is `make test`'s: before every training it would take a sixth of the time to be ready.
    command = [
        str(RASA_PYTHON), "-m", "bot.nlu.serving", "train", "--config", "config.yml", "--domain", "domain", "--data", "nlu_data",
        "--out", str(settings.models), "--fixed-model-name", draft.name.removesuffix(".tar.gz"), "--force",
        "--skip-validation",
    ]  # fmt: skip
    steps = _steps()
    with (
        log.open("w", encoding="utf-8") as out,
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as bar,
    ):
        task = bar.add_task("训练 / training", total=steps)
        started = time.monotonic()
        try:
            process = subprocess.Popen(
                command, cwd=ROOT, env=rasa_environment(settings), text=True,
                encoding="utf-8", errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise TrainingFailed(
                f"训练启动不了 / cannot start training: {command[0]} ({error.strerror})"
            ) from error
        began(process)
        assert process.stdout is not None
        for line in process.stdout:
            out.write(line)
            if match := re.search(r"Starting to train component '(\w+)'", line):
                bar.update(task, description=f"训练 / training {match[1]}")
            if "Finished training component" in line or "Restored component" in line:
                bar.advance(task)
        code = process.wait()
        bar.update(task, completed=steps)
    if code or not draft.exists():
        draft.unlink(missing_ok=True)
        raise TrainingFailed(f"训练失败 / training failed (exit {code}); see {log}")
    draft.replace(path)
    console.print(f"模型 / model {path.name}: {time.monotonic() - started:.0f} s")
    for old in sorted(settings.models.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)[:-3]:
        old.unlink()
    return path


def rasa_environment(settings: Settings) -> dict[str, str]:
    """Environment of every Rasa process: no telemetry, quiet TensorFlow, our addresses."""
    return settings.environment() | {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL": "INFO",
        "MINZHENG_ACTIONS_WEBHOOK": settings.actions_url,
        "MINZHENG_TRACKER_ADDRESS": settings.tracker_address,
    }


def _steps() -> int:
    """How many components config.yml trains, for the bar's length."""
    return len(re.findall(r"^\s*- name:", (ROOT / "config.yml").read_text(encoding="utf-8"), re.M))
