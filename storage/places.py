"""Organisations, units, categories and calendar days: how administrators change them, and pages of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from domain.directory_records import Category
from domain.vocabulary import PersonId, Role
from storage import annexes, structures
from storage import tables as t
from storage.administration import Change, Refused
from storage.cards import names

case = t.message_case


def create_organisation(change: Change, values: Mapping[str, Any]) -> str:
    """A new organisation below one that he administers with all below."""
    change.require(values["parent"], subtree=True, field="parent")
    if not change.scope.directory.organisations[values["parent"]].active:
        raise Refused("organisation_inactive", "Вышестоящая организация не действует.", "parent")
    return change.create("organisation", t.organisation, values, values["id"])


def alter_organisation(change: Change, id_: str, values: Mapping[str, Any]) -> str:
    """The organisation is changed. It cannot rest while work, or an active organisation below, is left."""
    if id_ not in change.scope.directory.organisations:
        raise Refused("not_found", "Такой организации нет.")
    change.require(id_)
    if values.get("active") is False:
        _require_idle_organisation(change, id_)
    _require_reach(change, id_, values.get("duty", ()), "duty")
    official = values.get("complaints_official")
    _require_reach(change, id_, [official] if official else [], "complaints_official", role=True)
    row = change.connection.execute(sa.select(t.organisation).where(t.organisation.c.id == id_)).one()
    if values.get("opens", row.opens) >= values.get("closes", row.closes):
        raise Refused("hours_wrong", "Рабочий день должен начинаться раньше, чем кончается.", "closes")
    change.alter("organisation", t.organisation, t.organisation.c.id == id_, values, id_)
    return id_


def _require_reach(change: Change, organisation: str, people: Sequence[int], field: str, *, role: bool = False) -> None:
    """Each works there, or has a role there: what they are told of is theirs to see. `role`: working there is not enough."""
    directory = change.scope.directory
    reaching = {grant.person for role in Role for grant in directory.grants_over(role, organisation)}
    for person in people:
        known = directory.people.get(person)
        if known is None or not known.active or known.system:
            raise Refused("person_unknown", "Такого действующего сотрудника нет.", field)
        if role and person not in reaching:
            raise Refused("person_without_role", f"Нет роли в этой организации: {_name(change, person)}.", field)
        if known.organisation != organisation and person not in reaching:
            raise Refused("person_elsewhere", f"Не работает в этой организации: {_name(change, person)}.", field)


def _name(change: Change, person: PersonId) -> str:
    return names(change.connection, [person])[person]


def _require_idle_organisation(change: Change, id_: str) -> None:
    directory = change.scope.directory
    if id_ == directory.root:
        raise Refused("root_stays", "Головная организация не может перестать действовать.", "active")
    below = sum(1 for known in directory.organisations.values() if known.active and directory.is_below(known.id, id_))
    if below:
        raise Refused("organisation_in_use", f"У организации есть действующие подведомственные: {below}.", "active")
    for day, structure in structures.coming(change.connection, annexes.today(change.connection, change.at)).items():
        if any(above == id_ and directory.organisations[one].active for one, above in structure.above.items()):
            told = f"По приказу с {day:%d.%m.%Y} у организации будут действующие подведомственные."
            raise Refused("organisation_in_use", told, "active")
    _require_no_work(change, case.c.organisation == id_)


def create_unit(change: Change, values: Mapping[str, Any]) -> str:
    """A new unit of an organisation that he administers."""
    change.require(values["organisation"], field="organisation")
    if not change.scope.directory.organisations[values["organisation"]].active:
        raise Refused("organisation_inactive", "Организация не действует.", "organisation")
    _require_head(change, values.get("head"))
    return change.create("unit", t.unit, values, values["organisation"])


def alter_unit(change: Change, id_: str, values: Mapping[str, Any]) -> str:
    """The unit is changed. It cannot rest while it has work."""
    known = change.scope.directory.units.get(id_)
    if known is None:
        raise Refused("not_found", "Такого подразделения нет.")
    change.require(known.organisation)
    _require_head(change, values.get("head"))
    if values.get("active") is False:
        _require_no_work(change, case.c.unit == id_)
    change.alter("unit", t.unit, t.unit.c.id == id_, values, known.organisation)
    return id_


def _require_head(change: Change, person: int | None) -> None:
    known = change.scope.directory.people.get(person) if person is not None else None
    if person is not None and (known is None or not known.active or known.system):
        raise Refused("person_unknown", "Такого действующего сотрудника нет.", "head")


def _require_no_work(change: Change, where: sa.ColumnElement[bool]) -> None:
    query = sa.select(sa.func.count()).select_from(case).where(where, case.c.closed_at.is_(None))
    waiting: int = change.connection.execute(query).scalar_one()
    if waiting:
        raise Refused("work_waits", f"Сначала завершите или передайте сообщения: {waiting}.", "active", waiting)


def create_category(change: Change, values: Mapping[str, Any]) -> str:
    """A new category, a subcategory of one, or a fact of a subcategory: no more steps. What orders list grows by orders alone."""
    change.require_whole()
    parent = values.get("parent")
    if parent is not None:
        known = change.scope.directory.categories
        above = known.get(parent)
        if above is None or not above.active or (above.parent and known[above.parent].parent):
            raise Refused("category_unknown", "Такой действующей категории нет.", "parent")
        _require_no_term_of_its_own(above, values)
    ordered = annexes.in_force(change.connection, change.at, annexes.root_zone(change.connection)).ordered
    if field := next((name for name in ("parent", "code") if values.get(name) in ordered), None):
        told = "Эта категория из приказа: новое в ней появляется новой редакцией приказа («Приказы»)."
        raise Refused("category_of_order", told, field)
    return change.create("category", t.category, values, None)


def _require_no_term_of_its_own(above: Category, values: Mapping[str, Any]) -> None:
    """The term is the subcategory's, whatever the fact: nobody moves a due date by naming one."""
    own = next((name for name in ("days", "one_day") if values.get(name) is not None), None)
    if above.parent is not None and own is not None:
        raise Refused("fact_has_no_term", "Срок задаёт подкатегория: у факта своего срока нет.", own)


