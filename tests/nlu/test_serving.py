"""Rasa's check of action replies, compiled once: what it lets through is what Rasa lets through."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("rasa", reason="it is Rasa's own check")

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.nlu.serving import check_reply

ACTION = RemoteAction("action_answer", None)


@pytest.mark.parametrize(
    "reply",
    [
        {"events": [], "responses": []},
        {
            "events": [{"event": "slot", "name": "last_service", "value": "dibao"}],
            "responses": [{"text": "好"}],
        },
        {},
    ],
)
def test_a_good_reply_passes_both(reply: dict[str, Any]) -> None:
    assert ACTION._validate_action_result(reply) is True and check_reply(ACTION, reply) is True


@pytest.mark.parametrize("reply", [{"events": "x"}, {"responses": ["x"]}, {"events": [{"event": 1}]}, []])
def test_a_bad_reply_fails_both(reply: Any) -> None:
    for check in (ACTION._validate_action_result, lambda value: check_reply(ACTION, value)):
        with pytest.raises(ValidationError):
            check(reply)
