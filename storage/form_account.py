"""The account in whose name everything comes in that applicants send themselves."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.vocabulary import PersonId
from storage import tables as t
from storage.attachments import FORM_LOGIN
from storage.reference import touch


def form_account(connection: sa.Connection) -> tuple[PersonId, bool]:
    """Who registers what the form takes: an account of kind «system» without a password; and whether it is active.

    Made when it is first needed. An administrator who makes it inactive closes the form.
    """
    table, organisation = t.person, t.organisation
    known = sa.select(table.c.id, table.c.active).where(table.c.login == FORM_LOGIN, table.c.system)
    row = connection.execute(known).one_or_none()
    if row is None:
        root = sa.select(organisation.c.id).where(organisation.c.parent.is_(None)).scalar_subquery()
        values = {"login": FORM_LOGIN, "name": "Форма на сайте", "organisation": root, "system": True}
        connection.execute(insert(table).values(values).on_conflict_do_nothing())
        touch(connection)
        row = connection.execute(known).one()
    return row.id, row.active
