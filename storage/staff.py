"""People and their roles: how administrators change them, and whom one may choose. Source: S2, 2.1, 2.2; G-21."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.directory import Grant
from domain.vocabulary import PersonId, Role
from domain.words import searchable
from storage import absences, invitations, looking_again, people
from storage import tables as t
from storage.administration import Change, Refused

case = t.message_case
_by_name = sa.func.replace(sa.func.lower(t.person.c.name), "ё", "е")


def create_person(change: Change, values: Mapping[str, Any]) -> str:
    """A new account of an organisation that he administers, with a one-time password."""
    change.require(values["organisation"], field="organisation")
    _require_active(change, values["organisation"])
    _require_unit(change, values.get("unit"), values["organisation"])
    return change.create("person", t.person, dict(values) | {"password_one_time": True}, values["organisation"])


def alter_person(change: Change, number: PersonId, values: Mapping[str, Any]) -> str:
    """The person is changed. Whoever is dismissed is signed out at once, whatever lies with him.

    To dismiss him, or to read the mail that he gets from now on, takes as much as to reset his password.
    """
    organisation = _require_his(change, number)
    if values.keys() & {"active", "email"}:
        _require_all_of(change, number, "изменит данные")
    _require_unit(change, values.get("unit"), organisation)
    if values.keys() & {"active", "email"}:
        invitations.end(change.connection, number)
    if values.get("active") is False:
        _require_other_administrator(change, t.grant.c.person == number)
        people.close_all_sessions(change.connection, number)
    change.alter("person", t.person, t.person.c.id == number, values, organisation)
    if "active" in values:
        absences.note_dismissal(change, number, gone=not values["active"])
    return str(number)


def reset_password(change: Change, number: PersonId, hashed: str) -> str:
    """The person has a one-time password and no session. Only for whoever could not do more with the account than himself."""
    organisation = _require_his(change, number)
    if number == change.person:
        raise Refused("own_password", "Свой пароль меняют с прежним паролем: POST /sessions/password.")
    _require_all_of(change, number, "сбросит пароль")
    invitations.end(change.connection, number)
    people.set_password(change.connection, number, hashed, one_time=True)
    people.close_all_sessions(change.connection, number)
    change.log("person", str(number), organisation, None, {"password_one_time": True})
    return str(number)


def invite(change: Change, number: PersonId) -> str:
    """A mail with a link is on its way, with which the person sets his password. It takes as much as to reset it."""
    organisation = _require_his(change, number)
    if number == change.person:
        raise Refused("own_password", "Свой пароль меняют с прежним паролем: POST /sessions/password.")
    _require_all_of(change, number, "пригласит")
    query = sa.select(t.person.c.email, t.person.c.active, t.person.c.system).where(t.person.c.id == number)
    known = change.connection.execute(query).one()
    if not known.active or known.system:
        raise Refused("person_inactive", "Приглашают действующих сотрудников, а не уволенных и не системы.")
    if not known.email:
        raise Refused("no_email", "Сначала укажите адрес почты сотрудника.", "email")
    made = invitations.put(change.connection, number, change.person, change.at)
    change.log("person", str(number), organisation, None, {"invited": True})
    return made


def create_grant(change: Change, number: PersonId, values: dict[str, Any]) -> str:
    """A role over what he administers, for a person who may belong elsewhere."""
    directory = change.scope.directory
    known = directory.people.get(number)
    if known is None:
        raise Refused("not_found", "Такого сотрудника нет.")
    if not known.active:
        raise Refused("person_inactive", "Сотрудник не работает.")
    if known.system and values["role"] != Role.INTAKE_OPERATOR.value:
        raise Refused("role_impossible", "Учётная запись системы может быть только оператором приёма.", "role")
    change.require(values["organisation"], subtree=values["subtree"], field="organisation")
    _require_active(change, values["organisation"])
    _require_unit(change, values.get("unit"), values["organisation"])
    if values.get("unit") is not None and values["subtree"]:
        raise Refused("unit_has_no_subtree", "Роль в подразделении не распространяется на подведомственных.", "subtree")
    if values["role"] == Role.ADMINISTRATOR.value and (values.get("unit") is not None or values["categories"]):
        detail = "Администратор отвечает за организацию целиком: без подразделения и категорий."
        raise Refused("role_impossible", detail, "unit" if values.get("unit") is not None else "categories")
    for code in values["categories"]:
        if code not in directory.categories:
            raise Refused("category_unknown", "Такой категории нет.", "categories")
    until, since = values.get("valid_until"), values.get("valid_from") or change.at
    if until is not None and (until <= change.at or until <= since):
        raise Refused("dates_wrong", "Роль должна кончаться позже, чем начинается, и в будущем.", "valid_until")
    return give(change, number, values | {"valid_from": since})


def give(change: Change, number: PersonId, values: Mapping[str, Any]) -> str:
    """The role, from when it is given at the earliest; what might come to the person by it is looked at again."""
    row = dict(values) | {"person": number, "granted_by": change.person, "granted_at": change.at}
    made = Grant(number, Role(values["role"]), values["organisation"], values.get("unit"), values["subtree"])
    looking_again.recheck(change, number, made)
    return change.create("grant", t.grant, row, values["organisation"])


def end_grant(change: Change, number: PersonId, grant_id: int) -> str:
    """The role is over now. Repeating it changes nothing."""
    table = t.grant
    row = change.connection.execute(
        sa.select(table).where(table.c.id == grant_id, table.c.person == number).with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused("not_found", "Такой роли у сотрудника нет.")
    change.require(row.organisation, subtree=row.subtree)
    if row.valid_until is None or row.valid_until > change.at:
        _require_other_administrator(change, t.grant.c.id == grant_id)
        change.alter("grant", table, table.c.id == grant_id, {"valid_until": change.at}, row.organisation)
        looking_again.recheck(change, number)
    return str(grant_id)


def _require_his(change: Change, number: PersonId) -> str:
    known = change.scope.directory.people.get(number)
    if known is None:
        raise Refused("not_found", "Такого сотрудника нет.")
    change.require(known.organisation)
    return known.organisation


def _require_all_of(change: Change, number: PersonId, does: str) -> None:
    """Raises Refused when the person could do with his roles, present or future, what the administrator could not give him."""
    for grant in change.scope.directory.grants_of(number):
        over = grant.valid_until is not None and grant.valid_until <= change.at
        if not over and not change.scope.covers(grant.organisation, subtree=grant.subtree):
            raise Refused("beyond_scope", f"У сотрудника есть роли вне ваших полномочий: {does} их администратор.")


def _require_active(change: Change, organisation: str) -> None:
    """Raises Refused when the organisation, which exists, rests: nothing new begins there."""
    if not change.scope.directory.organisations[organisation].active:
        raise Refused("organisation_inactive", "Организация не действует.", "organisation")


def _require_unit(change: Change, unit: str | None, organisation: str) -> None:
    if unit is None:
        return
    query = sa.select(t.unit.c.active).where(t.unit.c.id == unit, t.unit.c.organisation == organisation)
    active = change.connection.execute(query).scalar_one_or_none()
    if active is None:
        raise Refused("unit_unknown", "Такого подразделения в этой организации нет.", "unit")
    if not active:
        raise Refused("unit_inactive", "Подразделение не действует.", "unit")


def _require_other_administrator(change: Change, going: sa.ColumnElement[bool]) -> None:
    """Somebody must be left who can put everything right. `going`: which rows of `t.grant` are about to be no more."""
    table = t.grant
    whole = sa.and_(
        table.c.role == Role.ADMINISTRATOR.value,
        table.c.organisation == change.scope.directory.root,
        table.c.subtree,
        table.c.categories == [],
        sa.or_(table.c.valid_from.is_(None), table.c.valid_from <= change.at),
        sa.or_(table.c.valid_until.is_(None), table.c.valid_until > change.at),
        t.person.c.active,
    )
    query = sa.select(going).select_from(table.join(t.person, t.person.c.id == table.c.person)).where(whole)
    left = list(change.connection.execute(query).scalars())
    if left and all(left):
        raise Refused("last_administrator", "Это последний администратор головной организации: назначьте другого.")


def waiting_with(connection: sa.Connection, number: PersonId) -> int:
    """How many open messages lie with the person or are executed by him."""
    mine = sa.or_(case.c.holder == number, case.c.executor == number)
    return int(
        connection.execute(
            sa.select(sa.func.count()).select_from(case).where(mine, case.c.closed_at.is_(None))
        ).scalar_one()
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people are looked for. `name`: words in any order, ё as е."""

    organisation: str | None = None
    name: str | None = None
    active: bool | None = None
    among: Sequence[PersonId] | None = None


