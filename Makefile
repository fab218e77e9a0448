# Everything a person does with this repository. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCKED := $(PIP) --require-hashes --no-deps --requirement
PYTEST := $(BIN)/pytest
# Vectors published by others are not ours to ship: the conformance tests read them from here.
ifndef ANSWERABLE_VECTORS
ifneq ($(wildcard ../shared/vectors),)
ANSWERABLE_VECTORS := $(abspath ../shared/vectors)
endif
endif
export ANSWERABLE_VECTORS
# Where an environment forbids compiled modules to be kept, each of the hundreds of processes of a check compiles anew.
export PYTHONDONTWRITEBYTECODE :=
# Two workers on two cores. A file keeps to one of them: some tell one story from their first test to their last.
WORKERS ?= 2
# Files that take long come first (tests/conftest.py), so that no worker is left with one at the end.
SPREAD := --dist loadfile --no-loadscope-reorder
SOAK_ROUNDS ?= 200

.PHONY: help setup demo test test-sqlite test-browser test-postgresql lint web web-test docs walk check soak bench lock clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(VENV)/.test $(VENV)/.docs web/node_modules/.installed ## Install all that development and the tests need, from the lock files
	@scripts/system-packages check

demo: $(VENV)/.core ## Run every party on this machine with the shipped correspondence (DEMO_KEEP=1 keeps the data)
	@$(BIN)/answerable demo $(DEMO_ARGS)

test: test-sqlite test-browser test-postgresql ## Run the tests on SQLite, in Chromium, then those of the database again on PostgreSQL

test-sqlite: setup
	$(PYTEST) -n $(WORKERS) $(SPREAD) -m "not browser"

test-browser: setup
	@# apart from the others: Playwright leaves an event loop in its process that they should not meet
	$(PYTEST) -n $(WORKERS) $(SPREAD) -m browser

test-postgresql: setup
	ANSWERABLE_TEST_DATABASE=postgresql $(PYTEST) -n $(WORKERS) $(SPREAD) -m database

lint: $(VENV)/.test ## Check style, types, the floors and known dangers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# low findings are the same checks that ruff makes line by line, each with its reason beside it
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml src

web: web/node_modules/.installed ## Build the browser side into src/answerable/ui/static (committed; the build is reproducible)
	npm --prefix web run build

web-test: web/node_modules/.installed ## Test the browser side (that the committed build is its source's is in tests/web)
	npm --prefix web test

docs: $(VENV)/.docs ## Build the documentation into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --config-file mkdocs.yml

walk: setup ## Run the demo and walk it as a stranger would, with somebody who reports
	$(BIN)/answerable demo --check

check: setup web/node_modules/.installed $(VENV)/.docs ## All of the above, the walk as a test: what CI runs
	@# three at a time on two cores: much of a browser's test, and of a database server's, is waiting
	@# the walk is among the browser's tests: the demo that it walks is then looked at (tests/journeys/test_demo.py)
	@scripts/beside "$(MAKE) --no-print-directory lint web-test docs test-postgresql WORKERS=1" \
	  "$(MAKE) --no-print-directory test-sqlite test-browser"

soak: setup ## Many more random kills per database, and long fuzzing
	ANSWERABLE_SOAK=1 ANSWERABLE_KILL_ROUNDS=$(SOAK_ROUNDS) $(PYTEST) -m "not browser"
	ANSWERABLE_TEST_DATABASE=postgresql ANSWERABLE_SOAK=1 ANSWERABLE_KILL_ROUNDS=$(SOAK_ROUNDS) $(PYTEST) -m database

bench: $(VENV)/.test $(VENV)/.bench ## Measure beside the named peers (BENCH_ARGS="--sizes 1000,10000" for the record)
	$(BIN)/python -m bench.record $(BENCH_ARGS)
	$(BIN)/python -m bench.procedures
	$(BIN)/python -m bench.intake
	$(BIN)/python -m bench.desk

lock: build/lock/bin/uv ## Write the lock files again from pyproject.toml and requirements/*.in
	@scripts/lock build/lock/bin/uv

clean: ## Remove what was built; the demo's data too
	rm -rf build dist demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/pyvenv.cfg:
	@scripts/system-packages demo
	@python=$$(scripts/python) && $$python -m venv $(VENV)

$(VENV)/.core: $(VENV)/pyvenv.cfg requirements/core.lock pyproject.toml
	$(LOCKED) requirements/core.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core requirements/test.lock
	@scripts/system-packages check
	$(LOCKED) requirements/test.lock
	@touch $@

$(VENV)/.docs: $(VENV)/.core requirements/docs.lock
	$(LOCKED) requirements/docs.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.core requirements/bench.lock
	$(LOCKED) requirements/bench.lock
	@touch $@

web/node_modules/.installed: web/package-lock.json
	@scripts/system-packages check
	npm --prefix web ci --ignore-scripts --no-audit --no-fund
	@touch $@

build/lock/bin/uv:
	@python=$$(scripts/python) && $$python -m venv build/lock
	build/lock/bin/python -m pip --disable-pip-version-check install --quiet uv
