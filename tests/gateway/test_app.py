"""The gateway over HTTP: what is ready, what is refused and how, pictures, and one question's Answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.gateway.app import as_answer
from bot.gateway.door import TEXTS
from bot.gateway.schema import Choice, Message
from tests.gateway.conftest import NOWHERE, House

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels of a face" * 20
ANSWER = {
    "decision": "answer",
    "service": "dibao",
    "aspect": "materials",
    "text": "带身份证。",
    "confidence": 0.9,
}
DANGER = "我老公现在正在打我，打得流血了，快来人"


def test_alive_says_nothing_of_the_other_parts(make: Any) -> None:
    with make(NOWHERE).web() as client:
        assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_names_the_part_that_is_not(make: Any) -> None:
    house = make(NOWHERE, actions_port=9)
    with house.web() as client:
        reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"ready": False, "rasa": True, "actions": False, "registry": False}


def test_ready_when_every_part_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def yes(_settings: Any) -> bool:
        return True

    monkeypatch.setattr("bot.gateway.app._alive", yes)
    with house.web() as client:
        reply = client.get("/readyz")
        assert (reply.status_code, reply.json()["ready"]) == (200, True)


def test_a_rasa_without_a_model_is_not_ready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    async def no_model(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/status"
        return httpx.Response(409)

    monkeypatch.setattr(
        house.door.rasa,
        "_http",
        httpx.AsyncClient(transport=httpx.MockTransport(no_model), base_url="http://x"),
    )
    with house.web() as client:
        reply = client.get("/readyz")
        assert reply.status_code == 503 and reply.json()["rasa"] is False


def test_metrics_count_messages_outcomes_and_danger(house: House) -> None:
    def count(text: str, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} ([\d.]+)$", text, re.M)
        return float(found[1]) if found else 0.0

    kind = house.door.screen.check(DANGER).kind
    names = [
        'minzheng_messages_total{channel="web",outcome="answered"}',
        'minzheng_messages_total{channel="web",outcome="emoji"}',
        'minzheng_messages_total{channel="web",outcome="danger"}',
        f'minzheng_danger_total{{kind="{kind}"}}',
        "minzheng_reply_seconds_count",
    ]
    with house.web() as client:
        before = client.get("/metrics").text
        for text in ("低保", "😀", DANGER):
            client.post("/api/messages", json={"conversation": "resident-1", "text": text, "channel": "web"})
        after = client.get("/metrics").text
    assert [count(after, name) - count(before, name) for name in names] == [1, 1, 1, 1, 3]


def test_openapi_lists_what_others_build_on(house: House) -> None:
    with house.web() as client:
        paths = client.get("/openapi.json").json()["paths"]
    routes = {f"{method} {path}" for path, methods in paths.items() for method in methods}
    assert routes >= {
        "post /api/messages",
        "post /api/ask",
        "post /api/attachments",
        "get /healthz",
        "get /readyz",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "柳湘莲13871234567"}, "body.conversation"),
        ({"conversation": "a b c 13871234567", "text": "x"}, "body.conversation"),
        ({"conversation": "resident-1\n", "text": "x"}, "body.conversation"),
        ({"conversation": "resident-1", "text": {"柳湘莲": "13871234567"}}, "body.text"),
        ({"conversation": "resident-1", "text": "低" * 200_001}, "body.text"),
        ({"conversation": "resident-1", "text": "\ud800"}, "body.text"),
        ({"conversation": "resident-1", "location": {"latitude": 95, "longitude": 0}}, "body.location.latitude"),
        ({"conversation": "resident-1", "text": "x", "channel": "13871234567"}, "body.channel"),
        ("not json 13871234567", None),
        (None, None),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_malformed_request_gets_a_chinese_sentence_and_no_echo(
    house: House, body: Any, field: str | None
) -> None:
    with house.web() as client:
        if isinstance(body, dict):
            import json

            reply = client.post(
                "/api/messages", content=json.dumps(body), headers={"content-type": "application/json"}
            )
        else:
            reply = client.post("/api/messages", content=body, headers={"content-type": "application/json"})
    assert reply.status_code == 422
    assert reply.json()["detail"] == TEXTS["bad_request"]
    assert field is None or reply.json()["fields"] == [field]
    assert "13871234567" not in reply.text and "柳湘莲" not in reply.text and len(reply.text) < 300
    assert house.rasa.seen == []


def test_messages_speaks_the_contract(house: House) -> None:
    house.rasa.usual = [{"custom": {"text": "带身份证。", "answer": ANSWER}}, {"text": "还有别的吗？"}]
    with house.web() as client:
        first, second = client.post(
            "/api/messages", json={"conversation": "resident-1", "text": "低保"}
        ).json()
    assert first["answer"] == ANSWER and second["text"] == "还有别的吗？"
    assert set(first) == {"text", "choices", "kind", "answer", "receipt"}


def test_the_chat_page_and_its_words(make: Any) -> None:
    with make(demo=True).web() as client:
        assert "<html" in client.get("/").text
        page = client.get("/api/web").json()
    assert page["demo"] is True and page["greeting"] and page["starters"]


# Pictures


@pytest.mark.parametrize(
    "data", [PNG, b"\xff\xd8\xff" + b"jpeg", b"RIFF\0\0\0\0WEBP" + b"x"], ids=["png", "jpeg", "webp"]
)
def test_a_picture_is_kept_sealed_and_opens_again(house: House, data: bytes) -> None:
    from base64 import urlsafe_b64decode

    with house.web() as client:
        reply = client.post("/api/attachments", files={"file": ("面容.png", data, "image/png")})
    assert reply.status_code == 200
    reference = reply.json()["ref"]
    assert re.fullmatch("[0-9a-f]{32}", reference)
    (file,) = (house.settings.var / "attachments").iterdir()
    assert file.name == reference
    stored = file.read_text("ascii")
    assert data[:4] not in stored.encode() and urlsafe_b64decode(house.registry.sealer.unseal(stored)) == data


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        (PNG + b"\0" * 8 * 1024 * 1024, 413, "photo_too_large"),
        (b"%PDF-1.7", 415, "photo_wrong"),
        (b"RIFF\0\0\0\0AVI ", 415, "photo_wrong"),
        (b"", 415, "photo_wrong"),
    ],
    ids=["large", "pdf", "avi", "empty"],
)
def test_what_is_no_picture_or_too_large_is_not_kept(
    house: House, data: bytes, status: int, text: str
) -> None:
    with house.web() as client:
        reply = client.post("/api/attachments", files={"file": ("a.png", data, "image/png")})
    assert (reply.status_code, reply.json()["detail"]) == (status, TEXTS[text])
    assert not list((house.settings.var).glob("attachments/*"))


@pytest.mark.parametrize("reference", ["../secret.key", "0" * 32, "", "0" * 31 + "/"])
def test_a_made_up_reference_names_no_picture(house: House, reference: str) -> None:
    from bot.attachments import Attachments

    assert not Attachments(house.settings.var / "attachments", house.registry.sealer).exists(reference)


# One question


def test_ask_leads_with_the_safety_line_and_keeps_decision_and_service(house: House) -> None:
    house.rasa.usual = [
        {"custom": {"text": "带身份证。", "answer": ANSWER, "choices": [{"title": "好", "payload": "好"}]}}
    ]
    with house.web() as client:
        reply = client.post("/api/ask", json={"text": DANGER}).json()
    assert (reply["decision"], reply["service"], reply["aspect"]) == ("answer", "dibao", "materials")
    first, rest = reply["text"].split("\n", 1)
    assert first == house.door.screen.check(DANGER).line and rest == "带身份证。"
    assert reply["choices"] == [{"title": "好", "payload": "好"}]


def test_every_question_is_a_conversation_of_its_own(house: House) -> None:
    with house.web() as client:
        for _ in range(2):
            client.post("/api/ask", json={"text": "低保"})
    first, second = (body["sender"] for body in house.rasa.seen)
    assert first != second


@pytest.mark.parametrize(
    ("messages", "decision", "service", "text"),
    [
        ([Message(text="你好！")], "chitchat", "chitchat", "你好！"),
        ([Message(text="请用中文", kind="notice")], "clarify", "out_of_scope", "请用中文"),
        (
            [Message(text="打110", kind="safety"), Message(text="太快", kind="notice")],
            "clarify",
            "out_of_scope",
            "打110\n太快",
        ),
        ([Message(text="a"), Message(text="b", answer=ANSWER), Message(text="c")], "answer", "dibao", "a\nb"),
    ],
    ids=["talk", "notice", "danger+notice", "answer"],
)
def test_as_answer(messages: list[Message], decision: str, service: str, text: str) -> None:
    answer = as_answer(messages)
    assert (answer.decision, answer.service, answer.text) == (decision, service, text)


def test_as_answer_keeps_the_bubble_s_choices_and_the_candidates() -> None:
    message = Message(
        text="哪一种？",
        choices=[Choice(title="低保", payload="低保")],
        answer={"decision": "clarify", "service": "dibao", "text": "", "candidates": ["dibao", "tekun"]},
    )
    answer = as_answer([message])
    assert (answer.candidates, answer.choices[0].title) == (["dibao", "tekun"], "低保")
