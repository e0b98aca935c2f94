"""The morning round: what a head looks over each working day, the record of it, and who missed which day. Source: S0, п. 2, 4."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.days import in_a_row
from api.fields import NearDay
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Shared
from api.shown import MOST_ID, Named, PersonShown, cursor_of, cursor_wrong, parts_of, titled
from api.titles import STAGES
from domain.rounds import is_responsible
from domain.vocabulary import PersonId
from storage import round_days, rounds
from storage.engine import reading
from storage.viewer import Viewer, viewer_of

router = APIRouter(tags=["Утренний обход"])

LONGEST = 366
"""Days between the first and the last that are asked for."""
MOST = 500
"""Rows of a page."""
MOST_CURSOR = 4000
"""Characters of a place in the list: it has the title of an organisation and the name of a person, up to 300 each."""


class Counts(BaseModel):
    """Сколько чего в обходе."""

    fresh: int = Field(description="новых: ещё никому не назначены")
    waiting: int = Field(description="всего без ответа")
    warned: int = Field(description="срок этапа подходит")
    overdue: int = Field(description="какой-то срок истёк")


class RoundRow(BaseModel):
    """Сообщение в обходе, без данных заявителя."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    received_at: datetime
    stage: Named
    organisation: str
    subcategory: str | None
    opening: str
    holder: str | None
    due_at: datetime
    stage_due_at: datetime | None
    first_reaction_due_at: datetime | None
    late: bool
    warned: bool
    fresh: bool
    opens: bool = Field(description="карточка вам видна")


class LookShown(BaseModel):
    """Просмотр за отсутствующего руководителя, которого вы замещаете с его полномочиями."""

    person: PersonShown = Field(description="за кого")
    looked_at: datetime | None = Field(description="когда сегодня просмотрено; null: ещё нет")
    by: PersonShown | None = Field(description="кто просмотрел")


class Round(BaseModel):
    """Обход на сегодня. Первый просмотр дня остаётся в записи."""

    at: datetime
    on_day: date
    looked_at: datetime | None = Field(description="когда сегодня просмотрено; null: ещё нет")
    looked_by: PersonShown | None = Field(description="кто просмотрел: вы сами или замещающий; null: ещё никто")
    in_place_of: list[LookShown] = Field(description="за кого ещё вы смотрите сегодня: то же лежит и в вашем обходе")
    counts: Counts
    messages: list[RoundRow] = Field(description=f"сначала просроченные, не больше {rounds.MOST_ROWS}")


class DayOfRound(BaseModel):
    """День одного руководителя."""

    person: PersonShown
    position: str
    organisation: Named
    on_day: date
    looked_at: datetime | None = Field(description="null: рабочий день прошёл без просмотра")
    by: PersonShown | None = Field(
        description="кто просмотрел или должен был: он сам или замещающий; null: он отсутствовал, а замещающего с его "
        "полномочиями не было"
    )
    counts: Counts | None


class RoundsShown(BaseModel):
    """Кто просматривал сообщения и кто нет, сначала последние дни."""

    first: date
    last: date
    days: list[DayOfRound]
    next: str | None = Field(description="передайте в cursor за следующей страницей; null: это последняя")


class WantedRounds(BaseModel):
    """За какие дни; иначе за последние две недели."""

    model_config = ConfigDict(extra="forbid")

    first: NearDay | None = None
    last: NearDay | None = None
    missed: bool = Field(default=False, description="только пропущенные дни")
    cursor: str | None = Field(default=None, max_length=MOST_CURSOR, description="next предыдущей страницы")
    limit: int = Field(default=100, ge=1, le=MOST)


@router.get("/round", responses=responses(401, 403, 503), summary="Мой утренний обход")
def read_round(shared: Shared, person: Person) -> Round:
    """What lies unanswered where I am a head. A 403 for whoever is none."""
    with reading(shared.engine) as connection:
        return _round(connection, _head(connection, shared, person))


