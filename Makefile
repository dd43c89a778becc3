# Smart Alert. `make help` lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help demo install test check lint style types tested bench format clean

RESIDENTS ?= 20000
SEED ?= 1
#: One more than two cores: some tests wait for a clock.
JOBS ?= 3
#: The control room's port; the public service and the simulator take the next two.
PORT ?=
#: Which demonstration plays itself, missing-child for example; empty: whoever looks clicks. RECORD=film.gif records it.
SCENARIO ?=
RECORD ?=
PYTHON := .venv/bin/python
#: A run starts a hundred processes: what one has compiled the others read, also where Python is told to write nothing.
COMPILED = PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.pytest_cache/compiled
#: A file's tests share what they start; conftest.py has put the files in order, the longest first.
PYTEST = $(COMPILED) $(PYTHON) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
PORTS = $(if $(PORT),--control-port $(PORT) --public-port $$(($(PORT) + 1)) --simulator-port $$(($(PORT) + 2)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Run a whole training deployment with a year behind it (RESIDENTS=20000 SEED=1 PORT=8501), until Ctrl-C; SCENARIO=missing-child plays
ifeq ($(SCENARIO),)
	@exec $(PYTHON) -m smartalert up --residents $(RESIDENTS) --seed $(SEED) --history $(PORTS)
else
	@.ci/provide chromium
	@$(MAKE) --no-print-directory .venv/installed-demo
	@exec $(PYTHON) -m smartalert demo $(SCENARIO) --residents $(RESIDENTS) --seed $(SEED) $(PORTS) $(if $(RECORD),--record $(RECORD))
endif

install: ## Set up .venv and PostGIS
	@.ci/provide python postgis
	@$(MAKE) --no-print-directory .venv/installed

test: ## Lint, types, import rules and all tests, with what they need (T=tests/training/test_up.py for some)
	@.ci/provide python postgis chromium pgbouncer promtool
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory -j2 types tested

check: ## What test does, without browsers and whole deployments: for the inner loop
	@.ci/provide python postgis pgbouncer promtool
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory -j2 types tested CHOSEN='-m "not browser and not whole"'

bench: ## Run one benchmark (NAME=match; ARGS=--quick ends within 45 s), with what it needs
	@test -f "benchmarks/$(NAME).py" || { echo "make bench NAME=…: match, dispatch, public, search, tiles, imports, engagement, screens or backup"; exit 2; }
	@.ci/provide python postgis $(if $(filter dispatch,$(NAME)),redis)
	@$(MAKE) --no-print-directory .venv/installed-dev
	@exec $(PYTHON) benchmarks/$(NAME).py $(ARGS)

lint: style types ## ruff, mypy, import-linter

style: .venv/installed-dev
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

# Twenty seconds of one core the first time: it goes on beside the tests.
types: .venv/installed-dev
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo

tested: .venv/installed-dev
	$(PYTEST) $(CHOSEN) $(T)

format: .venv/installed-dev ## Put the code into house style
	$(PYTHON) -m ruff format
	$(PYTHON) -m ruff check --fix

clean: ## Remove caches; var/ (the training data) and .venv/ stay
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/installed: requirements.txt .ci/environment
	@echo "Installing Python packages into .venv …"
	@.ci/environment requirements.txt
	@touch $@

.venv/installed-demo: requirements-demo.txt requirements-dev.txt .ci/environment
	@.ci/environment requirements-demo.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .ci/environment
	@.ci/provide python
	@echo "Installing Python packages for development into .venv …"
	@.ci/environment requirements-dev.txt
	@touch $@ .venv/installed
