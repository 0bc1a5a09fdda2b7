# Every word of this file works on a fresh machine with python3 and make; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo up test check bench bench-quick faults soak lock clean needs

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# uv where it is there, else pip: the same locked versions, hashes checked.
$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
		VIRTUAL_ENV=$(VENV) uv pip install -q -r requirements.lock && \
		VIRTUAL_ENV=$(VENV) uv pip install -q --no-deps -e . ; \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock && \
		$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@

demo: $(READY) ## the main job, end to end: two messages, the receipts of their four parts
	@$(BIN)/homing demo

up: $(READY) ## gateway, simulated carrier and a demo account, until ^C
	@$(BIN)/homing up

needs: $(READY) tests/acceptance/node/node_modules/.ready
	@command -v strace >/dev/null 2>&1 || { \
		[ "$$(id -u)" != 0 ] || apt-get install -y -q strace >/dev/null 2>&1 || true; }

tests/acceptance/node/node_modules/.ready: tests/acceptance/node/package.json tests/acceptance/node/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
		cd tests/acceptance/node && npm ci --silent --no-audit --no-fund && touch node_modules/.ready ; \
	else echo "npm is not here: the tests with Node peers will be skipped (and counted)" ; fi

test: needs ## all tests that fit into a few minutes
	@$(BIN)/pytest -q -m "not slow"

faults: needs ## the whole fault suite: 50 kill -9, 10 000 hostile streams, both mutants
	@HOMING_WHOLE=1 $(BIN)/pytest -q tests/faults

check: $(READY) ## style, types, layers
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## speed and memory, as ratios against a bare pipeline in the same run
	@$(BIN)/python bench/run.py

bench-quick: $(READY) ## the first rows of the same table in a minute or two
	@$(BIN)/python bench/run.py --quick

lock: ## take newer versions into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -q -o requirements.lock

clean: ## what can be made again
	rm -rf $(VENV) build dist bench/rig/build bench/out tests/acceptance/node/node_modules
