"""A list taken away whole: the rows of `storage.lists`, and the record of who took which.

Nobody takes away what he may not list; of each organisation whose messages are among the rows there is a record for its curators.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage import lists
from storage import tables as t
from storage.access import Opened
from storage.lists import Filters, Page, Sort
from storage.rows import Row
from storage.viewer import Viewer

MOST = 10_000
"""Rows of an export: two or three seconds of one core. Who needs more narrows the list, or takes it away in parts."""
ROWS = 500
"""Rows of a page: each is one short statement."""


class TooManyRows(Exception):
    """The list is longer than `MOST`."""


def rows(connection: sa.Connection, viewer: Viewer, filters: Filters, sort: Sort) -> Iterator[Row]:
    """The list in its order, read in pages. Raises TooManyRows before the first of them."""
    if lists.is_longer(connection, viewer, filters, Page(sort, MOST)):
        raise TooManyRows
    page = Page(sort, ROWS)
    while found := lists.find(connection, viewer, filters, page):
        yield from found[:ROWS]
        if len(found) <= ROWS:
            return
        page = Page(sort, ROWS, place=found[ROWS - 1].key)


def note(
    connection: sa.Connection, viewer: Viewer, cases: Mapping[str, Sequence[str]], filters: Mapping[str, Any]
) -> None:
    """It is in the record that the viewer took these away, by organisation with which they lie; the caller commits first.

    Nobody needs an export to deal with a message, so none is with a task.
    """
    common = {
        "at": viewer.at,
        "person": viewer.person,
        "opened": Opened.EXPORT.value,
        "with_task": False,
        "filters": json.dumps(filters, ensure_ascii=False),
    }
    values = [common | {"organisation": organisation, "cases": list(ids)} for organisation, ids in cases.items()]
    if values:
        connection.execute(sa.insert(t.access_record), values)
