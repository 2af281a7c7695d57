# Fresh Debian or Ubuntu with Python 3.11 and make: `make demo` and `make test` set up all they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-from
BENCH := .venv-bench
BENCH_STAMP := $(BENCH)/.installed-from

.PHONY: demo test faults check lint types imports audit sbom fix bench lock clean

demo: $(STAMP)
	@$(BIN)/hemgang demo

test: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup --doctest-modules calendars agreements hemgang flows tests

check: lint types imports

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

# The long form of the fault suite; hours. One fault: make faults FAULTS="kills --size 500 --seed 7"
faults: $(STAMP)
	$(BIN)/python -m tests.faults $(FAULTS)

bench: $(BENCH_STAMP)
	PYTHONPATH=. $(BENCH)/bin/python -m benchmarks

audit: $(STAMP)
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements/run.txt

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
