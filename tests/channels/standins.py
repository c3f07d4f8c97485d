"""Stand-ins that tests talk to over HTTP: Telegram's Bot API and the gateway.

Both record what they get and answer what a test told them to; they listen on free ports of loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "700001:stand-in-token"
BOT = {"id": 700001, "is_bot": True, "first_name": "助手", "username": "xianan_standin_bot"}
PATIENCE = 8.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application on a free port; gives its base address."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(PATIENCE)
    listener.close()


def until(true: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until `true()` is; its value. Fails when it never is."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


@dataclass
class Call:
    """One call of the Bot API."""

    method: str
    data: dict[str, Any]
    at: float
    message_id: int = 0

    @property
    def text(self) -> str:
        return str(self.data.get("text", ""))

    @property
    def buttons(self) -> list[dict[str, str]]:
        markup = self.data.get("reply_markup") or {}
        return [button for row in markup.get("inline_keyboard", []) for button in row]

    @property
    def titles(self) -> list[str]:
        return [button["text"] for button in self.buttons]


@dataclass
class BotApi:
    """Telegram's side: `updates` are delivered once each, `calls` is what the bot did."""

    updates: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    calls: list[Call] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    too_many: dict[int, list[int]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1000, 10**9)))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/file/bot{token}/{path:path}", self.download),
                Route("/bot{token}/{method}", self.call, methods=["POST"]),
            ]
        )

    async def download(self, request: Request) -> Response:
        return Response(self.files[request.path_params["path"]])

    async def call(self, request: Request) -> Response:
        if request.path_params["token"] != TOKEN:
            return JSONResponse({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        method = request.path_params["method"]
        fields = parse_qs((await request.body()).decode(), keep_blank_values=True)
        data = {name: _value(values[0]) for name, values in fields.items()}
        if method == "getUpdates":
            return JSONResponse({"ok": True, "result": await self.pending()})
        call = Call(method, data, time.monotonic())
        self.calls.append(call)
        if method == "sendMessage" and self.too_many.get(int(data["chat_id"])):
            seconds = self.too_many[int(data["chat_id"])].pop()
            error = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
            return JSONResponse(error | {"parameters": {"retry_after": seconds}}, 429)
        return JSONResponse({"ok": True, "result": self.result(call)})

    async def pending(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for _ in range(25):
            with contextlib.suppress(queue.Empty):
                while True:
                    found.append(self.updates.get_nowait())
            if found:
                break
            await asyncio.sleep(0.02)
        return found

    def result(self, call: Call) -> Any:
        if call.method == "getMe":
            return BOT
        if call.method == "getFile":
            path = f"photos/{call.data['file_id']}"
            size = len(self.files[path])
            return {"file_id": "f", "file_unique_id": "u", "file_size": size, "file_path": path}
        if call.method in ("sendMessage", "editMessageText", "editMessageReplyMarkup"):
            call.message_id = call.data.get("message_id") or next(self.numbers)
            return self.as_message(call)
        return True

    def as_message(self, call: Call) -> dict[str, Any]:
        chat = int(call.data["chat_id"])
        message = {
            "message_id": call.message_id, "date": 1_790_000_000, "text": call.text or "…", "from": BOT,
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
        }  # fmt: skip
        markup = call.data.get("reply_markup")
        return message | ({"reply_markup": markup} if markup else {})

    def of(self, chat: int, *methods: str) -> list[Call]:
        """Calls about a chat that went through."""
        wanted = methods or ("sendMessage",)
        here = [call for call in self.calls if call.data.get("chat_id") == chat and call.message_id]
        return [call for call in here if call.method in wanted]

    def sent(self, chat: int, count: int = 1) -> list[Call]:
        """The messages sent to a chat, once there are `count`."""
        return until(lambda: found if len(found := self.of(chat)) >= count else None)


def _value(text: str) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text


@dataclass
class GatewayStandIn:
    """The gateway's side: `replies` by text (else an echo), `answers` to questions; `broken` fails so often,
    `slow` takes so many seconds."""

    got: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    photos: list[bytes] = field(default_factory=list)
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/messages", self.messages, methods=["POST"]),
                Route("/api/ask", self.ask, methods=["POST"]),
                Route("/api/attachments", self.attach, methods=["POST"]),
                Route("/api/web", self.web),
            ]
        )

    async def messages(self, request: Request) -> Response:
        body = await request.json()
        self.got.append(body)
        text = body["text"]
        if self.broken.get(text, 0):
            self.broken[text] -= 1
            return Response(status_code=503)
        await asyncio.sleep(self.slow.get(text, 0.0))
        echo = {"text": f"答：{text}", "choices": [], "kind": "reply"}
        return JSONResponse(self.replies.get(text) or [echo])

    async def ask(self, request: Request) -> Response:
        text = (await request.json())["text"]
        self.asked.append(text)
        return JSONResponse(self.answers[text])

    async def attach(self, request: Request) -> Response:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = email.message_from_bytes(head + await request.body()).get_payload()
        photo = parts[0].get_payload(decode=True)
        assert parts[0].get_param("name", header="content-disposition") == "file"
        if not photo.startswith(b"\xff\xd8\xff"):
            return JSONResponse({"detail": "这个文件打不开。"}, 415)
        self.photos.append(photo)
        return JSONResponse({"ref": f"{len(self.photos):032x}"})

    async def web(self, _request: Request) -> Response:
        starters = ["低保怎么申请", "预约结婚登记"]
        page = {"demo": True, "greeting": "您好呀", "emergency": "急事打110", "starters": starters}
        return JSONResponse(page)

    def of(self, text: str) -> list[dict[str, Any]]:
        """The messages that said `text`."""
        return [body for body in self.got if body["text"] == text]
