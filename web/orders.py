"""Orders in force for anybody: who issued them, when, and the rules by which messages are worked on here. Source: S0-17; S1-02."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.orders import list_orders, read_order
from api.problems import Problem, not_found
from api.regulations import RegulationShown, read_regulation
from api.resources import Resources, Shared
from web.rendering import bare

router = APIRouter(prefix="/orders", include_in_schema=False)


@router.get("")
def show_all(shared: Shared) -> Response:
    """All that are in force."""
    return bare(shared, "orders.html", orders=list_orders(shared).orders)


@router.get("/{code}")
def show(shared: Shared, code: str) -> Response:
    """The order with its annexes, and the rules by which messages are worked on where it is a regulation."""
    found = next((one for one in list_orders(shared).orders if one.code == code), None)
    if found is None:
        raise not_found()
    return bare(shared, "order.html", order=read_order(shared, code), rules=_rules(shared, code))


def _rules(shared: Resources, code: str) -> RegulationShown | None:
    """What messages begin under today, where the order is a regulation of this installation."""
    try:
        found = read_regulation(shared, code)
    except Problem:
        return None
    return found if found.in_force else None
