"""One stand-in of Telegram, one of the gateway, and the real application polling between them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from bot.channels.telegram import serve
from bot.settings import Settings
from tests.channels.standins import BOT, PATIENCE, TOKEN, BotApi, Call, GatewayStandIn, served, until

UPDATE_IDS = itertools.count(50_000)
CHAT_IDS = itertools.count(9_100_001)


@dataclass
class Chat:
    """One chat of a resident; negative ids are groups."""

    api: BotApi
    id: int
    kind: str = "private"

    def update(self, **fields: Any) -> dict[str, Any]:
        """An update with a message in this chat."""
        message = {
            "message_id": next(UPDATE_IDS), "date": 1_790_000_000, "chat": {"id": self.id, "type": self.kind},
            "from": {"id": abs(self.id), "is_bot": False, "first_name": "居民"},
        }  # fmt: skip
        return {"update_id": next(UPDATE_IDS), "message": message | fields}

    def send(self, **fields: Any) -> dict[str, Any]:
        """Deliver such an update; returns it."""
        update = self.update(**fields)
        self.api.updates.put(update)
        return update

    def say(self, text: str) -> dict[str, Any]:
        return self.send(text=text)

    def tap(self, call: Call, title: str | None = None, data: str | None = None) -> dict[str, Any]:
        """Tap the button `title` under a sent message (or one with this `data`)."""
        data = data or next(b["callback_data"] for b in call.buttons if b["text"] == title)
        update = {
            "update_id": next(UPDATE_IDS),
            "callback_query": {
                "id": str(next(UPDATE_IDS)), "chat_instance": "1", "data": data,
                "message": self.api.as_message(call),
                "from": {"id": abs(self.id), "is_bot": False, "first_name": "居民"},
            },
        }  # fmt: skip
        self.api.updates.put(update)
        return update

    def sent(self, count: int = 1) -> list[Call]:
        return self.api.sent(self.id, count)

    def mention(self, text: str, **more: Any) -> dict[str, Any]:
        """Say something to the bot in a group."""
        name = f"@{BOT['username']}"
        entity = {"type": "mention", "offset": 0, "length": len(name)}
        return self.send(text=f"{name} {text}", entities=[entity], **more)


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[list[int]]:
    """The channel in a thread of its own; gives the list that gets its exit code."""
    ready, codes = threading.Event(), []
    handle: dict[str, Any] = {}

    async def main() -> None:
        handle["loop"], handle["stop"] = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        codes.append(await serve(settings, handle["stop"]))

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    yield codes
    with contextlib.suppress(RuntimeError):
        handle["loop"].call_soon_threadsafe(handle["stop"].set)
    thread.join(PATIENCE)
    assert not thread.is_alive(), "did not stop"


def settings_for(var: Path, api_url: str, gateway_url: str, **more: Any) -> Settings:
    port = urlsplit(gateway_url).port
    return Settings(
        _env_file=None, var=var, host="127.0.0.1", port=port,
        telegram_api=api_url, telegram_token=SecretStr(TOKEN), **more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def api() -> BotApi:
    return BotApi()


@pytest.fixture(scope="session")
def gateway() -> GatewayStandIn:
    return GatewayStandIn()


@pytest.fixture(scope="session")
def urls(api: BotApi, gateway: GatewayStandIn) -> Iterator[tuple[str, str]]:
    with served(api.app()) as api_url, served(gateway.app()) as gateway_url:
        yield api_url, gateway_url


@pytest.fixture(scope="session")
def polling(api: BotApi, urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The application in polling mode, for all tests that need no other."""
    with running(settings_for(tmp_path_factory.mktemp("var"), *urls)):
        until(lambda: any(call.method == "setMyCommands" for call in api.calls))
        yield


@pytest.fixture
def chat(api: BotApi, polling: None) -> Chat:
    return Chat(api, next(CHAT_IDS))


@pytest.fixture
def group(api: BotApi, polling: None) -> Chat:
    return Chat(api, -next(CHAT_IDS), "supergroup")
