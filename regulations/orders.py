"""From the body of an order's annex, as TOML or the record has it, to what the rules rely on. Everything is checked here, once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import category

from domain.annexes import AnnexCategory, AnnexFact, CategoriesAnnex, Responsible, Subcategory
from domain.regulation import Ground
from domain.vocabulary import Role
from regulations.grids import LONGEST_TITLE, of_two_alphabets
from regulations.reading import RegulationError, Table

_CATEGORY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_ENDS = ("Cc", "Zl", "Zp")
"""Categories of signs that end a line or a cell: control characters and separators of lines and paragraphs."""
LONGEST_WORDS, MOST_RESPONSIBLE, MOST_FACTS = 1000, 50, 100
"""Longest words for one who answers, and the most of a subcategory: whatever tells an annex relies on it."""


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
        for line in above.subcategories:
            table.unique("categories", [fact.title for fact in line.facts])
    return found


def require_clean(annex: CategoriesAnnex, origin: str) -> None:
    """Raises `RegulationError` for a title with a word that looks like another, which would be another subcategory for good,
    and for a name that ends a cell or a row of the table in which it is told."""
    for code, title in (*annex.titles.items(), *annex.formerly.items()):
        if any(category(sign) in _ENDS for sign in title):
            raise RegulationError(
                f"{origin}.{code}.title", f"{title!r}: табуляция или конец строки", "напишите в одну строку"
            )
    for code, title in annex.titles.items():
        if word := of_two_alphabets(title):
            told = f"в слове «{word}» русские буквы и похожие латинские"
            raise RegulationError(f"{origin}.{code}.title", told, "наберите его заново")


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
    title, alone = (row.text(key, LONGEST_WORDS) for key in ("title", "alone"))
    listed = row.text("listed", LONGEST_WORDS) if "listed" in row.values else ""
    return Responsible(row.code("code"), title, alone, listed)


def _category(row: Table, known: set[str]) -> AnnexCategory:
    row.expect("code", "title", "subcategories", optional=["formerly"])
    lines = tuple(_line(inner, known) for inner in row.tables("subcategories"))
    return AnnexCategory(row.matching("code", _CATEGORY), _title(row), lines, _formerly(row))


def _line(row: Table, known: set[str]) -> Subcategory:
    row.expect("code", "title", "responsible", optional=["formerly", "facts"])
    responsible = tuple(row.words("responsible", known, "answerers"))
    facts = tuple(_fact(inner) for inner in row.tables("facts")) if "facts" in row.values else ()
    for key, found, most in (("responsible", responsible, MOST_RESPONSIBLE), ("facts", facts, MOST_FACTS)):
        if len(found) > most:
            raise row.error(key, f"больше {most}", "оставьте меньше")
    return Subcategory(row.matching("code", _CATEGORY), _title(row), responsible, _formerly(row), facts)


def _fact(row: Table) -> AnnexFact:
    row.expect("code", "title", optional=["formerly"])
    title = _title(row)
    if ";" in title:
        raise row.error("title", title, "без точки с запятой: в таблице она отделяет факт от факта")
    return AnnexFact(row.matching("code", _CATEGORY), title, _formerly(row))


def _title(row: Table) -> str:
    return row.text("title", LONGEST_TITLE)


def _formerly(row: Table) -> str:
    return row.text("formerly", LONGEST_TITLE) if "formerly" in row.values else ""


def _codes(above: AnnexCategory) -> list[str]:
    return [code for line in above.subcategories for code in (line.code, *(fact.code for fact in line.facts))]
