"""The key that seals personal data is made once, whole, readable by its owner alone; a wrong one is refused."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import ROOT, Settings

RACER = """
import sys, time
from bot.settings import Settings
settings = Settings(_env_file=None, var=sys.argv[1])
while time.time() < float(sys.argv[2]): pass
print(settings.key().hex())
"""


def settings(var: Path, **more: object) -> Settings:
    return Settings(_env_file=None, var=var, **more)


def encoded(key: bytes) -> SecretStr:
    return SecretStr(base64.urlsafe_b64encode(key).decode())


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    var = tmp_path / "not" / "there"
    key = settings(var).key()
    assert len(key) == 32 and settings(var).key() == key
    assert [file.name for file in var.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((var / "secret.key").stat().st_mode) == 0o600
    assert settings(tmp_path / "other").key() != key


def test_two_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    import time

    begin = str(time.time() + 1.5)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path), begin], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    keys = {racer.communicate(timeout=20)[0].strip() for racer in racers}
    assert len(keys) == 1 and len(keys.pop()) == 64
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_threads_and_containers_with_one_process_id_have_one_key(tmp_path: Path) -> None:
    for n in range(20):
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _, var=tmp_path / str(n): settings(var).key(), range(8)))
        assert len(keys) == 1


def test_a_configured_key_is_used_and_none_is_written(tmp_path: Path) -> None:
    key = bytes(range(32))
    assert settings(tmp_path, secret_key=encoded(key)).key() == key
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize(
    "wrong",
    [encoded(b"x" * 31), encoded(b"x" * 64), SecretStr("not base64!"), SecretStr("abcde"), SecretStr("")],
)
def test_a_wrong_configured_key_is_refused_and_not_shown(tmp_path: Path, wrong: SecretStr) -> None:
    with pytest.raises(ValueError) as caught:
        settings(tmp_path, secret_key=wrong).key()
    assert not wrong.get_secret_value() or wrong.get_secret_value() not in str(caught.value)
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("content", [b"", base64.urlsafe_b64encode(b"half a key")])
def test_a_damaged_key_file_is_named_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(ValueError, match="secret.key"):
        settings(tmp_path).key()
    assert (tmp_path / "secret.key").read_bytes() == content


def test_demo_has_a_database_of_its_own_unless_one_is_named(tmp_path: Path) -> None:
    assert settings(tmp_path).registry_url != settings(tmp_path, demo=True).registry_url
    named = settings(tmp_path, demo=True, database_url="postgresql+psycopg://db/x")
    assert named.registry_url == "postgresql+psycopg://db/x"


def test_a_child_process_reads_the_same_settings(tmp_path: Path) -> None:
    parent = settings(tmp_path, demo=True, port=8999, rasa_port=5999, actions_port=5998, log_level="WARNING")
    code = "from bot.settings import settings; print(settings().model_dump_json())"
    child = subprocess.run(
        [sys.executable, "-c", code], env=parent.environment(), cwd=tmp_path, capture_output=True, check=True
    )
    read = json.loads(child.stdout)
    for name in ("var", "demo", "port", "rasa_port", "actions_port", "log_level", "models", "database_url"):
        assert read[name] == json.loads(parent.model_dump_json())[name]
