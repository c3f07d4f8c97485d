"""Rasa without TensorFlow: it loads, it is smaller, and using what was left out says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("rasa", reason="it is Rasa that is made lean")

ROOT = Path(__file__).resolve().parents[2]


def run(program: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: what one test imports, the others would find imported."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, timeout=120, check=False
    )


def test_rasa_loads_without_tensorflow_and_half_as_large() -> None:
    size = "int(open('/proc/self/statm').read().split()[1]) * 4096 // 1_000_000"
    load = "import rasa.core.agent, rasa.engine.recipes.default_components, rasa.model_training"
    lean = run(
        f"from bot.nlu.lean import leave_out\nleave_out()\n{load}\nimport tensorflow\nprint({size}, hasattr(tensorflow, '__file__'))"
    )
    full = run(f"{load}\nprint({size})")
    assert lean.returncode == full.returncode == 0, lean.stderr + full.stderr
    lean_mb, file = lean.stdout.split()
    assert file == "False"
    assert int(lean_mb) <= 0.6 * int(full.stdout)


@pytest.mark.parametrize(
    "use",
    [
        "import tensorflow as tf; tf.constant([1])",
        "from rasa.utils.tensorflow.models import RasaModel; RasaModel()",
        "from tensorflow.keras import Model; Model()",
    ],
)
def test_what_was_left_out_is_named_when_it_is_used(use: str) -> None:
    done = run(f"from bot.nlu.lean import leave_out\nleave_out()\n{use}")
    assert done.returncode == 1
    assert "LeftOutError" in done.stderr and "bot/nlu/lean.py" in done.stderr


def test_tensorflow_that_is_there_already_stays() -> None:
    done = run(
        "import sys, types\nreal = sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "from bot.nlu.lean import leave_out\nleave_out()\n"
        "import tensorflow\nassert tensorflow is real and 'rasa' not in sys.modules"
    )
    assert done.returncode == 0, done.stderr
