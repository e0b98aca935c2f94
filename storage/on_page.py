"""The cases of a page of a list, so that the rules can be asked about each: what may be decided, whom it may be given to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from domain.case import Case
from domain.rules import Rule, allowed_actions
from domain.verdict import World
from storage import case_rows
from storage import tables as t
from storage.reference import Reference
from storage.viewer import Viewer

Asked = Mapping[str, tuple[Case, World]]
"""By id, in the order of the page. The cases come without their letters: nothing about letters is allowed of them."""


def asked(connection: sa.Connection, reference: Reference, viewer: Viewer, ids: Sequence[str]) -> Asked:
    """The cases of the page that the viewer has found."""
    query = sa.select(t.message_case).where(t.message_case.c.id.in_(ids))
    rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    worlds: dict[tuple[str, str], World] = {}
    for row in rows.values():
        act = row["regulation"], row["revision"]
        worlds.setdefault(act, World(viewer.directory, reference.regulation(connection, *act), viewer.day))
    return {
        id_: (case_rows.case_of(rows[id_], ()), worlds[rows[id_]["regulation"], rows[id_]["revision"]])
        for id_ in ids
        if id_ in rows
    }


def allowed(found: Asked, viewer: Viewer) -> dict[str, tuple[Rule, ...]]:
    """What the viewer may decide about each now."""
    return {id_: allowed_actions(case, viewer.person, world, viewer.at) for id_, (case, world) in found.items()}
