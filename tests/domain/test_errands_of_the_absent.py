"""What somebody absent was asked for beside the stage: to whom it goes, when, and back. Source: G-20, G-42."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Calendar
from domain.concerned import duty
from domain.directory import Directory, Grant
from domain.directory_records import Absence
from domain.errands import ErrandFact
from domain.vocabulary import Action, AlarmKind, ErrandKind, Event, Flag, NoticeKind, PersonId, Role, Stage
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD2,
    HEAD3,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    MODERATOR,
    MOSCOW,
    OPERATOR,
    OUTSIDER,
    RECEIVED,
    Desk,
    desk,
)
from tests.domain.test_absences import MIDNIGHT, away, with_absences
from tests.domain.test_absences_anywhere import PEOPLE, REGION_HEAD, absences, borders, is_there, named

BEGINS, ENDS = AlarmKind.ABSENCE_BEGINS, AlarmKind.ABSENCE_ENDS


def asked(*absences: Absence, person: PersonId = EXECUTOR2, grants: tuple[Grant, ...] = ()) -> Desk:
    """A co-executor is asked for proposals two days before the midnight at which people go."""
    at_desk = desk(Stage.EXECUTION, with_absences(*absences, grants=grants))
    at_desk.decide(Action.ASK_CO_EXECUTORS, people=[person])
    return at_desk


def errand(at_desk: Desk) -> ErrandFact:
    return at_desk.case.errands[0]


def passings(at_desk: Desk) -> list[tuple[AlarmKind, datetime]]:
    return [(one.kind, one.at) for one in at_desk.alarms if one.errand and one.kind in {BEGINS, ENDS}]


def test_proposals_go_to_the_substitute_at_midnight_and_back_at_the_end() -> None:
    at_desk = asked(away(EXECUTOR2, HEAD2))
    due_at = errand(at_desk).due_at

    at_desk.until(MIDNIGHT)
    assert (errand(at_desk).person, errand(at_desk).acting_for) == (HEAD2, EXECUTOR2)
    assert at_desk.told(HEAD2) == [NoticeKind.ERRAND_ARRIVED]
    assert HEAD2 in at_desk.case.participants
    at_desk.until(MIDNIGHT + 7 * DAY)

    assert (errand(at_desk).person, errand(at_desk).acting_for) == (EXECUTOR2, None)
    assert errand(at_desk).due_at == due_at
    assert passings(at_desk) == [(BEGINS, MIDNIGHT), (ENDS, MIDNIGHT + 7 * DAY)]
    assert NoticeKind.ERRAND_PASSED in at_desk.told(HEAD2)
    assert at_desk.case.holder.person == EXECUTOR, "the message itself has stayed"


def test_substitute_does_it_and_the_journal_says_for_whom() -> None:
    at_desk = asked(away(EXECUTOR2, HEAD2)).until(MIDNIGHT + HOUR)

    assert at_desk.refuse(Action.CONTRIBUTE, EXECUTOR2, text="Предлагаю осмотр.").code == "action_forbidden"
    accepted = at_desk.decide(Action.CONTRIBUTE, HEAD2, text="Предлагаю осмотр.")

    row = accepted.facts[0]
    assert (row.event, row.person, row.facts["acting_for"]) == (Event.ERRAND_DONE, HEAD2, EXECUTOR2)


def test_who_executes_for_another_does_for_himself_what_he_himself_was_asked_for() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR, EXECUTOR2)))
    at_desk.decide(Action.ASK_FOR_CALL, COORDINATOR, text="Узнать адрес.", caller=EXECUTOR2)

    at_desk.until(MIDNIGHT + 10 * HOUR)
    accepted = at_desk.decide(
        Action.RECORD_ATTEMPT, EXECUTOR2, errand=errand(at_desk).id, result="reached", text="Ленина, 1."
    )

    assert at_desk.case.acting_for == EXECUTOR
    assert "acting_for" not in accepted.facts[0].facts


def test_what_is_asked_of_somebody_who_is_away_already_goes_on_at_once() -> None:
    at_desk = asked(away(EXECUTOR2, HEAD2, since=RECEIVED))

    at_desk.until(at_desk.at)

    assert errand(at_desk).person == HEAD2


@pytest.mark.parametrize(
    ("absences", "person"),
    [
        ([away(EXECUTOR2, OPERATOR, HEAD2)], HEAD2),
        ([away(EXECUTOR2, EXECUTOR, HEAD2)], HEAD2),
        ([away(EXECUTOR2, HEAD2), away(HEAD2, HEAD3)], HEAD3),
        ([away(EXECUTOR2, HEAD2, HOSPITAL_HEAD), away(HEAD2)], HOSPITAL_HEAD),
        ([away(EXECUTOR2)], EXECUTOR2),
        ([away(EXECUTOR2, HEAD2), away(HEAD2, EXECUTOR2)], EXECUTOR2),
    ],
    ids=["no role that answers", "executor himself", "chain goes on", "absent is passed over", "nobody", "cycle"],
)
def test_errand_goes_to_the_first_along_the_chain_who_might_have_been_asked(
    absences: list[Absence], person: PersonId
) -> None:
    at_desk = asked(*absences)

    at_desk.until(MIDNIGHT)

    assert errand(at_desk).person == person


def test_errand_never_goes_to_the_one_whom_the_message_is_about() -> None:
    at_desk = asked(away(EXECUTOR2, HEAD2, HEAD3))
    at_desk.case = replace(at_desk.case, complained_of_person=HEAD2)

    at_desk.until(MIDNIGHT)

    assert errand(at_desk).person == HEAD3


def test_call_goes_to_a_substitute_who_talks_to_applicants() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR2, HEAD2, COORDINATOR)))
    at_desk.decide(Action.ASK_FOR_CALL, text="Узнать адрес.", caller=EXECUTOR2)

    at_desk.until(MIDNIGHT + 10 * HOUR)
    accepted = at_desk.decide(Action.RECORD_ATTEMPT, COORDINATOR, errand=errand(at_desk).id, result="no_answer")

    assert accepted.facts[0].facts["acting_for"] == EXECUTOR2


def test_task_of_a_flag_follows_the_work_and_returns_with_it() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR, EXECUTOR2)))
    at_desk.decide(Action.SET_FLAG, flag=Flag.LANGUAGE.value)

    at_desk.until(MIDNIGHT)
    assert (at_desk.case.executor, errand(at_desk).person) == (EXECUTOR2, EXECUTOR2)
    at_desk.until(MIDNIGHT + 7 * DAY)

    assert (at_desk.case.executor, errand(at_desk).person) == (EXECUTOR, EXECUTOR)


def test_task_of_a_flag_goes_on_also_while_the_answer_is_with_the_heads() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(EXECUTOR, EXECUTOR2)))
    at_desk.decide(Action.SET_FLAG, COORDINATOR, flag=Flag.LANGUAGE.value)

    at_desk.until(MIDNIGHT)

    assert (errand(at_desk).person, errand(at_desk).acting_for) == (EXECUTOR2, EXECUTOR)
    assert at_desk.case.executor == EXECUTOR


def test_complaint_of_an_absent_official_goes_to_a_head_who_stands_in() -> None:
    where = with_absences(away(OUTSIDER, EXECUTOR2, HEAD2, since=RECEIVED))
    at_desk = desk(Stage.COORDINATION, where)
    complaint = replace(
        errand(asked()), kind=ErrandKind.COMPLAINT_210, organisation=MINISTRY, person=OUTSIDER, asked_at=at_desk.at
    )
    at_desk.case = at_desk.case.with_errand(complaint)

    at_desk.until(at_desk.at)

    assert errand(at_desk).person == HEAD2


def test_complaint_of_an_absent_official_in_whose_place_nobody_is_goes_to_the_heads_and_back() -> None:
    at_desk = desk(Stage.COORDINATION, with_absences(away(OUTSIDER, since=RECEIVED)))
    complaint = replace(
        errand(asked()), kind=ErrandKind.COMPLAINT_210, organisation=MINISTRY, person=OUTSIDER, asked_at=at_desk.at
    )
    at_desk.case = at_desk.case.with_errand(complaint)

    at_desk.until(at_desk.at)
    with_heads = errand(at_desk)
    told, went = at_desk.told(HEAD2), at_desk.facts[-1].event
    at_desk.until(RECEIVED + 7 * DAY)

    assert (with_heads.person, with_heads.pool, with_heads.acting_for) == (None, Role.HEAD, OUTSIDER)
    assert (told, went) == (["errand_arrived"], Event.SUBSTITUTE_ACTS)
    assert (errand(at_desk).person, errand(at_desk).pool, errand(at_desk).acting_for) == (OUTSIDER, None, None)
    assert at_desk.told(HEAD2)[-1] == "errand_passed"


def test_person_on_duty_who_is_away_has_his_substitute_told_of_danger() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(HEAD2, OUTSIDER)))
    organisations = at_desk.world.directory.organisations
    on_duty = {MINISTRY: replace(organisations[MINISTRY], duty=(HEAD2, HEAD3))}
    directory: Directory = replace(at_desk.world.directory, organisations={**organisations, **on_duty})

    before, after = (duty(at_desk.case, at, replace(at_desk.world, directory=directory)) for at in (RECEIVED, MIDNIGHT))

    assert (before, after) == ((HEAD2, HEAD3), (OUTSIDER, HEAD3))


def unattended(at_desk: Desk) -> list[datetime]:
    return [one.at for one in at_desk.alarms if one.kind is AlarmKind.ERRAND_UNATTENDED]


def test_errand_that_nobody_may_take_is_told_once_an_absence_to_who_gave_it_and_can_take_it_back() -> None:
    monday = MIDNIGHT + 5 * DAY
    at_desk = asked(away(EXECUTOR2, OUTSIDER, days=2), away(EXECUTOR2, since=monday, days=2))

    at_desk.until(MIDNIGHT + 10 * HOUR)
    told = at_desk.told(EXECUTOR)
    at_desk.until(monday + 3 * DAY)
    at_desk.decide(Action.ASK_CO_EXECUTORS, people=[HEAD2])
    at_desk.decide(Action.CANCEL_ERRAND, errand=errand(at_desk).id)

    assert told == [NoticeKind.ERRAND_UNATTENDED]
    assert unattended(at_desk) == [MIDNIGHT + 10 * HOUR, monday + 10 * HOUR]
    facts = next(fact for fact in at_desk.facts if fact.event is Event.ERRAND_UNATTENDED).facts
    assert (facts["errand"], facts["told"]) == (errand(at_desk).id, [EXECUTOR])
    assert [one.person for one in at_desk.case.errands if one.open] == [HEAD2]


def test_errand_that_nobody_may_take_is_told_to_coordinators_and_heads_above_where_its_giver_is_away() -> None:
    at_desk = asked(away(EXECUTOR2), away(EXECUTOR))

    at_desk.until(MIDNIGHT + 10 * HOUR)

    for person in (COORDINATOR, COORDINATOR2, REGION_HEAD):
        assert NoticeKind.ERRAND_UNATTENDED in at_desk.told(person)


def test_substitute_who_goes_himself_keeps_it_and_it_is_told() -> None:
    at_desk = asked(away(EXECUTOR2, HEAD2), away(HEAD2, since=MIDNIGHT + DAY))

    at_desk.until(MIDNIGHT + 2 * DAY)

    assert (errand(at_desk).person, errand(at_desk).acting_for) == (HEAD2, EXECUTOR2)
    assert unattended(at_desk) == [MIDNIGHT + DAY + 10 * HOUR]


def test_what_a_role_is_asked_for_is_told_when_nobody_of_it_is_there_unless_the_message_waits_for_them_too() -> None:
    both = [COORDINATOR, COORDINATOR2]
    for stage, gone, told in (
        (Stage.EXECUTION, both, True),
        (Stage.EXECUTION, both[:1], False),
        (Stage.COORDINATION, both, False),
    ):
        at_desk = desk(stage, with_absences(*(away(one) for one in gone)))
        at_desk.decide(Action.ASK_WITHDRAWAL)

        at_desk.until(MIDNIGHT + 10 * HOUR)

        assert unattended(at_desk) == [MIDNIGHT + 10 * HOUR] * told
        assert (NoticeKind.ERRAND_UNATTENDED in at_desk.told(EXECUTOR)) is told


@settings(max_examples=80, deadline=None)
@given(st.lists(absences(), max_size=7))
def test_errand_is_never_with_whoever_is_away_while_somebody_might_do_it(away_: list[Absence]) -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.ASK_CO_EXECUTORS, people=[HEAD2])
    at_desk.world = with_absences(*away_)
    silent_since: datetime | None = None

    for at in [at_desk.at, *borders(at_desk.world, at_desk.at)]:
        at_desk.until(at)
        one = errand(at_desk)
        assert one.person is not None
        meant = one.acting_for or one.person
        assert meant == HEAD2
        if is_there(HEAD2, at, at_desk.world):
            assert (one.person, one.acting_for) == (HEAD2, None), "who is back has it back"
        if is_there(one.person, at, at_desk.world):
            silent_since = None
            continue
        others = named(at_desk.world, HEAD2, at) - {at_desk.case.executor, OUTSIDER, MODERATOR}
        assert not [one for one in others & set(PEOPLE) if is_there(one, at, at_desk.world)]
        silent_since = silent_since or at
        if at >= Calendar(MOSCOW).add_working_time(silent_since, HOUR):
            assert [told for told in unattended(at_desk) if told > silent_since], (
                f"silent since {silent_since}, it is {at}"
            )

    assert all(alarm.at >= RECEIVED for alarm in at_desk.alarms)
    rows = passings(at_desk)
    assert rows == sorted(rows, key=lambda row: row[1])
