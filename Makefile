# Everything is installed into the checkout (.venv); nothing is needed before but Python 3.11+ and make.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin

.PHONY: run test check format lock nlu weights bench partners clean

run: .venv/ready-run
	$(BIN)/python run_bot.py demo

test: .venv/ready-dev
	$(BIN)/python -m pytest -n 2

check: .venv/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

nlu: .venv/ready-dev
	$(BIN)/python -m benchmarks.understanding_accuracy

# After any change of examples or word lists; a test says when it is due.
weights: .venv/ready-dev
	$(BIN)/python -m nlp.training.train

bench: .venv/ready-dev
	$(BIN)/python benchmarks/main_path.py
	$(BIN)/python benchmarks/start.py

# Locks the exact versions and the hash of every file; no registry is named in the files.
lock: .venv/ready-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --generate-hashes \
	  --prerelease=if-necessary-or-explicit pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --generate-hashes \
	  --prerelease=if-necessary-or-explicit pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

# Environments of their own for programs of others, as counterparts in tests/partners.
partners: .venv/ready-dev
	$(BIN)/python -m tests.partners.environments

clean:
	rm -rf .venv .cache .partners var

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更高版本 (Python 3.11+ is needed)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready-run: requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-binary jieba -r requirements.lock
	@touch $@

.venv/ready-dev: requirements-dev.lock requirements.lock | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-binary jieba -r requirements-dev.lock
	@touch $@ .venv/ready-run
