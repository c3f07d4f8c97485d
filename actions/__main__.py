"""Runs the action server: `python -m actions`."""

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.resources import resources
from bot.logs import configure
from bot.settings import settings

if __name__ == "__main__":
    configure(settings().log_level)
    executor = ActionExecutor()
    executor.register_package("actions")
    app = create_app(executor)
    # What the first resident would wait for: the vectors of all cards.
    resources().library.current().warm()
    app.run("127.0.0.1", settings().actions_port, single_process=True, access_log=False, motd=False)
