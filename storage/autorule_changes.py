"""How administrators keep auto-rules: each edit a revision, an order that all see, and no revision applied that was not tried."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import PersonId, Role
from storage import dry_runs
from storage import tables as t
from storage.administration import Change, Refused

_rule, _revision = t.autorule, t.autorule_revision

MOST = 200
"""Rules of an organisation: each arrival is asked about all that are switched on."""


def create(change: Change, organisation: str, values: Mapping[str, Any]) -> str:
    """A new rule at the end of the organisation's, switched off; its number."""
    change.require(organisation, field="organisation")
    _check(change, organisation, values)
    own = sa.select(sa.func.count(), sa.func.max(_rule.c.place)).where(_rule.c.organisation == organisation)
    count, last = change.connection.execute(own).one()
    if count >= MOST:
        raise Refused("too_many_rules", f"У организации уже {MOST} автоправил: измените одно из них.")
    id_ = change.create(
        "autorule", _rule, {"organisation": organisation, "place": (last or 0) + 1, "revision": 1}, organisation
    )
    _write(change, int(id_), 1, values, organisation, None)
    return id_


def revise(change: Change, id_: int, values: Mapping[str, Any]) -> str:
    """The rule has a new revision; the one that is applied stays so until another is switched on."""
    row = _locked(change, id_)
    _check(change, row.organisation, values)
    before = _content(change.connection, id_, row.revision)
    if before == dict(values):
        return str(id_)
    change.connection.execute(sa.update(_rule).where(_rule.c.id == id_).values(revision=row.revision + 1))
    _write(change, id_, row.revision + 1, values, row.organisation, before)
    return str(id_)


def switch(change: Change, id_: int, revision: int | None) -> str:
    """The revision is applied from now on, or none is. Raises Refused before a dry run of exactly this one."""
    row = _locked(change, id_)
    if revision is not None and not 1 <= revision <= row.revision:
        raise Refused("not_found", "Такой редакции правила нет.", "revision")
    if revision is not None and not dry_runs.is_tried(change.connection, id_, revision):
        raise Refused(
            "dry_run_missing", "Сначала проведите пробный прогон этой редакции на прошлых сообщениях.", "revision"
        )
    change.alter("autorule", _rule, _rule.c.id == id_, {"active_revision": revision}, row.organisation)
    return str(id_)


def move(change: Change, id_: int, place: int) -> str:
    """The rule is asked in this turn among the organisation's; the others keep their order."""
    row = _locked(change, id_)
    query = sa.select(_rule.c.id).where(_rule.c.organisation == row.organisation).order_by(_rule.c.place, _rule.c.id)
    ids = [one for one in change.connection.execute(query.with_for_update()).scalars() if one != id_]
    ids.insert(min(place, len(ids) + 1) - 1, id_)
    for turn, one in enumerate(ids, start=1):
        where = sa.and_(_rule.c.id == one, _rule.c.place != turn)
        change.connection.execute(sa.update(_rule).where(where).values(place=turn))
    before, after = {"place": row.place}, {"place": ids.index(id_) + 1}
    if before != after:
        change.log("autorule", str(id_), row.organisation, before, after)
    return str(id_)


def set_mode(change: Change, organisation: str, every: bool) -> str:
    """The organisation's rules are applied all, or the first that matches."""
    change.require(organisation)
    where = t.organisation.c.id == organisation
    change.alter("organisation", t.organisation, where, {"every_rule": every}, organisation)
    return organisation


def try_out(change: Change, id_: int, revision: int) -> str:
    """A dry run of the revision is under way; its id."""
    _locked(change, id_)
    return dry_runs.ask(change, id_, revision)


def _locked(change: Change, id_: int) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(_rule).where(_rule.c.id == id_).with_for_update()).one_or_none()
    if row is None or not change.scope.covers(row.organisation):
        raise Refused("not_found", "Такого автоправила нет.")
    return row


def _write(
    change: Change,
    id_: int,
    revision: int,
    values: Mapping[str, Any],
    organisation: str,
    before: Mapping[str, Any] | None,
) -> None:
    row = {"rule": id_, "revision": revision, "made_by": change.person, "made_at": change.at}
    change.connection.execute(sa.insert(_revision).values(row | dict(values)))
    change.log("autorule", str(id_), organisation, before, {"revision": revision} | dict(values))


def _content(connection: sa.Connection, id_: int, revision: int) -> dict[str, Any]:
    query = sa.select(_revision.c.title, _revision.c.conditions, _revision.c.effects)
    row = connection.execute(query.where(_revision.c.rule == id_, _revision.c.revision == revision)).mappings().one()
    return dict(row)


