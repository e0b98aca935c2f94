"""`/annexes`: revisions of annexes of orders, drawn up, compared, published by a second person, taken back. Source: S0, п. 1."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

import regulations
from api.administration import WRITES, make, scope, told
from api.annex_contents import body_of
from api.annex_preview_shapes import PreviewTold
from api.annex_shapes import (
    AnnexContent,
    AnnexesShown,
    AnnexOrder,
    AnnexShown,
    AnnexWhole,
    DraftVersion,
    NewAnnex,
    Publication,
    TakingBack,
)
from api.annex_told import previewed, whole
from api.fields import NearDay
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.vocabulary import PersonId
from storage import annex_effects, annex_reading, publishing

router = APIRouter(prefix="/annexes", tags=["Приказы"])

AnnexPath = Annotated[int, Path(ge=1, le=2**53)]
READS = (401, 403, 404, 422, 503)


@router.get("", responses=responses(401, 403, 503), summary="Приложения к приказам и их редакции")
def list_annexes(shared: Shared, person: Person) -> AnnexesShown:
    """Of each kind and act: drafts, what is in force or will be, what was."""
    with shared.engine.connect() as connection:
        _require(shared, connection, person)
        found = annex_reading.all_of(connection)
    return AnnexesShown(annexes=[AnnexShown.model_validate(row) for row in found])


@router.get("/{annex_id}", responses=responses(*READS), summary="Редакция целиком")
def read_annex(shared: Shared, person: Person, annex_id: AnnexPath) -> AnnexWhole:
    """Its order, and what it says in the words of the order."""
    with shared.engine.connect() as connection:
        _require(shared, connection, person)
        return whole(connection, annex_id)


@router.get("/{annex_id}/preview", responses=responses(*READS), summary="Что изменит публикация")
def preview_annex(
    shared: Shared,
    person: Person,
    annex_id: AnnexPath,
    on: Annotated[NearDay | None, Query(description="с какого дня; по умолчанию с сегодняшнего")] = None,
) -> PreviewTold:
    """Each difference to what else would be in force on the day, and the running messages it touches."""
    with shared.engine.connect() as connection:
        _require(shared, connection, person)
        row = annex_reading.row_of(connection, annex_id)
        if row is None:
            raise not_found()
        day = on or row.valid_from or annex_reading.today(connection)
        try:
            found = annex_effects.preview(connection, row, day)
        except regulations.RegulationError as error:
            raise Problem(422, "table_wrong", str(error), field="content") from None
    return previewed(found, row.successors, day)


@router.get("/{annex_id}/withdrawal", responses=responses(*READS, 409), summary="Что изменит отзыв")
def preview_withdrawal(shared: Shared, person: Person, annex_id: AnnexPath) -> PreviewTold:
    """Each difference between what is in force and what would be, from today or the revision's day on. None: it changes nothing,
    since a later revision says all of it as well."""
    with shared.engine.connect() as connection:
        _require(shared, connection, person)
        row = annex_reading.row_of(connection, annex_id)
        if row is None:
            raise not_found()
        day, found = told(lambda: publishing.undoing(connection, row))
    return previewed(found, row.successors, day)


@router.post("", status_code=201, responses=responses(*WRITES), summary="Подготовить новую редакцию")
def draw_up_annex(shared: Shared, person: Person, key: Key, body: NewAnnex) -> AnnexWhole:
    """A draft with the content of what is in force."""
    values = body.model_dump()
    return _made(shared, person, key, "POST /annexes", body, lambda change: publishing.draw_up(change, values))


@router.patch("/{annex_id}", responses=responses(*WRITES), summary="Изменить реквизиты приказа в проекте")
def change_annex(shared: Shared, person: Person, key: Key, annex_id: AnnexPath, body: AnnexOrder) -> AnnexWhole:
    """Number, date, issuer and title."""
    values = body.model_dump(exclude_unset=True, exclude={"version"})
    if body.scan is not None:
        values["scan"] = str(body.scan)
    return _made(
        shared,
        person,
        key,
        f"PATCH /annexes/{annex_id}",
        body,
        lambda change: publishing.describe(change, annex_id, body.version, values),
    )


@router.put("/{annex_id}/content", responses=responses(*WRITES), summary="Заменить содержание проекта")
def write_annex(shared: Shared, person: Person, key: Key, annex_id: AnnexPath, body: AnnexContent) -> AnnexWhole:
    """As lines, as the order's table from Word, as XLSX or as TOML. 422 `table_wrong` names every fault with its place."""
    given = [name for name in ("lines", "places", "table", "workbook", "toml") if getattr(body, name) is not None]
    if len(given) > 1 or not (given or body.answerers):
        raise Problem(422, "invalid_request", "Дайте содержание в одном виде: lines, places, table, workbook или toml.")
    return _made(
        shared,
        person,
        key,
        f"PUT /annexes/{annex_id}/content",
        body,
        lambda change: publishing.rewrite(change, annex_id, body.version, lambda at, row: body_of(body, at, row)),
    )


@router.post("/{annex_id}/publication", responses=responses(*WRITES), summary="Опубликовать проект")
def publish_annex(shared: Shared, person: Person, key: Key, annex_id: AnnexPath, body: Publication) -> AnnexWhole:
    """By an administrator who did not write it. Who is named no more and has open work needs a successor.

    409 `preview_stale` where another revision came in between: there are other differences than the publisher has read.
    """
    return _made(
        shared,
        person,
        key,
        f"POST /annexes/{annex_id}/publication",
        body,
        lambda change: publishing.publish(change, annex_id, publishing.Publication(**body.model_dump())),
    )


@router.post("/{annex_id}/withdrawal", responses=responses(*WRITES), summary="Отозвать опубликованную редакцию")
def take_back_annex(shared: Shared, person: Person, key: Key, annex_id: AnnexPath, body: TakingBack) -> AnnexWhole:
    """What was in force before is in force again. Whom it alone named and who has open work needs a successor.

    409 `preview_stale` where it would change something else than was read.
    """
    return _made(
        shared,
        person,
        key,
        f"POST /annexes/{annex_id}/withdrawal",
        body,
        lambda change: publishing.take_back(change, annex_id, publishing.Withdrawal(**body.model_dump())),
    )


@router.post("/{annex_id}/categories", responses=responses(*WRITES), summary="Создать недостающие категории перечня")
def make_annex_categories(shared: Shared, person: Person, key: Key, annex_id: AnnexPath) -> AnnexWhole:
    """Publishing does it by itself; this is for the order that came with the system."""
    what = f"POST /annexes/{annex_id}/categories"
    return _made(shared, person, key, what, None, lambda change: publishing.make_categories(change, annex_id))


@router.post("/{annex_id}/discarding", status_code=204, responses=responses(*WRITES), summary="Удалить проект")
def discard_annex(shared: Shared, person: Person, key: Key, annex_id: AnnexPath, body: DraftVersion) -> None:
    """It leaves a line in the log of changes."""
    make(
        shared,
        person,
        key,
        f"POST /annexes/{annex_id}/discarding",
        body,
        lambda change: publishing.discard(change, annex_id, body.version),
    )


def _made(shared: Resources, person: PersonId, key: str, what: str, body: Any, doing: Any) -> AnnexWhole:
    made, _ = make(shared, person, key, what, body, doing)
    with shared.engine.connect() as connection:
        return whole(connection, int(made))


def _require(shared: Resources, connection: Any, person: PersonId) -> None:
    """Orders concern the whole installation: they are shown to whoever may change them."""
    if not scope(shared, connection, person).whole:
        raise Problem(403, "beyond_scope", "Приказами ведает администратор головной организации.")
