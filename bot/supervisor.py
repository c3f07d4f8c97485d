"""Starts the action server, Rasa, the gateway and (with a token) Telegram, and keeps them up.

One Ctrl-C stops all of it; what dies is restarted with back-off; a busy port is said before anything starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from bot.settings import ROOT, Settings
from bot.training import RASA_PYTHON, TrainingFailed, rasa_environment, train

APP_PYTHON = ROOT / ".venv" / "bin" / "python"
LOG_LIMIT = 10 * 1024 * 1024
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 1.0, 30.0, 60.0


class StartFailed(RuntimeError):
    """A part could not be started; the message says which and what to do."""


@dataclass
class Part:
    """One child process: how it is started and how it is known to be ready."""

    name: str
    command: list[str]
    env: dict[str, str]
    health: str | None
    ready_when: Callable[[httpx.Response], bool] = lambda response: response.status_code == 200
    process: asyncio.subprocess.Process | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    restarts: int = field(default=0)


def parts(settings: Settings, model: Path) -> list[Part]:
    """The processes of one assistant, in the order in which they need each other."""
    app, rasa = settings.environment(), rasa_environment(settings)
    rasa["LOG_LEVEL"] = "WARNING"
    # One message is small: threads cost more than they bring, above all when several messages come at once.
    rasa["OMP_NUM_THREADS"] = rasa["OPENBLAS_NUM_THREADS"] = "1"
    run = [
        str(RASA_PYTHON), "-m", "bot.nlu.serving", "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(settings.rasa_port),
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(model),
    ]  # fmt: skip
    result = [
        Part(
            "actions",
            [str(APP_PYTHON), "-m", "actions"],
            app,
            f"http://127.0.0.1:{settings.actions_port}/health",
        ),
        Part(
            "rasa",
            run,
            rasa,
            f"{settings.rasa_url}/status",
            lambda r: r.status_code == 200 and "model_file" in r.text,
        ),
        Part(
            "gateway",
            [str(APP_PYTHON), "-m", "bot.gateway"],
            app,
            f"http://{settings.host}:{settings.port}/healthz",
        ),
    ]
    if settings.telegram_on:
        result.append(Part("telegram", [str(APP_PYTHON), "-m", "bot.channels.telegram"], app, None))
    return result


def busy_ports(settings: Settings) -> list[int]:
    """Those of our ports on which something listens already."""
    busy = []
    for host, port in (
        (settings.host, settings.port),
        ("127.0.0.1", settings.rasa_port),
        ("127.0.0.1", settings.actions_port),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                busy.append(port)
    return busy


class Supervisor:
    """Runs the parts until it is told to stop."""

    def __init__(self, settings: Settings, console: Console | None = None) -> None:
        self.settings = settings
        self.console = console or Console(stderr=True)
        self.stopping = asyncio.Event()
        self.parts: list[Part] = []

    async def run(self) -> int:
        """Start, wait until ready, print the page, keep up, stop. Returns the exit code."""
        if ports := busy_ports(self.settings):
            names = "、".join(map(str, ports))
            self.console.print(f"[red]端口 {names} 已被占用 / port in use.[/red] 改 .env 里的 MINZHENG_PORT、"
                               "MINZHENG_RASA_PORT、MINZHENG_ACTIONS_PORT，或先停掉占用它的程序。")  # fmt: skip
            return 1
        begun = time.monotonic()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        model = await self._train()
        if model is None:
            return 0
        self.parts = parts(self.settings, model)
        try:
            for part in self.parts:
                await self._start(part)
            await self._wait_ready()
            if self.stopping.is_set():
                return 0
            self._page(time.monotonic() - begun)
            await asyncio.gather(*(self._keep(part) for part in self.parts))
        except StartFailed as error:
            self.console.print(f"[red]{error}[/red]")
            return 1
        finally:
            await self._stop()
        return 0

    async def _train(self) -> Path | None:
        """The model, trained if need be; None when told to stop meanwhile. Raises TrainingFailed."""
        running: list[subprocess.Popen[str]] = []
        training = asyncio.ensure_future(
            asyncio.to_thread(train, self.settings, console=self.console, began=running.append)
        )
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({training, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        # Its end can come before our signal does: Ctrl-C in a terminal reaches it too.
        while self.stopping.is_set() and not training.done():
            for process in running:
                process.terminate()
            await asyncio.wait({training}, timeout=0.5)
        try:
            model = await training
        except TrainingFailed:
            if not self.stopping.is_set():
                raise
            return None
        return None if self.stopping.is_set() else model

    async def _start(self, part: Part) -> None:
        logs = self.settings.var / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"{part.name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as out:
            # Its own process group: Ctrl-C reaches us alone, and we stop the children in order.
            try:
                part.process = await asyncio.create_subprocess_exec(
                    *part.command, cwd=ROOT, env=part.env, stdout=out, stderr=out, start_new_session=True
                )
            except OSError as error:
                raise StartFailed(f"{part.name} 启动不了：{part.command[0]}（{error.strerror}）") from error
        part.started = time.monotonic()

    async def _wait_ready(self) -> None:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            await asyncio.gather(*(self._ready(client, part) for part in self.parts))

    async def _ready(self, client: httpx.AsyncClient, part: Part) -> None:
        deadline = time.monotonic() + self.settings.start_timeout
        while part.health and not self.stopping.is_set():
            if part.process is not None and part.process.returncode is not None:
                raise StartFailed(
                    f"{part.name} 启动失败（退出码 {part.process.returncode}），见 {self._log(part)}"
                )
            with contextlib.suppress(httpx.HTTPError):
                if part.ready_when(await client.get(part.health)):
                    return
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{part.name} {self.settings.start_timeout:.0f} 秒内没有就绪，见 {self._log(part)}"
                )
            await asyncio.sleep(0.2)

    async def _keep(self, part: Part) -> None:
        while not self.stopping.is_set():
            assert part.process is not None
            dead, stop = (
                asyncio.ensure_future(part.process.wait()),
                asyncio.ensure_future(self.stopping.wait()),
            )
            await asyncio.wait({dead, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if self.stopping.is_set():
                dead.cancel()
                return
            # What it started itself must not keep its port.
            self._signal(part, signal.SIGKILL)
            if time.monotonic() - part.started > STEADY:
                part.pause = FIRST_PAUSE
            part.restarts += 1
            self.console.print(
                f"[yellow]{part.name} 停了（{part.process.returncode}），{part.pause:.0f} 秒后重启[/yellow]"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), part.pause)
                return
            part.pause = min(part.pause * 2, LONGEST_PAUSE)
            try:
                await self._start(part)
            except StartFailed as error:
                # Short of memory, say: the next round tries again, the other parts stay up.
                self.console.print(f"[yellow]{error}[/yellow]")

    async def _stop(self) -> None:
        alive = [p for p in reversed(self.parts) if p.process is not None and p.process.returncode is None]
        for part in alive:
            self._signal(part, signal.SIGTERM)
        for part in alive:
            assert part.process is not None
            try:
                await asyncio.wait_for(part.process.wait(), 8)
            except TimeoutError:
                self._signal(part, signal.SIGKILL)
                await part.process.wait()
            self._signal(part, signal.SIGKILL)

    @staticmethod
    def _signal(part: Part, number: signal.Signals) -> None:
        assert part.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(part.process.pid, number)

    def _log(self, part: Part) -> Path:
        return self.settings.var / "logs" / f"{part.name}.log"

    def resident_set(self) -> int:
        """Bytes resident in all parts and this process together."""
        total = psutil.Process().memory_info().rss
        for part in self.parts:
            if part.process is not None:
                with contextlib.suppress(psutil.Error):
                    process = psutil.Process(part.process.pid)
                    total += sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])
        return total

    def _page(self, seconds: float) -> None:
        s = self.settings
        base = f"http://{s.host}:{s.port}"
        telegram = "已开" if s.telegram_on else "未开（没有 MINZHENG_TELEGRAM_TOKEN）"
        database = "SQLite" if s.registry_url.startswith("sqlite") else "PostgreSQL"
        lines = [
            "",
            f"[bold green]咸安民政助手已就绪 / ready[/bold green]  {seconds:.1f} s，内存 {self.resident_set() / 2**20:.0f} MB",
            f"  网页聊天 / web chat   {base}/",
            f"  接口 / HTTP API       {base}/docs",
            f"  状态 / health         {base}/readyz   {base}/metrics",
            f"  Telegram              {telegram}",
            f"  数据 / data           {database}，{s.var}",
            f"  日志 / logs           {s.var / 'logs'}",
        ]
        if s.demo:
            lines.append("  [bold magenta]演示数据 / demo data: 金额、人员、号源都是虚构的[/bold magenta]")
        lines.append("  Ctrl-C 停止 / stops everything")
        self.console.print("\n".join(lines), highlight=False)
        sys.stderr.flush()
