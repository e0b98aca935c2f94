"""The relay's fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded.mail_server import MailCatcher
from storage.files import FileStore
from storage.keys import KeyRing
from tests.conftest import Database
from tests.relay.builders import Desk, Post


@pytest.fixture
def desk(database: Database, keys: KeyRing, tmp_path: Path) -> Desk:
    """People at work on a fresh record."""
    return Desk(database, FileStore(tmp_path / "files", keys))


@pytest.fixture
def post(desk: Desk, mail: MailCatcher) -> Post:
    """The relay's mail to them."""
    return Post(desk, mail)
