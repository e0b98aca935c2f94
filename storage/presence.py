"""Who has which card open now: each page says so again and again, and is forgotten soon after it stops."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.vocabulary import PersonId
from storage import tables as t
from storage.changes import CHANNEL

BEAT = timedelta(seconds=15)
"""How often a page says that it is there."""
PRESENT_FOR = 3 * BEAT
"""After the last word: two may be lost."""

CAME_OR_WENT = "presence:"
"""What is notified, before the case's id, where somebody came to a card or went."""

_known = t.presence
_now = sa.func.otklik_now()
_GONE = sa.delete(_known).where(_known.c.case_id == sa.bindparam("case"), _known.c.seen_at <= _now - PRESENT_FOR)
_new = insert(_known).values(case_id=sa.bindparam("case"), person=sa.bindparam("who"), since=_now, seen_at=_now)
_BEAT: sa.Executable = _new.on_conflict_do_update(
    index_elements=[_known.c.case_id, _known.c.person], set_={"seen_at": _new.excluded.seen_at}
).returning(sa.literal_column("xmax = 0"))
_TELL = sa.select(sa.func.pg_notify(CHANNEL, sa.literal(CAME_OR_WENT) + sa.bindparam("case", type_=sa.Text)))
_OTHERS = (
    sa.select(_known.c.person, t.person.c.name, _known.c.seen_at)
    .join(t.person, t.person.c.id == _known.c.person)
    .where(
        _known.c.case_id == sa.bindparam("case"),
        _known.c.person != sa.bindparam("who"),
        _known.c.seen_at > _now - PRESENT_FOR,
    )
    .order_by(t.person.c.name, _known.c.person)
)


def since(case_id: sa.ColumnElement[str], person: sa.ColumnElement[int], now: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Since when the person has the card open without a break; no row where he has not."""
    here = _known.c.case_id == case_id, _known.c.person == person, _known.c.seen_at > now - PRESENT_FOR
    return sa.select(_known.c.since).where(*here)


def beat(connection: sa.Connection, case_id: str, person: PersonId) -> None:
    """The person has the card open; the others who have are told when he comes."""
    values = {"case": case_id, "who": person}
    connection.execute(_GONE, values)
    if connection.execute(_BEAT, values).scalar_one():
        connection.execute(_TELL, values)


def leave(connection: sa.Connection, case_id: str, person: PersonId) -> None:
    """He has not any more. Repeating it changes nothing."""
    gone = connection.execute(sa.delete(_known).where(_known.c.case_id == case_id, _known.c.person == person))
    if gone.rowcount:
        connection.execute(_TELL, {"case": case_id})


def others(connection: sa.Connection, case_id: str, person: PersonId) -> list[Mapping[str, Any]]:
    """Who else has it open."""
    return [dict(row) for row in connection.execute(_OTHERS, {"case": case_id, "who": person}).mappings()]
