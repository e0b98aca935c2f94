"""A shortened day belongs to the embedded stack: no other process works on such a database."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from embedded.ports import free_port
from storage.day import DatabaseUnfit, day_seconds_of
from tests.conftest import Database
from tests.faults.processes import environment
from tests.product import settings_of

CHECKOUT = Path(__file__).parent.parent.parent


@pytest.fixture
def shortened(database: Database) -> Database:
    database.owner("UPDATE installation SET day_seconds = 60")
    return database


@pytest.mark.parametrize("module", ["web", "worker"])
def test_process_refuses_a_shortened_day_in_one_line(module: str, shortened: Database, tmp_path: Path) -> None:
    settings = settings_of(shortened, tmp_path, "127.0.0.1:9", None, api_port=free_port())

    ended = subprocess.run(
        [sys.executable, "-m", module],
        cwd=CHECKOUT,
        env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONUTF8": "1"} | environment(settings),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.decode().splitlines() == [
        "В этой базе сутки сроков длятся 60 с: она показательная, с ней работает только `otklik up`."
    ]


def test_embedded_stack_works_with_a_shortened_day(shortened: Database) -> None:
    assert day_seconds_of(shortened.url, embedded=True) == 60


def test_real_day_suits_everybody(database: Database) -> None:
    assert [day_seconds_of(database.url, embedded=embedded) for embedded in (True, False)] == [86_400] * 2


def test_database_that_is_not_there_is_waited_for_and_then_named() -> None:
    url = f"postgresql+psycopg2://otklik:secret@127.0.0.1:{free_port()}/otklik"

    with pytest.raises(DatabaseUnfit, match="OTKLIK_DATABASE_URL") as refused:
        day_seconds_of(url, embedded=False, patience=timedelta())

    assert "secret" not in str(refused.value)


def test_database_without_our_tables_is_sent_to_migrate(database: Database) -> None:
    url = database.url.rpartition("/")[0] + "/postgres"

    with pytest.raises(DatabaseUnfit, match="otklik migrate"):
        day_seconds_of(url, embedded=False)
