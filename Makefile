# Every target sets up .venv by itself; Python 3.11 or newer and make are all that it takes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := build/tools
TOOLS_READY := $(TOOLS)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo pictures tools browser test check lint types docs docs-check permissions lock format clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The locks name all that is needed. Without --no-deps pip would look for newer releases of what another
# package asks for with an extra, and refuse those for want of a hash on the day one appears.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) found; PYTHON=/path/to/python3 make ... names another" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; PYTHON=python3.13 make ... names another" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Simulate OmniTrack's account, let it drift, and report (no AWS, no Docker)
	@$(BIN)/python -m demo

pictures: $(READY) ## Take the pictures of docs/pictures anew (needs `make browser`)
	@$(BIN)/python -m pictures

browser: ## Install Chromium where there is none, for tests and pictures
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	    echo "make: no chromium found; install it as your system does" >&2; exit 1; fi; \
	if [ "$$(id -u)" -eq 0 ]; then as=; elif command -v sudo >/dev/null; then as="sudo -n"; \
	else echo "make: no chromium found; as root: apt-get install chromium" >&2; exit 1; fi; \
	echo "Installing chromium ..."; \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends \
	    chromium fonts-liberation >/dev/null

tools: $(TOOLS_READY) ## Install SAM and AWS's runtime client, apart from everything else

$(TOOLS_READY): $(READY) requirements-sam.lock tests/runtime/requirements-emulator.lock
	@echo "Setting up $(TOOLS) (once, about a minute) ..."
	@$(PYTHON) -m venv $(TOOLS)/sam
	@$(TOOLS)/sam/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --require-hashes -r requirements-sam.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	    --only-binary :all: --implementation cp --python-version 3.13 \
	    --platform manylinux2014_x86_64 --upgrade --target $(TOOLS)/emulator \
	    -r tests/runtime/requirements-emulator.lock
	@touch $@

test: $(READY) ## Run all tests; some need `make tools`, some `make browser`
	@$(BIN)/python -m pytest

check: tools browser lint types docs-check test ## Run all that CI runs

lint: $(READY) ## Check style, names and forbidden imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## Check types, strictly
	@$(BIN)/mypy

docs: $(READY) ## Generate docs/checklist.md and docs/messages.md
	@$(BIN)/python -m compliance_cli.docs
	@$(BIN)/python -m compliance_cli.messages_page

docs-check: $(READY) ## Fail when docs or the roles' permissions are stale
	@$(BIN)/python -m compliance_cli.docs --check
	@$(BIN)/python -m compliance_cli.messages_page --check
	@$(BIN)/python -m compliance_cli.permissions --check

permissions: $(READY) ## Write into template.yaml what each family's checks read
	@$(BIN)/python -m compliance_cli.permissions

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(READY) ## Lock the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements.lock
	@uv pip compile pyproject.toml --python-version 3.13 --python-platform x86_64-manylinux_2_28 \
	    --constraints requirements.lock --generate-hashes --no-emit-index-url --no-annotate \
	    --no-header --quiet -o layers/dependencies/requirements.lock

clean: ## Remove what make made
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
