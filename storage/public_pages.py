"""What an organisation tells the public of itself: written by its administrators, read by everybody. Source: S4, 2.1; S1-80."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import regulations
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


def stored(connection: sa.Connection, organisation: str) -> Mapping[str, Any]:
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


def version(content: Mapping[str, Any]) -> str:
    """By what whoever writes says which page he saw."""
    return regulations.body_hash(dict(content))[:16]


def write(change: Change, organisation: str, content: Mapping[str, Any], seen: str) -> str:
    """The page says this from now on. Raises Refused, also when another than the `seen` one was there."""
    if organisation not in change.scope.directory.organisations:
        raise Refused("not_found", "Такой организации нет.")
    change.require(organisation)
    if seen != version(stored(change.connection, organisation)):
        raise Refused("page_stale", _saved_by(change.connection, organisation), "version")
    table = t.organisation_page
    where = table.c.organisation == organisation
    if change.connection.execute(sa.select(sa.literal(1)).select_from(table).where(where)).first():
        change.alter(_KIND, table, where, {"content": dict(content)}, organisation)
    else:
        change.create(_KIND, table, {"organisation": organisation, "content": dict(content)}, organisation)
    return organisation


def _saved_by(connection: sa.Connection, organisation: str) -> str:
    """Who saved the page last, for whoever comes second."""
    table = t.reference_change
    query = (
        sa.select(t.person.c.name, table.c.at, t.organisation.c.time_zone)
        .join(t.person, t.person.c.id == table.c.person)
        .join(t.organisation, t.organisation.c.id == table.c.organisation)
        .where(table.c.kind == _KIND, table.c.subject == organisation)
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    told = f": {row.name}, {row.at.astimezone(ZoneInfo(row.time_zone)):%d.%m.%Y в %H:%M}" if row else ""
    return f"Пока вы писали, страницу сохранил другой администратор{told}. Написанное вами осталось в форме."
