# run: from a bare checkout to a cited answer. test and test-slow: what CI runs. Everything lands in .venv; a second call is quick.
# Another Python: make run PYTHON=/path/to/python3.12

ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
endif

BIN := .venv/bin
# --no-compile, then bytecode for what the product imports: that of torch, kubernetes and the like, never imported or
# hardly ever, would take 77 s of processor time, this takes 20.
RARE := kubernetes|matplotlib|fontTools|transformers|sentence_transformers|torch|torchgen|sympy|mpmath|networkx|sklearn|onnxruntime|pip|tests?
COMPILE := $(BIN)/python -m compileall -q -j 0 -x '/($(RARE))/' .venv/lib copilot
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: help run test test-slow lint typecheck clean

help:
	@echo "make run        install, fill the library from corpus/, show cited answers"
	@echo "make test       install the test tools, then lint, typecheck and pytest"
	@echo "make test-slow  the tests marked slow: kills, a Ray cluster, a model server at its worst"
	@echo "make lint       ruff"
	@echo "make typecheck  mypy --strict"
	@echo "make clean      remove .venv and all caches"

run: .venv/installed-run
	$(BIN)/ops-copilot demo

test: .venv/installed-test lint typecheck
	$(BIN)/pytest -n auto

test-slow: .venv/installed-test
	$(BIN)/pytest -m slow -n auto

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: .venv/installed-test
	$(BIN)/mypy

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find copilot ui tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# pip itself first: installing with the one that comes with Python 3.11 takes nearly twice as long.
.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11-3.13 with venv is needed (Debian: apt install python3.11-venv)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade pip

.venv/installed-run: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable .
	$(COMPILE)
	touch $@

.venv/installed-test: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable ".[test]"
	$(COMPILE)
	touch $@ .venv/installed-run
