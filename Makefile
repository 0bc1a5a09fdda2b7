# Every word of this file works on a fresh machine with python3 and make; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := tests/acceptance/node/node_modules/.ready

.PHONY: help demo up test check bench bench-quick faults personas conformance numbering docs \
	lock clean needs

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# uv where it is there, else pip: the same locked versions, hashes checked.
$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || \
		{ command -v uv >/dev/null 2>&1 && uv venv -q $(VENV); } || $(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) cannot make a virtual environment: install the package python3-venv"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
		VIRTUAL_ENV=$(VENV) uv pip install -q -r requirements.lock && \
		VIRTUAL_ENV=$(VENV) uv pip install -q --no-deps -e . ; \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock && \
		$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e . ; \
	fi
	@touch $@

demo: $(READY) ## the main job, end to end; PERSONA=silent or another: with such a carrier
	@$(BIN)/homing demo $(if $(PERSONA),--persona $(PERSONA))

up: $(READY) ## gateway, simulated carrier and a demo account, until ^C
	@$(BIN)/homing up

# What tests need beside Python. Without root, or where there is no apt, those tests are skipped
# with a reason and counted; with CI=true they fail.
needs: $(READY)
	@missing=""; for one in strace:strace cc:gcc curl:curl node:nodejs npm:npm \
		chromium:chromium chromedriver:chromium-driver; do \
		command -v $${one%%:*} >/dev/null 2>&1 || missing="$$missing $${one##*:}"; done; \
	test -x /usr/sbin/bearerbox || missing="$$missing kannel kannel-extras"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing$$missing" && apt-get update -qq && bash tests/support/apt.sh $$missing; \
	elif [ -n "$$missing" ]; then echo "not here:$$missing"; fi
	@if command -v npm >/dev/null 2>&1; then $(MAKE) -s $(PEERS); fi
	@sh tests/clients/install.sh $(BIN)/python || echo "not here: the official clients"

$(PEERS): tests/acceptance/node/package.json tests/acceptance/node/package-lock.json
	@cd tests/acceptance/node && npm ci --silent --no-audit --no-fund
	@touch $@

test: needs ## all tests, the long ones at a tenth
	@$(BIN)/pytest -q

faults: needs ## the whole fault suite: 50 kill -9, 10 000 hostile streams, both mutants
	@HOMING_WHOLE=1 $(BIN)/pytest -q tests/faults

personas: needs ## 2 000 parts over each simulated carrier, three times: nothing on the wrong part
	@HOMING_WHOLE=1 $(BIN)/pytest -q tests/acceptance/test_personas.py \
		tests/acceptance/test_two_carriers.py

conformance: needs ## the matrix of peers: other SMPP stacks and official clients against us
	@HOMING_WHOLE=1 $(BIN)/pytest -q tests/conformance tests/clients

numbering: $(READY) ## make the tables of countries and networks again (needs npm)
	@$(BIN)/python tools/networks.py

check: $(READY) ## style, types, layers
	@$(BIN)/ruff check src tests bench docs tools
	@$(BIN)/ruff format --check src tests bench docs tools
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## speed and memory, as ratios against a bare pipeline in the same run
	@$(BIN)/python bench/run.py

bench-quick: $(READY) ## the first rows of the same table in a minute or two
	@$(BIN)/python bench/run.py --quick

docs: $(READY) ## write the generated reference pages
	@$(BIN)/python docs/generate.py

lock: ## take newer versions into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -q -o requirements.lock

clean: ## what can be made again
	rm -rf $(VENV) build dist bench/rig/build bench/out tests/acceptance/node/node_modules \
		tests/clients/.envs tests/clients/node/node_modules
