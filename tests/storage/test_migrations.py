"""The migrations make the tables that the code believes to be there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage.tables import metadata
from tests.conftest import Database


def test_migrated_database_has_the_tables_of_the_code(database: Database) -> None:
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        differences = compare_metadata(context, metadata)

    assert differences == []
