# Stele: everything a fresh machine needs, one target a job. `make demo` first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup system demo serve test soak bench lint lock clean

setup: $(STAMP) system  ## the virtual environment with the locked dependencies, and .venv/bin/stele

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "stele needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

system:  ## what is wanted of the system: installed where we may, else said
	@$(PYTHON) tools/system_packages.py

demo: setup  ## from nothing to recognised text
	@$(BIN)/python tools/demo.py

serve: setup  ## the server stays up; prints the console's address and credentials
	@$(BIN)/stele serve --demo-keys

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## all tests but the long ones
	$(BIN)/python -m pytest

soak: setup  ## the long runs
	$(BIN)/python -m pytest -m soak --timeout 7200

bench: setup  ## side by side with peers; prints tables, writes benchmarks/results/*.json
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.report

lock:  ## compile the locked requirements anew; needs uv
	uv pip compile pyproject.toml requirements/build.in -o requirements/runtime.txt $(LOCK)
	uv pip compile pyproject.toml requirements/build.in --extra dev --extra bench -c requirements/runtime.txt \
		-o requirements/dev.txt $(LOCK)

LOCK := --override requirements/overrides.txt --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --universal --custom-compile-command 'make lock' --quiet

clean:
	rm -rf $(VENV) .demo build dist
