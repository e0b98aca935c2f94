"""Where the due of an errand comes from: the journal keeps the numbers, and the same date comes out of them. Source: G-42."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.calendar import Calendar
from domain.errand_terms import due_of, in_days
from domain.regulation import DayLength
from domain.vocabulary import Action, Flag, Stage
from tests.domain.builders import APPLICANT, COORDINATOR, DAY, MOSCOW, desk, world


@pytest.mark.parametrize(
    ("stage", "action", "given", "reckoned"),
    [
        (Stage.EXECUTION, Action.ASK_APPLICANT, {}, {"days": 5, "day_seconds": 86400}),
        (Stage.EXECUTION, Action.ASK_APPLICANT, {"due_on": "2026-03-06"}, {"due_on": "2026-03-06"}),
        (Stage.EXECUTION, Action.ASK_FOR_CALL, {"caller": COORDINATOR}, {"days": 5}),
        (Stage.EXECUTION, Action.ASK_CO_EXECUTORS, {}, {"percent": 50}),
        (Stage.COORDINATION, Action.SET_FLAG, {"flag": Flag.MINOR.value}, {"days": 2}),
        (Stage.COORDINATION, Action.ASK_WITHDRAWAL, {}, {"days": 2}),
        (Stage.COORDINATION, Action.CONVERT, {}, {"working_days": 15}),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_due_of_an_errand_comes_again_out_of_its_row_in_the_journal(
    stage: Stage, action: Action, given: dict[str, Any], reckoned: dict[str, Any], late: bool
) -> None:
    at_desk = desk(stage)
    if late:
        at_desk.until(at_desk.case.due_at + DAY)
        given = {name: "2026-04-06" if name == "due_on" else value for name, value in given.items()}
        reckoned = {"days": 1} if "percent" in reckoned else reckoned | given

    row = at_desk.decide(action, **given).facts[0]

    term, errand = row.facts["errand_term"], at_desk.case.errands[0]
    assert reckoned.items() - given.items() <= term.items()
    assert term["asked_at"] == at_desk.at.isoformat()
    assert (term["due_at"], row.facts["errand_due_at"]) == (errand.due_at.isoformat(),) * 2
    assert due_of(term, Calendar(MOSCOW)) == errand.due_at


NEW_YEAR = Calendar(MOSCOW, days={date(2026, 12, 31): False} | {date(2027, 1, day): False for day in range(1, 11)})


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ((2026, 12, 24, 10), (2026, 12, 29, 10)),  # five days as usual: three calls fit
        ((2026, 12, 29, 17), (2027, 1, 3, 17)),  # all day of the 30th
        ((2026, 12, 30, 13), (2027, 1, 11, 18)),  # one in the evening, two after the holidays
        ((2026, 12, 30, 17), (2027, 1, 11, 18)),
        ((2027, 1, 2, 12), (2027, 1, 11, 18)),
        ((2027, 1, 8, 12), (2027, 1, 13, 12)),
    ],
)
def test_calls_get_enough_hours_of_work_over_the_new_year(asked: tuple[int, ...], due: tuple[int, ...]) -> None:
    at_desk = desk(Stage.EXECUTION, world(ministry={"calendar": NEW_YEAR}))
    at = datetime(*asked, tzinfo=MOSCOW)
    at_desk.case = replace(at_desk.case, due_at=at + 30 * DAY)

    term = at_desk.until(at).decide(Action.ASK_FOR_CALL).facts[0].facts["errand_term"]

    assert at_desk.case.errands[0].due_at == datetime(*due, tzinfo=MOSCOW)
    assert due_of(term, NEW_YEAR) == at_desk.case.errands[0].due_at


def test_calls_are_due_no_later_than_the_answer_and_a_shortened_day_has_no_hours() -> None:
    asked = datetime(2027, 1, 2, 12, tzinfo=MOSCOW)
    soon, minute = asked + 3 * DAY, DayLength(60)

    assert in_days(asked, 5, DayLength(), NEW_YEAR, soon, 3).due_at == soon
    assert in_days(asked, 5, minute, NEW_YEAR, soon, 3).due_at == asked + 5 * timedelta(minutes=1)


def test_due_of_an_errand_says_that_the_term_of_the_answer_cut_it() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.until(at_desk.case.due_at - DAY)

    term = at_desk.decide(Action.ASK_APPLICANT).facts[0].facts["errand_term"]

    assert (term["due_at"], term["message_due_at"]) == (at_desk.case.due_at.isoformat(),) * 2
    assert at_desk.case.errands[0].person == APPLICANT
