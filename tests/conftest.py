"""What every test shares.

Hypothesis tries the same bounded examples in every run, however long one takes; `make search` looks further, with chance.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from collector import spare_what_is_loaded
from embedded.mail_server import MailCatcher
from embedded.ports import free_port
from embedded.postgres import SUPERUSER, Postgres
from embedded.temporal_server import TemporalServer
from storage import types
from storage.engine import make_engine
from storage.key_file import create_key_file
from storage.keys import KeyRing
from storage.migrating import migrate

_ROOM = 4 << 30
"""Free bytes of memory that are enough for the databases of a run."""

pytest_plugins = ["tests.requirement_plugin"]

settings.register_profile("steady", derandomize=True, max_examples=80, deadline=None, database=None)
settings.register_profile("search", max_examples=3000, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

_numbers = count(1)

_FIRST = (
    "test_newcomer test_dry_runs test_make_up test_every_page test_bench test_schema test_stuck test_list_plans "
    "test_letters_killed test_invariants"
).split()
"""Files of half a minute and more, the longest first; those that wait and those that compute by turns."""
_WAITING = {"whole", "faults", "embedded", "temporal_ui"}
"""Folders whose tests start whole stacks, and wait for them more than they compute."""
_SHORT = {"domain", "regulations"}
"""Folders whose files take a second: they come last, so that all processes end together."""


def pytest_xdist_auto_num_workers() -> int:
    """As many processes as keep the cores busy: two a core, for whole stacks wait more than they compute; 1 GB of memory each."""
    return min(2 * (os.cpu_count() or 1), 8)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """What is imported stays: a collector that looked at it all again took a quarter of the time of a process of the run."""
    gc.disable()
    try:
        return (yield)
    finally:
        spare_what_is_loaded()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first and the short ones last, so that no process is left with one of them when the others are done.
    Those that wait lie between those that compute, so that the cores are never left without work."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    first = sorted((path for path in files if path.stem in _FIRST), key=lambda path: _FIRST.index(path.stem))
    waiting = [path for path in files if path not in first and path.parent.name in _WAITING]
    short = [path for path in files if path not in first and path.parent.name in _SHORT]
    others = [path for path in files if path not in {*first, *waiting, *short}]
    step = len(others) * 3 // 4 // max(len(waiting), 1)
    for number, path in enumerate(waiting):
        others.insert(number * (step + 1), path)
    items[:] = [item for path in (*first, *others, *short) for item in files[path]]


def pytest_sessionfinish() -> None:
    """The browser ends with the run, if any test asked for one."""
    if browser := sys.modules.get("tests.browser"):
        browser.close_browser()


@dataclass(frozen=True)
class Database:
    """A migrated database of one test. `url`: as the application; `owner_url`: as the owner of the schema."""

    name: str
    url: str
    owner_url: str
    engine: sa.Engine

    def owner(self, statement: str, **values: object) -> None:
        """Run one statement as the owner: what no part of the product may do."""
        engine = sa.create_engine(self.owner_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def shift_clock(self, seconds: float) -> None:
        """The one clock runs `seconds` ahead of the real one from now on."""
        self.owner(
            "CREATE OR REPLACE FUNCTION otklik_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
            f"'SELECT clock_timestamp() + make_interval(secs => {float(seconds)})'"
        )

    def at(self, when: datetime) -> None:
        """The one clock shows this instant, and goes on."""
        self.shift_clock((when - datetime.now(UTC)).total_seconds())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One real server for all tests of the process, with a migrated template database."""
    with Postgres.temporary(_memory()) as server:
        administer(server, "CREATE DATABASE otklik_template OWNER otklik_owner TEMPLATE otklik")
        migrate(server.url("otklik_owner", "otklik_template"), "otklik_app")
        yield server


def _memory() -> Path | None:
    """A folder that no disk lies under, where there is room: hundreds of databases come and go during a run."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).free < _ROOM:
        return None
    runs_programs = not os.statvfs(shared).f_flag & os.ST_NOEXEC  # for root, PostgreSQL's own lie beside its data
    return shared if runs_programs else None


@pytest.fixture(scope="session")
def key_ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    """Keys of the test run."""
    path: Path = tmp_path_factory.mktemp("keys") / "keys.toml"
    create_key_file(path)
    return KeyRing.load(path)


@pytest.fixture
def keys(key_ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    """The key ring, in use for the test."""
    monkeypatch.setattr(types, "_ring", key_ring)
    return key_ring


@pytest.fixture
def database(postgres: Postgres, keys: KeyRing) -> Iterator[Database]:
    """A fresh migrated database."""
    with own_database(postgres) as made:
        yield made


@contextlib.contextmanager
def own_database(postgres: Postgres, template: str = "otklik_template") -> Iterator[Database]:
    """A database that nothing else uses, as the template is: migrated unless another is named."""
    name = f"test_{next(_numbers)}"
    administer(postgres, f"CREATE DATABASE {name} OWNER otklik_owner TEMPLATE {template} STRATEGY FILE_COPY")
    engine = make_engine(postgres.url("otklik_app", name), pool=12)
    yield Database(name, postgres.url("otklik_app", name), postgres.url("otklik_owner", name), engine)
    engine.dispose()
    administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: Postgres, statement: str) -> None:
    """Run one statement as the superuser, outside of every database of a test."""
    with _superuser(server).connect() as connection:
        connection.execute(sa.text(statement))


@cache
def _superuser(server: Postgres) -> sa.Engine:
    """One connection for all the databases that come and go: to sign in took a third of the making of one."""
    url = server.url(SUPERUSER, "postgres")
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """One real Temporal server with time skipping for all tests of the process; each test's messages have ids of their own."""
    extra = [
        "--dynamic-config-value",
        "frontend.WorkflowTimeSkippingEnabled=true",
        "--dynamic-config-value",
        'history.timerProcessorMaxTimeShift="20ms"',
    ]
    with TemporalServer(tmp_path_factory.mktemp("temporal"), free_port(), extra=extra) as server:
        yield server


@pytest.fixture(scope="session")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    """One real mail server for all tests of the process; tell letters apart by their recipients."""
    with MailCatcher(tmp_path_factory.mktemp("mail"), free_port(), free_port()) as server:
        yield server
