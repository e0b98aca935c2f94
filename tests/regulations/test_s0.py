"""Order S0 as data, beside the words of the order."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from domain.annexes import CategoriesAnnex, in_words
from regulations import RegulationError, categories_annex, roles_annex, shipped_orders

ANNEX_2 = Path(__file__).with_name("s0_annex2.txt").read_text(encoding="utf-8")
"""Приложение № 2 к приказу № 1031пр as printed: tabs between cells, cells torn by page ends, its misprints kept."""


def printed() -> list[list[str]]:
    """The lines of the annex: a line that does not begin with a category goes on where the one before it ended."""
    rows: list[list[str]] = []
    for line in ANNEX_2.splitlines()[1:]:
        if line.startswith("Медицина\t"):
            rows.append(line.split("\t"))
        elif line.strip():
            rows[-1][-1] += f" {line.strip()}"
    return rows


def plain(cell: str) -> str:
    """Without the misprints: «начальникотдела», «Начальник», a semicolon at the end."""
    whole = " ".join(cell.split()).rstrip(" ;").replace("начальникотдела", "начальник отдела")
    return re.sub(r"^Начальникотдела", "начальник отдела", whole)


@pytest.fixture(scope="module")
def order() -> dict[str, Any]:
    return next(body for body in shipped_orders() if body["code"] == "S0")


@pytest.fixture(scope="module")
def annex(order: dict[str, Any]) -> CategoriesAnnex:
    return categories_annex(order)


@pytest.mark.requirement("S0-30")
def test_annex_2_has_one_category_with_30_subcategories_in_the_sequence_of_the_order(annex: CategoriesAnnex) -> None:
    medicine = annex.categories[0]

    assert [one.title for one in annex.categories] == ["Медицина"]
    assert [line.title for line in medicine.subcategories] == [title for _, title, _ in printed()]
    assert len(medicine.subcategories) == 30


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=pytest.mark.requirement(f"S0-{number}"), id=f"S0-{number}")
        for number in range(31, 61)
    ],
)
def test_line_of_annex_2_says_who_answers_in_the_words_and_sequence_of_the_order(
    annex: CategoriesAnnex, number: int
) -> None:
    category, title, cell = printed()[number - 31]

    line = annex.categories[0].subcategories[number - 31]

    assert (annex.categories[0].title, line.title) == (category, title)
    assert in_words(line.responsible, annex.known) == plain(cell)


def placed(order: dict[str, Any], *path: str | int, value: object) -> dict[str, Any]:
    body = deepcopy(order)
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        (("answerers", 0, "code"), "a" * 63),
        (("answerers", 0, "alone"), "а" * 1000),
        (("answerers", 0, "listed"), "а" * 1000),
        (("categories", 0, "title"), "а" * 300),
        (("categories", 0, "subcategories", 0, "title"), "а" * 300),
        (("categories", 0, "subcategories", 0, "formerly"), "а" * 300),
        (("categories", 0, "subcategories", 0, "facts"), [{"code": "f", "title": "а" * 300}]),
    ],
)
def test_words_that_no_page_could_show_are_in_no_annex(
    order: dict[str, Any], path: tuple[str | int, ...], longest: Any
) -> None:
    lines = [
        line
        for line in order["categories"][0]["subcategories"]
        if order["answerers"][0]["code"] not in line["responsible"]
    ]
    known = order | {"categories": [order["categories"][0] | {"subcategories": lines}]}
    if isinstance(longest, list):
        long: Any = [{"code": "f", "title": longest[0]["title"] + "а"}]
        many: Any = [{"code": f"f{number}", "title": f"{number}"} for number in range(101)]
    else:
        long, many = f"{longest}a", "\u200b"

    categories_annex(placed(known, *path, value=longest))

    for wrong in (long, many, {"a": "б"}):
        with pytest.raises(RegulationError):
            categories_annex(placed(known, *path, value=wrong))


def test_annex_1_has_the_five_roles_of_the_order(order: dict[str, Any]) -> None:
    roles = roles_annex(order)

    assert [role.title for role in roles] == [
        "Администратор личного кабинета",
        "Координатор",
        "Исполнитель",
        "Руководитель",
        "Куратор",
    ]
    assert all(role.text for role in roles)


def test_order_is_in_force_from_its_signature(order: dict[str, Any]) -> None:
    assert (order["order"]["number"], str(order["order"]["signed_on"])) == ("1031пр", "2021-08-11")
    assert order["order"]["valid_from"] == order["order"]["signed_on"]


@pytest.mark.requirement("S0-05")
def test_order_names_seven_departments_of_the_ministry_who_answer(annex: CategoriesAnnex) -> None:
    departments = [one for one in annex.answerers if one.alone.startswith("начальник ")]

    assert [one.code for one in departments] == "law staff finance purchases adults quality children".split()
    assert {code for codes in annex.responsible.values() for code in codes} == set(annex.known)
