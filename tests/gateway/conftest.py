"""The gateway over a scripted Rasa and a registry in a file of its own; one `House` a test.
`House.say` goes through the door itself, `House.web()` through HTTP with start and stop."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import shutil
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from bot.gateway.app import create_app
from bot.gateway.safety import Screen
from bot.gateway.schema import Incoming, Message
from bot.settings import Settings
from registry import Registry
from registry.desk import open_rows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

KEY = b"a key for tests only, 32 bytes.."
NOWHERE = "sqlite:////nonexistent/folder/registry.db"
"""A database that cannot be opened."""
Reply = list[Any] | dict[str, Any] | int | Exception | Callable[[dict[str, Any]], Awaitable[Any]]


class FakeRasa:
    """Rasa's REST channel by script: each message takes the next reply, or `usual` when there is none."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self.script: list[Reply] = []
        self.usual: Reply = [{"text": "好的。"}]

    @property
    def texts(self) -> list[str]:
        return [body["message"] for body in self.seen]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/status":
            return httpx.Response(200, json={"model_file": "x.tar.gz"})
        assert request.url.path == "/webhooks/rest/webhook"
        self.raw.append(request.content.decode())
        body = json.loads(request.content)
        self.seen.append(body)
        reply = self.script.pop(0) if self.script else self.usual
        if callable(reply):
            reply = await reply(body)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, int):
            return httpx.Response(reply, text="failed at " + request.content.decode())
        return httpx.Response(200, json=reply)


class House:
    """A gateway and all that a test may look at: Rasa's side, the desk, the files."""

    def __init__(self, var: Path, url: str, **more: Any) -> None:
        self.settings = Settings(_env_file=None, var=var, database_url=url, **more)
        self.rasa = FakeRasa()
        self.app: FastAPI = create_app(self.settings, httpx.MockTransport(self.rasa))
        self.door = self.app.state.door
        self.registry: Registry = self.app.state.registry

    def say(self, text: str = "", **fields: Any) -> list[Message]:
        """The bubbles that answer one message."""
        return asyncio.run(self.door.handle(incoming(text, **fields)))

    def web(self) -> TestClient:
        """A client; `with house.web() as client` starts and stops the application."""
        return TestClient(self.app, raise_server_exceptions=False)

    def desk(self) -> list[Any]:
        with self.registry.session(read_only=True) as session:
            return open_rows(session)

    @property
    def spool(self) -> Path:
        return self.settings.var / "spool" / "undelivered.lines"


def incoming(text: str = "", **fields: Any) -> Incoming:
    return Incoming(**({"conversation": "resident-1", "text": text} | fields))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, sealed with KEY."""
    path = tmp_path_factory.mktemp("registry") / "registry.db"
    registry = Registry(f"sqlite:///{path}", KEY)
    registry.upgrade()
    registry.dispose()
    return path


@pytest.fixture(scope="session")
def screen() -> Screen:
    """The real rules, compiled once: the screen holds no state."""
    return Screen.load()


@pytest.fixture
def make(
    tmp_path: Path, database: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., House]]:
    """Builds a House; the same `var` and database for every one of a test."""
    monkeypatch.setattr(Screen, "load", lambda: screen)
    copy = tmp_path / "registry.db"
    shutil.copy(database, copy)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_bytes(base64.urlsafe_b64encode(KEY))
    built: list[House] = []

    def build(url: str = f"sqlite:///{copy}", **more: Any) -> House:
        built.append(House(tmp_path / "var", url, **more))
        return built[-1]

    yield build
    for house in built:
        house.registry.dispose()


@pytest.fixture
def house(make: Callable[..., House]) -> House:
    return make()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """create_app() takes over logging; the next test gets it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between two tries costs no test time."""
    really = asyncio.sleep
    monkeypatch.setattr("bot.gateway.door.asyncio.sleep", lambda _seconds: really(0))
