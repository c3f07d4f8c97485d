"""The gateway's HTTP face: messages, questions, attachments, the web chat page, health and metrics.

It owns the residents' connections; Rasa and the action server are reached over loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import structlog
import yaml
from fastapi import FastAPI, HTTPException, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.attachments import Attachments, TooLarge, WrongType
from bot.gateway.danger_model import SafetyNet
from bot.gateway.door import TEXTS, Door, Spool
from bot.gateway.rasa import RasaClient
from bot.gateway.schema import Answer, Incoming, Message, Question
from bot.logs import configure
from bot.settings import Settings
from bot.settings import settings as read_settings
from registry import Registry, RegistryUnavailable
from registry.desk import add_row

WEB = Path(__file__).resolve().parent.parent / "channels" / "web"
log = structlog.get_logger("gateway")


def create_app(
    settings: Settings | None = None, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Build the application; `transport` replaces the network to Rasa in tests."""
    settings = settings or read_settings()
    configure(settings.log_level)
    registry = Registry(settings.registry_url, settings.key())
    rasa = RasaClient(settings.rasa_url, settings.reply_timeout, transport)
    sealer = registry.sealer
    spool = Spool(settings.var / "spool" / "undelivered.lines", sealer.seal, sealer.unseal)

    def keep(incoming: Incoming, masked: str, reason: str) -> bool:
        """Put what could not be answered on the desk, or in the spool when the database is down too."""
        row = {
            "conversation": incoming.conversation,
            "text": _whole(incoming, masked),
            "reason": reason,
            "key": f"undelivered:{incoming.conversation}:{incoming.message_id or uuid.uuid4().hex}",
        }
        try:
            _file_row(registry, row)
        except Exception as error:
            # Whatever is wrong there (PostgreSQL without our tables is no RegistryUnavailable): nothing is lost.
            log.error("desk_failed", why=type(error).__name__)
            return spool.put(row)
        return True

    door = Door(settings, rasa, SafetyNet.load(), sealer.seal, keep)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with contextlib.suppress(RegistryUnavailable):
            await asyncio.to_thread(registry.upgrade)
            filed = await asyncio.to_thread(spool.drain, lambda row: _file_row(registry, row))
            if filed:
                log.warning("spool_filed", rows=filed)
        yield
        await rasa.close()
        registry.dispose()

    app = FastAPI(title="咸安民政助手", version="0.1.0", lifespan=lifespan)
    app.state.door, app.state.registry, app.state.settings = door, registry, settings
    attachments = Attachments(settings.var / "attachments", sealer)

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        """A malformed request gets a Chinese sentence and the fields, never an echo of what was sent."""
        fields = [".".join(str(part) for part in item["loc"]) for item in error.errors()]
        return JSONResponse({"detail": TEXTS["bad_request"], "fields": fields}, status_code=422)

    @app.post("/api/messages")
    async def messages(incoming: Incoming) -> list[Message]:
        """Answer one message of a conversation."""
        return await door.handle(incoming)

    @app.post("/api/ask")
    async def ask(question: Question) -> Answer:
        """Answer one question in a fresh conversation, through the same door; 503 when nothing could answer."""
        incoming = Incoming(conversation=f"ask-{uuid.uuid4().hex}", text=question.text)
        outcome, messages = await door.take(incoming)
        if outcome == "failed":
            raise HTTPException(503, "\n".join(message.text for message in messages))
        return as_answer(messages)

    @app.post("/api/attachments")
    async def attach(file: UploadFile) -> dict[str, str]:
        """Keep a photo, sealed; the reference goes into the next message."""
        try:
            return {"ref": await asyncio.to_thread(attachments.put, await file.read(attachments.limit + 1))}
        except TooLarge as error:
            raise HTTPException(413, TEXTS["photo_too_large"]) from error
        except WrongType as error:
            raise HTTPException(415, TEXTS["photo_wrong"]) from error

    @app.get("/api/web")
    async def web() -> dict[str, Any]:
        """What the chat page shows before the first word."""
        page = yaml.safe_load((WEB / "page.yml").read_text(encoding="utf-8"))
        return {"demo": settings.demo, **page}

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, Any]:
        """Each part a conversation needs, and whether it is there; 503 when one is not."""
        state = {
            "rasa": await rasa.ready(),
            "actions": await _alive(settings),
            "registry": await _registry(registry),
        }
        if not all(state.values()):
            response.status_code = 503
        return {"ready": all(state.values()), **state}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})

    @app.middleware("http")
    async def revalidate(request: Request, call_next: Any) -> Response:
        """Phones ask before they use an old script again; ETags make that cheap."""
        response: Response = await call_next(request)
        if request.url.path.startswith("/static"):
            response.headers["Cache-Control"] = "no-cache"
        return response

    app.mount("/static", StaticFiles(directory=WEB), name="static")
    return app


def as_answer(messages: list[Message]) -> Answer:
    """The Answer among the bubbles; what comes before it (a safety line) leads its text."""
    for index, message in enumerate(messages):
        if message.answer is not None:
            before = "\n".join(m.text for m in messages[:index])
            text = f"{before}\n{message.text}" if before else message.text
            return Answer.model_validate(message.answer | {"text": text, "choices": message.choices})
    text = "\n".join(m.text for m in messages)
    if any(m.kind == "notice" for m in messages):
        return Answer(decision="clarify", service="out_of_scope", text=text)
    return Answer(decision="chitchat", service="chitchat", text=text)


def _whole(incoming: Incoming, masked: str) -> str:
    """The words and what came with them, so that a photo or a place alone is not lost either."""
    parts = [masked]
    if incoming.photo:
        parts.append(f"{TEXTS['photo_text']}{incoming.photo}")
    if incoming.location:
        # Six places are a hand's breadth; more of them would look like a number to be masked.
        place = incoming.location
        parts.append(f"{TEXTS['location_text']}{place.latitude:.6f},{place.longitude:.6f}")
    return " ".join(filter(None, parts))


def _file_row(registry: Registry, row: dict[str, str]) -> None:
    with registry.session() as session:
        add_row(
            session, kind="undelivered", conversation=row["conversation"], text_masked=row["text"], service=None,
            reason=row["reason"], idempotency_key=row["key"],
            now=datetime.fromisoformat(row["at"]) if "at" in row else datetime.now(UTC),
        )  # fmt: skip


async def _alive(settings: Settings) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            return (await client.get(f"http://127.0.0.1:{settings.actions_port}/health")).status_code == 200
    except httpx.HTTPError:
        return False


async def _registry(registry: Registry) -> bool:
    try:
        await asyncio.to_thread(registry.ping)
    except RegistryUnavailable:
        return False
    return True
