"""`GET /queue`: the next answer that waits for my endorsement or approval. One at a time, so that each text is read."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.problems import responses
from api.resources import Person, Resources, Shared
from api.rows import RowShown, row_shown
from domain.vocabulary import PersonId
from storage import cases, counters, lists, queries
from storage.engine import reading
from storage.lists import Filters, Page, Sort
from storage.rows import Key, Row
from storage.sections import sections_of
from storage.sight import Sight
from storage.viewer import Viewer, viewer_of

router = APIRouter(tags=["Списки"])

MINE = "prepared"
"""The section that holds what a person is to endorse or approve."""


class Queue(BaseModel):
    """Что ждёт моего решения."""

    next: RowShown | None = Field(description="следующее по сроку ответа; null: больше ничего не ждёт")
    waiting: int = Field(description=f"сколько ждёт всего, не больше {counters.COUNTED_UP_TO}", examples=[3])


@router.get("/queue", responses=responses(401, 403, 422, 503), summary="Следующее, что ждёт моего решения")
def read_queue(
    shared: Shared,
    person: Person,
    after: Annotated[UUID | None, Query(description="сообщение, после которого нужно следующее")] = None,
) -> Queue:
    """In the order of the answers' dues. After the last one it begins anew, without the one that is put off."""
    return queue_of(shared, person, after)


def queue_of(shared: Resources, person: PersonId, after: UUID | None = None) -> Queue:
    """What waits for the person; nothing for whoever endorses and approves nothing."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        section = next((one for one in sections_of(viewer) if one.code == MINE), None)
        if section is None:
            return Queue(next=None, waiting=0)
        mine = Filters(section=section)
        place = _place(connection, shared, viewer, after)
        found = _first(connection, viewer, mine, place, after) or _first(connection, viewer, mine, None, after)
        waiting = counters.counts(connection, viewer)[MINE]
    return Queue(next=row_shown(found) if found else None, waiting=waiting)


def _place(connection: Connection, shared: Resources, viewer: Viewer, after: UUID | None) -> Key | None:
    """Where the message stands in the queue, or stood before it was decided on: danger to life and its answer's due tell both.

    None for whom it has left: its due may have changed since.
    """
    if after is None:
        return None
    if queries.sight(connection, shared.reference, str(after), viewer.person) in (None, Sight.FORMER):
        return None
    record = cases.read(connection, str(after))
    return (record.case.endangers, record.case.due_at, record.case.id) if record else None


def _first(connection: Connection, viewer: Viewer, mine: Filters, place: Key | None, but: UUID | None) -> Row | None:
    rows = lists.find(connection, viewer, mine, Page(Sort.DUE, 2, place))
    return next((row for row in rows if row.found["id"] != str(but)), None)
