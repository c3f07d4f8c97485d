"""Where Telegram delivers updates when a public address is set: one small HTTP application.

Only who knows the secret token is heard; an update is acknowledged as soon as it stands in line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HEADER = "X-Telegram-Bot-Api-Secret-Token"
log = structlog.get_logger("telegram_channel")


def webhook_app(secret: str, deliver: Callable[[dict[str, Any]], Awaitable[None]]) -> Starlette:
    """Takes POSTs at any path (a reverse proxy may cut it); 403 without the secret."""

    async def take(request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get(HEADER, "").encode(), secret.encode()):
            return Response(status_code=403)
        try:
            await deliver(json.loads(await request.body()))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Acknowledged all the same: Telegram would send it again and again, before all others.
            log.warning("bad_update", why=type(error).__name__)
        return Response()

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[
        Route("/healthz", healthz),
        Route("/{path:path}", take, methods=["POST"]),
    ])  # fmt: skip


class WebhookServer(uvicorn.Server):
    """uvicorn inside a process that handles its signals itself."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until(self, stop: Awaitable[object], listener: socket.socket) -> None:
        """Serve on `listener` until `stop` is done."""
        serving = asyncio.ensure_future(self.serve(sockets=[listener]))
        waiting = asyncio.ensure_future(stop)
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.should_exit = True
        await serving
