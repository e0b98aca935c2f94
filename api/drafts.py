"""`/messages/{id}/drafts/{action}`: what I have written and not sent yet, kept by itself on every device of mine.

PUT and DELETE may be repeated as they are: they name the version that was seen, so they need no Idempotency-Key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.actions import FIELDS
from api.attachments import AttachmentShown
from api.attachments import shown as file_shown
from api.fields import Files
from api.problems import FieldError, Problem, invalid, not_found, responses
from api.resources import Person, Resources, Shared
from domain.vocabulary import Action, PersonId
from storage import attachments, cases, queries, unsent
from storage.sight import Sight
from storage.unsent import Stale, TooLong, Unsent, Whose

router = APIRouter(prefix="/messages/{message_id}/drafts", tags=["Черновики"])

_Simple = str | int | bool | None
Version = Annotated[int, Field(ge=0, le=2**53, description="версия черновика, которую вы видели; 0: его не было")]


class DraftToKeep(BaseModel):
    """Черновик решения: поля действия, как они заполнены сейчас. Проверяются, только когда решение отправят."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"version": 0, "parameters": {"type": "solved", "text": "В регистратуре добавлена вторая"}}]
        },
    )

    version: Annotated[Version, Field(strict=True)]
    parameters: dict[str, _Simple | list[_Simple] | dict[str, _Simple]] = Field(max_length=30)


class DraftKept(BaseModel):
    """Черновик, который хранится."""

    action: Action
    version: int = Field(description="назовите её, когда сохраняете следующий раз")
    saved_at: datetime
    parameters: dict[str, Any]
    files: list[AttachmentShown] = Field(
        description="файлы, названные в parameters: пока они в черновике, они хранятся"
    )


@router.get("/{action}", responses=responses(401, 403, 404, 422, 503), summary="Прочитать черновик")
def read_draft(shared: Shared, person: Person, message_id: UUID, action: Action, response: Response) -> DraftKept:
    """My draft; 404 when there is none."""
    response.headers["Cache-Control"] = "private, no-store"
    found = kept(shared, Whose(person, str(message_id), action))
    if found is None:
        raise not_found()
    return found


@router.put("/{action}", responses=responses(400, 401, 403, 404, 409, 413, 422, 503), summary="Сохранить черновик")
def keep_draft(shared: Shared, person: Person, message_id: UUID, action: Action, body: DraftToKeep) -> DraftKept:
    """My draft is this, unless I changed it elsewhere meanwhile: 409 then, and what is kept stays."""
    return keep(shared, Whose(person, str(message_id), action), body.version, body.parameters)


@router.delete(
    "/{action}", status_code=204, responses=responses(401, 403, 404, 409, 422, 503), summary="Удалить черновик"
)
def discard_draft(
    shared: Shared, person: Person, message_id: UUID, action: Action, version: Annotated[Version, Query()]
) -> Response:
    """I have no draft any more, unless I changed it elsewhere meanwhile."""
    discard(shared, Whose(person, str(message_id), action), version)
    return Response(status_code=204)


def kept(shared: Resources, whose: Whose) -> DraftKept | None:
    """What is kept for the person, who must still see the message."""
    with shared.engine.connect() as connection:
        _require_sight(connection, shared, whose.person, whose.case_id)
        found = unsent.read(connection, whose)
        return _shown(connection, whose, found) if found else None


def keep(shared: Resources, whose: Whose, version: int, parameters: Mapping[str, Any]) -> DraftKept:
    """The draft is kept and committed. Whoever lost the message meanwhile may keep on writing: his words are not taken away."""
    parameters = _checked(whose.action, parameters)
    with shared.engine.begin() as connection:
        sight = queries.sight(connection, shared.reference, whose.case_id, whose.person)
        record = cases.read(connection, whose.case_id)
        if sight is None or record is None:
            raise not_found()
        if sight is not Sight.FORMER and not record.case.open:  # whom it has left is not told that the work is done
            raise Problem(409, "case_closed", "Работа по сообщению завершена: черновик больше не нужен.")
        try:
            found = unsent.keep(connection, whose, version, parameters)
        except Stale:
            raise _stale() from None
        except TooLong:
            raise Problem(413, "draft_too_long", "Черновик слишком велик: сократите текст.") from None
        return _shown(connection, whose, found)


def discard(shared: Resources, whose: Whose, version: int) -> None:
    """Nothing is kept any more."""
    with shared.engine.begin() as connection:
        _require_sight(connection, shared, whose.person, whose.case_id)
        try:
            unsent.discard(connection, whose, version)
        except Stale:
            raise _stale() from None


def _checked(action: Action, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Half a decision may be wrong in everything but the names of its fields, and of its files."""
    if unknown := sorted(parameters.keys() - FIELDS[action].model_fields.keys()):
        errors = [FieldError(field=f"parameters.{name}", detail="Такого поля нет.") for name in unknown]
        raise Problem(422, "invalid_request", "В черновике есть поля, которых нет у действия.", errors=errors)
    files = {}
    for name in attachments.ROLES.keys() & parameters.keys():
        try:
            files[name] = [str(file) for file in _FILES.validate_python(parameters[name] or [])]
        except ValidationError as error:
            raise invalid(error.errors(), prefix=f"parameters.{name}.") from None
    return {**parameters, **files}


_FILES = TypeAdapter[list[UUID]](Files)


def _shown(connection: sa.Connection, whose: Whose, found: Unsent) -> DraftKept:
    files = attachments.usable(connection, attachments.named_in(found.parameters), whose.person, whose.case_id)
    return DraftKept(
        action=whose.action,
        version=found.version,
        saved_at=found.saved_at,
        parameters=dict(found.parameters),
        files=[file_shown(file) for file in files.values()],
    )


def _require_sight(connection: sa.Connection, shared: Resources, person: PersonId, message: str) -> None:
    if not queries.may_see(connection, shared.reference, message, person):
        raise not_found()


def _stale() -> Problem:
    detail = (
        "Черновик изменён в другом окне или на другом устройстве. Откройте его заново; написанное здесь не сохранено."
    )
    return Problem(409, "draft_stale", detail, field="version")
