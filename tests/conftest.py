"""What every test may use: the running demo system, started once, on free ports and a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 420


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass
class System:
    """A running assistant: where it answers, where it keeps things, which process supervises it."""

    base_url: str
    actions_port: int
    var: Path
    process: subprocess.Popen[str]
    output: Path


def start_system(folder: Path, **settings: str) -> System:
    """Start `minzheng serve --demo` and wait until every part is ready; fails the test when it is not."""
    gateway, rasa, actions = free_ports(3)
    var = folder / "var"
    env = os.environ | {
        "MINZHENG_PORT": str(gateway), "MINZHENG_RASA_PORT": str(rasa), "MINZHENG_ACTIONS_PORT": str(actions),
        "MINZHENG_VAR": str(var), "MINZHENG_DATABASE_URL": "", "MINZHENG_TRACKER_URL": "", "MINZHENG_TELEGRAM_TOKEN": "",
        "MINZHENG_RATE_PER_MINUTE": "100000", "PYTHONPATH": str(ROOT), **settings,
    }  # fmt: skip
    output = folder / "serve.out"
    with output.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve", "--demo"],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=out,
            text=True,
        )
    system = System(f"http://127.0.0.1:{gateway}", actions, var, process, output)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        # The page is printed when all parts answered; before it a part may still fail.
        if "ready" in output.read_text(encoding="utf-8"):
            return system
        time.sleep(0.3)
    stop_system(system)
    pytest.fail(f"the system did not start:\n{output.read_text(encoding='utf-8')[-3000:]}")


def stop_system(system: System) -> int:
    """One Ctrl-C, and its exit code."""
    if system.process.poll() is None:
        system.process.send_signal(signal.SIGINT)
    return system.process.wait(40)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The demo system of this test session."""
    if url := os.environ.get("MINZHENG_TEST_URL"):  # a system that a developer keeps running
        yield System(url, 0, ROOT / "var", subprocess.Popen(["true"]), ROOT / "README.md")
        return
    running = start_system(tmp_path_factory.mktemp("system"))
    yield running
    stop_system(running)


@pytest.fixture(scope="session")
def base_url(system: System) -> str:
    """Address of the running demo system."""
    return system.base_url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    """HTTP to the running demo system."""
    with httpx.Client(base_url=base_url, timeout=60, trust_env=False) as http:
        yield http