def alter_category(change: Change, code: str, values: Mapping[str, Any]) -> str:
    """The category is changed. An inactive one stays on the messages that have it and is given to no other."""
    change.require_whole()
    categories = change.scope.directory.categories
    if code not in categories:
        raise Refused("not_found", "Такой категории нет.")
    if parent := categories[code].parent:
        _require_no_term_of_its_own(categories[parent], values)
    _require_not_of_an_order(change, code, values)
    change.alter("category", t.category, t.category.c.code == code, values, None)
    return code


def _require_not_of_an_order(change: Change, code: str, values: Mapping[str, Any]) -> None:
    """What comes from an order is called, begins and ends as the order says: two people publish that. Source: G-46."""
    query = sa.select(t.category.c.title, t.category.c.active).where(t.category.c.code == code)
    said = change.connection.execute(query).mappings().one()
    changed = next((name for name, was in said.items() if values.get(name, was) != was), None)
    if changed is not None and change.scope.directory.categories[code].of_order:
        told = "Эта категория из приказа: назовите или закройте её новой редакцией приказа («Приказы»)."
        raise Refused("category_of_order", told, changed)


def categories(
    connection: sa.Connection, known: Mapping[str, Category], after: str | None, limit: int, active: bool | None
) -> list[dict[str, Any]]:
    """By code, after this one. `known`: as they are now; `active`: those that new messages may have, or the others."""
    table = t.category
    given = table.c.code.in_([one.code for one in known.values() if one.active])
    where = [] if active is None else [given if active else ~given]
    rows = page(connection, table, after, limit, *where)
    return [_shown(row, known) for row in rows if row["code"] in known]  # else it has come since


def category(connection: sa.Connection, known: Mapping[str, Category], code: str) -> dict[str, Any]:
    """The one with this code."""
    row = connection.execute(sa.select(t.category).where(t.category.c.code == code)).mappings().one()
    return _shown(row, known)


def _shown(row: sa.RowMapping, known: Mapping[str, Category]) -> dict[str, Any]:
    now = known[row["code"]]
    return {**row, "active": now.active, "of_order": now.of_order}


def set_day(change: Change, region: str, on: date, values: Mapping[str, Any]) -> str:
    """The day is a working day in the region, or none."""
    change.require_whole()
    table = t.calendar_day
    where = sa.and_(table.c.region == region, table.c.on_day == on)
    if change.connection.execute(sa.select(sa.literal(1)).select_from(table).where(where)).first():
        change.alter("calendar_day", table, where, values, None)
    else:
        change.create("calendar_day", table, {"region": region, "on_day": on} | dict(values), None)
    return f"{region} {on}"


def page(
    connection: sa.Connection, table: sa.Table, after: str | None, limit: int, *where: sa.ColumnElement[bool]
) -> list[sa.RowMapping]:
    """Rows after the one with this id, by id."""
    id_ = next(iter(table.primary_key))
    query = sa.select(table).where(*where).order_by(id_).limit(limit)
    if after is not None:
        query = query.where(id_ > after)
    return list(connection.execute(query).mappings())


def days(connection: sa.Connection, region: str, year: int) -> list[sa.RowMapping]:
    """The region's days of a year that differ from Monday to Friday; its own before those of all Russia."""
    table = t.calendar_day
    query = (
        sa.select(table)
        .ext(distinct_on(table.c.on_day))
        .where(table.c.region.in_(["RU", region]), table.c.on_day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(table.c.on_day, (table.c.region == region).desc())
    )
    return list(connection.execute(query).mappings())
