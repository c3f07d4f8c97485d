"""When Rasa, the database or the resident's haste get in the way: nothing is lost, danger is answered first."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.gateway.door import TEXTS
from registry import RegistryUnavailable
from tests.gateway.conftest import NOWHERE, House, incoming

PHONE = "13871234567"
DANGER = "我老公现在正在打我，打得流血了，快来人"
TEXT = f"我叫柳湘莲，电话{PHONE}，低保怎么申请"


@pytest.mark.parametrize(
    "broken",
    [
        [],
        500,
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("gone"),
        {"status": "failure"},
        ["not a bubble"],
        [{"custom": {"answer": {}}}],
        [{"text": "请选", "buttons": [{"payload": "x"}]}],
        [{"text": ""}],
    ],
    ids=str,
)
def test_rasa_failing_twice_is_said_and_kept_once(house: House, broken: Any) -> None:
    house.rasa.usual = broken
    (message,) = house.say(TEXT, message_id="m-1")
    assert (message.text, message.kind) == (TEXTS["failed"], "notice")
    assert len(house.rasa.seen) == 2
    (row,) = house.desk()
    assert (row.kind, row.reason, row.conversation) == ("undelivered", "rasa_failed", "resident-1")
    assert "低保怎么申请" in row.text_masked and PHONE not in row.text_masked


@pytest.mark.parametrize("broken", [[], 503, httpx.ReadTimeout("slow")], ids=str)
def test_one_failure_is_not_seen(house: House, broken: Any) -> None:
    house.rasa.script = [broken]
    assert [m.text for m in house.say(TEXT)] == ["好的。"]
    assert len(house.rasa.seen) == 2 and house.desk() == []


def test_json_that_is_none_is_a_failure(house: House) -> None:
    house.rasa.script = [httpx.DecodingError("not json"), []]
    assert house.say(TEXT)[0].text == TEXTS["failed"]


def test_a_resend_while_rasa_is_down_is_one_row_and_after_it_an_answer(house: House) -> None:
    house.rasa.usual = 500

    async def twice() -> None:
        await asyncio.gather(*(house.door.handle(incoming(TEXT, message_id="m-1")) for _ in range(2)))

    asyncio.run(twice())
    house.say(TEXT, message_id="m-1")
    assert len(house.desk()) == 1
    house.rasa.usual = [{"text": "好的。"}]
    assert house.say(TEXT, message_id="m-1")[0].text == "好的。"


def test_two_messages_without_an_id_are_two_rows(house: House) -> None:
    house.rasa.usual = []
    house.say("低保一")
    house.say("低保二")
    assert [row.text_masked for row in house.desk()] == ["低保一", "低保二"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"photo": "0a" * 16}, "0a" * 16),
        ({"location": {"latitude": 29.853212345678901, "longitude": 114.3}}, "29.853212,114.300000"),
    ],
    ids=["photo", "location"],
)
def test_a_picture_or_a_place_that_failed_can_still_be_found(
    house: House, value: dict[str, Any], kept: str
) -> None:
    house.rasa.usual = []
    house.say(**value)
    assert kept in house.desk()[0].text_masked


def test_with_the_database_down_too_it_is_sealed_in_a_file_and_filed_once_at_the_next_start(
    make: Any,
) -> None:
    house = make(NOWHERE)
    house.rasa.usual = []
    for _ in range(2):
        assert house.say(TEXT, message_id="m-1")[0].text == TEXTS["failed"]
    house.say("五保", message_id="m-2")
    stored = house.spool.read_bytes()
    assert len(stored.splitlines()) == 3
    for plain in ("低保", "柳湘莲", "五保", PHONE, "71234567", "resident", "\\u4f4e"):
        assert plain.encode() not in stored

    next_start = make()
    with next_start.web():
        rows = next_start.desk()
        assert [row.text_masked[-6:] for row in rows] == ["低保怎么申请", "五保"]
        assert all(PHONE not in row.text_masked for row in rows)
        assert not next_start.spool.exists()
    with make().web():
        assert len(next_start.desk()) == 2


def test_a_start_with_the_database_still_down_keeps_the_file(make: Any) -> None:
    house = make(NOWHERE)
    house.rasa.usual = []
    house.say(TEXT)
    stored = house.spool.read_bytes()
    with make(NOWHERE).web() as client:
        assert client.get("/healthz").status_code == 200
    assert house.spool.read_bytes() == stored


def test_a_database_that_fails_half_way_loses_no_line_and_doubles_none(make: Any, monkeypatch: Any) -> None:
    house = make(NOWHERE)
    house.rasa.usual = []
    for n in range(3):
        house.say(f"低保{n}", message_id=f"m-{n}")

    from bot.gateway import app

    really, calls = app._file_row, []

    def second_fails(registry: Any, row: dict[str, str]) -> None:
        calls.append(row)
        if len(calls) == 2:
            raise RegistryUnavailable("now")
        really(registry, row)

    monkeypatch.setattr(app, "_file_row", second_fails)
    first = make()
    with first.web():
        assert [row.text_masked for row in first.desk()] == ["低保0"]
    assert len(first.spool.read_bytes().splitlines()) == 2
    monkeypatch.setattr(app, "_file_row", really)
    second = make()
    with second.web():
        assert [row.text_masked for row in second.desk()] == ["低保0", "低保1", "低保2"]


def test_a_torn_line_does_not_stop_the_start_nor_the_lines_after_it(make: Any) -> None:
    house = make(NOWHERE)
    house.rasa.usual = []
    house.say("低保一", message_id="m-1")
    torn = house.spool.read_bytes()[:40]
    house.spool.write_bytes(torn + b"\n")
    house.say("低保二", message_id="m-2")
    next_start = make()
    with next_start.web():
        assert [row.text_masked for row in next_start.desk()] == ["低保二"]
    assert torn in next_start.spool.with_suffix(".damaged").read_bytes()


def test_a_database_without_our_tables_is_no_reason_to_lose_a_message(make: Any, monkeypatch: Any) -> None:
    house = make()
    house.rasa.usual = []

    def no_table(*_: Any) -> None:
        raise LookupError("any other error of a driver")

    monkeypatch.setattr("bot.gateway.app.add_row", no_table)
    assert house.say(TEXT)[0].text == TEXTS["failed"]
    assert len(house.spool.read_bytes().splitlines()) == 1


def test_when_even_the_file_cannot_be_written_the_resident_is_told_so(make: Any) -> None:
    house = make(NOWHERE)
    house.rasa.usual = []
    house.spool.parent.parent.mkdir(parents=True, exist_ok=True)
    house.spool.parent.write_text("a file where the folder should be")
    assert house.say(TEXT)[0].text == TEXTS["failed_unsaved"]


def test_danger_is_named_first_and_rasa_is_told(house: House) -> None:
    first, second = house.say(DANGER)
    assert first.kind == "safety" and "110" in first.text
    assert second.text == "好的。"
    assert house.rasa.seen[0]["metadata"]["danger"] == house.door.screen.check(DANGER).kind


def test_danger_comes_first_when_typing_too_fast_and_is_kept(make: Any) -> None:
    house = make(rate_per_minute=1)
    house.say("低保")
    first, second = house.say(DANGER, message_id="m-2")
    assert first.kind == "safety" and "110" in first.text
    assert second.text == TEXTS["too_fast"]
    (row,) = house.desk()
    assert row.reason == "too_fast" and "打得流血了" in row.text_masked


@pytest.mark.parametrize("text", [DANGER + "。啊" * 5000, "快" * 5000 + "。" + DANGER], ids=["begin", "end"])
def test_danger_comes_first_in_a_message_too_long(house: House, text: str) -> None:
    first, second = house.say(text)
    assert first.kind == "safety" and "110" in first.text
    assert second.kind == "notice" and "太长" in second.text


def test_danger_comes_first_with_rasa_and_the_database_dead(make: Any) -> None:
    house = make(NOWHERE)
    house.rasa.usual = httpx.ConnectError("gone")
    first, second = house.say(DANGER)
    assert first.kind == "safety" and "110" in first.text
    assert second.text == TEXTS["failed"] and house.spool.exists()


def test_danger_in_traditional_script_with_hidden_signs(house: House) -> None:
    first, *_ = house.say("我老公現在正在打\u200b我，打得流血了")
    assert first.kind == "safety" and "110" in first.text
