"""From the body of an order's annex, as TOML or the record has it, to what the rules rely on. Everything is checked here, once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from domain.annexes import BETWEEN, AnnexCategory, CategoriesAnnex, Responsible, Subcategory
from domain.regulation import Ground
from domain.vocabulary import Role
from regulations.grids import Line, of_two_alphabets
from regulations.reading import RegulationError, Table
from regulations.rows import Fault, GridError, plain

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


def require_one_alphabet(annex: CategoriesAnnex, origin: str) -> None:
    """Raises `RegulationError` for a title with a word that looks like another: it would be another subcategory for good."""
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
    listed = row.text("listed") if "listed" in row.values else ""
    return Responsible(row.code("code"), row.text("title"), row.text("alone"), listed)


def _category(row: Table, known: set[str]) -> AnnexCategory:
    row.expect("code", "title", "subcategories", optional=["formerly"])
    lines = tuple(_line(inner, known) for inner in row.tables("subcategories"))
    return AnnexCategory(row.matching("code", _CATEGORY), row.text("title"), lines, _formerly(row))


def _line(row: Table, known: set[str]) -> Subcategory:
    row.expect("code", "title", "responsible", optional=["formerly"])
    responsible = tuple(row.words("responsible", known, "answerers"))
    return Subcategory(row.matching("code", _CATEGORY), row.text("title"), responsible, _formerly(row))


def _formerly(row: Table) -> str:
    return row.text("formerly") if "formerly" in row.values else ""


def _codes(above: AnnexCategory) -> list[str]:
    return [line.code for line in above.subcategories]


_Titles = tuple[str, str]
"""Plain titles of a category and of a subcategory; of a category itself an empty second."""
_Codes = dict[_Titles, str]


def categories_body(
    lines: Iterable[Line], answerers: Iterable[Responsible], known: Mapping[_Titles, str]
) -> dict[str, Any]:
    """The body of an annex with these lines. `known`: codes that have been given; others are made.

    What is renamed or moved keeps its code; a category's new name counts for all its lines, also those that have the former one.
    Raises GridError where nothing has the former name.
    """
    codes = dict(known)
    categories: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for line in _under_new_names(lines):
        if plain(line.category) not in categories:
            faults += _keep_category(codes, known, line, {one["code"] for one in categories.values()})
        faults += _keep_line(codes, known, line)
        above = categories.setdefault(
            plain(line.category),
            {"code": _code(codes, line.category, ""), "title": line.category}
            | _without_empty(formerly=line.category_formerly)
            | {"subcategories": []},
        )
        code = _code(codes, line.category, line.title, f"{above['code']}.")
        told_line = {"code": code, "title": line.title, "responsible": list(line.responsible)}
        above["subcategories"].append(told_line | _without_empty(formerly=line.formerly))
    if faults:
        raise GridError(faults)
    return {"answerers": [told(one) for one in answerers], "categories": list(categories.values())}


def _under_new_names(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, all of a renamed category under its new name."""
    given = tuple(lines)
    named = {plain(line.category): line for line in given if line.category_formerly}
    renamed = {plain(line.category_formerly): line for line in named.values()}
    for line in given:
        anew = None if line.category_formerly else named.get(plain(line.category)) or renamed.get(plain(line.category))
        yield (
            line if anew is None else replace(line, category=anew.category, category_formerly=anew.category_formerly)
        )


def _keep_category(codes: _Codes, known: Mapping[_Titles, str], line: Line, taken: Collection[str]) -> Iterator[Fault]:
    """The category that the line renames has the code that it had. `taken`: codes of the categories above it."""
    code = known.get((plain(line.category_formerly), ""))
    if code is None:
        told = f"категории «{line.category_formerly}» не было: проверьте прежнее наименование"
    elif code in taken:
        told = f"категория «{line.category_formerly}» уже названа выше: новое название у неё одно"
    else:
        codes[plain(line.category), ""] = code
        return
    if line.category_formerly:
        yield Fault(line.place or f"категория «{line.category}»", told)


def _keep_line(codes: _Codes, known: Mapping[_Titles, str], line: Line) -> Iterator[Fault]:
    """What the line renames or moves, or what it is in a category that is renamed, has the code that it had."""
    if code := next((known[place] for place in _former_places(line) if place in known), None):
        codes[plain(line.category), plain(line.title)] = code
    elif line.formerly:
        told = (
            f"подкатегории «{line.formerly}» в этой категории не было: проверьте прежнее наименование; "
            f"у перенесённой пишут и прежнюю категорию: «Категория{BETWEEN}Подкатегория»"
        )
        yield Fault(line.place or f"строка «{line.title}»", told)


def _former_places(line: Line) -> Iterator[_Titles]:
    """Under which plain titles the line may be known: in its category by each of its names, or in another that it names."""
    categories = [line.category_formerly, line.category] if line.formerly else [line.category_formerly]
    yield from ((plain(above), plain(line.formerly or line.title)) for above in categories if above)
    parts = line.formerly.split(BETWEEN)
    for at in range(1, len(parts)):
        yield plain(BETWEEN.join(parts[:at])), plain(BETWEEN.join(parts[at:]))


def _without_empty(**words: str) -> dict[str, str]:
    return {name: text for name, text in words.items() if text}


def told(one: Responsible) -> dict[str, str]:
    """One who answers, as a body has him."""
    fields = {"code": one.code, "title": one.title, "alone": one.alone}
    return fields | {"listed": one.listed} if one.listed else fields


def lines_of(annex: CategoriesAnnex) -> list[Line]:
    """The annex line by line, as a table has it."""
    return [
        Line(above.title, line.title, line.responsible, line.formerly, above.formerly)
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


def _code(codes: _Codes, category: str, title: str, prefix: str = "") -> str:
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
