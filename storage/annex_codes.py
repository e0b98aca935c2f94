"""Which codes have been given to what orders list: by the record, and by revisions of annexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from regulations.bodies import Codes, codes_in
from regulations.rows import plain
from storage import tables as t
from storage.annex_kinds import CATEGORIES

annex = t.annex_revision


def known_codes(connection: sa.Connection, row: Any) -> Codes:
    """Codes by plain titles, as the record and earlier revisions have them.

    Of drafts only what this one has made itself: what a draft calls by a name that it had not is no name of it yet.
    """
    found = Codes()
    earlier = annex.c.kind == CATEGORIES, annex.c.act == row.act, annex.c.state != "draft"
    for body in connection.execute(sa.select(annex.c.body).where(*earlier).order_by(annex.c.id)).scalars():
        found |= codes_in(body)
    found |= _codes_of_record(connection)
    return codes_in(row.body).without(found.taken) | found


def _codes_of_record(connection: sa.Connection) -> Codes:
    columns = t.category.c.code, t.category.c.parent, t.category.c.title
    rows = {row.code: row for row in connection.execute(sa.select(*columns))}
    found = Codes()
    for code, row in rows.items():
        above = rows.get(row.parent)
        if above is None:
            found.lines[plain(row.title), ""] = code
        elif above.parent is None:
            found.lines[plain(above.title), plain(row.title)] = code
        else:
            found.facts[above.code, plain(row.title)] = code
    return found
