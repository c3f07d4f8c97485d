"""The parts of the Telegram channel that stand alone: cutting, buttons, once-only."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.telegram_order import Flooded, Seen, Turns
from bot.channels.telegram_render import Buttons, split, units
from bot.gateway.schema import Choice


@pytest.mark.parametrize(
    "text",
    ["字" * 950, "😀" * 450, "一句话。" * 240, ("很长的一行" * 70 + "\n") * 4, "\n".join(["短"] * 700)],
)
def test_split_fits_and_loses_nothing(text: str) -> None:
    parts = split(text, 300)
    assert all(0 < units(part) <= 300 for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_split_prefers_sentence_ends_inside_a_line() -> None:
    assert all(part.endswith("。") for part in split("这是一句话。" * 100, 250))


def test_nothing_to_say_is_no_message() -> None:
    assert split(" \n ") == []


@pytest.mark.parametrize("payload", ["确认", "l:abc", "m:abc", "字" * 20, "字" * 21, "长" * 200])
def test_every_payload_comes_back_from_its_button(payload: str) -> None:
    buttons = Buttons()
    keyboard = buttons.keyboard([Choice(title="按", payload=payload)])
    assert keyboard is not None
    data = str(keyboard.inline_keyboard[0][0].callback_data)
    assert len(data.encode()) <= 64
    tap = buttons.read(data)
    assert tap is not None and (tap.kind, tap.text) == ("say", payload)


def test_remembered_payloads_are_bounded_and_the_oldest_expire() -> None:
    buttons = Buttons(remembered=2)
    datas = []
    for name in "甲乙丙":
        keyboard = buttons.keyboard([], more=name * 50)
        assert keyboard is not None
        datas.append(str(keyboard.inline_keyboard[0][0].callback_data))
    assert buttons.read(datas[0]) is None
    assert [buttons.read(data) is not None for data in datas[1:]] == [True, True]


def test_seen_is_bounded() -> None:
    seen = Seen(2)
    assert [seen.first(key) for key in (1, 1, 2, 3, 1)] == [True, False, True, True, True]


def test_turns_keep_order_refuse_a_flood_once_and_forget_idle_chats() -> None:
    async def scenario() -> tuple[list[int], list[bool], int]:
        turns, done, refused = Turns(waiting=3, chats=2), [], []

        async def one(number: int) -> None:
            try:
                async with turns.of(1):
                    await asyncio.sleep(0.001)
                    done.append(number)
            except Flooded as flood:
                refused.append(flood.first)

        await asyncio.gather(*(one(number) for number in range(5)))
        for chat in range(2, 9):
            async with turns.of(chat):
                pass
        return done, refused, len(turns._chats)

    assert asyncio.run(scenario()) == ([0, 1, 2], [True, False], 2)
