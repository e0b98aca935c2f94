"""What an organisation tells the public of itself: written by its administrators, read by everybody. Source: S4, 2.1; S1-80."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import PersonId
from storage import tables as t
from storage.administration import Change, Refused

_KIND = "organisation_page"


@dataclass(frozen=True, slots=True)
class PublicPage:
    """An active organisation: columns of its row, and what it wrote for the page (empty where it wrote nothing)."""

    organisation: Mapping[str, Any]
    content: Mapping[str, Any]


def read(connection: sa.Connection, organisation: str) -> PublicPage | None:
    """The page of an active organisation; None for another."""
    table, page = t.organisation, t.organisation_page
    columns = (table.c[name] for name in "id title time_zone opens closes contacts".split())
    query = (
        sa.select(*columns, page.c.content)
        .outerjoin(page, page.c.organisation == table.c.id)
        .where(table.c.id == organisation, table.c.active)
    )
    row = connection.execute(query).mappings().one_or_none()
    return PublicPage(dict(row), row["content"] or {}) if row else None


def content(connection: sa.Connection, organisation: str) -> Mapping[str, Any]:
    """What an organisation wrote for its page, also while it rests; empty where it wrote nothing."""
    page = t.organisation_page
    written: Mapping[str, Any] | None = connection.execute(
        sa.select(page.c.content).where(page.c.organisation == organisation)
    ).scalar_one_or_none()
    return written or {}


def page_of_person(connection: sa.Connection, person: PersonId) -> PublicPage | None:
    """The page of the organisation where somebody works; None while it rests."""
    return read(
        connection, connection.execute(sa.select(t.person.c.organisation).where(t.person.c.id == person)).scalar_one()
    )


def root_page(connection: sa.Connection) -> PublicPage | None:
    """The page of the organisation whose installation this is; None before there is one."""
    table = t.organisation
    root = connection.execute(sa.select(table.c.id).where(table.c.parent.is_(None))).scalar_one_or_none()
    return read(connection, root) if root is not None else None


def write(change: Change, organisation: str, content: Mapping[str, Any]) -> str:
    """The page says this from now on. Raises Refused."""
    if organisation not in change.scope.directory.organisations:
        raise Refused("not_found", "Такой организации нет.")
    change.require(organisation)
    table = t.organisation_page
    where = table.c.organisation == organisation
    if change.connection.execute(sa.select(sa.literal(1)).select_from(table).where(where)).first():
        change.alter(_KIND, table, where, {"content": dict(content)}, organisation)
    else:
        change.create(_KIND, table, {"organisation": organisation, "content": dict(content)}, organisation)
    return organisation
