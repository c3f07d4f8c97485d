# 咸安民政助手. `make serve` and `make test` are all a fresh machine needs; nothing outside this folder is touched.
SHELL := /bin/bash
PYTHON ?= python3.11
export UV_CACHE_DIR ?= $(CURDIR)/.cache/uv
export UV_PYTHON_DOWNLOADS := never
# The machine's own trusted certificates, as pip and curl use them.
export UV_SYSTEM_CERTS := true
export PIP_NO_CACHE_DIR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export RASA_TELEMETRY_ENABLED := false
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
APP := .venv/bin/python
RASA := .venv-rasa/bin/python

.PHONY: serve demo chat train test lint lock install clean
.DELETE_ON_ERROR:

serve: install ## the whole assistant on embedded defaults
	@.venv/bin/minzheng serve

demo: install ## the same with fictional sample data, flagged in every answer
	@.venv/bin/minzheng serve --demo

chat: install ## talk to it in the terminal
	@.venv/bin/minzheng chat

train: install ## train now, whether or not the data changed
	@.venv/bin/minzheng train --force

install: .venv/.done .venv-rasa/.done

.tools/bin/uv:
	@echo "uv is not installed: putting it into .tools/"
	@$(PYTHON) -m venv .tools || python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --require-hashes -r locks/uv.txt

.venv/.done: locks/app.txt deploy/minzheng.sh | $(filter .tools/bin/uv,$(UV))
	@echo "app environment (.venv)…"
	@$(UV) venv --quiet --clear --python 3.11 .venv
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(APP) locks/app.txt
	@install -m 755 deploy/minzheng.sh .venv/bin/minzheng
	@touch $@

.venv-rasa/.done: locks/rasa.txt | $(filter .tools/bin/uv,$(UV))
	@echo "rasa environment (.venv-rasa)…"
	@$(UV) venv --quiet --clear --python 3.11 .venv-rasa
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(RASA) locks/rasa.txt
	@touch $@

test: install ## everything, on both environments
	@bash deploy/test.sh

lint: install
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

lock: $(filter .tools/bin/uv,$(UV)) ## resolve again (hash-pinned, no addresses)
	@for group in app rasa; do \
	  $(UV) pip compile pyproject.toml --group $$group --generate-hashes --python-version 3.11 --upgrade \
	    --no-header --no-emit-index-url --no-annotate --quiet -o locks/$$group.txt || exit 1; done

clean:
	rm -rf .venv .venv-rasa .tools .cache models results
