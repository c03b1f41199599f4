# Every target sets up .venv by itself; Python 3.11 or newer and make are all that it takes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types docs docs-check lock format clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; PYTHON=/path/to/python3 make ... names another" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; PYTHON=python3.13 make ... names another" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Simulate OmniTrack's account, let it drift, and report (no AWS, no Docker)
	@$(BIN)/python -m demo

test: $(READY) ## Run all tests
	@$(BIN)/python -m pytest

check: lint types docs-check test ## Run all that CI runs

lint: $(READY) ## Check style, names and forbidden imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## Check types, strictly
	@$(BIN)/mypy

docs: $(READY) ## Generate docs/checklist.md from the items
	@$(BIN)/python -m compliance_cli.docs

docs-check: $(READY) ## Fail when docs/checklist.md is stale
	@$(BIN)/python -m compliance_cli.docs --check

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(READY) ## Lock the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock

clean: ## Remove what make made
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
