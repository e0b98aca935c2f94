"""`/annexes`: revisions of annexes of orders, drawn up, compared, published by a second person, taken back. Source: S0, п. 1."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

import regulations
from api.administration import WRITES, make, scope
from api.annex_shapes import (
    AnnexContent,
    AnnexesShown,
    AnnexOrder,
    AnnexShown,
    AnnexWhole,
    AnswererShown,
    DifferenceTold,
    DraftVersion,
    FactTold,
    LeavingTold,
    LimitedTold,
    LineShown,
    LineTold,
    NewAnnex,
    PreviewTold,
    Publication,
    RoleTold,
    TakingBack,
    TouchedTold,
)
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.annexes import CategoriesAnnex, Responsible, in_words
from domain.vocabulary import PersonId
from regulations.bodies import Codes, categories_body, lines_of, table_of
from regulations.grids import FactLine, Line, pasted, workbook
from regulations.rows import Fault, GridError
from regulations.toml_text import toml_text
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
        return _whole(connection, annex_id)


@router.get("/{annex_id}/preview", responses=responses(*READS), summary="Что изменит публикация")
def preview_annex(
    shared: Shared,
    person: Person,
    annex_id: AnnexPath,
    on: Annotated[date | None, Query(description="с какого дня; по умолчанию с сегодняшнего")] = None,
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
    return _preview(found, row.successors, day)


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
    given = [name for name in ("lines", "table", "workbook", "toml") if getattr(body, name) is not None]
    if len(given) > 1 or not (given or body.answerers):
        raise Problem(422, "invalid_request", "Дайте содержание в одном виде: lines, table, workbook или toml.")
    return _made(
        shared,
        person,
        key,
        f"PUT /annexes/{annex_id}/content",
        body,
        lambda change: publishing.rewrite(change, annex_id, body.version, lambda row, codes: _body(body, row, codes)),
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
    """What was in force before is in force again."""
    return _made(
        shared,
        person,
        key,
        f"POST /annexes/{annex_id}/withdrawal",
        body,
        lambda change: publishing.take_back(change, annex_id, body.reason),
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
        return _whole(connection, int(made))


def _require(shared: Resources, connection: Any, person: PersonId) -> None:
    """Orders concern the whole installation: they are shown to whoever may change them."""
    if not scope(shared, connection, person).whole:
        raise Problem(403, "beyond_scope", "Приказами ведает администратор головной организации.")


def _body(content: AnnexContent, row: Any, codes: Codes) -> dict[str, Any]:
    """The draft's new body. Raises GridError and RegulationError."""
    if content.toml is not None:
        return _toml(content.toml, row.kind)
    if row.kind != publishing.CATEGORIES:
        raise GridError([Fault("содержание", "таблицей вставляют перечень категорий; здесь нужен TOML")])
    given = content.answerers
    if given is None:
        given = [AnswererShown.model_validate(one) for one in row.body["answerers"]]
    known = {one.code: Responsible(one.code, one.title, one.alone, one.listed) for one in given}
    if content.table is not None:
        lines = pasted(content.table, known)
    elif content.workbook is not None:
        lines = workbook(content.workbook, known)
    elif content.lines is not None:
        lines = [_line(one) for one in content.lines]
    else:
        lines = lines_of(regulations.categories_annex(row.body))
    return categories_body(lines, known.values(), codes, row.body)


def _line(one: LineShown) -> Line:
    facts = None if one.facts is None else tuple(FactLine(fact.title, fact.formerly) for fact in one.facts)
    return Line(one.category, one.title, tuple(one.responsible), one.formerly, one.category_formerly, facts)


def _toml(text: str, kind: str) -> dict[str, Any]:
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GridError([Fault("TOML", f"не прочитан: {error}")]) from None
    except RecursionError:
        raise GridError([Fault("TOML", "не прочитан: скобки вложены слишком глубоко")]) from None
    parts = {publishing.ROLES: ("roles",), publishing.CATEGORIES: ("answerers", "categories")}.get(kind)
    return {name: body[name] for name in parts if name in body} if parts else body


def _whole(connection: Any, annex_id: int) -> AnnexWhole:
    row = annex_reading.one(connection, annex_id)
    if row is None:
        raise not_found()
    fault, annex = None, CategoriesAnnex((), ())
    try:
        publishing.checked(row["kind"], row["act"], row["body"])
        if row["kind"] == publishing.CATEGORIES:
            annex = regulations.categories_annex(row["body"])
    except regulations.RegulationError as error:
        fault = str(error)
    return AnnexWhole(
        **AnnexShown.model_validate(row).model_dump(),
        answerers=[AnswererShown(code=a.code, title=a.title, alone=a.alone, listed=a.listed) for a in annex.answerers],
        lines=_lines(annex),
        roles=[RoleTold(**role) for role in row["body"].get("roles", ()) if row["kind"] == publishing.ROLES],
        table=table_of(annex),
        toml=toml_text(row["body"]),
        fault=fault,
        successors=row["successors"],
        missing=publishing.missing(connection, annex),
    )


def _lines(annex: CategoriesAnnex) -> list[LineTold]:
    return [
        LineTold(
            category=above.title,
            title=line.title,
            code=line.code,
            responsible=list(line.responsible),
            formerly=line.formerly,
            category_formerly=above.formerly,
            facts=[FactTold(code=fact.code, title=fact.title, formerly=fact.formerly) for fact in line.facts],
            words=in_words(line.responsible, annex.known),
        )
        for above in annex.categories
        for line in above.subcategories
    ]


def _preview(found: annex_effects.Preview, successors: dict[str, str], on: date) -> PreviewTold:
    return PreviewTold(
        on=on,
        seen=found.seen,
        differences=[
            DifferenceTold(
                subject=one.subject,
                before=one.before,
                after=one.after,
                code=one.code,
                formerly=one.formerly,
                moved=one.moved,
                touched=found.counts.get(one.code, 0),
            )
            for one in found.differences
        ],
        running=found.running,
        touched=found.concerned,
        messages=[TouchedTold.model_validate(one, from_attributes=True) for one in found.touched],
        leaving=[
            LeavingTold(code=one.code, title=one.title, waiting=one.waiting, successor=successors.get(one.code))
            for one in found.leaving
        ],
        limited=[LimitedTold.model_validate(one, from_attributes=True) for one in found.limited],
    )
