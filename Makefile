# `make demo` shows the main job on a real service; `make test` passes every test.
# All tools are pinned in constraints.txt and live in .venv; nothing else on the machine is touched.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

.PHONY: demo test lint types unit corpus kills bench fuzz vsix setup clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--requirement requirements-dev.txt --editable '.[semgrep,otel,lsp]'
	touch $@

demo: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python examples/demo.py

test: lint types unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

corpus: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.corpus --jobs $(WORKERS)

# Each kill is followed by `run` and by `strip`; `make test` does both for some.
kills: setup
	KILLS=all PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q tests/test_kills.py

# Beside other tools, which come from PyPI; make bench QUICK=1 takes minutes, and writes into build/bench only.
bench: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks $(if $(QUICK),--quick)

# Generated services for as long as asked: make fuzz SECONDS=1200
SECONDS ?= 60
fuzz: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.fuzz --seconds $(SECONDS)

# The extension for Visual Studio Code: needs Node.js 20 and npm.
vsix:
	cd editors/vscode && npm ci --silent && npm run --silent types && npm test --silent && npm run --silent build \
		&& npm run --silent package

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
