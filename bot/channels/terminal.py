"""The terminal chat of `minzheng chat`: the same gateway as every channel, for a keyboard or a pipe.

Bubbles are framed, choices are numbered, sources stand under 依据, danger is red.
"""

from __future__ import annotations

import contextlib
import sys
import uuid
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import httpx
import yaml
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.gateway.schema import Choice, Incoming, Message

_FILE = Path(__file__).parent / "texts.yml"
TEXTS: dict[str, str] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["terminal"]
TIMEOUT = 60.0
STYLES = {"reply": "green", "notice": "yellow", "safety": "bold red"}


@dataclass(frozen=True)
class Option:
    """What a number does: say something, or show the rest of an answer."""

    kind: Literal["say", "show"]
    title: str
    text: str


@dataclass
class Chat:
    """One conversation at the terminal."""

    http: httpx.Client
    console: Console
    conversation: str = field(default_factory=lambda: f"terminal-{uuid.uuid4().hex}")
    options: list[Option] = field(default_factory=list)
    unsent: Incoming | None = None

    def greet(self) -> None:
        """Show the first words. Raises httpx.HTTPError, ValueError when the gateway is not there."""
        response = self.http.get("/api/web", timeout=5)
        response.raise_for_status()
        page = response.json()
        if page.get("demo"):
            self.console.print(Text(TEXTS["demo"], style="magenta"))
        starters = [Choice(title=line, payload=line) for line in page.get("starters") or []]
        text = "\n".join(line for line in (page.get("greeting"), page.get("emergency")) if line)
        self.show(Message(text=text, choices=starters))
        self.console.print(Text(TEXTS["hint"], style="dim"))

    def enter(self, line: str) -> None:
        """Take one line: a number taps what it numbers, an empty one sends again what was not sent."""
        line = line.strip()
        if not line:
            if self.unsent is not None:
                self._send(self.unsent)
            return
        if line.isdecimal() and 1 <= int(line) <= len(self.options):
            option = self.options[int(line) - 1]
            self.console.print(Text(f"→ {option.title}", style="cyan"))
            if option.kind == "show":
                self._panel(Message(text=option.text), option.title)
                return
            line = option.text
        message_id = uuid.uuid4().hex
        self._send(
            Incoming(conversation=self.conversation, text=line, message_id=message_id, channel="terminal")
        )

    def _send(self, incoming: Incoming) -> None:
        try:
            response = self.http.post("/api/messages", json=incoming.model_dump(exclude_none=True))
            if response.is_client_error:
                self.unsent = None
                self._panel(Message(text=_detail(response), kind="notice"), TEXTS["bot"])
                return
            response.raise_for_status()
            replies = [Message.model_validate(reply) for reply in response.json()]
        except (httpx.HTTPError, ValueError, TypeError):
            # The same message_id goes out again, so that it counts once.
            self.unsent = incoming
            self._panel(Message(text=TEXTS["not_sent"], kind="notice"), TEXTS["bot"])
            return
        self.unsent, self.options = None, []
        for reply in replies:
            self.show(reply)

    def show(self, message: Message) -> None:
        """Print one bubble, its sources and its choices."""
        answer = message.answer or {}
        sources = [_citation(source) for source in answer.get("citations") or []]
        lines = message.text.split("\n")
        if sources:
            lines = [line for line in lines if not line.startswith(TEXTS["basis_line"])]
        self._panel(message.model_copy(update={"text": "\n".join(lines)}), TEXTS["bot"])
        if sources:
            self.console.print(Text(f"  {TEXTS['basis']}", style="dim bold"))
            for source in sources:
                self.console.print(Text(f"    · {source}", style="dim"))
        options = [Option("say", choice.title, choice.payload) for choice in message.choices]
        if more := answer.get("more"):
            options.append(Option("show", TEXTS["more"], more))
        for option in options:
            self.options.append(option)
            self.console.print(Text(f"  [{len(self.options)}] {option.title}", style="cyan"))

    def _panel(self, message: Message, title: str) -> None:
        style = STYLES[message.kind]
        body = Text(message.text.strip(), style="bold red" if message.kind == "safety" else "")
        self.console.print(Panel(body, title=Text(title), title_align="left", border_style=style))


def run(base_url: str) -> int:
    """Chat with the gateway at `base_url` until Ctrl-D or 退出程序. Returns 0; 1 when it is not there."""
    console = Console(highlight=False)
    typed = sys.stdin.isatty()
    if typed:
        # Line editing that knows how wide a Chinese character is.
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401
    with httpx.Client(base_url=base_url, timeout=TIMEOUT, trust_env=False) as http:
        chat = Chat(http, console)
        try:
            chat.greet()
        except (httpx.HTTPError, ValueError, AttributeError):
            console.print(Text(TEXTS["unreachable"].format(url=base_url), style="red"))
            return 1
        while (line := _read(typed)) is not None and line.strip() != TEXTS["quit"]:
            if not typed:
                console.print(Text(TEXTS["prompt"] + line.strip()))
            chat.enter(line)
        console.print(Text(TEXTS["bye"]))
    return 0


def _read(typed: bool) -> str | None:
    """The next line; None at the end of input."""
    try:
        return input(TEXTS["prompt"] if typed else "")
    except UnicodeDecodeError:
        return ""
    except (EOFError, KeyboardInterrupt):
        return None


def _citation(source: dict[str, Any]) -> str:
    title = str(source.get("title") or "")
    # A demo document is no document: it gets no book-title marks.
    bare = source.get("document") == "demo" or title.startswith("《")
    text = (title if bare else f"《{title}》") + str(source.get("article") or "")
    if since := source.get("effective_from"):
        with contextlib.suppress(ValueError):
            day = date.fromisoformat(str(since))
            text += "，" + TEXTS["since"].format(date=f"{day.year}年{day.month}月{day.day}日")
    return text


def _detail(response: httpx.Response) -> str:
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    return detail if isinstance(detail, str) else TEXTS["refused"]
