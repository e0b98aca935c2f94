# Otklik. `make up` starts everything, `make test` proves it. Relative names only: the checkout may lie on any path.

MAKEFLAGS += --no-print-directory
# The first Python that is new enough; where none is, the plain one, for embedded/check_python.sh to complain about.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$name && exit; \
	done; command -v python3 2>/dev/null)
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--python-version 3.11
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder
ARGS ?=

# An installation that works without HOME, on any file system, with the interpreter that is already there.
export UV_LINK_MODE := copy
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# An organisation's own certificate authority is in the system's list; where there is none, uv brings its own list.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := true
endif
ifeq ($(strip $(HOME)$(UV_CACHE_DIR)),)
export UV_CACHE_DIR := .venv/cache
export PIP_NO_CACHE_DIR := 1
endif
# Another environment that happens to be active is neither read nor written.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH CONDA_PREFIX PIP_USER PIP_TARGET PIP_PREFIX
# Processes come and go here by the dozen; without bytecode each would compile a thousand modules again.
unexport PYTHONDONTWRITEBYTECODE

# Scripts and the editable install name the checkout's path, so a checkout that moved gets a new environment.
ifneq ($(wildcard .venv/location),)
ifneq ($(shell cat .venv/location),$(CURDIR))
$(info Папка переехала: виртуальное окружение создаём заново)
$(shell rm -rf .venv)
endif
endif

.DEFAULT_GOAL := help
.PHONY: help up test search check requirements bench lock clean venv dev-venv

help:
	@echo 'make up            start Otklik with all it needs   (make up ARGS="--port-base 9000 --state DIR --day 60s")'
	@echo 'make test          run all tests                    (make test PYTEST_ARGS="-k mail")'
	@echo 'make search        what holds for all inputs, with more and other ones each time'
	@echo 'make check         ruff, mypy --strict, import rules'
	@echo 'make requirements  which clauses have a passing test, after make test'
	@echo 'make bench         lists at 200,000 messages; throughput and latency beside bare Temporal'
	@echo 'make lock          resolve both lock files anew     (make lock LOCK_ARGS=--upgrade)'
	@echo 'make clean         remove the virtual environment and caches, never the state'

up: .venv/.stamp
	@exec $(BIN)/python -m cli up $(ARGS)

test: .venv/.dev-stamp
	@began=$$(date +%s); code=0; $(BIN)/python -m pytest $(PYTEST_ARGS) || code=$$?; \
	echo "make test: $$(( $$(date +%s) - began )) s"; exit $$code

search: .venv/.dev-stamp
	@HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -m hypothesis $(PYTEST_ARGS)

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
lock: $(UV)
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
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv
	@printf '%s\n' "$(CURDIR)" > .venv/location
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
