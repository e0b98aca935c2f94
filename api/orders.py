"""Orders in force, for everybody: heads, role model, who answers about what. Source: S0-17; S1-02.

Below `api.measures`, whose `/orders/controlled` is no code of an order.
"""

from __future__ import annotations

from fastapi import APIRouter

from api.measure_shapes import (
    AnnexInForce,
    Answered,
    CategoryAnswered,
    OrderShown,
    OrdersShown,
    OrderWhole,
    PlaceInForce,
)
from api.measures import CodePath
from api.problems import not_found, responses
from api.regulations import words
from api.resources import Shared
from domain.annexes import in_words
from storage.annex_reading import today
from storage.engine import reading
from storage.orders import orders_in_force
from storage.structures import in_words as in_words_here

router = APIRouter(tags=["Приказы и меры"])


@router.get("/orders", responses=responses(503), summary="Действующие приказы")
def list_orders(shared: Shared) -> OrdersShown:
    """Open to everybody: the orders in force, without the people whom they name."""
    with reading(shared.engine) as connection:
        found = orders_in_force(connection)
    return OrdersShown(orders=[OrderShown.model_validate(one, from_attributes=True) for one in found])


@router.get("/orders/{code}", responses=responses(404, 422, 503), summary="Приказ и его приложения")
def read_order(shared: Shared, code: CodePath) -> OrderWhole:
    """Open to everybody: what is in force of it today, with the role model and who answers about what."""
    with reading(shared.engine) as connection:
        found = next((one for one in orders_in_force(connection) if one.code == code), None)
        named = list(in_words_here(connection, today(connection))) if found and "structure" in found.annexes else []
    if found is None:
        raise not_found()
    listed = found.categories
    known = listed.known if listed else {}
    return OrderWhole(
        **OrderShown.model_validate(found, from_attributes=True).model_dump(),
        annexes={
            kind: AnnexInForce(number=row["order_number"], signed_on=row["signed_on"], valid_from=row["valid_from"])
            for kind, row in found.annexes.items()
        },
        roles=words(found.roles),
        structure=[PlaceInForce.model_validate(one, from_attributes=True) for one in named],
        categories=[
            CategoryAnswered(
                title=above.title,
                subcategories=[
                    Answered(
                        title=line.title,
                        responsible=in_words(line.responsible, known),
                        facts=[fact.title for fact in line.facts],
                    )
                    for line in above.subcategories
                ],
            )
            for above in (listed.categories if listed else ())
        ],
    )
