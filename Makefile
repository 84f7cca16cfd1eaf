# Two commands: `make run` starts everything on embedded defaults; `make test` proves it.
# Both make their own environment in .venv; nothing has to be prepared.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: run test nightly check bench lock clean tools

run: $(VENV)/.runtime
	@exec $(BIN)/guanai demo --data var/demo

test: $(VENV)/.dev tools
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 3 --dist loadfile

# what takes minutes: every way out killed by real kills, an outage of everything
nightly: $(VENV)/.dev tools
	@GUANAI_DEATHS_CLOUDS=aliyun,tencent $(BIN)/python -m pytest -n 2 \
	  --dist loadfile -m nightly tests/line
	@$(BIN)/python -m tests.kills 10000

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/.dev tools
	@$(BIN)/python -m benchmarks

# mosquitto, chromium and sipp, for the tests against the real things; Debian only, when absent
tools:
	@deploy/tools.sh

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" deploy/venv.sh $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python requirements.txt pyproject.toml
	@$(PIP) install --require-hashes -r requirements.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.txt pyproject.toml
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

# the two lock files, with hashes and without any index address
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra broker -o requirements.txt pyproject.toml deploy/build.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra broker --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
