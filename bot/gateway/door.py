"""The one door every resident's message goes through, whatever the channel.

Limits → cleaning → safety screen → sealing of identifiers → Rasa → reply; what Rasa cannot take is kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import yaml
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from prometheus_client import Counter, Histogram

from bot.gateway.danger_model import LIFE, UNCLEAR, SafetyNet
from bot.gateway.rasa import RasaClient, RasaFailed
from bot.gateway.schema import Incoming, Message
from bot.logs import short
from bot.settings import Settings
from bot.text.clean import clean, is_blank, looks_english, looks_like_code, only_emoji
from bot.text.identifiers import mask, seal_identifiers

TEXTS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "texts.yml").read_text(encoding="utf-8"))
MESSAGES = Counter("minzheng_messages_total", "Messages by channel and outcome", ["channel", "outcome"])
DANGER = Counter("minzheng_danger_total", "Messages in which the safety screen saw danger", ["kind"])
SECONDS = Histogram(
    "minzheng_reply_seconds", "Time to the reply", buckets=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20)
)
REMEMBERED = 4000
# Seconds in which the line for a danger that nobody can name is not said twice: who is telling of a missing father, answer by
# answer, has read it. A danger that a rule can name is told every time.
UNCLEAR_AGAIN = 600
log = structlog.get_logger("gateway")

Keep = Callable[[Incoming, str, str], bool]


class Door:
    """Handles messages; `keep(incoming, masked, reason)` stores what could not be answered, False if it failed."""

    def __init__(
        self, settings: Settings, rasa: RasaClient, screen: SafetyNet, seal: Callable[[str], str], keep: Keep
    ) -> None:
        self.settings, self.rasa, self.screen, self.seal, self.keep = settings, rasa, screen, seal, keep
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(settings.rate_per_minute)
        # One turn at a time in a conversation, in order of arrival; a resend gets the first one's reply.
        self._locks: OrderedDict[str, asyncio.Lock] = OrderedDict()
        self._replies: OrderedDict[tuple[str, str], list[Message]] = OrderedDict()
        self._warned: OrderedDict[str, float] = OrderedDict()

    async def handle(self, incoming: Incoming) -> list[Message]:
        """The bubbles that answer one message: never empty, never an exception for what a resident typed."""
        return (await self.take(incoming))[1]

    async def take(self, incoming: Incoming) -> tuple[str, list[Message]]:
        """As handle, with the outcome: answered, danger, failed, or why it was refused."""
        key = (incoming.conversation, incoming.message_id or "")
        async with self._lock(incoming.conversation):
            if incoming.message_id and key in self._replies:
                return "repeated", self._replies[key]
            started = time.monotonic()
            outcome, messages = await self._answer(incoming)
            SECONDS.observe(time.monotonic() - started)
            MESSAGES.labels(incoming.channel, outcome).inc()
            log.info(
                "message", conversation=short(incoming.conversation), channel=incoming.channel, outcome=outcome,
                characters=len(incoming.text), bubbles=len(messages), ms=round((time.monotonic() - started) * 1000),
            )  # fmt: skip
            # A refusal for the moment is not the reply: the same message sent again later is tried again.
            if incoming.message_id and outcome not in ("failed", "too_fast"):
                self._replies[key] = messages
                if len(self._replies) > REMEMBERED:
                    self._replies.popitem(last=False)
            return outcome, messages

    def _warned_lately(self, conversation: str) -> bool:
        said = self._warned.get(conversation)
        return said is not None and time.monotonic() - said < UNCLEAR_AGAIN

    def _lock(self, conversation: str) -> asyncio.Lock:
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        self._locks.move_to_end(conversation)
        while len(self._locks) > REMEMBERED and not next(iter(self._locks.values())).locked():
            self._locks.popitem(last=False)
        return lock

    async def _answer(self, incoming: Incoming) -> tuple[str, list[Message]]:
        # Safety comes before every limit: a frightened person may type too fast, too long, or in one burst.
        words = clean(incoming.text[: self.settings.max_characters * 10])
        danger = self.screen.check(words)
        warning: list[Message] = []
        if danger is not None:
            DANGER.labels(danger.kind).inc()
            if danger.kind != UNCLEAR or not self._warned_lately(incoming.conversation):
                warning = [Message(text=danger.line, kind="safety")]
                self._warned[incoming.conversation] = time.monotonic()
                self._warned.move_to_end(incoming.conversation)
                if len(self._warned) > REMEMBERED:
                    self._warned.popitem(last=False)
        if not await self._limiter.hit(self._limit, incoming.conversation):
            if danger is not None:
                await asyncio.to_thread(self.keep, incoming, mask(words), "too_fast")
            return "too_fast", warning + [_notice("too_fast")]
        if danger is not None and danger.kind == LIFE:
            # No menu, no form, no policy now: the number, a word, and a person who sees it.
            kept = await asyncio.to_thread(self.keep, incoming, mask(words), LIFE)
            return "life", [*warning, _notice("care" if kept else "care_unsaved")]
        if refusal := self._refusal(incoming, words):
            return refusal[0], warning + [refusal[1]]
        text = seal_identifiers(_uncommanded(words), self.seal)
        metadata: dict[str, Any] = {"channel": incoming.channel, "danger": danger.kind if danger else None}
        if incoming.location is not None:
            metadata["location"] = incoming.location.model_dump()
            text = text or TEXTS["location_text"]
        if incoming.photo is not None:
            metadata["photo"] = incoming.photo
            text = text or TEXTS["photo_text"]
        for attempt in (1, 2):
            try:
                return "danger" if danger else "answered", warning + await self.rasa.send(
                    incoming.conversation, text, metadata
                )
            except RasaFailed as error:
                log.warning(
                    "rasa_failed", conversation=short(incoming.conversation), attempt=attempt, why=str(error)
                )
                await asyncio.sleep(0.3)
        kept = await asyncio.to_thread(self.keep, incoming, mask(words), "rasa_failed")
        return "failed", warning + [_notice("failed" if kept else "failed_unsaved")]

    def _refusal(self, incoming: Incoming, words: str) -> tuple[str, Message] | None:
        """What is answered here because it holds no question: (outcome, bubble), or None to go on."""
        # Cleaning can lengthen: one compatibility sign may stand for a whole phrase.
        length = max(len(incoming.text), len(words))
        if length > self.settings.max_characters:
            text = TEXTS["too_long"].format(length=length, limit=self.settings.max_characters)
            return "too_long", Message(text=text, kind="notice")
        if incoming.location is not None or incoming.photo is not None:
            return None
        for name, test in (
            ("empty", is_blank),
            ("emoji", only_emoji),
            ("code", looks_like_code),
            ("english", looks_english),
        ):
            if test(words):
                return name, _notice(name)
        return None if _uncommanded(words) else ("empty", _notice("empty"))


def _uncommanded(words: str) -> str:
    """Rasa reads a leading slash as an intent, not as words: nobody may command it from outside."""
    return words.lstrip("/ ")


def _notice(name: str) -> Message:
    return Message(text=TEXTS[name], kind="notice")


class Spool:
    """Last resort when the database is down too: sealed lines in a file that the next start files on the desk."""

    def __init__(self, path: Path, seal: Callable[[str], str], unseal: Callable[[str], str]) -> None:
        self.path, self._seal, self._unseal = path, seal, unseal

    def put(self, row: dict[str, str]) -> bool:
        """Append one row, on disk before it returns; False when even that failed."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            line = self._seal(json.dumps(row | {"at": datetime.now(UTC).isoformat()})) + "\n"
            # One unbuffered write: lines of two threads do not mix.
            with self.path.open("ab", buffering=0) as file:
                file.write(line.encode("ascii"))
                os.fsync(file.fileno())
        except OSError:
            return False
        return True

    def drain(self, file_row: Callable[[dict[str, str]], None]) -> int:
        """File every row and forget it; returns how many were filed.

        A failure leaves the rest where it is. A line that does not open is set aside, not thrown away.
        """
        if not self.path.exists():
            return 0
        lines = self.path.read_bytes().splitlines()
        filed = 0
        for count, line in enumerate(lines):
            try:
                row = json.loads(self._unseal(line.decode("ascii")))
            except ValueError:
                with self.path.with_suffix(".damaged").open("ab") as file:
                    file.write(line + b"\n")
                log.error("spool_line_damaged", line=count + 1)
                continue
            try:
                file_row(row)
            except Exception:
                rest = self.path.with_suffix(".rest")
                rest.write_bytes(b"\n".join(lines[count:]) + b"\n")
                rest.replace(self.path)
                raise
            filed += 1
        self.path.unlink()
        return filed
