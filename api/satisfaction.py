"""`GET /satisfaction`: how applicants rate the answers, by organisation and category, for curators. Source: G-28, G-44."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.days import in_a_row
from api.fields import NearDay
from api.problems import Problem, responses
from api.resources import Person, Resources, Shared
from domain.vocabulary import PersonId
from storage import round_days, rounds, satisfaction
from storage.engine import reading
from storage.satisfaction import Share
from storage.viewer import viewer_of

router = APIRouter(tags=["Удовлетворённость"])

LONGEST = 3660
"""Days between the first and the last that are asked for."""


class ShareShown(BaseModel):
    """Оценки ответов одной организации или по одной категории."""

    code: str | None = Field(description="null: всё вместе")
    title: str
    ratings: int = Field(description="сколько оценок")
    average: float = Field(description="средняя оценка; 0, если оценок нет", examples=[4.2])
    good_percent: int = Field(description="доля оценок 4 и 5, %")
    repeats: int = Field(description="сколько раз попросили рассмотреть повторно")


class SatisfactionShown(BaseModel):
    """Как заявители оценивают ответы."""

    first: date
    last: date
    whole: ShareShown
    organisations: list[ShareShown]
    categories: list[ShareShown]


class WantedSatisfaction(BaseModel):
    """За какие дни; иначе за последние девяносто."""

    model_config = ConfigDict(extra="forbid")

    first: NearDay | None = None
    last: NearDay | None = None


@router.get("/satisfaction", responses=responses(401, 403, 422, 503), summary="Как заявители оценивают ответы")
def read_satisfaction(
    shared: Shared, person: Person, wanted: Annotated[WantedSatisfaction, Query()]
) -> SatisfactionShown:
    """Of the organisations that the curator oversees. A 403 for whoever oversees none."""
    return satisfaction_of(shared, person, wanted)


def satisfaction_of(shared: Resources, person: PersonId, wanted: WantedSatisfaction) -> SatisfactionShown:
    """The shares of the days asked for, by the clock of where the curator works."""
    with reading(shared.engine) as connection:
        viewer = viewer_of(connection, shared.reference, person)
        grants = round_days.overseen(viewer.directory, person, viewer.at)
        if not grants:
            raise Problem(403, "curators_only", "Оценки по организациям видят кураторы.")
        calendar = viewer.directory.calendar_of(person)
        first, last = in_a_row(wanted.first, wanted.last, today=rounds.today_of(viewer), usual=90, most=LONGEST)
        since, until = calendar.instant(first), calendar.instant(last + timedelta(days=1))
        whole, places, categories = satisfaction.shares(connection, grants, viewer.directory, since, until)
    return SatisfactionShown(
        first=first,
        last=last,
        whole=_shown(whole),
        organisations=[_shown(one) for one in places],
        categories=[_shown(one) for one in categories],
    )


def _shown(one: Share) -> ShareShown:
    return ShareShown(
        code=one.code,
        title=one.title,
        ratings=one.ratings,
        average=round(one.average, 2),
        good_percent=round(100 * one.good / one.ratings) if one.ratings else 0,
        repeats=one.repeats,
    )
