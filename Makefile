# Every target makes .venv itself when it is missing.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: report test lint lab validate scenarios bench attack fuzz clean lock

report: .venv/run
	$(BIN)/evalkit demo
	$(BIN)/evalkit check params/study.yaml
	$(BIN)/evalkit run --all

test: .venv/dev
	$(BIN)/python -m pytest

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

lab: .venv/run
	$(BIN)/evalkit lab

validate: .venv/dev
	$(BIN)/evalkit validate

scenarios: .venv/run
	$(BIN)/python -m evalkit.validation.scenario_table docs/scenarios.md

bench: .venv/dev
	$(BIN)/python -m tests.bench

attack: .venv/dev
	$(BIN)/python -W ignore -m tests.disclosure.attack

fuzz: .venv/dev
	$(BIN)/python -m tests.data.fuzz 10000

clean:
	find outputs -mindepth 1 -not -name README.md -delete
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

# Needs uv; the file holds names, versions and hashes, no registry address.
lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url -o requirements-dev.lock

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evalkit needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev: .venv/run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@
