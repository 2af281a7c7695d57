# Fresh Debian or Ubuntu with Python 3.11 and make: `make demo` and `make test` set up all they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-from
BENCH := .venv-bench
BENCH_STAMP := $(BENCH)/.installed-from
# Compiled once, not by each of the processes that the tests start, whatever the caller's environment says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test properties faults stand check lint types imports audit sbom fix bench lock clean

demo: $(STAMP)
	@$(BIN)/hemgang demo

test: $(STAMP)
	@$(MAKE) -j 2 --output-sync=target check
	$(BIN)/python -m pytest -n 3 --dist loadgroup --doctest-modules calendars agreements hemgang flows tests

check: lint types imports audit

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Forty times the examples of every property; a quarter of an hour.
properties: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup --hypothesis-profile thorough tests/calendars tests/duties tests/episode \
		tests/liability tests/messages tests/notifications tests/simulate

# The long form of the fault suite; hours. One fault: make faults FAULTS="kills --size 500 --seed 7"
faults: $(STAMP)
	$(BIN)/python -m tests.faults $(FAULTS)

bench: $(BENCH_STAMP)
	PYTHONPATH=. $(BENCH)/bin/python -m benchmarks

# Known faults in the locked packages; says so where it cannot ask (HEMGANG_AUDIT=required makes that an error).
audit: $(STAMP)
	$(BIN)/python requirements/audit.py

sbom: $(STAMP)
	$(BIN)/python requirements/sbom.py

# The whole production shape on this machine: PostgreSQL, Redis, Prefect servers with a password, several engines.
stand: $(STAMP)
	$(BIN)/python -m deployments.stand

lock:
	./requirements/lock

clean:
	rm -rf $(VENV) $(BENCH) build demo-output

$(STAMP): requirements/dev.txt pyproject.toml requirements/install
	@PYTHON=$(PYTHON) ./requirements/install $(VENV)
	@touch $@

$(BENCH_STAMP): requirements/bench.txt requirements/install
	@PYTHON=$(PYTHON) ./requirements/install $(BENCH) requirements/bench.txt
	@touch $@
