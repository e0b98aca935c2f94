"""Lines of a table as the body of an annex, each with the code that it had or a new one; and a body as a table again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from domain.annexes import BETWEEN, CategoriesAnnex, Responsible, in_words
from regulations.grids import FactLine, Line, cell_of, facts_cell
from regulations.rows import COLUMNS, FACTS, Fault, GridError, plain

_LONGEST, _ROOM = 63, 6
"""Letters of a code, and those of them kept for what makes it another than one that is taken."""
_LONGEST_ABOVE = 40
"""Letters of a subcategory's code with which those of its facts begin."""
_ONE = "проверьте прежнее наименование и оставьте что-то одно"
_Titles = tuple[str, str]
"""Plain titles of a category and of a subcategory; of a category itself an empty second."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes that have been given. `facts`: by the code of their subcategory and their plain title."""

    lines: dict[_Titles, str] = field(default_factory=dict)
    facts: dict[_Titles, str] = field(default_factory=dict)

    @property
    def taken(self) -> set[str]:
        """Codes that nothing else may have."""
        return {*self.lines.values(), *self.facts.values()}

    def without(self, codes: Collection[str]) -> Codes:
        """What else is known."""
        lines, facts = (
            {key: code for key, code in one.items() if code not in codes} for one in (self.lines, self.facts)
        )
        return Codes(lines, facts)

    def __or__(self, other: Codes) -> Codes:
        """What either knows; where both know a title, what the other has."""
        return Codes(self.lines | other.lines, self.facts | other.facts)


def codes_in(body: Mapping[str, Any]) -> Codes:
    """What a body calls by which code."""
    found = Codes()
    for above in body.get("categories", ()):
        found.lines[plain(above["title"]), ""] = above["code"]
        for line in above["subcategories"]:
            found.lines[plain(above["title"]), plain(line["title"])] = line["code"]
            found.facts.update({(line["code"], plain(fact["title"])): fact["code"] for fact in line.get("facts", ())})
    return found


