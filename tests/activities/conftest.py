"""What the tests of activities share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.keys import KeyRing
from tests.activities.desk import Desk
from tests.activities.scripted_smtp import ScriptedSmtp
from tests.conftest import Database


@pytest.fixture
def desk(database: Database, keys: KeyRing, tmp_path: Path) -> Desk:
    """A fresh record with its people."""
    return Desk(database, keys, tmp_path)


@pytest.fixture
def smtp() -> Iterator[ScriptedSmtp]:
    """A mail server of this test."""
    with ScriptedSmtp() as server:
        yield server
