"""`GET /messages/{id}/choices`: a choice that is too long for the card is searched by words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.candidates import PEOPLE, Trial, allowed, candidates
from api.choices import option
from api.problems import not_found, responses
from api.resources import Person, Resources, Shared
from domain.vocabulary import Action, PersonId
from domain.words import searchable
from storage import cards
from storage.cards import Card
from storage.engine import reading

router = APIRouter(prefix="/messages", tags=["Сообщения"])

MOST_FOUND = 100


class Found(BaseModel):
    """Одно значение, как в oneOf карточки."""

    model_config = ConfigDict(serialize_by_alias=True)

    const: int | str = Field(examples=["polyclinic"])
    title: str = Field(examples=["Городская поликлиника"])
    category: str | None = Field(default=None, alias="x-category", description="категория подкатегории")


class ChoicesFound(BaseModel):
    """Что можно выбрать, по алфавиту."""

    items: list[Found]
    more: bool = Field(description="показаны не все: уточните слова")


@router.get(
    "/{message_id}/choices",
    response_model_exclude_none=True,
    responses=responses(401, 403, 404, 422, 503),
    summary="Найти значение поля для действия",
)
def search_choices(
    shared: Shared,
    person: Person,
    message_id: UUID,
    response: Response,
    action: Action,
    field: Annotated[str, Query(max_length=63, examples=["organisation"])],
    words: Annotated[str | None, Query(max_length=100, description="части названия или имени в любом порядке")] = None,
) -> ChoicesFound:
    """What the rules would take now. A 404 unless the card offers this person the action, and the field such a choice."""
    response.headers["Cache-Control"] = "private, no-store"
    return found_choices(shared, person, message_id, action, field, words or "")


def found_choices(
    shared: Resources,
    person: PersonId,
    message_id: UUID,
    action: Action,
    field: str,
    words: str,
    chosen: Collection[str] = (),
) -> ChoicesFound:
    """What has the words, and before it what is chosen already, whatever the words are."""
    with reading(shared.engine) as connection:
        card = cards.find(connection, shared.reference, str(message_id), person)
        rule = next((rule for rule in allowed(card) if rule.action is action), None) if card else None
        known = candidates(card, action).get(field) if card and rule else None
        if card is None or rule is None or known is None:
            raise not_found()
        trial = Trial.of(card)
        values = list(known)
        kept = list(_by_title(connection, card, field, [value for value in values if str(value) in chosen]))
        options = _by_title(connection, card, field, values, searchable(words).split())
        found = list(islice((one for one in options if trial.fits(rule, field, one["const"])), MOST_FOUND + 1))
    items = [*kept, *(one for one in found[:MOST_FOUND] if one not in kept)]
    return ChoicesFound(items=[Found(**one) for one in items], more=len(found) > MOST_FOUND)


def _by_title(
    connection: sa.Connection, card: Card, field: str, known: list[Any], words: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """The values whose titles have all the words, by title."""
    names = cards.names(connection, known) if field in PEOPLE else {}
    titled = [(searchable(one["title"]), one) for one in (option(card, field, value, names) for value in known)]
    matching = [pair for pair in titled if all(word in pair[0] for word in words)]
    return (one for _, one in sorted(matching, key=lambda pair: (pair[0], str(pair[1]["const"]))))
