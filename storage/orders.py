"""Orders in force as anybody may read them: head, role model, categories with those who answer. Source: S0-17; S1-02."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

import regulations
from domain.annexes import CategoriesAnnex
from domain.regulation import Ground
from storage import annexes, rulebook
from storage import tables as t
from storage.reference import moment


@dataclass(frozen=True, slots=True)
class OrderInForce:
    """An order with what is in force of it today. `annexes`: by kind."""

    code: str
    title: str
    body: str
    number: str
    signed_on: date
    link: str = ""
    active: bool = True
    annexes: Mapping[str, sa.RowMapping] = field(default_factory=dict)

    @property
    def categories(self) -> CategoriesAnnex | None:
        """Annex 2: what is answered about, and by whom."""
        row = self.annexes.get("categories")
        return regulations.categories_annex(row["body"]) if row else None

    @property
    def roles(self) -> tuple[Ground, ...]:
        """Annex 1: the role model, in the words of the order."""
        row = self.annexes.get("roles")
        return regulations.roles_annex(row["body"]) if row else ()


def orders_in_force(connection: sa.Connection) -> list[OrderInForce]:
    """By code: those whose measures are kept, those with annexes in force, and regulations; one that was set aside is in none."""
    found = {one.code: one for one in (*_regulations(connection), *_with_annexes(connection))}
    for row in connection.execute(sa.select(t.order)).mappings():
        known = found.get(row["code"])
        values = {name: row[name] for name in ("code", "title", "body", "number", "signed_on", "link", "active")}
        found[row["code"]] = OrderInForce(**values, annexes=known.annexes if known else {})
    return [found[code] for code in sorted(found) if found[code].active]


def _regulations(connection: sa.Connection) -> Iterator[OrderInForce]:
    for one in rulebook.revisions(connection):
        if one.in_force:
            head = regulations.parse(one.body).order
            yield OrderInForce(one.code, head.title, head.body, head.number, head.signed_on)


def _with_annexes(connection: sa.Connection) -> Iterator[OrderInForce]:
    on = annexes.today(connection, moment(connection).now)
    rows: dict[str, dict[str, Any]] = {}
    for row in connection.execute(annexes.latest(on)).mappings():
        rows.setdefault(row["act"], {})[row["kind"]] = row
    # the order itself is the one that came first; those after it changed its annexes
    for head in connection.execute(annexes.first(on)).mappings():
        values = head["title"], head["issuer"], head["order_number"], head["signed_on"]
        yield OrderInForce(head["act"], *values, annexes=rows[head["act"]])
