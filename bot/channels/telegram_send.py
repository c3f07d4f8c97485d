"""Sends to Telegram: texts in parts, keyboards, edits; a flaky network gets two more tries.

Telegram's own "too many requests" is waited out by the rate limiter of the bot, not here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message, MessageEntity, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.channels.telegram_render import LONGEST_TEXT, split, units

NETWORK_TRIES, NETWORK_PAUSE = 3, 1.0
TYPING_AFTER = 1.5
Sent = TypeVar("Sent")


@dataclass(frozen=True)
class Where:
    """A chat, and in a group the message that is answered."""

    chat_id: int
    reply_to: int | None = None

    @property
    def is_group(self) -> bool:
        return self.reply_to is not None


class Sender:
    """Speaks in chats through one bot."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    async def send(
        self, where: Where, text: str, keyboard: InlineKeyboardMarkup | None = None, *, bold: bool = False
    ) -> int | None:
        """Send `text`, the keyboard under its last part; returns that part's id. Raises TelegramError."""
        parts = split(text)
        last: Message | None = None
        for index, part in enumerate(parts):
            options: dict[str, Any] = {"link_preview_options": LinkPreviewOptions(is_disabled=True)}
            if where.reply_to is not None:
                reply = ReplyParameters(where.reply_to, allow_sending_without_reply=True)
                options["reply_parameters"] = reply
            if bold:
                options["entities"] = [MessageEntity(MessageEntity.BOLD, 0, units(part))]
            if index == len(parts) - 1:
                options["reply_markup"] = keyboard
            last = await self._try(partial(self.bot.send_message, where.chat_id, part, **options))
        return last.message_id if last else None

    async def set_keyboard(
        self, chat_id: int, message_id: int, keyboard: InlineKeyboardMarkup | None
    ) -> None:
        """Replace a message's keyboard (None takes it away); a message that is gone is no matter."""
        with contextlib.suppress(TelegramError):
            await self.bot.edit_message_reply_markup(chat_id, message_id, reply_markup=keyboard)

    async def mark_chosen(self, message: Message, line: str) -> None:
        """Take a message's keyboard away and write under it what was chosen."""
        text = f"{message.text or ''}\n\n{line}"
        if units(text) > LONGEST_TEXT:
            await self.set_keyboard(message.chat_id, message.message_id, None)
            return
        with contextlib.suppress(TelegramError):
            await self.bot.edit_message_text(
                text, message.chat_id, message.message_id, entities=message.entities,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )  # fmt: skip

    @contextlib.asynccontextmanager
    async def typing(self, where: Where) -> AsyncIterator[None]:
        """Show "typing" when what is done inside takes long."""

        async def show() -> None:
            await asyncio.sleep(TYPING_AFTER)
            with contextlib.suppress(TelegramError):
                await self.bot.send_chat_action(where.chat_id, ChatAction.TYPING)

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()

    @staticmethod
    async def _try(call: Callable[[], Awaitable[Sent]]) -> Sent:
        # A reply that arrives twice is better than one that never does.
        for attempt in range(1, NETWORK_TRIES + 1):
            try:
                return await call()
            except BadRequest:
                raise
            except NetworkError:
                if attempt == NETWORK_TRIES:
                    raise
                await asyncio.sleep(NETWORK_PAUSE)
        raise AssertionError("unreachable")
