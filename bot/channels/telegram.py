"""Telegram: `python -m bot.channels.telegram` polls, or listens where MINZHENG_TELEGRAM_WEBHOOK is set.

It holds no rules: updates become messages to the gateway, and the gateway's bubbles become messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from rich.console import Console
from telegram import BotCommand, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, Application, CallbackContext, TypeHandler

from bot.channels.telegram_front import Front
from bot.channels.telegram_gateway import Gateway
from bot.channels.telegram_render import TEXTS
from bot.channels.telegram_webhook import WebhookServer, webhook_app
from bot.logs import configure
from bot.settings import Settings
from bot.settings import settings as read_settings

UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
AT_ONCE = 256
SEND_RETRIES = 5
LONGEST_PAUSE = 30.0
log = structlog.get_logger("telegram_channel")


def token_of(settings: Settings) -> str | None:
    """The bot's token; None when Telegram is off (no token, or an empty one)."""
    return (settings.telegram_token.get_secret_value().strip() if settings.telegram_token else "") or None


def build(settings: Settings, gateway: Gateway) -> Application:
    """The application: one handler, one front, sends kept within Telegram's rates."""
    token = token_of(settings)
    if token is None:
        raise ValueError(TEXTS["no_token"])
    api = settings.telegram_api.rstrip("/")
    builder = (
        Application.builder()
        .token(token)
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .rate_limiter(AIORateLimiter(max_retries=SEND_RETRIES))
        .concurrent_updates(AT_ONCE)
    )
    if settings.telegram_webhook:
        builder = builder.updater(None)
    application = builder.build()
    front = Front(application.bot, gateway, settings.key())
    application.add_handler(TypeHandler(Update, front.on_update))
    application.add_error_handler(_failed)
    return application


async def _failed(update: object, context: CallbackContext) -> None:
    """Log what a handler raised (its kind alone: its text may hold words of a resident); never be silent."""
    log.error("update_failed", why=type(context.error).__name__)
    chat = update.effective_chat if isinstance(update, Update) else None
    if chat is not None and not isinstance(context.error, TelegramError):
        with contextlib.suppress(TelegramError):
            await context.bot.send_message(chat.id, TEXTS["down"])


async def serve(settings: Settings, stop: asyncio.Event) -> int:
    """Run until `stop` is set. Returns the exit code: 1 when Telegram refuses the token or the address."""
    gateway = Gateway(settings)
    application = build(settings, gateway)
    try:
        if await _online(application.initialize, stop):
            await application.start()
            try:
                with contextlib.suppress(TelegramError):
                    commands = [BotCommand(name, text) for name, text in TEXTS["commands"].items()]
                    await application.bot.set_my_commands(commands)
                await (_listen if settings.telegram_webhook else _poll)(application, settings, stop)
            finally:
                await application.stop()
    except InvalidToken:
        # Its text holds the token.
        log.error("token_rejected", help=TEXTS["token_rejected"])
        return 1
    except BadRequest as error:
        log.error("webhook_refused", why=error.message, help=TEXTS["webhook_refused"])
        return 1
    except OSError as error:
        help_text = TEXTS["port_busy"].format(port=settings.telegram_port)
        log.error("port_busy", why=type(error).__name__, help=help_text)
        return 1
    finally:
        await application.shutdown()
        await application.bot.shutdown()
        await gateway.close()
    return 0


async def _online(call: Callable[[], Awaitable[Any]], stop: asyncio.Event) -> bool:
    """Call until Telegram is reached; False when told to stop first. What Telegram refuses is raised."""
    pause = 1.0
    while not stop.is_set():
        try:
            await call()
            return True
        except BadRequest:
            raise
        except (NetworkError, RetryAfter) as error:
            log.warning("telegram_unreachable", why=type(error).__name__, again_in=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return False


async def _poll(application: Application, _settings: Settings, stop: asyncio.Event) -> None:
    updater = application.updater
    assert updater is not None
    await updater.start_polling(
        allowed_updates=UPDATES,
        bootstrap_retries=-1,
        error_callback=lambda error: log.warning("polling_failed", why=type(error).__name__),
    )
    log.info("telegram_polls")
    try:
        await stop.wait()
    finally:
        await updater.stop()


async def _listen(application: Application, settings: Settings, stop: asyncio.Event) -> None:
    # Set anew with the webhook at every start, so a made-up secret is as good as a configured one.
    given = settings.telegram_secret
    secret = given.get_secret_value() if given and given.get_secret_value() else secrets.token_urlsafe(32)

    async def deliver(data: dict[str, Any]) -> None:
        if (update := Update.de_json(data, application.bot)) is not None:
            await application.update_queue.put(update)

    async def register() -> None:
        address = settings.telegram_webhook
        await application.bot.set_webhook(address, allowed_updates=UPDATES, secret_token=secret)

    with socket.create_server((settings.host, settings.telegram_port)) as listener:
        if await _online(register, stop):
            log.info("telegram_listens", port=settings.telegram_port)
            await WebhookServer(webhook_app(secret, deliver)).run_until(stop.wait(), listener)


class _OwnRecordsOnly(logging.Filter):
    """Takes values and tracebacks out of the library's records: they may hold updates or the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] == "telegram":
            record.msg, record.args, record.exc_info, record.exc_text = str(record.msg), None, None, None
        return True


async def _main(settings: Settings) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await serve(settings, stop)


def main() -> int:
    """Run Telegram with the process's settings; without a token say that it is off. Returns the exit code."""
    settings = read_settings()
    if token_of(settings) is None:
        Console().print(TEXTS["no_token"], soft_wrap=True, highlight=False)
        return 0
    configure(settings.log_level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_OwnRecordsOnly())
    return asyncio.run(_main(settings))


if __name__ == "__main__":
    raise SystemExit(main())
