"""From the body of an order's annex, as TOML or the record has it, to what the rules rely on. Everything is checked here, once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.annexes import AnnexCategory, CategoriesAnnex, Responsible, Subcategory
from domain.regulation import Ground
from domain.vocabulary import Role
from regulations.reading import Table

_CATEGORY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


def categories_annex(body: Mapping[str, object], origin: str = "annex") -> CategoriesAnnex:
    """Categories and who answers. Raises `RegulationError` at the first thing that is missing, unknown or doubled."""
    table = Table(body, origin).expect("answerers", "categories", optional=body)
    answerers = tuple(_responsible(row) for row in table.tables("answerers"))
    known = {one.code for one in answerers}
    categories = tuple(_category(row, known) for row in table.tables("categories"))
    found = CategoriesAnnex(answerers, categories)
    table.unique("answerers", [one.code for one in answerers])
    table.unique("categories", [code for above in categories for code in (above.code, *_codes(above))])
    for above in categories:
        table.unique("categories", [line.title for line in above.subcategories])
    return found


def roles_annex(body: Mapping[str, object], origin: str = "annex") -> tuple[Ground, ...]:
    """The role model: each role of the order with its words. Source: S0, annex 1."""
    table = Table(body, origin).expect("roles", optional=body)
    roles = []
    for row in table.tables("roles"):
        row.expect("code", "title", "text")
        roles.append(Ground(row.word("code", Role), row.text("title"), "", row.text("text")))
    table.unique("roles", [role.code for role in roles])
    return tuple(roles)


def _responsible(row: Table) -> Responsible:
    row.expect("code", "title", "alone", optional=["listed"])
    listed = row.text("listed") if "listed" in row.values else ""
    return Responsible(row.code("code"), row.text("title"), row.text("alone"), listed)


def _category(row: Table, known: set[str]) -> AnnexCategory:
    row.expect("code", "title", "subcategories")
    lines = tuple(_line(inner, known) for inner in row.tables("subcategories"))
    return AnnexCategory(row.matching("code", _CATEGORY), row.text("title"), lines)


def _line(row: Table, known: set[str]) -> Subcategory:
    row.expect("code", "title", "responsible")
    return Subcategory(
        row.matching("code", _CATEGORY), row.text("title"), tuple(row.words("responsible", known, "answerers"))
    )


def _codes(above: AnnexCategory) -> list[str]:
    return [line.code for line in above.subcategories]