def _check(change: Change, organisation: str, values: Mapping[str, Any]) -> None:
    """Raises Refused where the rule names what is not there, or could never do what it says."""
    conditions, effects = values["conditions"], values["effects"]
    directory = change.scope.directory
    _known(conditions.get("categories", ()), directory.categories, "categories", "Такой категории нет.")
    _known(conditions.get("organisations", ()), directory.organisations, "organisations", "Такой организации нет.")
    if not effects:
        raise Refused("effects_missing", "Укажите, что правило делает.")
    moving = [name for name in ("executor", "unit", "transfer", "redirect") if name in effects]
    if len(moving) > 1:
        raise Refused(
            "effects_conflict", "Выберите одно: исполнитель, подразделение, передача или перенаправление.", moving[1]
        )
    if "template" in effects and not _is_template(change, effects["template"], organisation):
        raise Refused("template_unknown", "Такого шаблона у организации нет.", "template")
    if "executor" in effects:
        _check_executor(change, effects["executor"], organisation)
    if "unit" in effects:
        unit = directory.units.get(effects["unit"])
        if unit is None or unit.organisation != organisation:
            raise Refused("unit_unknown", "Такого подразделения в этой организации нет.", "unit")
    if "transfer" in effects and not directory.is_below(effects["transfer"], organisation):
        raise Refused("organisation_not_subordinate", "Эта организация не подведомственна вашей.", "transfer")
    if "redirect" in effects:
        _check_redirect(change, effects["redirect"], organisation)


def _is_template(change: Change, template: int, organisation: str) -> bool:
    own = t.answer_template
    query = sa.select(own.c.id).where(own.c.id == template, own.c.organisation == organisation, own.c.active)
    return change.connection.execute(query).first() is not None


def _known(codes: Sequence[str], known: Collection[str], field: str, detail: str) -> None:
    if any(code not in known for code in codes):
        raise Refused("code_unknown", detail, field)


def _check_executor(change: Change, person: PersonId, organisation: str) -> None:
    """He must execute there today, whatever about; for which messages is asked when one arrives."""
    directory = change.scope.directory
    known = directory.people.get(person)
    over = directory.grants_over(Role.EXECUTOR, organisation)
    if known is None or not known.active or all(one.person != person or not one.is_valid(change.at) for one in over):
        raise Refused("person_without_authority", "Этот сотрудник не исполнитель в этой организации.", "executor")


def _check_redirect(change: Change, target: str, organisation: str) -> None:
    directory = change.scope.directory
    if target not in directory.organisations or target == organisation:
        raise Refused("organisation_unknown", "Выберите другую организацию системы.", "redirect")
    if directory.is_below(target, organisation):
        raise Refused(
            "organisation_subordinate", "Эта организация подведомственна вашей: выберите передачу.", "redirect"
        )


def of_organisations(connection: sa.Connection, organisations: Collection[str]) -> list[sa.RowMapping]:
    """The rules with their latest revision, in their order."""
    query = _with_latest().where(_rule.c.organisation.in_(organisations))
    return list(connection.execute(query.order_by(_rule.c.organisation, _rule.c.place, _rule.c.id)).mappings())


def one(connection: sa.Connection, id_: int) -> sa.RowMapping | None:
    """The rule with its latest revision."""
    return connection.execute(_with_latest().where(_rule.c.id == id_)).mappings().one_or_none()


def revisions(connection: sa.Connection, id_: int) -> list[sa.RowMapping]:
    """All revisions, latest first, with who made them and whether they were tried."""
    tried = sa.exists().where(
        t.autorule_dry_run.c.rule == _revision.c.rule,
        t.autorule_dry_run.c.revision == _revision.c.revision,
        t.autorule_dry_run.c.finished_at.is_not(None),
    )
    query = (
        sa.select(_revision, t.person.c.name.label("author"), tried.label("tried"))
        .join(t.person, t.person.c.id == _revision.c.made_by)
        .where(_revision.c.rule == id_)
        .order_by(_revision.c.revision.desc())
    )
    return list(connection.execute(query).mappings())


def applications(connection: sa.Connection, id_: int, limit: int) -> list[sa.RowMapping]:
    """What the rule did last, latest first."""
    table = t.autorule_application
    query = (
        sa.select(table, t.message_case.c.number)
        .join(t.message_case, t.message_case.c.id == table.c.case_id)
        .where(table.c.rule == id_)
        .order_by(table.c.at.desc(), table.c.case_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def _with_latest() -> sa.Select[Any]:
    latest = sa.and_(_revision.c.rule == _rule.c.id, _revision.c.revision == _rule.c.revision)
    applied = sa.select(sa.func.count()).where(t.autorule_application.c.rule == _rule.c.id).scalar_subquery()
    return sa.select(
        _rule,
        _revision.c.title,
        _revision.c.conditions,
        _revision.c.effects,
        _revision.c.made_at,
        applied.label("applied"),
    ).join(_revision, latest)
