"""`GET /answerers`: who answers by the orders in force, and which units and organisations here that is. Source: S0, пп. 2, 4, 5."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.problems import responses
from api.resources import Person, Shared
from storage.reference import moment

router = APIRouter(tags=["Приказы"])


class AnswererHere(BaseModel):
    """Кто отвечает по приказу, и кто это здесь."""

    code: str = Field(examples=["staff"])
    title: str = Field(examples=["Отдел кадрового обеспечения"])
    units: list[str] = Field(description="подразделения с этим кодом", examples=[["ministry.staff"]])
    organisations: list[str] = Field(description="организации с этим кодом")


class AnswerersHere(BaseModel):
    """Все, кто отвечает, и по каким подкатегориям."""

    answerers: list[AnswererHere]
    responsible: dict[str, list[str]] = Field(
        description="коды тех, кто отвечает, в порядке приказа, по подкатегориям",
        examples=[{"medicine.pharmacies": ["adults"]}],
    )


@router.get("/answerers", responses=responses(401, 503), summary="Кто отвечает по действующим приказам")
def list_answerers(shared: Shared, person: Person) -> AnswerersHere:
    """As the directory of this instant has it."""
    with shared.engine.connect() as connection:
        directory = shared.reference.directory(connection, moment(connection))
    found = [
        AnswererHere(code=one.code, title=one.title, units=list(one.units), organisations=list(one.organisations))
        for one in directory.answerers.values()
    ]
    responsible = {code: list(codes) for code, codes in directory.responsible.items()}
    return AnswerersHere(answerers=found, responsible=responsible)
