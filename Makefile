# scannerd: what one does with a checkout. Everything it makes lies in .venv, .cache and var.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
VAR := $(CURDIR)/var

# The newest Python that really runs; a version manager may answer to names it cannot start.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench faults soak clean

help: ## This list
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamp is older than pyproject.toml when a dependency changed. pip below 25.1 does not know dependency groups.
$(INSTALLED): pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo 'scannerd needs Python 3.11 or newer, and none was found: install it, or run make PYTHON=/path/to/python3'; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
		echo 'this Python cannot make a virtual environment (Debian and Ubuntu: apt install python3-venv)'; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[postgres]' --group dev
	@touch $@

run: $(INSTALLED) ## Start the daemon with everything under ./var
	@mkdir -p -m 755 $(VAR)
	SCANNERD_STATE__FOLDER=$(VAR) $(BIN)/scannerd run

demo: $(INSTALLED) ## Take in the bundled samples, print the report and the status, and end
	PATH="$(CURDIR)/$(BIN):$$PATH" .ci/demo

# Three on two cores: many tests wait for something.
test: $(INSTALLED) ## All tests, but of the fault tests only a sample
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(INSTALLED) ## Lint, format, types, and the rules of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

bench: $(INSTALLED) ## Measure against the reference, in one run
	$(BIN)/python tests/bench/bench_listens.py --big
	$(BIN)/python tests/bench/bench_library.py --big
	$(BIN)/python tests/bench/bench_books.py
	$(BIN)/python tests/bench/bench_daemon.py

faults: $(INSTALLED) ## Kill real processes, in full
	SCANNERD_TEST_FAULTS=all $(BIN)/python -m pytest --timeout 3600 -m faults

soak: $(INSTALLED) ## Ten minutes of everything at once, against a model (SECONDS=600 SEED=N)
	$(BIN)/python tests/faults/soak.py

clean: ## Remove what was built and cached; .venv and var stay
	rm -rf build dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find scannerd tests -name __pycache__ -type d -prune -exec rm -rf {} +