def find(connection: sa.Connection, wanted: Wanted, after: PersonId | None, limit: int) -> list[sa.RowMapping]:
    """People after this number, by number."""
    query = _select(wanted).order_by(t.person.c.id).limit(limit)
    if after is not None:
        query = query.where(t.person.c.id > after)
    return list(connection.execute(query).mappings())


def find_by_name(connection: sa.Connection, wanted: Wanted, limit: int) -> list[sa.RowMapping]:
    """People in the order of their names."""
    return list(connection.execute(_select(wanted).order_by(_by_name, t.person.c.id).limit(limit)).mappings())


def _select(wanted: Wanted) -> sa.Select[Any]:
    table = t.person
    query = sa.select(*(column for column in table.c if column.name != "password_hash"))
    if wanted.organisation is not None:
        query = query.where(table.c.organisation == wanted.organisation)
    if wanted.active is not None:
        query = query.where(table.c.active == wanted.active)
    if wanted.among is not None:
        query = query.where(table.c.id.in_(wanted.among))
    for word in searchable(wanted.name or "").split():
        query = query.where(_by_name.contains(word, autoescape=True))
    return query


def person(connection: sa.Connection, number: PersonId) -> sa.RowMapping | None:
    """The person with this number."""
    found = find(connection, Wanted(among=[number]), None, 1)
    return found[0] if found else None


def grants(connection: sa.Connection, numbers: Sequence[PersonId], at: datetime) -> dict[PersonId, list[sa.RowMapping]]:
    """Roles of these people that are not over, oldest first."""
    table = t.grant
    query = (
        sa.select(table)
        .where(table.c.person.in_(numbers), sa.or_(table.c.valid_until.is_(None), table.c.valid_until > at))
        .order_by(table.c.id)
    )
    found: dict[PersonId, list[sa.RowMapping]] = {number: [] for number in numbers}
    for row in connection.execute(query).mappings():
        found[row["person"]].append(row)
    return found
