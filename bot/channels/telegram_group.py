"""The rules of groups: who is spoken to, and which answers may be given before everybody.

A resident's own matter (report, booking, progress, eligibility) is for the private chat.
"""

from __future__ import annotations

import re

from telegram import Message, MessageEntity

from bot.channels.telegram_render import TEXTS
from bot.gateway.schema import Answer
from bot.gateway.schema import Message as Bubble

PUBLIC = ("answer", "redirect", "clarify")
_EMERGENCY = re.compile(r"(?<!\d)1(?:10|19|20)(?!\d)")


def addressed(message: Message, bot_id: int, username: str) -> str | None:
    """What a group message says to the bot (mentioned, commanded, replied to); None when it is not meant."""
    name = f"@{username}".lower()
    before = message.reply_to_message
    meant = bool(before and before.from_user and before.from_user.id == bot_id)
    text = message.text or message.caption or ""
    entities = message.parse_entities() if message.text else message.parse_caption_entities()
    for entity, part in entities.items():
        by_id = entity.type == MessageEntity.TEXT_MENTION and entity.user and entity.user.id == bot_id
        by_name = entity.type == MessageEntity.MENTION and part.lower() == name
        if by_id or by_name:
            meant, text = True, text.replace(part, " ")
        elif entity.type == MessageEntity.BOT_COMMAND and part.lower().endswith(name):
            meant = True
    return " ".join(text.split()) if meant else None


def go_private(key: str) -> Bubble:
    """The sentence `key` that leads to the private chat."""
    return Bubble(text=TEXTS[key], kind="notice")


def group_replies(answer: Answer) -> list[Bubble]:
    """The bubbles of one answer for a group: itself if public, else its emergency line and the way to us."""
    if answer.decision in PUBLIC:
        rest = answer.model_dump(exclude={"text", "choices"})
        return [Bubble(text=answer.text, choices=answer.choices, answer=rest)]
    first = answer.text.strip().split("\n")[0]
    # Danger is answered in the first line of every answer (docs/architecture.md); that line is for everybody.
    danger = [Bubble(text=first, kind="safety")] if _EMERGENCY.search(first) else []
    return [*danger, go_private("group_hello" if answer.decision == "chitchat" else "group_private")]
