# With nothing but git, make and Python 3.11 or newer: `make demo` and `make test` do all of their
# own set-up, once. The virtual environment lies in .venv; everything else that is made, in build/.
#
#   build/requirements.txt   what pyproject.toml asks for; changes only when that does
#   build/sources.txt        the names of the files that go into the wheel
#   build/bench              a virtual environment of its own, for what the bench compares with
#   .venv/.requirements      a copy of the former, once it is installed
#   .venv/.wheel             the time at which build/dist's wheel was installed

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The first of these that is new enough; say PYTHON=… to choose another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$each"; break; }; done)
VENV := $(CURDIR)/.venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
BUILD := $(CURDIR)/build
ARGS ?=
RUNS ?= 50
POSTS ?= 1000000
KILLS ?= 2000
CAMPAIGN := kills histories coordination

# A skipped sandbox test in CI would be a lie.
ifdef CI
export SIMULATOR_MUST_ENFORCE := 1
endif

.PHONY: help
help: ## say what there is (the default)
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) \
	| while IFS=$$'\t' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

# -- what people run ---------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.wheel ## see it: an app, an extension, the channels between them
	@"$(VENV)/bin/simctl" demo $(ARGS)

.PHONY: test
test: check $(VENV)/.wheel ## everything that CI runs; ARGS="-k foo" goes to pytest
	@echo "test: the installed wheel, from an empty directory"
	@rm -rf "$(BUILD)/empty" && mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && "$(PY)" -P -m pytest -c "$(CURDIR)/pyproject.toml" \
		--rootdir="$(CURDIR)" -n auto --maxprocesses=4 --dist=loadfile -q $(ARGS) "$(CURDIR)/tests"

.PHONY: check
check: formatted lint types contracts

.PHONY: formatted
formatted: $(VENV)/.requirements
	@"$(PY)" -m ruff format --check --quiet . || { echo "format: run 'make format'"; exit 1; }

.PHONY: format
format: $(VENV)/.requirements ## put the code in its form
	@"$(PY)" -m ruff format .

.PHONY: lint
lint: $(VENV)/.requirements ## look for mistakes (ruff)
	@"$(PY)" -m ruff check --quiet .

.PHONY: types
types: $(VENV)/.requirements ## check the types (mypy)
	@"$(PY)" -m mypy --no-error-summary

.PHONY: contracts
contracts: $(VENV)/.requirements ## check who imports whom (import-linter)
	@mkdir -p "$(BUILD)"
	@"$(VENV)/bin/lint-imports" > "$(BUILD)/contracts.log" || { cat "$(BUILD)/contracts.log"; exit 1; }

