"""Structured logs (JSON lines) that hold no personal data, for every process of the app half.

What a resident wrote is never a field; a last processor masks identifiers in whatever slips through.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from typing import Any

import structlog

from bot.text.identifiers import mask


def _masked(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Mask ID and phone numbers in every value of the event: a net under "do not log it"."""
    return {key: _safe(value) for key, value in event.items()}


def _safe(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    # Anything else would be written by its repr, which may hold anything.
    return value if value is None or isinstance(value, bool | int | float) else mask(str(value))


class _Stderr(logging.StreamHandler):
    """Writes to what stderr is now, not to what it was: a thread may outlive the stream it began with."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str = "INFO") -> None:
    """Send structlog and the standard library's records to stderr as JSON lines."""
    level = level.upper()
    shared = [structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.stdlib.add_log_level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *shared,
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = _Stderr(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _masked,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One line a request with the client's query string is more than we want to keep.
    for noisy in ("httpx", "uvicorn.access", "sanic.access", "telegram", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def short(conversation: str) -> str:
    """A conversation's name in logs: enough to follow it, not enough to take it over."""
    return hashlib.sha256(conversation.encode()).hexdigest()[:10]
