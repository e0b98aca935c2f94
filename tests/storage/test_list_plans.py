"""Lists, cards and counters find their cases through indexes, whoever asks and for whatever. Not on a hundred rows, where
PostgreSQL rightly reads the whole table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bench.lists import LARGE
from bench.plans import blocks, overheard, read_whole
from bench.region import COMMON_WORD, RARE_WORD, Size, fill
from embedded.postgres import Postgres
from storage import cards, counters, lists, similar
from storage import tables as t
from storage.keys import KeyRing
from storage.lists import Filters, Page, Sort
from storage.reference import Reference
from storage.sections import sections_of
from storage.viewer import Viewer, viewer_of
from tests.conftest import Database, own_database


@pytest.fixture(scope="module")
def region(postgres: Postgres, key_ring: KeyRing) -> Iterator[Database]:
    """Twenty thousand messages."""
    with own_database(postgres) as made:
        fill(sa.create_engine(made.owner_url, poolclass=sa.NullPool), key_ring, Size(20, 200, 20_000))
        yield made


FILTERS = (
    Filters(),
    Filters(category="c0"),
    Filters(category="c1"),
    Filters(category="c11"),
    Filters(subcategory="c11.s7"),
    Filters(organisation="org1"),
    Filters(stage="execution"),
    Filters(stage="closed"),
    Filters(overdue=True),
    Filters(overdue=False),
    Filters(number="2026-0000007"),
    Filters(text=COMMON_WORD),
    Filters(text=RARE_WORD),
)


def questions(viewer: Viewer) -> Iterator[tuple[Filters, Sort]]:
    """What the person's lists may be asked: each filter, also within his last section, and each section."""
    mine = sections_of(viewer)
    found = [*FILTERS, *(replace(one, section=mine[-1]) for one in FILTERS), *(Filters(section=one) for one in mine)]
    return ((filters, sort) for filters in found for sort in Sort)


def number_of(connection: sa.Connection, login: str) -> int:
    return connection.execute(sa.select(t.person.c.id).where(t.person.c.login == login)).scalar_one()


@pytest.mark.parametrize(
    "login",
    [
        "moderator",
        "coordinator-1-0",
        "coordinator-1-9",
        "executor-1-1",
        "head-1-2",
        "curator",
        "curator-3-6",
        "operator",
    ],
)
def test_no_question_about_cases_reads_a_whole_table(region: Database, keys: KeyRing, login: str) -> None:
    reference = Reference()
    with region.engine.connect() as connection:
        person = number_of(connection, login)
        viewer = viewer_of(connection, reference, person)

        with overheard(region.engine) as heard:
            for filters, sort in questions(viewer):
                lists.find(connection, viewer, filters, Page(sort, 50))
            counters.counts(connection, viewer)
            for row in lists.find(connection, viewer, Filters(), Page(Sort.RECEIVED, 1)):
                card = cards.find(connection, reference, row.found["id"], person)
                assert card is not None
                similar.find(connection, card, 5)

        assert [asked for asked in heard if read_whole(connection, asked) & LARGE] == []


def test_moderator_does_not_walk_the_priorities_of_all_others(region: Database, keys: KeyRing) -> None:
    with region.engine.connect() as connection:
        viewer = viewer_of(connection, Reference(), number_of(connection, "moderator"))
        priorities = connection.execute(sa.select(sa.func.count()).where(t.message_case.c.precedence == 1)).scalar_one()

        with overheard(region.engine) as heard:
            for filters in FILTERS:
                lists.find(connection, viewer, filters, Page(Sort.DUE, 50))

        assert statistics.median(blocks(connection, asked) for asked in list(heard)) < priorities / 2
