#!/bin/sh
# Installed as .venv/bin/minzheng: runs the command line from wherever it is called.
here=$(cd "$(dirname "$0")/../.." && pwd)
PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" exec "$here/.venv/bin/python" -m bot.cli "$@"
