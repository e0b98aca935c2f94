"""From the body of an order's annex, as TOML or the record has it, to what the rules rely on. Everything is checked here, once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import Any

from domain.annexes import AnnexCategory, CategoriesAnnex, Responsible, Subcategory
from domain.regulation import Ground
from domain.vocabulary import Role
from regulations.grids import Fault, GridError, Line, plain
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
    row.expect("code", "title", "responsible", optional=["formerly"])
    responsible = tuple(row.words("responsible", known, "answerers"))
    formerly = row.text("formerly") if "formerly" in row.values else ""
    return Subcategory(row.matching("code", _CATEGORY), row.text("title"), responsible, formerly)


def _codes(above: AnnexCategory) -> list[str]:
    return [line.code for line in above.subcategories]


def categories_body(
    lines: Iterable[Line], answerers: Iterable[Responsible], known: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    """The body of an annex with these lines. `known`: codes by plain titles, a category's with an empty second; others are made.

    A renamed line keeps its code. Raises GridError where nothing has the former name.
    """
    codes = dict(known)
    categories: dict[str, dict[str, Any]] = {}
    for line in lines:
        above = categories.setdefault(
            plain(line.category),
            {"code": _code(codes, line.category, ""), "title": line.category, "subcategories": []},
        )
        if line.formerly:
            codes[plain(line.category), plain(line.title)] = _former(codes, line)
        code = _code(codes, line.category, line.title, f"{above['code']}.")
        formerly = {"formerly": line.formerly} if line.formerly else {}
        told_line = {"code": code, "title": line.title, "responsible": list(line.responsible)}
        above["subcategories"].append(told_line | formerly)
    return {"answerers": [told(one) for one in answerers], "categories": list(categories.values())}


def _former(codes: Mapping[tuple[str, str], str], line: Line) -> str:
    """The code of what the line renames."""
    code = codes.get((plain(line.category), plain(line.formerly)))
    if code is None:
        told = f"подкатегории «{line.formerly}» в этой категории не было: проверьте прежнее наименование"
        raise GridError([Fault(f"строка «{line.title}»", told)])
    return code


def told(one: Responsible) -> dict[str, str]:
    """One who answers, as a body has him."""
    fields = {"code": one.code, "title": one.title, "alone": one.alone}
    return fields | {"listed": one.listed} if one.listed else fields


def lines_of(annex: CategoriesAnnex) -> list[Line]:
    """The annex line by line, as a table has it."""
    return [
        Line(above.title, line.title, line.responsible, line.formerly)
        for above in annex.categories
        for line in above.subcategories
    ]


def latin(title: str, taken: Collection[str], prefix: str = "", between: str = "_") -> str:
    """A code out of a title, none of the taken ones."""
    letters = "".join(_LATIN.get(letter, letter) for letter in title.casefold())
    word = re.sub(r"[^a-z0-9]+", between, letters).strip(between)[:32].strip(between) or "x"
    word = word if word[0].isalpha() else f"n{between}{word}"
    tries = (f"{prefix}{word}{between}{number}" if number else f"{prefix}{word}" for number in count())
    return next(code for code in tries if code not in taken)


def _code(codes: dict[tuple[str, str], str], category: str, title: str, prefix: str = "") -> str:
    key = plain(category), plain(title)
    if key not in codes:
        codes[key] = latin(title or category, set(codes.values()), prefix)
    return codes[key]


_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".replace("-", "").split(" "),
        strict=True,
    )
)
