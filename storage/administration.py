"""Changes of reference data by administrators: one at a time, each over what he administers, each in the log.

Nothing is deleted. Every change raises the reference version, so that no judgement uses yesterday's rights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.directory import Directory, Grant, scopes
from domain.verdict import Refusal
from domain.vocabulary import PersonId, Role
from storage import repeats
from storage import tables as t
from storage.reference import Reference, load_directory, moment, touch
from storage.turns import hold_key

_SECRET = {"password_hash"}


class Refused(Exception):
    """The change is not made. `waiting`: how many messages stand in its way."""

    def __init__(self, code: str, detail: str, field: str | None = None, waiting: int | None = None) -> None:
        super().__init__(code)
        self.refusal, self.waiting = Refusal(code, detail, "", field), waiting


@dataclass(frozen=True, slots=True)
class Scope:
    """Over which organisations a person is administrator. Grants for units or for some categories make nobody one."""

    directory: Directory
    grants: tuple[Grant, ...]

    @property
    def whole(self) -> bool:
        """Whether it is the whole installation: an administrator of the root and everything below."""
        return self.covers(self.directory.root, subtree=True)

    def covers(self, organisation: str, *, subtree: bool = False) -> bool:
        """Whether the organisation, or it and everything below, is his."""
        return any(
            (grant.organisation == organisation and (grant.subtree or not subtree))
            or (grant.subtree and self.directory.is_below(organisation, grant.organisation))
            for grant in self.grants
        )


def scope_of(directory: Directory, person: PersonId, at: datetime) -> Scope:
    """What the person administers at the instant."""
    found = scopes(directory.grants_of(person), Role.ADMINISTRATOR, at)
    return Scope(directory, tuple(grant for grant in found if grant.unit is None and not grant.categories))


@dataclass(frozen=True, slots=True)
class Change:
    """One change under way: its transaction, its author, what he administers, and the instant."""

    connection: sa.Connection
    person: PersonId
    at: datetime
    scope: Scope

    def require(self, organisation: str, *, subtree: bool = False, field: str | None = None) -> None:
        """Raises Refused unless the organisation is his; an unknown one is told as such."""
        if organisation not in self.scope.directory.organisations:
            raise Refused("organisation_unknown", "Такой организации нет.", field)
        if not self.scope.covers(organisation, subtree=subtree):
            raise Refused("beyond_scope", "Вы не администратор этой организации.", field)

    def require_whole(self) -> None:
        """Raises Refused unless he administers the whole installation."""
        if not self.scope.whole:
            raise Refused("beyond_scope", "Это меняет только администратор головной организации.")

    def create(self, kind: str, table: sa.Table, values: Mapping[str, Any], organisation: str | None) -> str:
        """A new row and its line in the log; its id. Raises Refused when there is one already."""
        try:
            with self.connection.begin_nested():
                row = self.connection.execute(sa.insert(table).values(values).returning(table)).mappings().one()
        except sa.exc.IntegrityError as error:
            if getattr(error.orig, "pgcode", None) != "23505":
                raise
            raise Refused("already_exists", "Такой идентификатор или логин уже занят.") from None
        subject = _subject(table, row)
        self.log(kind, subject, organisation, None, dict(row))
        return subject

    def alter(
        self,
        kind: str,
        table: sa.Table,
        where: sa.ColumnElement[bool],
        values: Mapping[str, Any],
        organisation: str | None,
    ) -> None:
        """The one row has these values. Only what differs is logged; nothing, when nothing does."""
        before = self.connection.execute(sa.select(table).where(where).with_for_update()).mappings().one()
        changed = {name: value for name, value in values.items() if before[name] != value}
        if not changed:
            return
        self.connection.execute(sa.update(table).where(where).values(changed))
        old = {name: before[name] for name in changed}
        self.log(kind, _subject(table, before), organisation, old, changed)

    def log(
        self,
        kind: str,
        subject: str,
        organisation: str | None,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any],
    ) -> None:
        """A line in the log, without passwords."""
        self.connection.execute(
            sa.insert(t.reference_change).values(
                at=self.at,
                person=self.person,
                kind=kind,
                subject=subject,
                organisation=organisation,
                before=_json(before) if before is not None else sa.null(),
                after=_json(after),
            )
        )


def change(
    engine: sa.Engine, write: repeats.Keyed, make: Callable[[Change], str], *, anybody: bool = False
) -> tuple[str, bool]:
    """`make` has been done and committed: the id of its subject, and whether it was done now, not under the same key before.

    Raises Refused, with nothing changed, and storage.repeats.KeyReused. Changes take turns, so that none is checked against
    data that another is changing. `anybody`: `make` itself asks who may, administrators or not.
    """
    with engine.begin() as connection:
        hold_key(connection, write.person, write.key)
        if (made := repeats.recall_key(connection, write)) is not None:
            return made, False
        touch(connection)
        at = moment(connection).now
        scope = scope_of(load_directory(connection), write.person, at)
        if not (scope.grants or anybody):
            raise Refused("action_forbidden", "Справочники меняет администратор.")
        subject = make(Change(connection, write.person, at, scope))
        repeats.keep_key(connection, write, subject, at)
    return subject, True


def act(
    engine: sa.Engine, reference: Reference, write: repeats.Keyed, make: Callable[[Change], str]
) -> tuple[str, bool]:
    """The same of a task that is the person's own, administrator or not: no right changes, so the reference data stay in force.

    `make` locks what it changes and refuses whom it does not concern.
    """
    with engine.begin() as connection:
        hold_key(connection, write.person, write.key)
        if (made := repeats.recall_key(connection, write)) is not None:
            return made, False
        at = moment(connection)
        scope = scope_of(reference.directory(connection, at), write.person, at.now)
        subject = make(Change(connection, write.person, at.now, scope))
        repeats.keep_key(connection, write, subject, at.now)
    return subject, True


def log_page(
    connection: sa.Connection, scope: Scope, before: int | None, limit: int, kind: str | None, subject: str | None
) -> list[sa.RowMapping]:
    """Lines of the log that concern what he administers, latest first, with the name of whoever made the change."""
    table = t.reference_change
    query = sa.select(table, t.person.c.name).join(t.person, t.person.c.id == table.c.person)
    if not scope.whole:
        mine = [known for known in scope.directory.organisations if scope.covers(known)]
        query = query.where(sa.or_(table.c.organisation.is_(None), table.c.organisation.in_(mine)))
    if before is not None:
        query = query.where(table.c.id < before)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    return list(connection.execute(query.order_by(table.c.id.desc()).limit(limit)).mappings())


def _subject(table: sa.Table, row: sa.RowMapping) -> str:
    return " ".join(str(row[column.name]) for column in table.primary_key)


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in values.items() if name not in _SECRET}
    found: dict[str, Any] = json.loads(json.dumps(shown, default=str, ensure_ascii=False))
    return found
