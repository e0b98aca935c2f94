"""Who takes over from whom orders name no more: along what was in force, also of what was taken back. Source: G-46."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from domain.annexes import AnnexCategory, CategoriesAnnex, Responsible, Subcategory
from storage.successions import gone

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 12, 20, tzinfo=UTC)


def day(number: int) -> datetime:
    return datetime(2026, 12, number, 9, tzinfo=UTC)


def revision(
    published: int, named: str, back: int | None = None, since: int | None = None, **successors: str
) -> tuple[Any, CategoriesAnnex]:
    """By an order of that number, in force from that day or `since`, taken back on the day `back`."""
    row = SimpleNamespace(
        id=published,
        act="S0",
        author=1,
        state="taken_back" if back else "published",
        valid_from=date(2026, 12, since or published),
        published_at=day(published),
        taken_back_at=day(back) if back else None,
        successors=successors,
        order_number=str(published),
    )
    answerers = tuple(Responsible(code, code, code) for code in named.split())
    line = Subcategory("m.one", "Один", tuple(named.split()))
    return row, CategoriesAnnex(answerers, (AnnexCategory("m", "М", (line,)),))


def successors(*rows: tuple[Any, CategoriesAnnex]) -> dict[str, tuple[str | None, str]]:
    """By the code of who is gone."""
    valid = [one for row, one in rows if row.state == "published"][-1]
    return {one.code: (one.successor, one.order) for one in gone(rows, NOW, ZONE, valid.named)}


def test_successor_of_whom_only_a_taken_back_revision_named_is_the_one_named_when_it_was_taken_back() -> None:
    assert successors(revision(1, "law"), revision(2, "law far", back=3, far="law")) == {"far": ("law", "2 (отозван)")}


def test_successor_named_by_a_revision_that_is_taken_back_stays_while_another_names_the_one_gone_no_more() -> None:
    in_force = revision(1, "law staff"), revision(2, "law", back=4, staff="law"), revision(3, "law")
    never_in_force = revision(1, "law staff"), revision(2, "law", back=4, since=10, staff="law"), revision(11, "law")

    assert successors(*in_force) == {"staff": ("law", "2")}
    assert successors(*never_in_force) == {"staff": ("law", "11")}


def test_successor_foreseen_for_a_later_day_counts_from_then_on() -> None:
    first = revision(1, "law")
    earlier, later = revision(3, "law far", far="law"), revision(2, "law", since=10)

    assert successors(first, earlier, later) == {"far": ("law", "2")}


def test_taking_back_leaves_nobody_gone_whom_the_revision_alone_had_dropped() -> None:
    assert successors(revision(1, "law staff"), revision(2, "law", back=4, staff="law")) == {}
