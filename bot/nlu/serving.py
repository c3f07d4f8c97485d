"""`python -m bot.nlu.serving run …`: Rasa's own command line, without TensorFlow, the schema of action replies compiled once.

None of our components uses TensorFlow (bot/nlu/lean.py). And Rasa checks that schema against JSON Schema's own at every reply of the action server: a third of its time a message,
by py-spy. What is checked of the reply stays the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema import Validator
from jsonschema.validators import validator_for

from bot.nlu.lean import leave_out

if __name__ == "__main__":
    # Before anything of Rasa is imported; a test that imports this module keeps its own TensorFlow.
    leave_out()

from rasa.__main__ import main
from rasa.core.actions.action import RemoteAction


@lru_cache
def _validator() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def check_reply(action: RemoteAction, reply: dict[str, Any]) -> bool:
    """True; raises jsonschema.ValidationError for what is no reply of an action server."""
    _validator().validate(reply)
    return True


if __name__ == "__main__":
    RemoteAction._validate_action_result = check_reply
    main()
