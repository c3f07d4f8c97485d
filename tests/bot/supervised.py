"""Runs a real Supervisor over tiny programs in the parts' place: `python supervised.py PLAN.json`.
PLAN: settings, and for each part its name, program, port (or null) and first pause."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from bot import supervisor, training
from bot.settings import Settings


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    settings = Settings(_env_file=None, **plan["settings"])

    def parts(_settings: Settings, _model: Path) -> list[supervisor.Part]:
        return [
            supervisor.Part(
                part["name"],
                [
                    part.get("python", sys.executable),
                    "-c",
                    part["program"],
                    str(settings.var),
                    str(part["port"]),
                ],
                dict(os.environ),
                part["port"] and f"http://127.0.0.1:{part['port']}/",
                pause=part.get("pause", 0.2),
            )
            for part in plan["parts"]
        ]

    supervisor.parts = parts
    if "trainer" in plan:
        training.RASA_PYTHON = Path(plan["trainer"])
    else:
        supervisor.train = lambda *_, **__: Path("model.tar.gz")
    return asyncio.run(supervisor.Supervisor(settings).run())


if __name__ == "__main__":
    sys.exit(main())
