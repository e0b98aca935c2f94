"""Templates of answers: kept by administrators of an organisation, offered to whoever writes an answer. Source: S0-22; G-22."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Response

from api.administration import WRITES, kept_by, make, require_administrator, scope
from api.answer_template_shapes import (
    NewTemplate,
    OfferedTemplate,
    OfferedTemplates,
    TemplateActive,
    TemplateFields,
    TemplatePreview,
    TemplateShown,
    TemplateToShow,
    TemplateVersion,
)
from api.differences import differences
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain import answer_templates as grammar
from domain.answer_templates import GrammaticalCase, Value
from domain.vocabulary import PersonId
from storage import answer_templates as templates
from storage import cards, declension
from storage.engine import reading
from storage.template_values import look_of

router = APIRouter(tags=["Шаблоны ответов"])

READS = (401, 403, 404, 422, 503)
TemplateNumber = Annotated[int, Path(ge=1, le=2**53)]
Organisation = Annotated[str, Query(max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]

_CARD = {
    Value.APPLICANT: "Соколова Анна Викторовна",
    Value.ORGANISATION: "Городская поликлиника № 2",
    Value.CATEGORY: "Медицинские осмотры",
    Value.SUBCATEGORY: "Запись на приём",
    Value.NUMBER: "2026-0000123",
    Value.RECEIVED_ON: "2 марта 2026 года",
    Value.DUE_ON: "1 апреля 2026 года",
    Value.TODAY: "10 марта 2026 года",
}
"""A card that nobody has sent."""

_ADMINISTRATORS = "Шаблоны ведёт администратор организации."


@router.get("/answer-templates", responses=responses(*READS), summary="Шаблоны ответов организации")
def list_templates(shared: Shared, person: Person, organisation: Organisation) -> list[TemplateShown]:
    """By title: for administrators of the organisation."""
    with shared.engine.connect() as connection:
        if not scope(shared, connection, person).covers(organisation):
            raise Problem(403, "action_forbidden", _ADMINISTRATORS)
        return [_shown(row) for row in templates.of_organisation(connection, organisation)]


@router.post("/answer-templates", status_code=201, responses=responses(*WRITES), summary="Создать шаблон ответа")
def create_template(shared: Shared, person: Person, key: Key, body: NewTemplate) -> TemplateShown:
    """Offered at once to whoever answers in the organisation and below it."""
    values = body.model_dump(exclude={"organisation"})
    made, _ = make(
        shared,
        person,
        key,
        "POST /answer-templates",
        body,
        lambda change: templates.create(change, body.organisation, values),
    )
    return read_template(shared, person, int(made))


@router.post("/answer-templates/preview", responses=responses(*WRITES), summary="Ответ по придуманной карточке")
def preview_template(shared: Shared, person: Person, body: TemplateToShow) -> TemplatePreview:
    """Nothing is kept."""
    require_administrator(shared, person)
    template = grammar.read(body.text)
    return TemplatePreview(
        text=grammar.filled(template, _made_up), fields=list(template.fields), locked=list(template.locked)
    )


@router.get("/answer-templates/{template}", responses=responses(*READS), summary="Шаблон ответа")
def read_template(shared: Shared, person: Person, template: TemplateNumber) -> TemplateShown:
    """Its latest version."""
    with shared.engine.connect() as connection:
        return _shown(_template(shared, connection, person, template))


@router.put("/answer-templates/{template}", responses=responses(*WRITES), summary="Новая версия шаблона")
def revise_template(
    shared: Shared, person: Person, key: Key, template: TemplateNumber, body: TemplateFields
) -> TemplateShown:
    """Answers keep the version that they were made of."""
    what, values = f"PUT /answer-templates/{template}", body.model_dump()
    make(shared, person, key, what, body, lambda change: templates.revise(change, template, values))
    return read_template(shared, person, template)


@router.put("/answer-templates/{template}/active", responses=responses(*WRITES), summary="Предлагать ли шаблон")
def set_active(
    shared: Shared, person: Person, key: Key, template: TemplateNumber, body: TemplateActive
) -> TemplateShown:
    """A template that is offered no more stays with the answers that were made of it."""
    what = f"PUT /answer-templates/{template}/active"
    make(shared, person, key, what, body, lambda change: templates.set_active(change, template, body.active))
    return read_template(shared, person, template)


@router.get("/answer-templates/{template}/versions", responses=responses(*READS), summary="Версии шаблона")
def list_versions(shared: Shared, person: Person, template: TemplateNumber) -> list[TemplateVersion]:
    """Latest first, each with what it changed."""
    with shared.engine.connect() as connection:
        _template(shared, connection, person, template)
        rows = templates.versions(connection, template)
    older = [row["text"] for row in rows[1:]]
    return [
        TemplateVersion(
            version=row["version"],
            made_at=row["made_at"],
            author=row["author"],
            template=_fields(row),
            difference=differences(older[place], row["text"]) if place < len(older) else None,
        )
        for place, row in enumerate(rows)
    ]


@router.get(
    "/messages/{message_id}/answer-templates", responses=responses(*READS), summary="Шаблоны, подходящие сообщению"
)
def read_offered(shared: Shared, person: Person, message_id: UUID, response: Response) -> OfferedTemplates:
    """With the card's values put in: for whoever works on the answer."""
    response.headers["Cache-Control"] = "private, no-store"
    return offered_for(shared, person, message_id)


def offered_for(shared: Resources, person: PersonId, message_id: UUID) -> OfferedTemplates:
    """The templates. A 403 for whoever does not work on the message."""
    with reading(shared.engine) as connection:
        card = cards.find(connection, shared.reference, str(message_id), person)
        if card is None:
            raise not_found()
        if not card.inside:
            raise Problem(403, "action_forbidden", "Шаблоны видят те, кто работает над ответом.")
        rows = templates.fitting(connection, card.case, card.world.directory)
    look = look_of(card)
    found = []
    for row in rows:
        template = grammar.read(row["text"])
        found.append(
            OfferedTemplate(
                template=templates.reference_of(row["id"], row["version"]),
                title=row["title"],
                organisation=row["organisation"],
                by_rule=row["id"] == card.case.template,
                fields=list(template.fields),
                text=grammar.filled(template, look),
            )
        )
    return OfferedTemplates(templates=found)


def _made_up(value: Value, case: GrammaticalCase) -> str:
    if value is Value.GREETING:
        return declension.greeting(_CARD[Value.APPLICANT], legal_entity=False)
    if value is Value.APPLICANT:
        return declension.person(_CARD[value], case)
    return declension.title(_CARD[value], case) if value in grammar.DECLINED else _CARD[value]


def _template(shared: Resources, connection: sa.Connection, person: PersonId, template: int) -> sa.RowMapping:
    return kept_by(scope(shared, connection, person), templates.one(connection, template), _ADMINISTRATORS)


def _shown(row: sa.RowMapping) -> TemplateShown:
    return TemplateShown(
        id=row["id"],
        organisation=row["organisation"],
        version=row["version"],
        active=row["active"],
        changed_at=row["made_at"],
        template=_fields(row),
    )


def _fields(row: sa.RowMapping) -> TemplateFields:
    return TemplateFields(title=row["title"], categories=row["categories"], text=row["text"])
