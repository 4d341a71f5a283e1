# Everything a newcomer or a maintainer runs. `make demo` and `make test` need nothing but Python 3.11 or later.
# Set-up lives in .venv and is redone only where requirement files, pyproject.toml, kernels or the trader core have changed.
# pip follows the machine's own pip settings; nothing here names a package index, and pip prints errors only, because
# its warnings would.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
KERNELS := $(wildcard src/tradewind/kernels/*.py) src/tradewind/__init__.py
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

.PHONY: demo test check lint bench peers fix docs parity honesty lock clean setup setup-dev core browser
.DELETE_ON_ERROR:
.NOTPARALLEL:

demo: setup
	@$(BIN)/tradewind demo

test: setup-dev lint
	@echo "pytest: everything"
	@$(BIN)/python -m pytest

check: setup-dev lint
	@echo "pytest: the fast set"
	@$(BIN)/python -m pytest -m "not slow"

lint: setup-dev
	@echo "ruff, mypy, import-linter"
	@$(BIN)/ruff format --check --quiet . || { echo "formatting differs: run make fix"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports > $(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log; exit 1; }

fix: setup-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup-dev
	@$(BIN)/python -m benchmarks

# Libraries that benchmarks compare with; nothing else needs them. Event engines get a Python of their own, since what
# they need does not get along with our pins.
peers: setup-dev
	@echo "installing pinned peers"
	@$(PIP) install --require-hashes -r requirements/peers.txt
	@$(PYTHON) -m venv $(VENV)-engines
	@$(VENV)-engines/bin/python -m pip --disable-pip-version-check -qq install --require-hashes -r requirements/engines.txt

# Links in the documents resolve and every command they show exists, with the options they show.
docs: setup-dev
	@$(BIN)/python -m pytest tests/test_docs.py

# The large comparison of the compiled search with its readable twin; minutes, not part of make test.
parity: setup-dev
	@TRADEWIND_PARITY=full $(BIN)/python -m pytest tests/oracle tests/parity

# Hundreds of markets whose truth is known, both cores, under half an hour; an interrupted run goes on where it was.
# Figures and pictures of docs/honesty.md are written anew.
honesty: setup-dev
	@$(BIN)/python -m honesty --docs docs

lock: $(VENV)/.created
	@echo "locking requirements"
	@$(PIP) install --require-hashes -r requirements/lock.txt
	@$(LOCK) pyproject.toml requirements/build.in -o requirements/base.txt
	@$(LOCK) pyproject.toml requirements/build.in --extra dev -c requirements/base.txt -o requirements/dev.txt
	@$(LOCK) requirements/peers.in -c requirements/dev.txt -o requirements/peers.txt
	@$(LOCK) requirements/engines.in -o requirements/engines.txt
	@$(LOCK) requirements/lock.in -o requirements/lock.txt

clean:
	@rm -rf $(VENV) $(VENV)-engines .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist

setup: $(VENV)/.base $(VENV)/.package $(VENV)/.kernels core

setup-dev: $(VENV)/.dev $(VENV)/.package $(VENV)/.kernels core browser

# The tests that look at pages need Chromium; without it they fail and say so, and everything else runs.
browser:
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || { \
		echo "installing chromium"; \
		root=$$([ "$$(id -u)" = 0 ] || echo sudo -n); \
		{ $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq chromium; } \
			> /dev/null 2>&1 || echo "that failed: install Chromium yourself; until then tests/e2e fails"; }

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Tradewind needs Python 3.11 or later as $(PYTHON); name another one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) > /dev/null || { \
		echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.base: requirements/base.txt $(VENV)/.created
	@echo "installing pinned requirements"
	@$(PIP) install --require-hashes -r requirements/base.txt
	@touch $@

# The development set contains the base set with the same pins, so it satisfies both stamps.
$(VENV)/.dev: requirements/dev.txt requirements/base.txt $(VENV)/.created
	@echo "installing pinned requirements for development"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $(VENV)/.base $@

$(VENV)/.package: pyproject.toml $(VENV)/.base
	@echo "installing tradewind from this folder"
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.kernels: $(KERNELS) $(VENV)/.package
	@echo "compiling kernels for this machine"
	@$(BIN)/python -m tradewind.app.warmup
	@touch $@

# Half a minute where it was not done for these sources; where there is no C compiler it says so, and the core's sources
# run, half as fast.
core: $(VENV)/.package
	@$(BIN)/python -m tradewind.app.compiling
