"""What the endpoints of reference data share: fields, pages, and how a change by an administrator is made and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

import sqlalchemy as sa
from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.fields import Visible
from api.intake import key_reused
from api.problems import Problem, not_found
from api.resources import Resources
from domain.vocabulary import PersonId
from storage.administration import Change, Refused, Scope, act, change, scope_of
from storage.reference import moment
from storage.repeats import KeyReused, keyed

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible]
Number = Annotated[int, Path(ge=1, le=2**53, description="табельный номер")]
CodePath = Annotated[str, Path(max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Limit = Annotated[int, Query(ge=1, le=500, description="сколько строк на странице")]
Cursor = Annotated[str | None, Query(max_length=63, description="`next` предыдущей страницы")]

WRITES = (400, 401, 403, 404, 409, 413, 422, 503)

Row = TypeVar("Row")
Made = TypeVar("Made")

_STATUS = {
    "not_found": 404,
    "action_forbidden": 403,
    "beyond_scope": 403,
    "own_password": 403,
    "already_exists": 409,
    "draft_stale": 409,
    "preview_stale": 409,
    "category_of_order": 409,
    "page_stale": 409,
    "annex_published": 409,
    "annex_not_published": 409,
    "last_regulation": 409,
    "second_person_needed": 403,
    "work_waits": 409,
    "organisation_in_use": 409,
    "root_stays": 409,
    "last_administrator": 409,
    "measure_over": 409,
    "readers_left": 409,
    "absence_over": 409,
    "absence_overlaps": 409,
    "dry_run_missing": 409,
    "too_many_rules": 409,
    "too_many_templates": 409,
}


class Fields(BaseModel):
    """Fields of something new. What is not declared is refused."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class Changes(Fields):
    """Fields to change; what is not given stays. `nullable`: which of them may be taken away."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _nothing_taken_away(self) -> Self:
        for name in self.model_fields_set - self.nullable:
            if getattr(self, name) is None:
                raise ValueError(f"Поле {name} не может быть пустым.")
        if not self.model_fields_set:
            raise ValueError("Назовите хотя бы одно поле.")
        return self


class Page(BaseModel, Generic[Row]):
    """Страница списка."""

    items: list[Row]
    next: str | None = Field(default=None, description="передайте в cursor за следующей страницей; null: это последняя")


def page(rows: list[Row], limit: int, cursor: Callable[[Row], Any]) -> Page[Row]:
    """The page of `limit` rows, of which one more was asked for."""
    return Page(items=rows[:limit], next=str(cursor(rows[limit - 1])) if len(rows) > limit else None)


def number_of(cursor: str | None) -> int | None:
    """The cursor of a list that is ordered by number. A 422 for anything else."""
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid_request", "Курсор неверен: возьмите его из поля next.", field="cursor")
    return int(cursor)


def make(
    shared: Resources,
    person: PersonId,
    key: str,
    what: str,
    body: BaseModel | None,
    doing: Callable[[Change], str],
    *,
    anybody: bool = False,
) -> tuple[str, bool]:
    """The change is made and committed, or a Problem tells why not. `what`: method and address, part of what the key stands for.

    `anybody`: `doing` itself asks who may.
    """
    write = keyed(person, key, "reference", _sent(what, body))
    return told(lambda: change(shared.engine, write, doing, anybody=anybody))


def act_on(
    shared: Resources, person: PersonId, key: str, what: str, body: BaseModel | None, doing: Callable[[Change], str]
) -> tuple[str, bool]:
    """The same of a task that is the person's own, administrator or not."""
    write = keyed(person, key, "task", _sent(what, body))
    return told(lambda: act(shared.engine, shared.reference, write, doing))


def _sent(what: str, body: BaseModel | None) -> dict[str, Any]:
    return {"what": what, "body": body.model_dump(mode="json", exclude_unset=True) if body else {}}


def told(doing: Callable[[], Made]) -> Made:
    """What was made, or the Problem that tells why nothing was."""
    try:
        return doing()
    except KeyReused:
        raise key_reused() from None
    except Refused as refused:
        found = refused.refusal
        status = _STATUS.get(found.code, 422)
        raise Problem(status, found.code, found.detail, field=found.field, waiting=refused.waiting) from None


def require_administrator(shared: Resources, person: PersonId) -> None:
    """A 403 for whoever administers nothing: before anything is done that costs time."""
    with shared.engine.connect() as connection:
        if not scope(shared, connection, person).grants:
            raise Problem(403, "action_forbidden", "Справочники меняет администратор.")


def kept_by(over: Scope, row: sa.RowMapping | None, refusal: str) -> sa.RowMapping:
    """The row of an organisation, for its administrators: a 404 for those of others. The `refusal` is for whoever is none."""
    if not over.grants:
        raise Problem(403, "action_forbidden", refusal)
    if row is None or not over.covers(row["organisation"]):
        raise not_found()
    return row


def scope(shared: Resources, connection: sa.Connection, person: PersonId) -> Scope:
    """What the person administers now."""
    at = moment(connection)
    return scope_of(shared.reference.directory(connection, at), person, at.now)
