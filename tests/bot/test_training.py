"""A model belongs to exactly the files that go into it; training leaves a whole model or none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot import training
from bot.settings import Settings
from bot.training import TrainingFailed, content_hash, model_path, rasa_environment, train

FILES = {
    "config.yml": "pipeline: []",
    "domain/dialogue.yml": "intents: []",
    "nlu_data/nlu/elderly.yml": "nlu: []",
    "nlu_data/jieba/userdict.txt": "低保",
    "bot/nlu/classifier.py": "x = 1",
    "bot/nlu/values/dates.py": "y = 1",
    "bot/text/clean.py": "z = 1",
    "locks/rasa.txt": "rasa==3.6.21",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        file = tmp_path / "root" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path / "root"


@pytest.mark.parametrize("name", FILES)
def test_every_file_that_makes_the_model_changes_its_name(root: Path, name: str) -> None:
    before = content_hash(root)
    (root / name).write_text(FILES[name] + " ")
    changed = content_hash(root)
    assert changed != before
    (root / name).write_text(FILES[name])
    assert content_hash(root) == before


def test_a_new_a_moved_and_a_missing_file_change_it(root: Path) -> None:
    file = root / "nlu_data/nlu/elderly.yml"
    names = [content_hash(root)]
    names.append(content_hash(file.rename(file.with_name("older.yml")) and root))
    (root / "domain/new.yml").write_text("intents: []")
    names.append(content_hash(root))
    (root / "bot/text/clean.py").unlink()
    names.append(content_hash(root))
    assert len(set(names)) == 4
    assert all(len(name) == 12 and int(name, 16) >= 0 for name in names)


@pytest.mark.parametrize(
    "name",
    ["bot/gateway/door.py", "knowledge/services.csv", "actions/form.py", "README.md", "nlu_data/nlu/notes.md",
     "bot/nlu/__pycache__/classifier.cpython-311.pyc", "nlu_data/nlu/.elderly.yml.swp", "locks/app.txt"],
)  # fmt: skip
def test_other_files_do_not(root: Path, name: str) -> None:
    before = content_hash(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("anything")
    assert content_hash(root) == before


# Training, with a small program in Rasa's place.

GOOD = """
args = dict(zip(sys.argv, sys.argv[1:]))
print("Starting to train component 'Classifier'.")
(pathlib.Path(args["--out"]) / (args["--fixed-model-name"] + ".tar.gz")).write_text("a model")
"""
HALF = GOOD + "raise SystemExit(-15)"


@pytest.fixture
def rasa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Settings]:
    """Puts a program in Rasa's place; gives the settings to train with."""

    def place(program: str) -> Settings:
        script = tmp_path / "python"
        script.write_text(f"#!{sys.executable}\nimport pathlib, sys\n{program}")
        script.chmod(0o755)
        monkeypatch.setattr(training, "RASA_PYTHON", script)
        return Settings(_env_file=None, var=tmp_path / "var", models=tmp_path / "models")

    return place


def quiet() -> Console:
    return Console(stderr=True, quiet=True)


def test_trains_once_and_again_only_by_force(rasa: Callable[[str], Settings]) -> None:
    settings = rasa(GOOD)
    path = train(settings, console=quiet())
    assert path == model_path(settings) and path.read_text() == "a model"
    assert "Classifier" in (settings.var / "logs" / "train.log").read_text()
    rasa("raise SystemExit(1)")
    assert train(settings, console=quiet()) == path
    with pytest.raises(TrainingFailed, match=r"train\.log"):
        train(settings, force=True, console=quiet())
    assert path.read_text() == "a model"


def test_a_training_that_was_killed_leaves_no_model(rasa: Callable[[str], Settings]) -> None:
    settings = rasa(HALF)
    with pytest.raises(TrainingFailed):
        train(settings, console=quiet())
    assert list(settings.models.iterdir()) == []


def test_without_rasa_s_environment_it_says_so(
    rasa: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = rasa(GOOD)
    monkeypatch.setattr(training, "RASA_PYTHON", Path("/nonexistent/python"))
    with pytest.raises(TrainingFailed, match="/nonexistent/python"):
        train(settings, console=quiet())


def test_old_models_go_the_last_three_stay(rasa: Callable[[str], Settings]) -> None:
    import os

    settings = rasa(GOOD)
    settings.models.mkdir()
    for n in range(5):
        old = settings.models / f"{n}.tar.gz"
        old.write_text("old")
        os.utime(old, (n + 1, n + 1))
    path = train(settings, console=quiet())
    assert sorted(p.name for p in settings.models.iterdir()) == sorted(["3.tar.gz", "4.tar.gz", path.name])


def test_rasa_runs_quietly_with_our_addresses(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path, actions_port=5999)
    env = rasa_environment(settings)
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert env["MINZHENG_ACTIONS_WEBHOOK"] == "http://127.0.0.1:5999/webhook"
    assert env["MINZHENG_TRACKER_ADDRESS"] == f"sqlite:///{tmp_path / 'tracker.db'}"
    demo = settings.model_copy(update={"demo": True})
    assert rasa_environment(demo)["MINZHENG_TRACKER_ADDRESS"] != env["MINZHENG_TRACKER_ADDRESS"]
