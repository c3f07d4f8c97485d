"""The terminal chat on piped input, against the stand-in of the gateway."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from bot.channels import terminal
from bot.channels.terminal import TEXTS
from tests.channels.standins import GatewayStandIn, free_port

Talk = Callable[..., tuple[int, str]]


@pytest.fixture
def talk(urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Talk:
    def run(*lines: str, base_url: str = urls[1]) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        code = terminal.run(base_url)
        return code, capsys.readouterr().out

    return run


def test_number_taps_its_choice_and_other_numbers_are_words(talk: Talk, gateway: GatewayStandIn) -> None:
    choices = [{"title": "结婚", "payload": "终端：结婚登记"}]
    gateway.replies["终端问"] = [{"text": "哪一种？", "choices": choices, "kind": "reply"}]
    code, out = talk("终端问", "1", "78")
    assert code == 0
    assert "[1] 结婚" in out and "答：终端：结婚登记" in out and "答：78" in out
    bodies = [gateway.of(text)[-1] for text in ("终端问", "终端：结婚登记", "78")]
    assert len({b["conversation"] for b in bodies}) == 1 and len({b["message_id"] for b in bodies}) == 3
    assert all(b["channel"] == "terminal" for b in bodies)


def test_greeting_starters_can_be_tapped(talk: Talk, gateway: GatewayStandIn) -> None:
    code, out = talk("2")
    assert "您好呀" in out and TEXTS["demo"] in out
    assert gateway.of("预约结婚登记")


def test_sources_stand_apart_and_the_rest_unfolds(talk: Talk, gateway: GatewayStandIn) -> None:
    citations = [{"title": "社会救助暂行办法", "article": "第九条", "effective_from": "2014-05-01"}]
    answer = {"decision": "answer", "service": "dibao", "citations": citations, "more": "终端其余"}
    text = "要点。\n依据：《社会救助暂行办法》"
    gateway.replies["终端依据"] = [{"text": text, "choices": [], "kind": "reply", "answer": answer}]
    before = len(gateway.got)
    _code, out = talk("终端依据", "1")
    assert "《社会救助暂行办法》第九条，自2014年5月1日起" in out
    assert "依据：《社会救助" not in out
    assert "终端其余" in out and len(gateway.got) == before + 1


def test_danger_is_red(talk: Talk, gateway: GatewayStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    gateway.replies["终端出事"] = [{"text": "打110", "choices": [], "kind": "safety"}]
    _code, out = talk("终端出事")
    red = "\x1b[1;31m"
    assert f"{red}打110" in out


def test_what_was_not_sent_goes_again_as_the_same_message(talk: Talk, gateway: GatewayStandIn) -> None:
    gateway.broken["终端断"] = 1
    _code, out = talk("终端断", "")
    assert TEXTS["not_sent"][:6] in out and "答：终端断" in out
    first, second = gateway.of("终端断")
    assert first["message_id"] == second["message_id"]


def test_the_quit_words_end_it(talk: Talk, gateway: GatewayStandIn) -> None:
    code, out = talk(TEXTS["quit"], "终端不该到")
    assert code == 0 and TEXTS["bye"] in out
    assert not gateway.of("终端不该到")


def test_no_gateway_is_said(talk: Talk) -> None:
    code, out = talk("x", base_url=f"http://127.0.0.1:{free_port()}")
    assert code == 1 and TEXTS["unreachable"][:3] in out
