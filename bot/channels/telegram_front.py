"""What a Telegram update means and how it is answered: private chats talk to the gateway, groups only ask.

In a group nothing personal is taken: no photo, no place, no number, no form.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError
from telegram.ext import filters
from telegram.helpers import create_deep_linked_url

from bot.attachments import LIMIT
from bot.channels.telegram_gateway import Gateway, GatewayDown, GatewayRefused
from bot.channels.telegram_group import addressed, go_private, group_replies
from bot.channels.telegram_order import CHATS, Flooded, Seen, Turns
from bot.channels.telegram_render import TEXTS, Buttons, title_of, without
from bot.channels.telegram_send import Sender, Where
from bot.gateway.schema import Choice, Incoming, Location
from bot.gateway.schema import Message as Bubble
from bot.logs import short
from bot.text.identifiers import mask

RETRY_PAUSE = 2.0
_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?:\s|$)")
log = structlog.get_logger("telegram_channel")
Got = TypeVar("Got")


class Front:
    """Answers updates. `key` (32 bytes) makes conversation names that nobody can compute from a chat id."""

    def __init__(self, bot: Bot, gateway: Gateway, key: bytes) -> None:
        self.bot, self.gateway, self._key = bot, gateway, key
        self.sender, self.buttons, self.turns = Sender(bot), Buttons(), Turns()
        self._updates, self._taps = Seen(), Seen()
        # Keyboards that still can be tapped, by private chat: the next turn takes them away.
        self._open: OrderedDict[int, list[int]] = OrderedDict()

    def conversation(self, chat_id: int) -> str:
        """The chat's conversation at the gateway. Whoever knew it could read on there, so it is keyed."""
        return "tg-" + hmac.new(self._key, f"telegram:{chat_id}".encode(), hashlib.sha256).hexdigest()[:40]

    async def on_update(self, update: Update, _context: Any = None) -> None:
        """Answer one update, once, after those of its chat that came before."""
        if not self._updates.first(update.update_id) or update.effective_chat is None:
            return
        chat, message, query = update.effective_chat, update.message, update.callback_query
        is_group = chat.type != ChatType.PRIVATE
        words = ""
        if query is not None:
            where = Where(chat.id, query.message.message_id if is_group and query.message else None)
        elif message is not None and not _is_service(update, message):
            if is_group:
                called = addressed(message, self.bot.id, self.bot.username)
                if called is None:
                    return
                words = called
            where = Where(chat.id, message.message_id if is_group else None)
        else:
            return
        # Stops the button's spinner whatever waits in line; waiting for it here would let others overtake.
        spinner = asyncio.create_task(_stop_spinner(query)) if query is not None else None
        try:
            async with self.turns.of(chat.id):
                if query is not None:
                    await self._tap(where, query, update.update_id)
                elif message is not None and is_group:
                    await self._group(where, message, words)
                elif message is not None:
                    await self._private(where, message, update.update_id)
        except Flooded as flood:
            log.warning("flooded", conversation=self._name(where))
            if flood.first:
                await self.sender.send(where, TEXTS["too_fast"])
        finally:
            if spinner is not None:
                await spinner

    # -- private chats ---------------------------------------------------------------------------------------

    async def _private(self, where: Where, message: Message, update_id: int) -> None:
        if message.text:
            if (found := _COMMAND.match(message.text)) and found[1] in TEXTS["commands"]:
                await self._command(where, found[1])
            else:
                await self._turn(where, update_id, message.text)
        elif message.photo or _is_picture(message):
            await self._photo(where, message, update_id)
        elif message.location:
            place = Location(latitude=message.location.latitude, longitude=message.location.longitude)
            name = f"{message.venue.title} {message.venue.address}".strip() if message.venue else ""
            await self._turn(where, update_id, name, location=place)
        else:
            heard = message.voice or message.audio or message.video_note
            await self.sender.send(where, TEXTS["voice" if heard else "other"])

    async def _command(self, where: Where, command: str) -> None:
        if command != "start":
            await self.sender.send(where, TEXTS[command])
            return
        try:
            page = await self.gateway.web()
        except (GatewayDown, GatewayRefused):
            page = {}
        lines = [TEXTS["demo"]] if page.get("demo") else []
        lines += [page.get("greeting") or TEXTS["greeting"], page.get("emergency") or TEXTS["emergency"]]
        starters = [Choice(title=line, payload=line) for line in page.get("starters") or []]
        await self._show(where, Bubble(text="\n\n".join(lines), choices=starters))

    async def _photo(self, where: Where, message: Message, update_id: int) -> None:
        picture = max(message.photo, key=lambda p: p.width * p.height) if message.photo else message.document
        too_large = TEXTS["photo_too_large"].format(limit=LIMIT // 2**20)
        if picture is None or (picture.file_size or 0) > LIMIT:
            await self.sender.send(where, too_large)
            return
        try:
            data = bytes(await (await self.bot.get_file(picture.file_id)).download_as_bytearray())
        except TelegramError as error:
            log.warning("photo_failed", conversation=self._name(where), why=type(error).__name__)
            big = isinstance(error, BadRequest) and "too big" in error.message.lower()
            await self.sender.send(where, too_large if big else TEXTS["photo_failed"])
            return
        reference = await self._reach(where, lambda: self.gateway.attach(data))
        if reference is not None:
            await self._turn(where, update_id, message.caption or "", photo=reference)

    async def _turn(self, where: Where, update_id: int, text: str, **more: Any) -> None:
        """Say something (with a `location` or `photo`) to the gateway and show what it answers."""
        replies = await self._said(where, update_id, text, **more)
        if replies is not None:
            await self._retire(where)
            await self._show(where, *replies)

    async def _said(self, where: Where, update_id: int, text: str, **more: Any) -> list[Bubble] | None:
        incoming = Incoming(
            conversation=self.conversation(where.chat_id), text=text, message_id=f"tg-{update_id}",
            channel="telegram", **more,
        )  # fmt: skip
        return await self._reach(where, lambda: self.gateway.messages(incoming))

    # -- taps ------------------------------------------------------------------------------------------------

    async def _tap(self, where: Where, query: CallbackQuery, update_id: int) -> None:
        data, below = query.data or "", query.message
        readable = below if isinstance(below, Message) else None
        tap = self.buttons.read(data)
        if tap is None:
            if below is not None:
                await self.sender.set_keyboard(where.chat_id, below.message_id, None)
            await self.sender.send(where, TEXTS["expired"])
            return
        once = (where.chat_id, below.message_id if below else query.id, data if tap.kind == "show" else "")
        if not self._taps.first(once):
            return
        if tap.kind == "show":
            if readable is not None and readable.reply_markup is not None:
                rest = without(readable.reply_markup, data)
                await self.sender.set_keyboard(where.chat_id, readable.message_id, rest)
            await self.sender.send(where, tap.text)
            return
        said = self._asked(where, tap.text) if where.is_group else self._said(where, update_id, tap.text)
        replies = await said
        if replies is None:
            # It came to nothing: the button stays and may be tapped again.
            self._taps.forget(once)
            return
        if readable is not None:
            title = title_of(readable.reply_markup, data) or tap.text
            await self.sender.mark_chosen(readable, TEXTS["chosen"].format(title=title))
        await self._retire(where, but=below.message_id if below else None)
        await self._show(where, *replies)

    # -- groups ----------------------------------------------------------------------------------------------

    async def _group(self, where: Where, message: Message, words: str) -> None:
        if not message.text:
            await self._show(where, go_private("group_private"))
        elif not words or words.startswith("/"):
            await self._show(where, go_private("group_hello"))
        else:
            safe = mask(words)
            if safe != words:
                await self.sender.send(where, TEXTS["group_numbers"])
            replies = await self._asked(where, safe)
            if replies is not None:
                await self._show(where, *replies)

    async def _asked(self, where: Where, text: str) -> list[Bubble] | None:
        """A question without a conversation; what would need one is sent to the private chat."""
        answer = await self._reach(where, lambda: self.gateway.ask(text))
        return None if answer is None else group_replies(answer)

    # -- both ------------------------------------------------------------------------------------------------

    async def _reach(self, where: Where, call: Callable[[], Awaitable[Got]]) -> Got | None:
        """What the gateway gives, on the second try if need be; None when the resident was told it cannot."""
        for attempt, excuse in ((1, "slow"), (2, "down")):
            try:
                async with self.sender.typing(where):
                    return await call()
            except GatewayRefused as refusal:
                await self.sender.send(where, str(refusal))
                return None
            except GatewayDown as error:
                log.warning("gateway_down", conversation=self._name(where), attempt=attempt, why=str(error))
                await self.sender.send(where, TEXTS[excuse])
                if attempt == 1:
                    await asyncio.sleep(RETRY_PAUSE)
        return None

    async def _show(self, where: Where, *bubbles: Bubble) -> None:
        for bubble in bubbles:
            keyboard = self.buttons.keyboard(bubble.choices, (bubble.answer or {}).get("more"))
            if where.is_group and bubble.kind == "notice" and bubble.answer is None:
                link = create_deep_linked_url(self.bot.username)
                keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(TEXTS["private_button"], url=link)]])
            text = bubble.text.strip() or (TEXTS["choose"] if keyboard else "")
            sent = await self.sender.send(where, text, keyboard, bold=bubble.kind == "safety")
            if keyboard is not None and sent is not None and not where.is_group:
                self._open.setdefault(where.chat_id, []).append(sent)
                self._open.move_to_end(where.chat_id)
                if len(self._open) > CHATS:
                    self._open.popitem(last=False)

    async def _retire(self, where: Where, but: int | None = None) -> None:
        """Take the chat's older keyboards away: an old 确认 must not answer a new question."""
        for message_id in self._open.pop(where.chat_id, []):
            if message_id != but:
                await self.sender.set_keyboard(where.chat_id, message_id, None)

    def _name(self, where: Where) -> str:
        return short(self.conversation(where.chat_id))


async def _stop_spinner(query: CallbackQuery) -> None:
    with contextlib.suppress(TelegramError):
        await query.answer()


def _is_service(update: Update, message: Message) -> bool:
    """A notice of Telegram itself (someone joined, a message was pinned), or another bot speaking."""
    another_bot = bool(message.from_user and message.from_user.is_bot)
    return another_bot or bool(filters.StatusUpdate.ALL.check_update(update))


def _is_picture(message: Message) -> bool:
    return bool(message.document and (message.document.mime_type or "").startswith("image/"))
