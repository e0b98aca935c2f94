"""What the kinds of annexes differ in: how a draft begins, when it can be relied on, what hangs on what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

import regulations
from regulations.orders import require_clean
from regulations.structures import require_right
from storage import annexes, category_names, structures
from storage.administration import Change, Refused

REGULATION, ROLES, CATEGORIES, STRUCTURE = "regulation", "roles", "categories", structures.KIND

_EMPTY: Mapping[str, dict[str, Any]] = {ROLES: {"roles": []}, CATEGORIES: {"answerers": [], "categories": []}}


def begun(change: Change, kind: str, act: str) -> Mapping[str, Any]:
    """What a new draft says: what is in force, for somebody to change. Raises Refused where there cannot be such an annex."""
    on = annexes.today(change.connection, change.at)
    if kind == STRUCTURE:
        if act != structures.ACT:
            raise Refused("annex_unknown", f"Подведомственность вводят приказом {structures.ACT}.", "act")
        return regulations.structure_body(structures.on_day(change.connection, on))
    is_this = annexes.annex.c.kind == kind, annexes.annex.c.act == act
    base = change.connection.execute(annexes.latest(on, *is_this)).one_or_none()
    if base is None and kind == REGULATION:
        raise Refused("annex_unknown", "Такого регламента в системе нет.", "act")
    return _without_former_names(base.body) if base else _EMPTY[kind]


def check(connection: sa.Connection, row: Mapping[str, Any], body: Mapping[str, Any], on: date) -> None:
    """Raises RegulationError unless the body can be relied on from the day on, and is of the row's act."""
    kind, act = row["kind"], row["act"]
    if kind == CATEGORIES:
        require_clean(regulations.categories_annex(body, act), act)
    elif kind == STRUCTURE:
        require_right(regulations.structure_annex(body, act), structures.ground(connection, on, row["id"]), act)
    elif kind == ROLES:
        regulations.roles_annex(body, act)
    elif (found := regulations.parse(body, act)).code != act:
        raise regulations.RegulationError(f"{act}.code", f"{found.code!r}: другой акт", f"напишите {act}")


def settle(change: Change, kind: str) -> None:
    """What hangs on the annexes in force is as they say now. Raises Refused where one cannot give way."""
    if kind == CATEGORIES:
        category_names.put_right(change.connection, change.at)
    elif kind == STRUCTURE:
        on = annexes.today(change.connection, change.at)
        if (one := structures.leaning(change.connection, on)) is not None:
            told = f"«{one}» оказалась бы ниже организации, которая не действует: сначала измените это новой редакцией."
            raise Refused("organisation_inactive", told)
        structures.settle(change.connection, change.at)


def _without_former_names(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the next draft: what the last revision renamed is called so now."""

    def as_now(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: as_now(inner) for name, inner in value.items() if name != "formerly"}
        return [as_now(inner) for inner in value] if isinstance(value, list) else value

    return {name: as_now(value) if name == "categories" else value for name, value in body.items()}
