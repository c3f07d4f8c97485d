"""Speaks to Rasa over its REST channel and treats its silence as what it is: a failure.

Rasa answers HTTP 200 with [] when its tracker, lock or action server broke (shared rasa-notes).
"""

from __future__ import annotations

from typing import Any

import httpx

from bot.gateway.schema import Choice, Message


class RasaFailed(RuntimeError):
    """Rasa could not be reached, took too long or said nothing; the resident must be told."""


class RasaClient:
    """One keep-alive connection pool to one Rasa server."""

    def __init__(
        self, base_url: str, timeout: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=timeout, transport=transport, trust_env=False
        )

    async def send(self, conversation: str, text: str, metadata: dict[str, Any]) -> list[Message]:
        """The bubbles that answer `text`. Raises RasaFailed; never returns an empty list."""
        body = {"sender": conversation, "message": text, "metadata": metadata}
        try:
            response = await self._http.post("/webhooks/rest/webhook", json=body)
            response.raise_for_status()
            messages = [message for reply in response.json() if (message := _message(reply)) is not None]
        except (httpx.HTTPError, ValueError, AttributeError, KeyError, TypeError) as error:
            # Malformed bubbles included: the resident gets a sentence, never a stack trace.
            raise RasaFailed(type(error).__name__) from error
        if not messages:
            raise RasaFailed("empty")
        return messages

    async def ready(self) -> bool:
        """Whether a model is loaded and served."""
        try:
            response = await self._http.get("/status", timeout=2)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        await self._http.aclose()


def _message(reply: dict[str, Any]) -> Message | None:
    """A REST reply as a bubble: our own custom JSON, or a domain response with buttons."""
    if isinstance(custom := reply.get("custom"), dict):
        return Message.model_validate(custom)
    if not reply.get("text"):
        return None
    buttons = reply.get("buttons") or []
    choices = [
        Choice(title=button["title"], payload=button.get("payload") or button["title"]) for button in buttons
    ]
    return Message(text=reply["text"], choices=choices)