@router.post("/round", responses=responses(400, 401, 403, 503), summary="Просмотрено")
def look(shared: Shared, person: Person, key: Key) -> Round:
    """I looked today, for the heads in whose place I am too: that is in the record. Only the first time of a day counts."""
    with shared.engine.begin() as connection:
        viewer = _head(connection, shared, person)
        rounds.look(connection, viewer)
        return _round(connection, viewer)


@router.get("/rounds", responses=responses(401, 403, 422, 503), summary="Кто просматривал сообщения по дням")
def read_rounds(shared: Shared, person: Person, wanted: Annotated[WantedRounds, Query()]) -> RoundsShown:
    """Of the organisations that the curator oversees. A 403 for whoever oversees none."""
    return rounds_of(shared, person, wanted)


def rounds_of(shared: Resources, person: PersonId, wanted: WantedRounds) -> RoundsShown:
    """The page of the days asked for."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        grants = round_days.overseen(viewer.directory, person, viewer.at)
        if not grants:
            raise Problem(403, "curators_only", "Кто просматривал сообщения, видят кураторы.")
        first, last = in_a_row(wanted.first, wanted.last, today=rounds.today_of(viewer), usual=14, most=LONGEST)
        asked = round_days.Wanted(first, last, wanted.missed, _place(wanted.cursor))
        found = round_days.days(connection, grants, viewer.directory, asked, wanted.limit)
    shown = found[: wanted.limit]
    following = cursor_of(*shown[-1].key) if len(found) > wanted.limit else None
    return RoundsShown(first=first, last=last, days=[_day(one) for one in shown], next=following)


def _place(cursor: str | None) -> round_days.Key | None:
    if cursor is None:
        return None
    on_day, organisation, name, person = parts_of(cursor, 4)
    try:
        place = date.fromisoformat(on_day), str(organisation), str(name), int(person)
    except (ValueError, TypeError):
        raise cursor_wrong() from None
    if not 0 < place[-1] <= MOST_ID or "\0" in place[1] + place[2]:
        raise cursor_wrong()
    return place


def _head(connection: Connection, shared: Resources, person: PersonId) -> Viewer:
    viewer = viewer_of(connection, shared.reference, person)
    if not is_responsible(viewer.directory, person, viewer.at):
        raise Problem(403, "heads_only", "Утренний обход — обязанность руководителей.")
    return viewer


def _round(connection: Connection, viewer: Viewer) -> Round:
    found = rounds.overview(connection, viewer)
    mine, *others = rounds.looks(connection, viewer)
    return Round(
        at=viewer.at,
        on_day=rounds.today_of(viewer),
        looked_at=mine.looked_at,
        looked_by=_person(mine.by, mine.by_name),
        in_place_of=[
            LookShown(
                person=PersonShown(number=one.head, name=one.name),
                looked_at=one.looked_at,
                by=_person(one.by, one.by_name),
            )
            for one in others
        ],
        counts=Counts(**found.counts),
        messages=[
            RoundRow(
                **{name: row[name] for name in _AS_THEY_ARE},
                id=UUID(row["id"]),
                stage=titled(row["stage"], STAGES),
                organisation=row["organisation_title"],
                subcategory=row["subcategory_title"],
                holder=row["holder_name"],
            )
            for row in found.rows
        ],
    )


def _person(number: PersonId | None, name: str | None) -> PersonShown | None:
    return PersonShown(number=number, name=name or "") if number is not None else None


_AS_THEY_ARE = ("number received_at opening due_at stage_due_at first_reaction_due_at late warned fresh opens").split()


def _day(one: round_days.Day) -> DayOfRound:
    return DayOfRound(
        person=PersonShown(number=one.person, name=one.name),
        position=one.position,
        organisation=Named(code=one.organisation, title=one.organisation_title),
        on_day=one.on_day,
        looked_at=one.looked_at,
        by=_person(one.by, one.by_name),
        counts=Counts.model_validate(one.counts) if one.looked_at else None,
    )
