"""Templates of answers: kept by an organisation's administrators, offered by fit, and what an answer made of one must keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from domain import answer_templates as grammar
from domain.answer_templates import Template
from domain.case import Case
from domain.directory import Directory
from domain.verdict import Refusal, World
from domain.vocabulary import Action
from storage import tables as t
from storage.administration import Change, Refused

_template, _version = t.answer_template, t.answer_template_version
MOST = 500
"""Templates of an organisation."""
OFFERED = 30


def create(change: Change, organisation: str, values: Mapping[str, Any]) -> str:
    """A new template of the organisation; its number."""
    change.require(organisation, field="organisation")
    _check(change, values)
    count = sa.select(sa.func.count()).where(_template.c.organisation == organisation)
    if change.connection.execute(count).scalar_one() >= MOST:
        raise Refused("too_many_templates", f"У организации уже {MOST} шаблонов: измените один из них.")
    id_ = change.create("answer_template", _template, {"organisation": organisation}, organisation)
    _write(change, int(id_), 1, values, organisation, None)
    return id_


def revise(change: Change, id_: int, values: Mapping[str, Any]) -> str:
    """The template has a new version; answers keep the one that they were made of."""
    row = _locked(change, id_)
    _check(change, values)
    found = version_of(change.connection, id_, row.version)
    assert found is not None, "a template has the version that it names"
    before = {name: found[name] for name in ("title", "categories", "text")}
    if before == dict(values):
        return str(id_)
    change.connection.execute(sa.update(_template).where(_template.c.id == id_).values(version=row.version + 1))
    _write(change, id_, row.version + 1, values, row.organisation, before)
    return str(id_)


def set_active(change: Change, id_: int, active: bool) -> str:
    """The template is offered, or no more."""
    row = _locked(change, id_)
    change.alter("answer_template", _template, _template.c.id == id_, {"active": active}, row.organisation)
    return str(id_)


def _locked(change: Change, id_: int) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(_template).where(_template.c.id == id_).with_for_update()).one_or_none()
    if row is None or not change.scope.covers(row.organisation):
        raise Refused("not_found", "Такого шаблона нет.")
    return row


def _check(change: Change, values: Mapping[str, Any]) -> None:
    if any(code not in change.scope.directory.categories for code in values["categories"]):
        raise Refused("code_unknown", "Такой категории нет.", "categories")


def _write(
    change: Change,
    id_: int,
    version: int,
    values: Mapping[str, Any],
    organisation: str,
    before: Mapping[str, Any] | None,
) -> None:
    row = {"template": id_, "version": version, "made_by": change.person, "made_at": change.at}
    change.connection.execute(sa.insert(_version).values(row | dict(values)))
    change.log("answer_template", str(id_), organisation, before, {"version": version} | dict(values))


def of_organisation(connection: sa.Connection, organisation: str) -> list[sa.RowMapping]:
    """The organisation's templates in their latest version, by title."""
    query = _latest().where(_template.c.organisation == organisation).order_by(_version.c.title, _template.c.id)
    return list(connection.execute(query).mappings())


def one(connection: sa.Connection, id_: int) -> sa.RowMapping | None:
    """The template in its latest version."""
    return connection.execute(_latest().where(_template.c.id == id_)).mappings().one_or_none()


def versions(connection: sa.Connection, id_: int) -> list[sa.RowMapping]:
    """All versions, latest first, with who made them."""
    query = sa.select(_version, t.person.c.name.label("author")).join(t.person, t.person.c.id == _version.c.made_by)
    return list(
        connection.execute(query.where(_version.c.template == id_).order_by(_version.c.version.desc())).mappings()
    )


def version_of(connection: sa.Connection, id_: int, version: int) -> sa.RowMapping | None:
    """One version with its organisation."""
    query = sa.select(_version, _template.c.organisation).join(_template, _template.c.id == _version.c.template)
    query = query.where(_version.c.template == id_, _version.c.version == version)
    return connection.execute(query).mappings().one_or_none()


def _latest() -> sa.Select[Any]:
    latest = sa.and_(_version.c.template == _template.c.id, _version.c.version == _template.c.version)
    columns = [_version.c[name] for name in ("title", "categories", "text", "made_at")]
    return sa.select(_template, *columns).join(_version, latest)


def fitting(connection: sa.Connection, case: Case, directory: Directory) -> list[sa.RowMapping]:
    """Templates of the organisation and of those above it that fit the message: the auto-rule's first, then the nearest."""
    path = directory.organisations[case.organisation].path
    about = [code for code in (case.subcategory, case.category) if code]
    query = _latest().where(
        _template.c.active,
        _template.c.organisation.in_(path),
        sa.or_(
            _version.c.categories == sa.text("'[]'::jsonb"), *(_version.c.categories.contains([one]) for one in about)
        ),
    )
    found = list(connection.execute(query).mappings())

    def fit(row: sa.RowMapping) -> tuple[bool, int, int, str]:
        closeness = next((at for at, code in enumerate(about) if code in row["categories"]), len(about))
        return row["id"] != case.template, closeness, -path.index(row["organisation"]), row["title"]

    return sorted(found, key=fit)[:OFFERED]


def reference_of(id_: int, version: int) -> str:
    """How an answer names its template."""
    return f"{id_}.{version}"


def named(connection: sa.Connection, reference: str) -> sa.RowMapping | None:
    """The version that an answer names."""
    number, _, version = reference.partition(".")
    return version_of(connection, int(number), int(version)) if number and version else None


def judged(
    connection: sa.Connection, case: Case, world: World, action: Action, given: Mapping[str, Any]
) -> Refusal | dict[str, Any]:
    """What the rules must know of an answer made of a template: whether this changes its locked words; or why it cannot go.

    `locked_changed` says of a submission that it differs from the template, of an edit that the locked words did change by it.
    """
    if action not in (Action.SUBMIT_ANSWER, Action.EDIT_ANSWER):
        return {}
    before = _last(connection, case.id) if action is Action.EDIT_ANSWER else None
    reference = before["template"] if before else given.get("template")
    if not reference:
        return {}
    row = named(connection, reference)
    if row is None or row["organisation"] not in world.directory.organisations[case.organisation].path:
        return Refusal("template_unknown", "Такого шаблона в вашей организации нет.", "S0, прил. 1", "template")
    template, text = grammar.read(row["text"]), str(given.get("text") or "")
    if left := grammar.unfilled(template, text):
        fields = ", ".join(f"«{field}»" for field in left)
        return Refusal("template_unfilled", f"Заполните поля шаблона: {fields}.", "S0, прил. 1", "text")
    missing = grammar.changed(template, text)
    known = grammar.changed(template, before["text"]) if before else ()
    return {"locked_changed": True} if missing != known else {}


def locked_words_missing(
    connection: sa.Connection, reference: str | None, text: str
) -> tuple[str, tuple[str, ...]] | None:
    """The title of the template that an answer names, and which of its locked words the answer does not say."""
    row = named(connection, reference) if reference else None
    if row is None:
        return None
    template: Template = grammar.read(row["text"])
    return row["title"], grammar.changed(template, text)


def _last(connection: sa.Connection, case_id: str) -> sa.RowMapping | None:
    table = t.answer_version
    query = sa.select(table.c.template, table.c.text).where(table.c.case_id == case_id)
    return connection.execute(query.order_by(table.c.version.desc()).limit(1)).mappings().one_or_none()
