"""What is limited to codes that an annex ends, or to categories between which it moves: rights, auto-rules, templates."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from domain.annexes import reach
from storage import tables as t

Kind = Literal["grant", "autorule", "template"]


@dataclass(frozen=True, slots=True)
class Limited:
    """`loses`, `gains`: messages to come of what moves or ends. Those that run keep the category that they have.

    `role`: of a right.
    """

    kind: Kind
    title: str
    organisation: str
    loses: bool
    gains: bool
    role: str = ""


def limited(
    connection: sa.Connection, moved: Mapping[str, tuple[str, str]], ended: Collection[str]
) -> Iterator[Limited]:
    """Rights in force, auto-rules that are switched on and templates in use.

    `moved`: as of `domain.annexes.moves`; `ended`: what is given to no new message any more.
    """
    if not (moved or ended):
        return
    for kind, query in QUERIES.items():
        for row in connection.execute(query):
            loses, gains = reach(row.categories or (), moved)
            loses |= any(code in ended for code in row.categories or ())
            if loses or gains:
                yield Limited(kind, row.title, row.organisation, loses, gains, row.role)


_grant, _person, _rule, _revision = t.grant, t.person, t.autorule, t.autorule_revision
_template, _version = t.answer_template, t.answer_template_version
_no_role = sa.literal("").label("role")

QUERIES: dict[Kind, sa.Select[Any]] = {
    "grant": sa.select(_person.c.name.label("title"), *_grant.c["organisation", "categories", "role", "subtree"])
    .join_from(_grant, _person, _person.c.id == _grant.c.person)
    .where(_person.c.active, sa.or_(_grant.c.valid_until.is_(None), _grant.c.valid_until > sa.func.otklik_now()))
    .order_by(_person.c.name, _grant.c.id),
    "autorule": sa.select(
        _revision.c.title,
        _rule.c.organisation,
        _revision.c.conditions["categories"].label("categories"),
        _revision.c.effects,
        _no_role,
    )
    .join_from(_rule, _revision, _revision.c.rule == _rule.c.id)
    .where(_revision.c.revision == _rule.c.active_revision)
    .order_by(_rule.c.organisation, _rule.c.place),
    "template": sa.select(_version.c.title, _template.c.organisation, _version.c.categories, _no_role)
    .join_from(_template, _version, _version.c.template == _template.c.id)
    .where(_version.c.version == _template.c.version, _template.c.active)
    .order_by(_template.c.organisation, _version.c.title),
}
"""All of each kind that is in force, with what limits it."""