def categories_body(
    lines: Iterable[Line], answerers: Iterable[Responsible], known: Codes, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an annex with these lines. `known`: codes that have been given; others are made.

    `before`: the body from which lines that say nothing of facts have theirs.

    What is renamed or moved keeps its code; a category's new name counts for all its lines, also those that have the former one.
    Raises GridError where nothing has the former name.
    """
    codes = known | Codes()
    said = {line["code"]: line["facts"] for line in _lines(before or {}) if "facts" in line}
    categories: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    given: dict[str, Line] = {}
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
        faults += _keep_facts(codes, known, line, code)
        if (earlier := given.setdefault(code, line)) is not line:
            both = f"«{earlier.title}» ({_place(earlier)}) и «{line.title}»"
            faults.append(Fault(_place(line), f"{both} — одна и та же подкатегория: {_ONE}"))
        facts = said.get(code) if line.facts is None else [_fact_told(codes, one, code) for one in line.facts]
        told_line = {"code": code, "title": line.title, "responsible": list(line.responsible)}
        told_line |= _without_empty(formerly=line.formerly)
        above["subcategories"].append(told_line | ({"facts": facts} if facts else {}))
    if faults:
        raise GridError(faults)
    return {"answerers": [told(one) for one in answerers], "categories": list(categories.values())}


def _lines(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for above in body.get("categories", ()):
        yield from above["subcategories"]


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


def _keep_category(codes: Codes, known: Codes, line: Line, taken: Collection[str]) -> Iterator[Fault]:
    """The category that the line renames has the code that it had. `taken`: codes of the categories above it."""
    code = known.lines.get((plain(line.category_formerly), ""))
    if code is None:
        told = f"категории «{line.category_formerly}» не было: проверьте прежнее наименование"
    elif code in taken:
        told = f"категория «{line.category_formerly}» уже названа выше: новое название у неё одно"
    else:
        codes.lines[plain(line.category), ""] = code
        return
    if line.category_formerly:
        yield Fault(line.place or f"категория «{line.category}»", told)


def _keep_line(codes: Codes, known: Codes, line: Line) -> Iterator[Fault]:
    """What the line renames or moves, or what it is in a category that is renamed, has the code that it had."""
    if code := next((known.lines[place] for place in _former_places(line) if place in known.lines), None):
        codes.lines[plain(line.category), plain(line.title)] = code
    elif line.formerly:
        told = (
            f"подкатегории «{line.formerly}» в этой категории не было: проверьте прежнее наименование; "
            f"у перенесённой пишут и прежнюю категорию: «Категория{BETWEEN}Подкатегория»"
        )
        yield Fault(_place(line), told)


def _keep_facts(codes: Codes, known: Codes, line: Line, above: str) -> Iterator[Fault]:
    """A fact that the line renames has the code that it had in its subcategory: out of another one it is another fact."""
    place = f"{line.place}, столбец «{FACTS}»" if line.place else _place(line)
    given: dict[str, FactLine] = {}
    for one in line.facts or ():
        code = known.facts.get((above, plain(one.formerly)))
        if code is not None:
            codes.facts[above, plain(one.title)] = code
        elif one.formerly:
            yield Fault(place, f"факта «{one.formerly}» в этой подкатегории не было: проверьте прежнее наименование")
        same = codes.facts.get((above, plain(one.title)), plain(one.title))
        if (earlier := given.setdefault(same, one)) is not one:
            yield Fault(place, f"«{earlier.title}» и «{one.title}» — один и тот же факт: {_ONE}")


def _place(line: Line) -> str:
    return line.place or f"строка «{line.title}»"


def _fact_told(codes: Codes, one: FactLine, above: str) -> dict[str, str]:
    key = above, plain(one.title)
    if key not in codes.facts:
        codes.facts[key] = latin(one.title, codes.taken, f"{above[:_LONGEST_ABOVE]}.")
    return {"code": codes.facts[key], "title": one.title} | _without_empty(formerly=one.formerly)


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
        Line(
            above.title,
            line.title,
            line.responsible,
            line.formerly,
            above.formerly,
            tuple(FactLine(fact.title, fact.formerly) for fact in line.facts) or None,
        )
        for above in annex.categories
        for line in above.subcategories
    ]


def table_of(annex: CategoriesAnnex) -> str:
    """The annex as a table is pasted: with tabs, in the words of the order; with its head where it has facts."""
    lines = lines_of(annex)
    with_facts = any(line.facts for line in lines)
    rows = [[*COLUMNS, FACTS]] if with_facts else []
    for line in lines:
        answers = in_words(line.responsible, annex.known)
        cells = cell_of(line.category, line.category_formerly), cell_of(line.title, line.formerly), answers
        rows.append([*cells, facts_cell(line.facts or ())] if with_facts else [*cells])
    return "\n".join("\t".join(row) for row in rows)


def latin(title: str, taken: Collection[str], prefix: str = "", between: str = "_") -> str:
    """A code out of a title, none of the taken ones."""
    letters = "".join(_LATIN.get(letter, letter) for letter in title.casefold())
    longest = min(32, _LONGEST - len(prefix) - _ROOM)
    word = re.sub(r"[^a-z0-9]+", between, letters).strip(between)[:longest].strip(between) or "x"
    word = word if word[0].isalpha() else f"n{between}{word}"
    tries = (f"{prefix}{word}{between}{number}" if number else f"{prefix}{word}" for number in count())
    return next(code for code in tries if code not in taken)


def _code(codes: Codes, category: str, title: str, prefix: str = "") -> str:
    key = plain(category), plain(title)
    if key not in codes.lines:
        codes.lines[key] = latin(title or category, codes.taken, prefix)
    return codes.lines[key]


_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".replace("-", "").split(" "),
        strict=True,
    )
)
