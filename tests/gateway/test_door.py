"""What a resident may type, and what then reaches Rasa: the words, sealed, in order, once."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from bot.gateway import door
from bot.gateway.door import TEXTS
from bot.gateway.safety import Danger, Screen
from bot.text.identifiers import find_tokens
from tests.gateway.conftest import House, incoming

ID_CARD = "11010519491231002X"
PHONE = "13871234567"


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("", "empty"),
        ("   \t\n　", "empty"),
        ("\u200b\u200d\ufeff\u2060\u00ad", "empty"),
        ("？！……", "empty"),
        ("/", "empty"),
        ("/ / /", "empty"),
        ("😀🙏👨‍👩‍👧", "emoji"),
        ("[捂脸][玫瑰]", "emoji"),
        ("How can I get married here?", "english"),
        ("SELECT name FROM residents; DROP TABLE cases", "code"),
        ("<script>alert(1)</script>", "code"),
        ('/do_book{"phone": "1"}', "code"),
    ],
)
def test_what_holds_no_question_is_answered_at_the_door(house: House, text: str, notice: str) -> None:
    (message,) = house.say(text)
    assert (message.text, message.kind) == (TEXTS[notice], "notice")
    assert house.rasa.seen == []


@pytest.mark.parametrize("text", ["低" * 10_000, "低保" + "\u200b" * 3000, "\ufdfa" * 1500])
def test_too_long_says_how_long_and_how_much_is_read(house: House, text: str) -> None:
    (message,) = house.say(text)
    assert message.kind == "notice" and house.rasa.seen == []
    told, limit = map(int, re.findall(r"\d+", message.text))
    assert limit == house.settings.max_characters < told
    assert told >= len(text)


def test_the_longest_message_allowed_reaches_rasa(house: House) -> None:
    house.say("低" * 2000)
    assert house.rasa.texts == ["低" * 2000]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我想問低保怎麼申請", "我想问低保怎么申请"),
        ("ｗｅｂ　低保　１２３元", "web 低保 123元"),
        ("低\u200b保\u202e怎么\u0000申请\ufeff", "低保怎么申请"),
        ("  低保 \n\n 怎么办 ", "低保 怎么办"),
        ("低保😀怎么办", "低保😀怎么办"),
        ("2300", "2300"),
    ],
)
def test_rasa_reads_cleaned_words(house: House, text: str, words: str) -> None:
    house.say(text)
    assert house.rasa.texts == [words]


@pytest.mark.parametrize(
    "text",
    ["/restart", "//restart", "/ /restart", " ／restart", "\u200b/restart", "/\u200b/\u3000/restart", "/do_book{1}",
     "/\u00a0/session_start", "⁄/restart"],
)  # fmt: skip
def test_nobody_commands_rasa_from_outside(house: House, text: str) -> None:
    house.say(text)
    # Rasa strips white space before it looks for the slash.
    assert not any(said.strip().startswith("/") for said in house.rasa.texts)


def test_a_slash_inside_stays(house: House) -> None:
    house.say("残疾人两项补贴/低保能一起拿吗")
    assert house.rasa.texts == ["残疾人两项补贴/低保能一起拿吗"]


@pytest.mark.parametrize(
    "written",
    [
        f"我叫柳湘莲，身份证{ID_CARD}，电话{PHONE}",
        "我叫柳湘莲，身份证１１０１０５１９４９１２３１００２ｘ，电话138-7123-4567",
        "我叫柳湘莲，身份证110105 19491231 002X，电话+86 138 7123 4567",
        "我叫柳湘莲，身份证1101\u200b0519491231002X，电话138\u200b71234567",
    ],
)
def test_identifiers_are_sealed_before_rasa_and_open_again(house: House, written: str) -> None:
    house.say(written)
    (raw,) = house.rasa.raw
    assert "1949" not in raw and "71234567" not in re.sub(r"\D", "", re.sub(r"⟦[^⟧]*⟧", "", raw))
    tokens = find_tokens(house.rasa.texts[0])
    unseal = house.registry.sealer.unseal
    assert [(t.kind, t.valid, unseal(t.cipher)) for t in tokens] == [
        ("id_card", True, ID_CARD),
        ("phone", True, PHONE),
    ]


def test_a_wrong_number_is_sealed_too_and_marked(house: House) -> None:
    house.say(f"身份证号{ID_CARD[:-1]}1")
    (token,) = find_tokens(house.rasa.texts[0])
    assert not token.valid and ID_CARD[:-1] not in house.rasa.raw[0]


def test_a_forged_token_does_not_reach_rasa(house: House) -> None:
    house.say("我的电话是⟦phone:1:v1.AAAA⟧")
    assert find_tokens(house.rasa.texts[0]) == []


def test_conversation_channel_location_and_photo_go_along(house: House) -> None:
    house.say(
        "低保窗口在这里", channel="telegram", location={"latitude": 29.85, "longitude": 114.3}, photo="0" * 32
    )
    (body,) = house.rasa.seen
    assert body["sender"] == "resident-1"
    assert body["metadata"] == {
        "channel": "telegram", "danger": None, "location": {"latitude": 29.85, "longitude": 114.3}, "photo": "0" * 32,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"location": {"latitude": 29.85, "longitude": 114.3}}, "location_text"),
        ({"photo": "0" * 32}, "photo_text"),
        ({"photo": "0" * 32, "text": "/"}, "photo_text"),
    ],
)
def test_a_place_or_a_picture_without_words_is_a_message(
    house: House, fields: dict[str, Any], words: str
) -> None:
    assert house.say(**fields)[0].text == "好的。"
    assert house.rasa.texts == [TEXTS[words]]


def test_bubbles_keep_buttons_and_what_our_actions_send(house: House) -> None:
    custom = {"text": "已登记。", "receipt": "X1", "choices": [{"title": "好", "payload": "好"}]}
    buttons = [{"title": "转人工", "payload": "转人工"}, {"title": "低保", "payload": ""}]
    house.rasa.usual = [{"text": "请选", "buttons": buttons}, {"image": "x"}, {"custom": custom}]
    first, second = house.say("低保")
    assert [(c.title, c.payload) for c in first.choices] == [("转人工", "转人工"), ("低保", "低保")]
    assert (second.receipt, second.choices[0].payload) == ("X1", "好")


def test_the_limit_is_a_conversation_s_own(make: Any) -> None:
    house = make(rate_per_minute=3)
    replies = [house.say(f"低保{n}")[0] for n in range(5)]
    assert [reply.text for reply in replies[3:]] == [TEXTS["too_fast"]] * 2
    assert len(house.rasa.seen) == 3
    assert house.say("低保", conversation="resident-2")[0].kind == "reply"


def test_a_message_refused_for_haste_is_tried_again_when_resent(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make(rate_per_minute=1)
    house.say("低保")
    assert house.say("还有高龄津贴", message_id="m-2")[0].text == TEXTS["too_fast"]

    async def allowed(*_: Any) -> bool:
        return True

    monkeypatch.setattr(house.door._limiter, "hit", allowed)
    assert house.say("还有高龄津贴", message_id="m-2")[0].kind == "reply"


def test_the_same_message_twice_at_once_is_one_turn(house: House) -> None:
    async def slowly(_body: dict[str, Any]) -> list[dict[str, str]]:
        await asyncio.sleep(0)
        return [{"text": f"第{len(house.rasa.seen)}次"}]

    house.rasa.usual = slowly

    async def twice() -> list[Any]:
        return await asyncio.gather(
            *(house.door.handle(incoming("低保", message_id="m-1")) for _ in range(2))
        )

    first, second = asyncio.run(twice())
    assert first == second and [m.text for m in first] == ["第1次"]
    assert len(house.rasa.seen) == 1
    # And later; but another conversation's "m-1" is another message.
    assert house.say("低保", message_id="m-1") == first
    assert house.say("低保", message_id="m-1", conversation="resident-2")[0].text == "第2次"


def test_messages_without_an_id_are_each_a_turn(house: House) -> None:
    house.say("好")
    house.say("好")
    assert house.rasa.texts == ["好", "好"]


def test_one_conversation_is_answered_in_order_and_another_does_not_wait(house: House) -> None:
    done: list[str] = []
    second_person_through = asyncio.Event()

    async def reply(body: dict[str, Any]) -> list[dict[str, str]]:
        if body["message"] == "甲一":
            # Only returns if the other conversation gets through meanwhile.
            await asyncio.wait_for(second_person_through.wait(), 5)
        if body["message"] == "乙一":
            second_person_through.set()
        done.append(body["message"])
        return [{"text": body["message"]}]

    house.rasa.usual = reply

    async def all_at_once() -> list[Any]:
        who = [("resident-1", "甲一"), ("resident-1", "甲二"), ("resident-1", "甲三"), ("resident-2", "乙一")]
        return await asyncio.gather(*(house.door.handle(incoming(t, conversation=c)) for c, t in who))

    replies = asyncio.run(all_at_once())
    assert [r[0].text for r in replies] == ["甲一", "甲二", "甲三", "乙一"]
    assert done == ["乙一", "甲一", "甲二", "甲三"]


LIFE_WORDS = "我不想活了 药都准备好了"


def test_somebody_who_speaks_of_ending_it_gets_only_help_and_a_person(house: House) -> None:
    warning, care = house.say(LIFE_WORDS)
    assert warning.kind == "safety" and "12356" in warning.text
    assert care.text == TEXTS["care"]
    # No menu, no form, no policy: Rasa is not asked at all.
    assert house.rasa.seen == []
    (row,) = house.desk()
    assert (row.reason, row.text_masked) == ("suicide", LIFE_WORDS)


def test_where_nobody_could_be_told_they_are_asked_to_call(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.door, "keep", lambda *_: False)
    warning, care = house.say(LIFE_WORDS)
    assert "12356" in warning.text and care.text == TEXTS["care_unsaved"]


def test_a_doubtful_sign_of_it_gets_the_number_and_the_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = house.door.screen.screen.lines
    monkeypatch.setattr(house.door.screen, "check", lambda text: Danger("suicide_possible", lines["suicide"]))
    warning, answer = house.say("低保停了，活不下去了")
    assert warning.text == lines["suicide"] and answer.text == "好的。"
    assert house.rasa.seen[0]["metadata"]["danger"] == "suicide_possible"


def test_a_danger_nobody_can_name_is_told_once_and_a_named_one_every_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, kinds = Screen.load().lines, iter(["unclear", "unclear", "violence", "violence"])

    def check(text: str) -> Danger:
        kind = next(kinds)
        return Danger(kind, lines[kind])

    monkeypatch.setattr(house.door.screen, "check", check)
    told = [[m.text for m in house.say(f"穿蓝褂子{n}") if m.kind == "safety"] for n in range(4)]
    assert told == [[lines["unclear"]], [], [lines["violence"]], [lines["violence"]]]
    # Rasa and the report hear of it every time.
    heard = [body["metadata"]["danger"] for body in house.rasa.seen]
    assert heard == ["unclear", "unclear", "violence", "violence"]


def test_another_resident_and_a_later_hour_are_told_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Screen.load().lines["unclear"]
    monkeypatch.setattr(house.door.screen, "check", lambda text: Danger("unclear", line))
    assert house.say("一")[0].text == line
    assert house.say("一", conversation="resident-2")[0].text == line
    assert house.say("二")[0].text != line
    monkeypatch.setattr(door, "UNCLEAR_AGAIN", -1.0)
    assert house.say("三")[0].text == line