.PHONY: wheel
wheel: $(BUILD)/wheel.stamp ## build the wheel into build/dist
	@ls "$(BUILD)"/dist/*.whl

.PHONY: bench
bench: $(VENV)/.wheel $(BUILD)/bench/.requirements ## measure, beside peers; RUNS=50; ARGS="--only notify many"; to build/bench.json too
	@mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && "$(PY)" -P "$(CURDIR)/tests/bench/bench.py" --runs "$(RUNS)" \
		--peers-python "$(BUILD)/bench/bin/python" --out "$(BUILD)/bench.json" $(ARGS)

.PHONY: soak
soak: $(VENV)/.wheel ## a million posts from four processes to four; POSTS=1000000; takes minutes
	@mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && "$(PY)" -P "$(CURDIR)/tests/soak/posts.py" --posts "$(POSTS)" $(ARGS)

# Each program of the list is a file of tests/campaign, and takes --out and --seed.
.PHONY: campaign
campaign: $(VENV)/.wheel ## kills, histories, storms; KILLS=2000; to build/campaign.json; takes half an hour
	@mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && for each in $(CAMPAIGN); do \
		options=(--out "$(BUILD)/campaign.json"); \
		[ "$$each" != kills ] || options+=(--kills "$(KILLS)"); \
		"$(PY)" -P "$(CURDIR)/tests/campaign/$$each.py" "$${options[@]}" $(ARGS); \
	done

.PHONY: docs
docs: $(VENV)/.wheel ## write the tables of the documents anew
	@"$(PY)" -P docs/sandbox_table.py

.PHONY: escape
escape: $(VENV)/.wheel ## attack the sandbox from inside; the table goes to docs/escape.md
	@mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && "$(PY)" -P "$(CURDIR)/tests/escape/escape.py" \
		--out "$(BUILD)/escape.json" --docs "$(CURDIR)/docs/escape.md" $(ARGS)

.PHONY: ledger
ledger: $(VENV)/.wheel ## run the contract's tests; what holds goes to docs/fidelity.md and build/ledger.json
	@mkdir -p "$(BUILD)/empty"
	@cd "$(BUILD)/empty" && "$(PY)" -P "$(CURDIR)/tests/conformance/ledger.py" \
		--out "$(BUILD)/ledger.json" $(ARGS)

.PHONY: clean
clean: ## remove what was made, but not .venv
	@rm -rf "$(BUILD)" dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -f "$(VENV)/.wheel"
	@find simulator shared_container apps extensions tests -name __pycache__ -prune -exec rm -rf {} +

# -- set-up, each part once --------------------------------------------------------------------

$(PY):
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "extension-simulator needs Python 3.11 or newer; '$(or $(PYTHON),python3)' is" \
			"$$("$(or $(PYTHON),python3)" -V 2>&1 || true). Name one: make PYTHON=/path/to/python3"; \
		exit 1; }
	@echo "set-up: a virtual environment in .venv ($$("$(PYTHON)" -V))"
	@"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; \
		echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu it comes with python3-venv"; exit 1; }

# Only the lists count: pyproject.toml changes for many reasons that need no installation.
$(BUILD)/requirements.txt: pyproject.toml | $(PY)
	@mkdir -p "$(BUILD)"
	@"$(PY)" -c 'import tomllib; \
		tables = tomllib.load(open("pyproject.toml", "rb")); \
		lists = [*tables["project"]["dependencies"], *tables["dependency-groups"]["dev"]]; \
		print("\n".join(lists))' > "$@.new"
	@cmp -s "$@.new" "$@" && rm "$@.new" || mv "$@.new" "$@"

$(VENV)/.requirements: $(BUILD)/requirements.txt | $(PY)
	@cmp -s "$<" "$@" || { echo "set-up: what pyproject.toml asks for"; $(PIP) install -r "$<"; }
	@cp "$<" "$@"

# What only the bench compares with lives apart: no test sees it. What cannot be installed is said,
# and left out of the table.
$(BUILD)/bench/.requirements: pyproject.toml | $(PY)
	@echo "set-up: the peers of the bench, in build/bench"
	@"$(PY)" -m venv "$(BUILD)/bench"
	@"$(PY)" -c 'import tomllib; \
		print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"]))' \
		> "$@.new"
	@while read -r each; do "$(BUILD)/bench/bin/python" -m pip --disable-pip-version-check \
		--no-input --quiet install "$$each" || echo "bench: no $$each"; done < "$@.new"
	@mv "$@.new" "$@"

SOURCES := $(shell find simulator shared_container apps extensions -type f \
	-not -path '*/__pycache__/*' | LC_ALL=C sort)

# A file that was removed changes no time stamp but this list's.
.PHONY: FORCE
$(BUILD)/sources.txt: FORCE
	@mkdir -p "$(BUILD)"
	@printf '%s\n' $(SOURCES) > "$@.new"
	@cmp -s "$@.new" "$@" && rm "$@.new" || mv "$@.new" "$@"

$(BUILD)/wheel.stamp: $(BUILD)/sources.txt $(SOURCES) pyproject.toml README.md LICENSE \
		$(VENV)/.requirements
	@echo "build: the wheel"
	@rm -rf "$(BUILD)/dist"
	@"$(PY)" -m hatchling build -t wheel -d "$(BUILD)/dist" > "$(BUILD)/wheel.log" 2>&1 \
	|| { cat "$(BUILD)/wheel.log"; exit 1; }
	@touch "$@"

$(VENV)/.wheel: $(BUILD)/wheel.stamp
	@$(PIP) install --no-deps --force-reinstall "$(BUILD)"/dist/*.whl
	@touch "$@"
