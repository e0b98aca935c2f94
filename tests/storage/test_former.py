"""What a former part of a case holds: of what happened with whom."""

from __future__ import annotations

from typing import Any

import pytest

from domain.directory import Grant, Place
from domain.regulation import DayLength
from domain.vocabulary import PersonId, Role
from storage.former import part_of
from storage.viewer import Viewer
from tests.domain import builders as b

READER = PersonId(900)
SENT = (b.MINISTRY, b.HOSPITAL)
HERE = Place(b.ROADS, None, "medicine", "queue")


def rows() -> list[dict[str, Any]]:
    """A message that ministry and hospital had, in both of which the reader is nobody who acted."""
    places = (b.MINISTRY, b.MINISTRY, b.HOSPITAL, b.ROADS)
    return [{"seq": seq, "organisation": place, "person": None} for seq, place in enumerate(places, start=1)]


@pytest.mark.parametrize(
    ("categories", "seen"),
    [
        (frozenset[str](), [1, 2]),
        (frozenset({"medicine"}), [1, 2]),
        (frozenset({"queue", "roads"}), [1, 2]),
        (frozenset({"roads"}), []),
        (frozenset({"pharmacy"}), []),
    ],
)
def test_part_of_a_sender_reaches_as_far_as_the_categories_of_his_grant(
    categories: frozenset[str], seen: list[int]
) -> None:
    directory = b.directory(Grant(READER, Role.COORDINATOR, b.MINISTRY, categories=categories))
    viewer = Viewer(READER, directory, b.RECEIVED, DayLength())

    part = part_of(rows(), HERE, SENT, viewer)

    assert [row["seq"] for row in part] == seen
