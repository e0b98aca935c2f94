"""A revision and its preview as they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa

import regulations
from api.annex_preview_shapes import (
    DifferenceTold,
    HeirTold,
    LaterTold,
    LeavingTold,
    LimitedTold,
    PreviewTold,
    TouchedTold,
)
from api.annex_shapes import AnnexShown, AnnexWhole, AnswererShown, FactTold, LineTold, PlaceTold, RoleTold
from api.problems import not_found
from domain.annexes import CategoriesAnnex, Difference, in_words
from regulations.bodies import table_of
from regulations.structure_grids import COLUMNS
from regulations.structures import structure_lines
from regulations.toml_text import toml_text
from storage import annex_effects, annex_kinds, annex_reading, publishing, structures
from storage.annex_kinds import CATEGORIES, ROLES, STRUCTURE


def whole(connection: sa.Connection, annex_id: int) -> AnnexWhole:
    """The revision with what it says. A 404 where there is none."""
    row = annex_reading.one(connection, annex_id)
    if row is None:
        raise not_found()
    kind, fault, annex = row["kind"], None, CategoriesAnnex((), ())
    on = row["valid_from"] or annex_reading.today(connection)
    try:
        if row["state"] == "draft":
            annex_kinds.check(connection, row, row["body"], on)
        if kind == CATEGORIES:
            annex = regulations.categories_annex(row["body"])
    except regulations.RegulationError as error:
        fault = str(error)
    places = _places(connection, row["body"], on) if kind == STRUCTURE else []
    return AnnexWhole(
        **AnnexShown.model_validate(row).model_dump(),
        answerers=[AnswererShown(code=a.code, title=a.title, alone=a.alone, listed=a.listed) for a in annex.answerers],
        lines=_lines(annex),
        places=places,
        roles=[RoleTold(**role) for role in row["body"].get("roles", ()) if kind == ROLES],
        table="\n".join(["\t".join(COLUMNS), *map(_place_cells, places)]) if kind == STRUCTURE else table_of(annex),
        toml=toml_text(row["body"]),
        fault=fault,
        successors=row["successors"],
        missing=publishing.missing(connection, annex),
    )


def _place_cells(place: PlaceTold) -> str:
    return "\t".join((place.title, place.id, place.above, place.called))


def _places(connection: sa.Connection, body: Mapping[str, Any], on: date) -> list[PlaceTold]:
    listed = structure_lines(regulations.structure_annex(body), structures.ground(connection, on))
    return [PlaceTold.model_validate(one, from_attributes=True) for one in listed]


def _lines(annex: CategoriesAnnex) -> list[LineTold]:
    return [
        LineTold(
            category=above.title,
            title=line.title,
            code=line.code,
            responsible=list(line.responsible),
            formerly=line.formerly,
            category_formerly=above.formerly,
            facts=[FactTold(code=fact.code, title=fact.title, formerly=fact.formerly) for fact in line.facts],
            words=in_words(line.responsible, annex.known),
        )
        for above in annex.categories
        for line in above.subcategories
    ]


def previewed(found: annex_effects.Preview, successors: Mapping[str, str], on: date) -> PreviewTold:
    later = found.later
    return PreviewTold(
        on=on,
        seen=found.seen,
        differences=_differences(found, found.differences),
        running=found.running,
        touched=found.concerned,
        messages=[TouchedTold.model_validate(one, from_attributes=True) for one in found.touched],
        leaving=_leaving(found.leaving, successors),
        heirs=_heirs(found.heirs),
        limited=[LimitedTold.model_validate(one, from_attributes=True) for one in found.limited],
        later=later
        and LaterTold(
            id=later.id,
            on=later.on,
            order_number=later.order_number,
            differences=_differences(found, later.differences),
            leaving=_leaving(later.leaving, successors),
            heirs=_heirs(later.heirs),
        ),
    )


def _differences(found: annex_effects.Preview, which: Iterable[Difference]) -> list[DifferenceTold]:
    return [DifferenceTold(**asdict(one), touched=found.counts.get(one.code, 0)) for one in which]


def _leaving(which: Iterable[annex_effects.Leaving], successors: Mapping[str, str]) -> list[LeavingTold]:
    return [LeavingTold(**asdict(one), successor=successors.get(one.code)) for one in which]


def _heirs(titles: Mapping[str, str]) -> list[HeirTold]:
    return [HeirTold(code=code, title=title) for code, title in titles.items()]
