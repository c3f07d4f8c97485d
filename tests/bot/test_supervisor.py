"""The supervisor over tiny processes: ready means all are, what dies comes back, nothing stays behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from pydantic import SecretStr

from bot import supervisor
from bot.settings import ROOT, Settings

# Reached only by a failure, or on a machine that is busy elsewhere.
PATIENCE = 20.0

# Every program first leaves a file named after its process; what follows differs.
BEGIN = """
import os, signal, socket, subprocess, sys, time
from pathlib import Path
var, port = Path(sys.argv[1]), int(sys.argv[2])
(var / f"{NAME}.{os.getpid()}").write_text(str(time.time()))
def serve(wait=0):
    time.sleep(wait)
    server = socket.create_server(("127.0.0.1", port))
    (var / f"{NAME}.listening").touch()
    while True:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n")
        connection.close()
"""
SERVES = "serve()"
SERVES_LATE = "serve(wait=0.8)"
DIES = "print('no such module'); sys.exit(3)"
NEVER_READY = "time.sleep(60)"
# A worker that holds the port and does not end when it is asked to.
WITH_WORKER = """
worker = os.fork()
if worker == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (var / f"worker.{os.getpid()}").write_text("")
    serve()
time.sleep(60)
"""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Run:
    """A supervisor at work, and what it left in its folder."""

    def __init__(self, var: Path, *programs: tuple[str, str], **more: Any) -> None:
        self.var = var
        var.mkdir()
        ports = more.pop("ports", None) or free_ports(3)
        settings = {"var": str(var), "models": str(var / "models"), "port": ports[0], "rasa_port": ports[1],
                    "actions_port": ports[2], "start_timeout": more.pop("start_timeout", PATIENCE)}  # fmt: skip
        parts = [
            {"name": name, "program": f"NAME = {name!r}\n{BEGIN}\n{program}", "port": port}
            | {k: v for k, v in more.items() if k == "python"}
            for port, (name, program) in zip(ports, programs, strict=False)
        ]
        plan = {"settings": settings, "parts": parts} | {k: v for k, v in more.items() if k == "trainer"}
        (var / "plan.json").write_text(json.dumps(plan))
        self.printed = var / "printed"
        with self.printed.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.bot.supervised", str(var / "plan.json")], cwd=ROOT, stderr=out
            )

    @property
    def output(self) -> str:
        # Rich breaks lines at the terminal's width.
        return self.printed.read_text("utf-8").replace("\n", "")

    def pids(self, name: str) -> list[int]:
        """The processes of a part, the oldest first."""
        files = [f for f in self.var.glob(f"{name}.*") if f.suffix[1:].isdigit()]
        return [int(f.suffix[1:]) for f in sorted(files, key=lambda f: f.stat().st_mtime_ns)]

    def until(self, what: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(0.02)
        raise AssertionError(f"did not happen; printed: {self.output}")

    def ready(self) -> None:
        self.until(lambda: "ready" in self.output and "Ctrl-C" in self.output)

    def ends(self) -> int:
        return self.process.wait(PATIENCE)

    def leftovers(self) -> list[int]:
        return [pid for pid in self.everyone() if lives(pid)]

    def everyone(self) -> list[int]:
        return [int(f.suffix[1:]) for f in self.var.iterdir() if f.suffix[1:].isdigit()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*programs: tuple[str, str], **more: Any) -> Run:
        runs.append(Run(tmp_path / f"var{len(runs)}", *programs, **more))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()
        for pid in run.leftovers():
            os.kill(pid, signal.SIGKILL)


def test_the_page_comes_when_the_slowest_is_ready_and_ctrl_c_stops_all(start: Callable[..., Run]) -> None:
    run = start(("actions", SERVES), ("rasa", SERVES_LATE))
    run.until(lambda: (run.var / "actions.listening").exists())
    assert "ready" not in run.output
    run.ready()
    assert (run.var / "rasa.listening").exists()
    port = json.loads((run.var / "plan.json").read_text())["settings"]["port"]
    for shown in (
        f"http://127.0.0.1:{port}/",
        "/docs",
        "/metrics",
        "Telegram",
        "SQLite",
        str(run.var / "logs"),
    ):
        assert shown in run.output
    assert "demo" not in run.output.replace(str(run.var), "")
    assert len(run.everyone()) == 2
    run.process.send_signal(signal.SIGINT)
    assert run.ends() == 0 and run.leftovers() == []


def test_what_is_killed_comes_back_each_time_later(start: Callable[..., Run]) -> None:
    run = start(("actions", SERVES), ("rasa", SERVES))
    run.ready()
    killed_at, back_at = [], []
    for n in (1, 2, 3):
        killed_at.append(time.time())
        os.kill(run.pids("actions")[-1], signal.SIGKILL)
        run.until(lambda n=n: len(run.pids("actions")) == n + 1)
        back_at.append(float((run.var / f"actions.{run.pids('actions')[-1]}").read_text()))
    waited = [back - killed for killed, back in zip(killed_at, back_at, strict=True)]
    for pause, actual in zip((0.2, 0.4, 0.8), waited, strict=True):
        assert pause <= actual
    assert run.output.count("actions 停了（-9）") == 3
    assert len(run.pids("rasa")) == 1 and lives(run.pids("rasa")[0])
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0 and run.leftovers() == []


def test_a_worker_left_by_a_killed_part_does_not_keep_its_port(start: Callable[..., Run]) -> None:
    run = start(("actions", WITH_WORKER))
    run.ready()
    (first,) = run.pids("worker")
    (run.var / "actions.listening").unlink()
    os.kill(run.pids("actions")[0], signal.SIGKILL)
    run.until(lambda: (run.var / "actions.listening").exists())
    assert not lives(first)
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0 and run.leftovers() == []


def test_a_part_that_dies_at_start_is_named_with_its_log_and_stops_the_others(
    start: Callable[..., Run],
) -> None:
    run = start(("actions", SERVES), ("rasa", DIES))
    assert run.ends() == 1
    log = run.var / "logs" / "rasa.log"
    assert "rasa 启动失败（退出码 3）" in run.output and str(log) in run.output
    assert "no such module" in log.read_text()
    assert "Traceback" not in run.output and run.leftovers() == []


def test_a_part_that_never_becomes_ready_is_given_up(start: Callable[..., Run]) -> None:
    run = start(("actions", SERVES), ("rasa", NEVER_READY), start_timeout=1.5)
    assert run.ends() == 1
    assert "rasa 2 秒内没有就绪" in run.output and run.leftovers() == []


def test_a_missing_interpreter_is_said(start: Callable[..., Run]) -> None:
    run = start(("actions", SERVES), python="/nonexistent/python")
    assert run.ends() == 1
    assert "actions 启动不了" in run.output and "/nonexistent/python" in run.output
    assert "Traceback" not in run.output


def test_a_busy_port_is_said_before_anything_starts(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = other.getsockname()[1]
        run = start(("actions", SERVES), ports=[*free_ports(2), busy])
        assert run.ends() == 1
    assert f"端口 {busy} 已被占用" in run.output and "MINZHENG_PORT" in run.output
    assert run.everyone() == []


@pytest.mark.parametrize("which", ["port", "rasa_port", "actions_port"])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_each_of_our_ports_is_tried(tmp_path: Path, which: str, address: str) -> None:
    with socket.create_server((address, 0)) as other:
        busy = other.getsockname()[1]
        ports = dict(zip(("port", "rasa_port", "actions_port"), free_ports(3), strict=True)) | {which: busy}
        assert supervisor.busy_ports(Settings(_env_file=None, var=tmp_path, **ports)) == [busy]
    assert supervisor.busy_ports(Settings(_env_file=None, var=tmp_path, **ports)) == []


def test_stopped_while_waiting_for_readiness(start: Callable[..., Run]) -> None:
    run = start(("actions", SERVES), ("rasa", NEVER_READY))
    run.until(lambda: run.pids("rasa"))
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0 and run.leftovers() == []
    assert "ready" not in run.output


def test_stopped_while_training_leaves_no_trainer_and_starts_nothing(
    start: Callable[..., Run], tmp_path: Path
) -> None:
    trainer = tmp_path / "trainer"
    trainer.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        "models = sys.argv[sys.argv.index('--out') + 1]\n"
        "open(os.path.join(models, '..', f'trainer.{os.getpid()}'), 'w').close()\ntime.sleep(60)\n"
    )
    trainer.chmod(0o755)
    run = start(("actions", SERVES), trainer=str(trainer))
    run.until(lambda: run.pids("trainer"))
    run.process.send_signal(signal.SIGTERM)
    assert run.ends() == 0 and run.leftovers() == []
    assert run.pids("actions") == []


# The parts themselves


def test_the_parts_are_reached_from_this_machine_alone_and_telegram_needs_a_token(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path, telegram_token=None)
    made = {part.name: part for part in supervisor.parts(settings, Path("m.tar.gz"))}
    assert list(made) == ["actions", "rasa", "gateway"]
    command = made["rasa"].command
    assert command[command.index("--interface") + 1] == "127.0.0.1"
    assert command[command.index("--model") + 1] == "m.tar.gz" and "--debug" not in command
    assert made["rasa"].env["RASA_TELEMETRY_ENABLED"] == "false"
    with_token = settings.model_copy(update={"telegram_token": SecretStr("1:x")})
    assert [part.name for part in supervisor.parts(with_token, Path("m"))][-1] == "telegram"


def test_rasa_is_ready_only_with_a_model(tmp_path: Path) -> None:
    rasa = supervisor.parts(Settings(_env_file=None, var=tmp_path), Path("m"))[1]
    assert rasa.ready_when(httpx.Response(200, json={"model_file": "m.tar.gz"}))
    assert not rasa.ready_when(httpx.Response(200, json={}))
    assert not rasa.ready_when(httpx.Response(409, json={"reason": "no model_file"}))
