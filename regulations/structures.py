"""The annex on subordination and on who answers here: its body, and what of it cannot be so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.annexes import Responsible
from domain.structure import Names, Structure
from regulations.reading import RegulationError, Table
from regulations.rows import Fault

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a revision is laid over: the `record`. `now`: what is in force without the revision; `homes`: the organisation of each
    unit; `resting`: organisations that work no more; `answerers`: all whom orders name, by code."""

    record: Structure
    now: Structure
    names: Names
    homes: Mapping[str, str]
    resting: Collection[str]
    answerers: Mapping[str, Responsible]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A line of the annex in words. `above`: the title of its superior or, of a unit, of its organisation."""

    id: str
    unit: bool
    parent: str | None
    order_code: str | None
    title: str
    above: str
    called: str
    depth: int


def structure_annex(body: Mapping[str, object], origin: str = "annex") -> Structure:
    """The annex as its body has it. Raises `RegulationError` at the first thing that is missing, unknown or doubled."""
    table = Table(body, origin).expect(optional=["organisations", "units"])
    organisations = table.tables("organisations") if body.get("organisations") else []
    units = table.tables("units") if body.get("units") else []
    for row in organisations:
        row.expect("id", optional=["parent", "order_code"])
    for row in units:
        row.expect("id", optional=["order_code"])
    found = [(row.matching("id", _ID), _parent(row), _code(row)) for row in organisations]
    of_units = [(row.matching("id", _ID), _code(row)) for row in units]
    table.unique("organisations", [one for one, _, _ in found])
    table.unique("units", [one for one, _ in of_units])
    return Structure({one: parent for one, parent, _ in found}, {one: code for one, _, code in found}, dict(of_units))


def structure_body(structure: Structure) -> dict[str, Any]:
    """The body that says this."""
    organisations = [
        {"id": one} | _given(parent=structure.above[one], order_code=structure.organisations.get(one))
        for one in sorted(structure.above)
    ]
    units = [{"id": one} | _given(order_code=code) for one, code in sorted(structure.units.items())]
    return {"organisations": organisations, "units": units}


def structure_lines(annex: Structure, ground: Ground) -> Iterator[PlaceLine]:
    """Each organisation below its superior, and after it its units; by title. Also what the annex does not list."""
    whole, names = annex.over(ground.record).sound(ground.record), ground.names

    def place(one: str) -> tuple[str, ...]:
        return tuple(f"{names.organisations[step]} {step}" for step in whole.path(one))

    homes: dict[str, list[str]] = {}
    for unit in sorted(whole.units, key=lambda one: (names.units[one], one)):
        homes.setdefault(ground.homes[unit], []).append(unit)
    for one in sorted(whole.above, key=place):
        above, depth = whole.above[one], len(whole.path(one)) - 1
        yield _line(one, whole.organisations[one], above, names.organisations[one], depth, names, unit=False)
        for unit in homes.get(one, ()):
            yield _line(unit, whole.units[unit], one, names.units[unit], depth + 1, names, unit=True)


def _line(
    one: str, code: str | None, above: str | None, title: str, depth: int, names: Names, *, unit: bool
) -> PlaceLine:
    called = names.answerers.get(code, code) if code else ""
    return PlaceLine(one, unit, above, code, title, names.organisations[above] if above else "", called, depth)


def wrong(annex: Structure, ground: Ground) -> Iterator[tuple[str, str]]:
    """With whom something would be wrong by the revision, and what. Nothing wrong: it may be published.

    Also with whom it does not list: that comes to stand again where the record has it.
    """
    if unknown := tuple(_unknown(annex, ground)):
        yield from unknown
        return
    whole = annex.over(ground.record)
    for one in sorted(whole.above):
        if told := _misplaced(one, whole, ground):
            yield one, told
    for codes, were in ((whole.organisations, ground.now.organisations), (whole.units, ground.now.units)):
        for one, code in codes.items():
            if code is not None and code != were[one] and code not in ground.answerers:
                yield one, f"«{code}»: такого нет среди тех, кто отвечает по приказу"


def require_right(annex: Structure, ground: Ground, origin: str) -> None:
    """Raises `RegulationError` for the first line that cannot be so."""
    for one, told in wrong(annex, ground):
        raise RegulationError(f"{origin}.{one}", told, "исправьте строку")


def faults(annex: Structure, ground: Ground, places: Mapping[str, str]) -> list[Fault]:
    """All that cannot be so, each with where it stands. `places`: sheet and row of what came in a table."""
    return [Fault(places.get(one, one), f"код {one}: {told}") for one, told in wrong(annex, ground)]


def _unknown(annex: Structure, ground: Ground) -> Iterator[tuple[str, str]]:
    for one, above in annex.above.items():
        if one not in ground.now.above:
            yield one, "такой организации нет: проверьте код"
        elif above is not None and above not in ground.now.above:
            yield one, f"вышестоящей организации «{above}» нет: проверьте код"
    for one in annex.units:
        if one not in ground.now.units:
            yield one, "такого подразделения нет: проверьте код"


def _misplaced(one: str, whole: Structure, ground: Ground) -> str | None:
    above, was = whole.above[one], ground.now.above[one]
    if (above is None) != (was is None):
        return "укажите вышестоящую организацию" if above is None else "у головной организации вышестоящей нет"
    if whole.is_circle(one):
        return "оказывается выше самой себя: проверьте вышестоящие организации"
    if above is not None and above != was and above in ground.resting and one not in ground.resting:
        return f"вышестоящая организация «{ground.names.organisations[above]}» не действует"
    return None


def _parent(row: Table) -> str | None:
    return row.matching("parent", _ID) if "parent" in row.values else None


def _code(row: Table) -> str | None:
    return row.code("order_code") if "order_code" in row.values else None


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
