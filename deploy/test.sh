#!/usr/bin/env bash
# What `make test` runs: both environments, the training data, the stories, the running system.
# REQUIRE_SERVICES=1 turns a missing service or browser into a failure (set by .ci/run).
set -euo pipefail
cd "$(dirname "$0")/.."
export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1 PYTHONPATH="$PWD"
app=.venv/bin/python rasa=.venv-rasa/bin/python
say() { printf '\n== %s\n' "$*"; }

say "lint, types, import rules"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
.venv/bin/lint-imports

say "knowledge"
$app -m bot.cli knowledge check

say "training data"
# Rasa reads these where the files name them; nothing listens there while validating.
export MINZHENG_ACTIONS_WEBHOOK=http://127.0.0.1:9/webhook MINZHENG_TRACKER_ADDRESS=sqlite:///
$rasa -m rasa data validate --fail-on-warnings --domain domain --data nlu_data --config config.yml

say "understanding (rasa environment)"
$rasa -m pytest tests/nlu -p no:cacheprovider --rootdir . --confcutdir tests/nlu

say "model"
$app -m bot.cli train

say "stories"
$rasa -m rasa test core --stories tests/stories --model "$($app -c 'from bot.training import model_path; from bot.settings import settings; print(model_path(settings()))')" \
  --out results/stories --fail-on-prediction-errors

say "everything else (app environment)"
$app -m pytest tests --ignore tests/nlu --ignore tests/stories
