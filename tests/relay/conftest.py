"""The relay's fixtures."""

from __future__ import annotations

import pytest

from embedded.mail_server import MailCatcher
from tests.conftest import Database
from tests.relay.builders import Desk, Post


@pytest.fixture
def desk(database: Database) -> Desk:
    """People at work on a fresh record."""
    return Desk(database)


@pytest.fixture
def post(desk: Desk, mail: MailCatcher) -> Post:
    """The relay's mail to them."""
    return Post(desk, mail)
