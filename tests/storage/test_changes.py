"""What a reader of the record has seen, and what this process knows that he has not."""

from __future__ import annotations

import pytest

from api import live
from api.live import Recent
from storage.changes import Seen, change_of


@pytest.mark.parametrize(
    ("number", "seen"), [(9, True), (10, False), (11, True), (12, False), (13, True), (14, False), (99, False)]
)
def test_seen_is_what_was_committed_before(number: int, seen: bool) -> None:
    reader = Seen.parse("10:14:10,12")

    assert reader.has(number) is seen


@pytest.mark.parametrize("told", ["", "10", "10:14", "10:14:x", "a:b:"])
def test_seen_is_read_from_nothing_else(told: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Seen.parse(told)


def test_hint_without_a_number_is_missed_by_nobody() -> None:
    case, number = change_of("case-1")

    assert (case, Seen.parse("1:1:").has(number)) == ("case-1", True)


def test_recent_tells_what_was_not_seen_in_whatever_order_it_was_committed() -> None:
    recent = Recent()
    recent.begin(10)
    for case, number in (("c", 13), ("a", 10), ("b", 11), ("d", 20)):
        recent.add(case, number)

    assert recent.since(Seen.parse("11:14:11")) == {"b", "d"}
    assert recent.since(Seen.parse("21:21:")) == set()


def test_recent_knows_nothing_of_before_it_listened_nor_of_what_it_forgot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REMEMBERED", 2)
    recent = Recent()

    assert recent.since(Seen.parse("10:10:")) is None
    recent.begin(10)
    assert recent.since(Seen.parse("9:12:9")) is None
    assert recent.since(Seen.parse("10:10:")) == set()
    for number in (10, 11, 12):
        recent.add(f"case-{number}", number)
    assert recent.since(Seen.parse("10:10:")) is None
    assert recent.since(Seen.parse("11:11:")) == {"case-11", "case-12"}
