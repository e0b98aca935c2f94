"""When nobody of a role is there, the head above who is told gives it to somebody for a while. Source: G-20, G-21."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.acting import MOST_DAYS, Named, acting, possible, role_to_give
from domain.directory import Grant
from domain.verdict import Refusal
from domain.vocabulary import Event, NoticeKind, PersonId, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    DISMISSED,
    EXECUTOR,
    HEAD,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    MODERATOR,
    RECEIVED,
    REGION,
    ROADS_HEAD,
    Desk,
    desk,
)
from tests.domain.test_absences import away, with_absences
from tests.domain.test_absences_anywhere import REGION_HEAD

TODAY = date(2026, 3, 2)


def waiting(stage: Stage = Stage.COORDINATION, *grants: Grant, **changes: Any) -> Desk:
    """Everybody of the role went away at noon, and the head above was told of it."""
    gone = [away(one, since=RECEIVED, days=3) for one in (MODERATOR, COORDINATOR, COORDINATOR2)]
    at_desk = desk(stage, with_absences(*gone, grants=grants))
    at_desk.case = replace(at_desk.case, **changes)
    return at_desk.until(RECEIVED + 4 * HOUR)


def give(at_desk: Desk, person: PersonId, last_day: date = TODAY, by: PersonId = REGION_HEAD) -> Grant | Refusal:
    return acting(at_desk.case, by, Named(person, last_day), at_desk.world, at_desk.at)


@pytest.mark.parametrize(
    ("stage", "role", "organisation"),
    [(Stage.COORDINATION, Role.COORDINATOR, MINISTRY), (Stage.MODERATION, Role.MODERATOR, REGION)],
)
def test_head_above_who_is_told_gives_the_role_and_it_ends_by_itself(
    stage: Stage, role: Role, organisation: str
) -> None:
    at_desk = waiting(stage)
    assert role_to_give(at_desk.case, REGION_HEAD, at_desk.world, at_desk.at) is role

    grant = give(at_desk, REGION_HEAD)

    assert grant == Grant(REGION_HEAD, role, organisation, valid_from=at_desk.at, valid_until=RECEIVED + 15 * HOUR)
    at_desk.world = replace(
        at_desk.world, directory=replace(at_desk.world.directory, grants=(*at_desk.world.directory.grants, grant))
    )
    assert role_to_give(at_desk.case, REGION_HEAD, at_desk.world, at_desk.at) is None, "before that is recorded"
    at_desk.until(at_desk.at + DAY)
    told = [
        (fact.event, fact.at) for fact in at_desk.facts if fact.event in {Event.NOBODY_PRESENT, Event.SOMEBODY_PRESENT}
    ]
    assert told[-2:] == [
        (Event.SOMEBODY_PRESENT, RECEIVED + 4 * HOUR),
        (Event.NOBODY_PRESENT, RECEIVED + DAY + HOUR),
    ]
    assert NoticeKind.TASK_ARRIVED in at_desk.told(REGION_HEAD), "whoever has it for a while is told what waits"


@pytest.mark.parametrize("by", [CURATOR, HEAD, ROADS_HEAD, COORDINATOR])
def test_nobody_else_gives_the_role(by: PersonId) -> None:
    refusal = give(waiting(), EXECUTOR, by=by)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "action_forbidden"


def test_role_is_given_only_while_nobody_is_there_and_not_in_the_place_of_one_person() -> None:
    early = desk(Stage.COORDINATION, with_absences(away(COORDINATOR, since=RECEIVED)))
    approval = desk(Stage.APPROVAL, with_absences(away(HEAD, since=RECEIVED))).until(RECEIVED + 5 * HOUR)
    back = waiting().until(RECEIVED + 3 * DAY)

    found = [give(at_desk, EXECUTOR) for at_desk in (early, approval, back)]

    assert approval.case.called == (REGION_HEAD,)
    assert [one.code for one in found if isinstance(one, Refusal)] == ["action_forbidden"] * 3


@pytest.mark.parametrize("person", [COORDINATOR, DISMISSED, 12345])
def test_role_goes_to_nobody_who_is_away_or_gone_or_unknown(person: PersonId) -> None:
    refusal = give(waiting(), person)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == ("person_without_authority", "person")


def test_role_goes_to_nobody_whom_the_message_is_about() -> None:
    at_desk = waiting(complained_of_person=EXECUTOR)

    refusal = give(at_desk, EXECUTOR)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "conflict_of_interest"
    assert EXECUTOR not in possible(at_desk.case, REGION_HEAD, at_desk.world.directory, at_desk.at)


@pytest.mark.parametrize("days", [-1, MOST_DAYS])
def test_role_lasts_from_today_and_not_longer_than_it_may(days: int) -> None:
    refusal = give(waiting(), EXECUTOR, TODAY + days * DAY)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == ("dates_wrong", "last_day")


def test_head_gives_no_wider_role_than_his_own() -> None:
    at_desk = waiting()
    directory = at_desk.world.directory
    narrow = tuple(
        replace(one, categories=frozenset({"roads"})) if (one.person, one.role) == (REGION_HEAD, Role.HEAD) else one
        for one in directory.grants
    )
    at_desk.world = replace(at_desk.world, directory=replace(directory, grants=narrow))

    grant = give(at_desk, HOSPITAL_HEAD)

    assert isinstance(grant, Grant)
    assert grant.categories == {"roads"}
