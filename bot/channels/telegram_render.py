"""Replies in Telegram's shape: texts cut to its length, choices as inline buttons.

A button carries 64 bytes; what does not fit is remembered here and forgotten with the process.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.gateway.schema import Choice

_FILE = Path(__file__).parent / "texts.yml"
TEXTS: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["telegram"]
LONGEST_TEXT = 4096
LONGEST_DATA = 64
REMEMBERED = 2000
_BREAKS = (re.compile(r"\n"), re.compile(r"[。！？；!?;]"), re.compile(r"[，、, ]"))
# What a callback says: SAY and its payload, or the key of a long payload (LONG) or of a folded text (MORE).
_SAY, _LONG, _MORE = "s:", "l:", "m:"


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """`text` in parts of at most `limit` UTF-16 units, cut at line ends, else sentences, else anywhere."""
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        end = _fitting(rest, limit)
        cut = next((at for pattern in _BREAKS if (at := _last_break(pattern, rest, end))), end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip("\n")
    return [part for part in [*parts, rest.rstrip()] if part]


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` units."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)


def _last_break(pattern: re.Pattern[str], text: str, end: int) -> int:
    """Where the last break before `end` is over; 0 when it would leave a scrap."""
    last = 0
    for found in pattern.finditer(text, 0, end):
        last = found.end()
    return last if last > end // 4 else 0


@dataclass(frozen=True)
class Tap:
    """What a button means: `say` sends `text` to the gateway, `show` shows it."""

    kind: Literal["say", "show"]
    text: str


class Buttons:
    """Makes keyboards and reads taps; keeps the last `REMEMBERED` long payloads and folded texts."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._long: OrderedDict[str, str] = OrderedDict()
        self._remembered = remembered

    def keyboard(self, choices: Iterable[Choice], more: str | None = None) -> InlineKeyboardMarkup | None:
        """One button a row; `more` adds one that shows the rest of an answer. None when there is nothing."""
        rows = [[InlineKeyboardButton(c.title, callback_data=self._say(c.payload))] for c in choices]
        if more:
            rows.append([InlineKeyboardButton(TEXTS["more"], callback_data=self._keep(_MORE, more))])
        return InlineKeyboardMarkup(rows) if rows else None

    def read(self, data: str) -> Tap | None:
        """What a tapped button means; None when it is from before a restart, or older than what is kept."""
        if data.startswith(_SAY):
            return Tap("say", data.removeprefix(_SAY))
        text = self._long.get(data)
        if text is None:
            return None
        self._long.move_to_end(data)
        return Tap("show" if data.startswith(_MORE) else "say", text)

    def _say(self, payload: str) -> str:
        data = _SAY + payload
        return data if len(data.encode()) <= LONGEST_DATA else self._keep(_LONG, payload)

    def _keep(self, prefix: str, text: str) -> str:
        data = prefix + hashlib.sha256(text.encode()).hexdigest()[:32]
        self._long[data] = text
        self._long.move_to_end(data)
        while len(self._long) > self._remembered:
            self._long.popitem(last=False)
        return data


def without(markup: InlineKeyboardMarkup, data: str) -> InlineKeyboardMarkup | None:
    """The keyboard less the button that carries `data`."""
    rows = [[b for b in row if b.callback_data != data] for row in markup.inline_keyboard]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


def title_of(markup: InlineKeyboardMarkup | None, data: str) -> str | None:
    """What the button that carries `data` shows."""
    rows = markup.inline_keyboard if markup else ()
    return next((b.text for row in rows for b in row if b.callback_data == data), None)
