"""A conversation with the running system, as a resident has it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

RECEIPT = re.compile(r"(?:YY|ET|JZ|XQ|TS|JB|TF)\d{6}[A-Z0-9]{5}")


class Conversation:
    """Says things and keeps what came back."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.name = f"test-{uuid.uuid4().hex}"
        self.bubbles: list[dict[str, Any]] = []

    def say(self, text: str, **more: Any) -> str:
        """Say one thing; the texts of the bubbles that came back, a line each."""
        response = self.client.post("/api/messages", json={"conversation": self.name, "text": text, **more})
        response.raise_for_status()
        self.bubbles = response.json()
        assert self.bubbles, "silence"
        return "\n".join(bubble["text"] for bubble in self.bubbles)

    def talk(self, *texts: str) -> str:
        """Say several things; what came back on the last."""
        said = ""
        for text in texts:
            said = self.say(text)
        return said

    @property
    def choices(self) -> list[str]:
        """Titles of the quick replies under the last bubble that has any."""
        return next(([c["title"] for c in b["choices"]] for b in reversed(self.bubbles) if b["choices"]), [])

    @property
    def receipt(self) -> str | None:
        """The receipt number in the last bubbles."""
        return next((b["receipt"] for b in self.bubbles if b.get("receipt")), None)
