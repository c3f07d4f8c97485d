"""The gateway as Telegram sees it: messages, questions, photos and the first words, over HTTP.

Every failure becomes one of two exceptions: the gateway is down, or it refused and says why.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx

from bot.channels.telegram_render import TEXTS
from bot.gateway.schema import Answer, Incoming, Message
from bot.settings import Settings


class GatewayDown(RuntimeError):
    """No usable answer: not reachable, too slow, 5xx, or not what was agreed. Worth another try."""


class GatewayRefused(ValueError):
    """It will not take this, however often it is sent; the message is a sentence for the resident."""


class Gateway:
    """One keep-alive connection pool to the gateway of `settings`."""

    def __init__(self, settings: Settings) -> None:
        host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host
        # The gateway asks Rasa twice and then files what failed: hanging up sooner would lose its answer.
        timeout = 2 * settings.reply_timeout + 10
        base_url = f"http://{host}:{settings.port}"
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)

    async def messages(self, incoming: Incoming) -> list[Message]:
        """The bubbles that answer one message. Raises GatewayDown, GatewayRefused."""
        replies = await _json(self._http.post("/api/messages", json=incoming.model_dump(exclude_none=True)))
        try:
            return [Message.model_validate(reply) for reply in replies]
        except (TypeError, ValueError) as error:
            raise GatewayDown("reply") from error

    async def ask(self, text: str) -> Answer:
        """The answer to one question, outside every conversation. Raises GatewayDown, GatewayRefused."""
        reply = await _json(self._http.post("/api/ask", json={"text": text}))
        try:
            return Answer.model_validate(reply)
        except ValueError as error:
            raise GatewayDown("answer") from error

    async def attach(self, photo: bytes) -> str:
        """Keep a photo; returns its reference. Raises GatewayDown, GatewayRefused."""
        reply = await _json(self._http.post("/api/attachments", files={"file": ("photo", photo)}))
        try:
            return str(reply["ref"])
        except (KeyError, TypeError) as error:
            raise GatewayDown("reference") from error

    async def web(self) -> dict[str, Any]:
        """Greeting, starters, emergency line and whether this is a demo. Raises GatewayDown."""
        page = await _json(self._http.get("/api/web", timeout=5))
        if not isinstance(page, dict):
            raise GatewayDown("page")
        return page

    async def close(self) -> None:
        await self._http.aclose()


async def _json(call: Awaitable[httpx.Response]) -> Any:
    try:
        response = await call
        if response.is_client_error:
            raise GatewayRefused(_detail(response))
        response.raise_for_status()
        return response.json()
    except httpx.HTTPError as error:
        raise GatewayDown(type(error).__name__) from error
    except GatewayRefused:
        raise
    except ValueError as error:
        raise GatewayDown("json") from error


def _detail(response: httpx.Response) -> str:
    """The gateway's own sentence, where it gave one."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    return detail if isinstance(detail, str) else TEXTS["refused"]
