# Otklik. `make up` starts everything, `make test` proves it. Relative names only: the checkout may lie on any path.

MAKEFLAGS += --no-print-directory
PYTHON ?= $(shell command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--python-version 3.11
PYTEST_ARGS ?= -n 2 --dist loadfile
ARGS ?=

# An installation that works without HOME, on any file system, with the interpreter that is already there.
export UV_LINK_MODE := copy
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
ifeq ($(strip $(HOME)$(UV_CACHE_DIR)),)
export UV_CACHE_DIR := .venv/cache
export PIP_NO_CACHE_DIR := 1
endif
# Another environment that happens to be active is neither read nor written.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH CONDA_PREFIX

.DEFAULT_GOAL := help
.PHONY: help up test check requirements bench lock clean venv dev-venv

help:
	@echo 'make up            start Otklik with all it needs   (make up ARGS="--port-base 9000 --state DIR --day 60s")'
	@echo 'make test          run all tests                    (make test PYTEST_ARGS="-k mail")'
	@echo 'make check         ruff, mypy --strict, import rules'
	@echo 'make requirements  which clauses have a passing test, after make test'
	@echo 'make bench         throughput and latency beside bare Temporal'
	@echo 'make lock          resolve both lock files anew     (make lock LOCK_ARGS=--upgrade)'
	@echo 'make clean         remove the virtual environment and caches, never the state'

up: .venv/.stamp
	@exec $(BIN)/python -m cli up $(ARGS)

test: .venv/.dev-stamp
	@began=$$(date +%s); code=0; $(BIN)/python -m pytest $(PYTEST_ARGS) || code=$$?; \
	echo "make test: $$(( $$(date +%s) - began )) s"; exit $$code

check: .venv/.dev-stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

requirements: .venv/.dev-stamp
	@$(BIN)/python -m tests.requirements

bench: .venv/.dev-stamp
	@$(BIN)/python -m cli bench $(ARGS)

# The second file is resolved under the versions of the first, so tests run what production runs.
lock: .venv/.dev-stamp
	$(COMPILE) $(LOCK_ARGS) pyproject.toml --output-file requirements.lock
	$(COMPILE) $(LOCK_ARGS) --group pyproject.toml:dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf .venv build dist otklik.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.otklik/*' -prune -exec rm -rf {} +

venv: .venv/.stamp
dev-venv: .venv/.dev-stamp

# uv comes first, by pip, in the version and with the hashes of the development lock.
$(UV): requirements-dev.lock
	@sh embedded/check_python.sh "$(PYTHON)"
	@echo 'Готовим виртуальное окружение .venv'
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock > .venv/uv.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r .venv/uv.txt
	@touch $(UV)

.venv/.stamp: requirements.lock pyproject.toml $(UV)
	@echo 'Устанавливаем зависимости из requirements.lock'
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev-stamp: requirements-dev.lock .venv/.stamp
	@echo 'Устанавливаем зависимости для тестов из requirements-dev.lock'
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock -r requirements-dev.lock
	@touch $@
