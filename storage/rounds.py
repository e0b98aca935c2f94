"""The morning round: what a head looks over, and that he did, for absent heads too. Source: S0, п. 2, 4; S0-06, S0-11."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain import rounds
from domain.vocabulary import PersonId, Role, Stage
from storage import tables as t
from storage.conditions import Condition, about_another, covered, in_force
from storage.rows import TAKEN, opening
from storage.sight import Sight, visible
from storage.viewer import Viewer

case, message, kept = t.message_case, t.message, t.morning_round

MOST_ROWS = 100
"""What is read in two minutes; the counts have them all."""
COUNTS = ("fresh", "waiting", "warned", "overdue")


@dataclass(frozen=True, slots=True)
class Overview:
    """What lies in the head's scope without an answer, the overdue first; how many of which kind."""

    counts: Mapping[str, int]
    rows: Sequence[Mapping[str, Any]]


def overview(connection: sa.Connection, viewer: Viewer) -> Overview:
    """As of now. `opens`: whether he may open the card; only of such, and of no secret one, the text begins here."""
    here = _scope(viewer, viewer.person)
    late, warned = _late(viewer.at), _warned(viewer)
    subcategory = t.category.alias("subcategory")
    sees = sa.func.coalesce(visible(viewer.person, viewer.directory, viewer.at), sa.false())
    order = late.desc(), sa.func.coalesce(case.c.stage_due_at, case.c.due_at), case.c.id
    shown = sa.select(case.c.id).where(here).order_by(*order).limit(MOST_ROWS).subquery()
    rows = (
        sa.select(
            *(case.c[name] for name in "id number received_at stage due_at stage_due_at first_reaction_due_at".split()),
            sa.func.left(message.c.text, TAKEN).label("text"),
            t.organisation.c.title.label("organisation_title"),
            subcategory.c.title.label("subcategory_title"),
            t.person.c.name.label("holder_name"),
            late.label("late"),
            sa.and_(warned, ~late).label("warned"),
            (case.c.stage == Stage.COORDINATION.value).label("fresh"),
            sees.label("opens"),
            case.c.rest["secret"].as_boolean().label("secret"),
        )
        .join(message, message.c.id == case.c.id)
        .join(t.organisation, t.organisation.c.id == case.c.organisation)
        .outerjoin(subcategory, subcategory.c.code == case.c.subcategory)
        .outerjoin(t.person, t.person.c.id == case.c.holder)
        .join(shown, shown.c.id == case.c.id)
        .order_by(*order)
    )
    return Overview(_counts(connection, viewer, here), [_row(row) for row in connection.execute(rows).mappings()])


def _counts(connection: sa.Connection, viewer: Viewer, here: Condition) -> dict[str, int]:
    late = _late(viewer.at)
    counting = {
        "fresh": case.c.stage == Stage.COORDINATION.value,
        "waiting": sa.true(),
        "warned": sa.and_(_warned(viewer), ~late),
        "overdue": late,
    }
    counts = sa.select(*(sa.func.count().filter(which).label(name) for name, which in counting.items()))
    return dict(connection.execute(counts.where(here)).mappings().one())


def _row(row: sa.RowMapping) -> dict[str, Any]:
    told = opening(row["text"], Sight.WITHOUT_CONTACTS) if row["opens"] and not row["secret"] else ""
    return dict(row) | {"opening": told}


def _scope(viewer: Viewer, head: PersonId) -> Condition:
    """What lies, unanswered, where he is a head and is about what he is it for, and not about himself; of a unit that has no
    executor yet, nothing.
    """
    grants = in_force(viewer.directory.grants_of(head), viewer.at)
    places = [covered(grant, viewer.directory) for grant in grants if grant.role is Role.HEAD]
    unanswered = sa.and_(case.c.closed_at.is_(None), case.c.outcome.is_(None))
    theirs = sa.and_(case.c.stage != Stage.MODERATION.value, about_another(head))
    return sa.and_(unanswered, theirs, sa.or_(sa.false(), *places))


def _late(at: datetime) -> Condition:
    dates = (case.c.due_at, case.c.stage_due_at, case.c.first_reaction_due_at)
    return sa.or_(*(sa.and_(due_at.is_not(None), due_at <= at) for due_at in dates))


def _warned(viewer: Viewer) -> Condition:
    soon = case.c.stage_due_at <= viewer.at + viewer.day.days(1)
    return sa.or_(sa.and_(case.c.stage_due_at.is_not(None), soon), case.c.rest["warned"].as_boolean())


def today_of(viewer: Viewer) -> date:
    """The local day where the person works."""
    return _today(viewer, viewer.person)


def _today(viewer: Viewer, head: PersonId) -> date:
    return viewer.directory.calendar_of(head).local(viewer.at).date()


def look(connection: sa.Connection, viewer: Viewer) -> None:
    """It is in the record that he looked today, with what there was, for absent heads too; the first look of a day stands.

    Who stands in for a head heads all that the other heads, so he has just seen it, but for what is about
    himself: that is not counted.
    """
    rows = [
        {
            "person": head,
            "on_day": _today(viewer, head),
            "looked_at": viewer.at,
            "by_person": viewer.person,
            "organisation": viewer.directory.people[head].organisation,
        }
        | _counts(connection, viewer, sa.and_(_scope(viewer, head), _scope(viewer, viewer.person)))
        for head in [viewer.person, *rounds.looked_for(viewer.directory, viewer.person, viewer.at)]
    ]
    connection.execute(insert(kept).values(rows).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Look:
    """Whether somebody looked today for this head: when, and who."""

    head: PersonId
    name: str
    looked_at: datetime | None
    by: PersonId | None
    by_name: str | None


def looks(connection: sa.Connection, viewer: Viewer) -> list[Look]:
    """Today's: his own first, then those of the absent heads in whose place he looks, by name."""
    mine = viewer.person
    days = {head: _today(viewer, head) for head in [mine, *rounds.looked_for(viewer.directory, mine, viewer.at)]}
    by = t.person.alias("by")
    today = sa.and_(kept.c.person == t.person.c.id, kept.c.looked_at.is_not(None), _on(days))
    query = (
        sa.select(t.person.c.id, t.person.c.name, kept.c.looked_at, by.c.id.label("by"), by.c.name.label("by_name"))
        .outerjoin(kept, today)
        .outerjoin(by, by.c.id == kept.c.by_person)
        .where(t.person.c.id.in_(days))
        .order_by(t.person.c.id != mine, t.person.c.name, t.person.c.id)
    )
    return [Look(*row) for row in connection.execute(query)]


def _on(days: Mapping[PersonId, date]) -> Condition:
    return sa.tuple_(kept.c.person, kept.c.on_day).in_(list(days.items()))
