"""Places: so many together, so many of one person, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from api.places import Places
from api.problems import Problem
from domain.vocabulary import PersonId

pytestmark = pytest.mark.anyio

ANNA, BORIS, VERA = PersonId(1), PersonId(2), PersonId(3)


async def is_refused(places: Places, person: PersonId) -> bool:
    try:
        async with places.taken_by(person):
            return False
    except Problem as problem:
        return (problem.details.status, problem.details.code) == (503, "too_busy")


async def test_person_holds_his_own_places_and_none_of_the_others() -> None:
    places = Places(4, of_one=2, seconds=0.01)

    async with places.taken_by(ANNA), places.taken_by(ANNA):
        answers = [await is_refused(places, person) for person in (ANNA, BORIS)]

    assert answers == [True, False]
    assert not await is_refused(places, ANNA)


async def test_all_places_taken_refuse_whoever_comes_until_one_is_free() -> None:
    places = Places(2, of_one=2, seconds=0.01)

    async with AsyncExitStack() as taken:
        for person in (ANNA, BORIS):
            await taken.enter_async_context(places.taken_by(person))
        refused = await is_refused(places, VERA)

    assert refused
    assert not await is_refused(places, VERA)


async def test_who_waits_gets_the_place_that_becomes_free() -> None:
    places, taken = Places(1, of_one=1, seconds=60), asyncio.Event()

    async def take() -> None:
        async with places.taken_by(BORIS):
            taken.set()

    async with places.taken_by(ANNA):
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
        before = taken.is_set()
    await waiting

    assert (before, taken.is_set()) == (False, True)
