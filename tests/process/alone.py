"""A running product outside of pytest, for the commands that record paths."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from embedded.mail_server import MailCatcher
from embedded.ports import free_port
from embedded.postgres import Postgres
from embedded.temporal_server import TemporalServer
from storage.migrating import migrate
from tests.conftest import administer
from tests.process.clock import Clock
from tests.process.running import keyed_database, running_product
from tests.product import Product

TIME_SKIPPING = [
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="20ms"',
]
"""As the tests' own server has it."""


@contextlib.asynccontextmanager
async def product_alone() -> AsyncIterator[tuple[Product, Clock]]:
    """Servers, workers and API in a folder of their own, gone afterwards."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-", ignore_cleanup_errors=True)))
        postgres = stack.enter_context(Postgres.temporary())
        administer(postgres, "CREATE DATABASE otklik_template OWNER otklik_owner TEMPLATE otklik")
        migrate(postgres.url("otklik_owner", "otklik_template"), "otklik_app")
        temporal = stack.enter_context(TemporalServer(folder / "temporal", free_port(), extra=TIME_SKIPPING))
        mail = stack.enter_context(MailCatcher(folder / "mail", free_port(), free_port()))
        database = stack.enter_context(keyed_database(postgres, folder / "product"))
        async with running_product(database, folder / "product", temporal, mail) as found:
            yield found
