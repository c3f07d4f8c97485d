"""No log holds what a resident wrote, and no number slips through where something else is logged."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from bot.gateway.schema import Message
from bot.logs import configure, short
from tests.gateway.conftest import NOWHERE

ID_CARD, PHONE, NAME = "11010519491231002X", "13871234567", "柳湘莲"
TEXT = f"我叫{NAME}，身份证{ID_CARD}，电话{PHONE}，老公正在打我"
SECRETS = (ID_CARD, ID_CARD[6:14], PHONE, PHONE[-8:], NAME, "老公")


def lines(captured: Any) -> list[dict[str, Any]]:
    """Every line of both streams, each of which must be JSON."""
    return [json.loads(line) for line in (captured.out + captured.err).splitlines()]


@pytest.mark.parametrize(
    "reply",
    [
        [{"text": f"{NAME}您好，已登记{PHONE}"}],
        500,
        [],
        [{"custom": {"text": [NAME, PHONE, ID_CARD]}}],
        RuntimeError(f"{ID_CARD} {PHONE}"),
    ],
    ids=["answered", "500", "silent", "malformed", "crash"],
)
@pytest.mark.parametrize("registry_is", ["there", "gone"])
def test_a_conversation_leaves_no_personal_data(
    make: Any, capsys: pytest.CaptureFixture[str], reply: Any, registry_is: str
) -> None:
    more = {} if registry_is == "there" else {"url": NOWHERE}
    house = make(**more, log_level="debug")
    house.rasa.usual = reply
    with house.web() as client:
        body = {"conversation": "resident-1", "text": TEXT, "message_id": f"m-{PHONE}"}
        client.post("/api/messages", json=body)
        client.post("/api/ask", json={"text": TEXT})
        client.post("/api/messages", json={"conversation": TEXT, "text": TEXT})
    captured = capsys.readouterr()
    logged = lines(captured)
    assert isinstance(reply, Exception) or any(line["event"] == "message" for line in logged)
    for secret in SECRETS:
        assert secret not in captured.err + captured.out
    assert "resident-1" not in captured.err


@pytest.mark.parametrize("named", ["structlog", "stdlib"])
def test_numbers_are_masked_wherever_they_stand(capsys: pytest.CaptureFixture[str], named: str) -> None:
    configure()
    try:
        raise ValueError(f"bad row {PHONE} {ID_CARD}")
    except ValueError as error:
        if named == "structlog":
            structlog.get_logger("x").error(
                f"failed for {PHONE}",
                row={"phones": [PHONE]},
                exc=error,
                pair=(ID_CARD,),
                exc_info=True,
                count=3,
            )
        else:
            logging.getLogger("uvicorn.error").exception("failed for %s with %r", PHONE, {"id": ID_CARD})
    (line,) = lines(capsys.readouterr())
    written = json.dumps(line, ensure_ascii=False)
    assert PHONE not in written and ID_CARD not in written
    assert "138****4567" in line["event"]
    assert "Traceback" in line["exception"] and "bad row 138****4567" in line["exception"]
    assert line["timestamp"].startswith("20") and "*" not in line["timestamp"]
    assert named == "stdlib" or line["count"] == 3


def test_a_faulty_bubble_s_error_does_not_quote_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Message.model_validate({"text": [NAME]})
    assert NAME not in str(caught.value)


def test_a_conversation_s_name_in_logs_is_stable_and_not_its_name() -> None:
    assert short("telegram-1") == short("telegram-1") != short("telegram-2")
    assert "telegram" not in short("telegram-1")


def test_chatty_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/botTOKEN/getMe")
    logging.getLogger("uvicorn.access").info("GET /?q=1")
    assert capsys.readouterr().err == ""
