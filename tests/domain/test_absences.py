"""What waits for somebody absent: to whom it goes, when, and back. Source: S2, 3.3 в, 3.7 в, 3.9 в; G-20, G-21."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from domain.calendar import Calendar
from domain.directory import Grant
from domain.directory_records import Absence, Person
from domain.verdict import World
from domain.vocabulary import AbsenceCode, Action, AlarmKind, Event, NoticeKind, PersonId, Role, Stage
from tests.domain.builders import (
    ADMINISTRATOR,
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOUR,
    MINISTRY,
    MOSCOW,
    OUTSIDER,
    RECEIVED,
    REGION,
    Desk,
    desk,
    kinds,
    world,
)

REGION_HEAD = 52
BEGINS, ENDS, NOBODY = AlarmKind.ABSENCE_BEGINS, AlarmKind.ABSENCE_ENDS, AlarmKind.NOBODY_PRESENT
MIDNIGHT = datetime(2026, 3, 3, 21, tzinfo=UTC)
"""The beginning of Wednesday, 4 March, in Moscow: two days after the message came."""


def away(person: PersonId, *substitutes: PersonId, since: datetime = MIDNIGHT, days: float | None = 7) -> Absence:
    ends_at = None if days is None else since + days * DAY
    code = AbsenceCode.SICKNESS if days is None else AbsenceCode.VACATION
    return Absence(person, code, since, ends_at, substitutes)


def with_absences(*absences: Absence, grants: tuple[Grant, ...] = (), gone: tuple[PersonId, ...] = ()) -> World:
    """The region with a head above the ministry, who is no head of the ministry itself. `gone`: people who were dismissed."""
    where = world(Grant(REGION_HEAD, Role.HEAD, REGION), *grants)
    people = where.directory.people | {one: Person(one, MINISTRY, active=False) for one in gone}
    return replace(where, directory=replace(where.directory, absences=absences, people=people))


def presence(at_desk: Desk) -> list[tuple[AlarmKind, datetime]]:
    return [(one.kind, one.at) for one in at_desk.alarms if one.kind in {BEGINS, ENDS, NOBODY}]


@pytest.mark.requirement("S2-51")
def test_approval_goes_to_the_substitute_at_midnight_and_back_at_the_end() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2)))
    before = at_desk.case

    at_desk.until(MIDNIGHT)
    assert at_desk.case.holder.person == HEAD2
    assert at_desk.case.acting_for == HEAD
    assert at_desk.told(HEAD2) == ["task_arrived"]
    at_desk.until(MIDNIGHT + 7 * DAY)

    assert at_desk.case.holder.person == HEAD
    assert at_desk.case.acting_for is None
    assert presence(at_desk) == [(BEGINS, MIDNIGHT), (ENDS, MIDNIGHT + 7 * DAY)]
    assert "task_arrived" in at_desk.told(HEAD)
    assert (at_desk.case.entry, at_desk.case.stage_due_at) == (before.entry, before.stage_due_at)


@pytest.mark.requirement("S2-45")
def test_endorsement_goes_to_the_substitute_and_the_next_endorser_is_not_touched() -> None:
    at_desk = desk(Stage.ENDORSEMENT, with_absences(away(HEAD2, HEAD)))

    at_desk.until(MIDNIGHT)
    assert at_desk.case.holder.person == HEAD
    accepted = at_desk.decide(Action.ENDORSE, HEAD)

    assert accepted.facts[0].facts["acting_for"] == HEAD2
    assert at_desk.case.holder.person == HEAD3
    assert at_desk.case.acting_for is None


@pytest.mark.requirement("S2-31")
def test_execution_goes_to_the_substitute_who_goes_on_with_the_work_and_comes_back() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR, EXECUTOR2)))

    at_desk.until(MIDNIGHT)
    assert (at_desk.case.executor, at_desk.case.acting_for, at_desk.case.started) == (EXECUTOR2, EXECUTOR, True)
    assert EXECUTOR2 in at_desk.case.participants
    at_desk.until(MIDNIGHT + 7 * DAY)

    assert (at_desk.case.executor, at_desk.case.acting_for) == (EXECUTOR, None)
    assert next(fact.event for fact in at_desk.facts if fact.at >= MIDNIGHT) is Event.SUBSTITUTE_ACTS


def test_decision_of_a_substitute_says_for_whom_and_ends_the_substitution() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2))).until(MIDNIGHT + HOUR)

    accepted = at_desk.decide(Action.APPROVE, HEAD2)

    assert accepted.facts[0].person == HEAD2
    assert accepted.facts[0].facts["acting_for"] == HEAD
    at_desk.until(MIDNIGHT + 8 * DAY)
    assert presence(at_desk) == [(BEGINS, MIDNIGHT)]


def test_absent_head_is_told_how_to_come_back_when_he_decides_all_the_same() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2))).until(MIDNIGHT + HOUR)

    assert at_desk.refuse(Action.APPROVE, HEAD).code == "absent"


def test_absent_head_whom_nobody_substitutes_may_decide_himself() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD))).until(MIDNIGHT + HOUR)

    at_desk.decide(Action.APPROVE, HEAD)

    assert at_desk.case.stage is Stage.DELIVERY


def test_message_that_comes_during_an_absence_goes_on_at_once() -> None:
    at_desk = desk(Stage.COORDINATION, with_absences(away(EXECUTOR, EXECUTOR2, since=RECEIVED)))

    at_desk.decide(Action.ASSIGN)
    at_desk.until(at_desk.at)

    assert at_desk.case.executor == EXECUTOR2
    assert presence(at_desk) == [(BEGINS, at_desk.at)]


def test_rejected_answer_comes_back_to_the_substitute_of_an_executor_who_went_meanwhile() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(EXECUTOR, EXECUTOR2))).until(MIDNIGHT + HOUR)
    assert at_desk.case.executor == EXECUTOR

    at_desk.decide(Action.REJECT)
    at_desk.until(at_desk.at)

    assert (at_desk.case.executor, at_desk.case.acting_for) == (EXECUTOR2, EXECUTOR)


@pytest.mark.requirement("S2-51")
@pytest.mark.parametrize(
    ("absences", "grants", "holder"),
    [
        ([away(HEAD, OUTSIDER, HEAD2)], (), HEAD2),
        ([away(HEAD, HEAD2, HEAD3), away(HEAD2)], (), HEAD3),
        ([away(HEAD, HEAD2), away(HEAD2, HEAD3)], (), HEAD3),
        ([away(HEAD, HEAD2), away(HEAD2, HEAD)], (), HEAD),
        ([away(HEAD, OUTSIDER)], (Grant(OUTSIDER, Role.HEAD, MINISTRY, categories=frozenset({"medicine"})),), HEAD),
        ([away(HEAD, OUTSIDER)], (Grant(OUTSIDER, Role.HEAD, MINISTRY, categories=frozenset({"potholes"})),), OUTSIDER),
        ([away(HEAD, OUTSIDER)], (Grant(OUTSIDER, Role.HEAD, MINISTRY, valid_until=MIDNIGHT),), HEAD),
        ([away(HEAD, OUTSIDER)], (Grant(OUTSIDER, Role.HEAD, REGION),), HEAD),
        ([away(HEAD, EXECUTOR, HEAD2)], (Grant(EXECUTOR, Role.HEAD, MINISTRY),), HEAD2),
    ],
    ids=[
        "without a role is passed over",
        "absent is passed over",
        "chain goes on through an absent one",
        "cycle of two ends",
        "other category",
        "own subcategory",
        "role that has just ended",
        "other organisation",
        "author of the answer",
    ],
)
def test_substitute_is_the_first_along_the_chain_who_holds_the_authority(
    absences: list[Absence], grants: tuple[Grant, ...], holder: PersonId
) -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(*absences, grants=grants))

    at_desk.until(MIDNIGHT)

    assert at_desk.case.holder.person == holder


def test_overlapping_absences_are_one_and_the_later_begun_names_first() -> None:
    sick = away(HEAD, HEAD3, since=MIDNIGHT + 3 * DAY, days=10)
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2), sick))

    at_desk.until(MIDNIGHT + 12 * DAY)
    assert at_desk.case.holder.person == HEAD2, "who has it keeps it"
    at_desk.until(MIDNIGHT + 13 * DAY)

    assert presence(at_desk) == [(BEGINS, MIDNIGHT), (ENDS, MIDNIGHT + 13 * DAY)]


def test_substitute_who_loses_his_authority_or_goes_himself_passes_it_on() -> None:
    until = MIDNIGHT + 2 * DAY
    grants = (Grant(OUTSIDER, Role.HEAD, MINISTRY, valid_until=until),)
    at_desk = desk(
        Stage.APPROVAL,
        with_absences(away(HEAD, OUTSIDER, HEAD2, HEAD3), away(HEAD2, since=until + DAY), grants=grants),
    )

    at_desk.until(until)
    assert at_desk.case.holder.person == HEAD2
    at_desk.until(until + DAY)

    assert (at_desk.case.holder.person, at_desk.case.acting_for) == (HEAD3, HEAD)


def test_nobody_present_is_told_within_an_hour_of_work_and_again_each_day() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD)))

    at_desk.until(datetime(2026, 3, 6, 6, tzinfo=UTC))

    first = datetime(2026, 3, 4, 7, tzinfo=UTC)  # ten o'clock in Moscow
    assert presence(at_desk) == [
        (NOBODY, first),
        (NOBODY, datetime(2026, 3, 5, 6, tzinfo=UTC)),
        (NOBODY, datetime(2026, 3, 6, 6, tzinfo=UTC)),
    ]
    for person in (REGION_HEAD, CURATOR, ADMINISTRATOR):
        assert NoticeKind.NOBODY_PRESENT in at_desk.told(person)
    assert at_desk.case.holder.person == HEAD


def test_how_long_it_may_be_silent_is_what_the_regulation_says() -> None:
    where = with_absences(away(HEAD))
    longer = replace(where.regulation, settings=replace(where.regulation.settings, silence_working_hours=3))
    at_desk = desk(Stage.APPROVAL, replace(where, regulation=longer))

    at_desk.until(MIDNIGHT + 13 * HOUR)

    assert presence(at_desk) == [(NOBODY, MIDNIGHT + 12 * HOUR)]


def test_return_ends_the_telling_and_the_next_absence_begins_anew() -> None:
    second = MIDNIGHT + 5 * DAY  # Monday
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, days=1), away(HEAD, since=second, days=1)))

    at_desk.until(second + 2 * DAY)

    assert presence(at_desk) == [(NOBODY, MIDNIGHT + 10 * HOUR), (NOBODY, second + 10 * HOUR)]


def test_executor_without_anybody_is_told_to_coordinators_too() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR)))

    at_desk.until(MIDNIGHT + 10 * HOUR)

    for person in (COORDINATOR, COORDINATOR2, REGION_HEAD):
        assert NoticeKind.NOBODY_PRESENT in at_desk.told(person)


@pytest.mark.parametrize(("substitutes", "holder", "kind"), [((HEAD2,), HEAD2, BEGINS), ((), HEAD, NOBODY)])
def test_dismissed_head_has_his_substitute_or_it_is_told(
    substitutes: tuple[PersonId, ...], holder: PersonId, kind: AlarmKind
) -> None:
    gone = replace(away(HEAD, *substitutes, days=None), code=AbsenceCode.DISMISSAL)
    at_desk = desk(Stage.APPROVAL).until(MIDNIGHT)
    at_desk.world = with_absences(gone, gone=(HEAD,))

    at_desk.until(MIDNIGHT + 10 * HOUR)

    assert at_desk.case.holder.person == holder
    assert presence(at_desk) == [(kind, MIDNIGHT if substitutes else MIDNIGHT + 10 * HOUR)]


def test_new_right_of_a_person_takes_up_what_waited_for_nobody() -> None:
    from_day = MIDNIGHT + 2 * DAY
    grants = (Grant(OUTSIDER, Role.HEAD, MINISTRY, valid_from=from_day),)
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, OUTSIDER), grants=grants))

    at_desk.until(from_day)

    assert [kind for kind, _ in presence(at_desk)] == [NOBODY, NOBODY, BEGINS]
    assert at_desk.case.holder.person == OUTSIDER


def test_delegation_by_hand_ends_the_substitution_for_good() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2))).until(MIDNIGHT + HOUR)

    at_desk.decide(Action.DELEGATE, HEAD2, head=HEAD3, reason="Знает вопрос")
    at_desk.until(MIDNIGHT + 8 * DAY)

    assert (at_desk.case.holder.person, at_desk.case.acting_for) == (HEAD3, None)


def test_own_answer_may_be_approved_when_the_only_other_head_is_away() -> None:
    absences = [away(one, since=RECEIVED, days=20) for one in (HEAD, HEAD2, HEAD3)]
    at_desk = desk(Stage.EXECUTION, with_absences(*absences, grants=(Grant(EXECUTOR, Role.HEAD, MINISTRY),)))

    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[], approver=EXECUTOR)

    assert at_desk.case.holder.person == EXECUTOR


def test_nothing_is_asked_of_presence_while_nobody_is_ever_away() -> None:
    at_desk = desk(Stage.APPROVAL).until(MIDNIGHT + 60 * DAY)

    assert not {BEGINS, ENDS, NOBODY} & set(kinds(at_desk.alarms))


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-03-02T08:59", "2026-03-02T10:00"),
        ("2026-03-02T17:30", "2026-03-03T09:30"),
        ("2026-03-02T17:00", "2026-03-02T18:00"),
        ("2026-03-06T18:00", "2026-03-09T10:00"),
        ("2026-03-07T12:00", "2026-03-09T10:00"),
    ],
)
def test_hour_of_work_is_counted_within_working_hours(at: str, found: str) -> None:
    calendar = Calendar(MOSCOW, time(9), time(18))

    def local(when: str) -> datetime:
        return datetime.fromisoformat(when).replace(tzinfo=MOSCOW)

    assert calendar.add_working_time(local(at), timedelta(hours=1)) == local(found)


def test_day_of_absence_is_a_whole_day_of_work() -> None:
    directory = with_absences(away(HEAD), away(HEAD2, since=MIDNIGHT + 12 * HOUR, days=1)).directory
    wednesday = MIDNIGHT.astimezone(MOSCOW).date()

    assert directory.is_absent(HEAD, wednesday)
    assert not directory.is_absent(HEAD, wednesday - DAY)
    assert not directory.is_absent(HEAD2, wednesday)
    assert not directory.is_absent(HEAD, wednesday + 7 * DAY)


def test_pool_of_which_nobody_is_there_is_told_of_and_one_of_them_is_enough() -> None:
    both = [away(one, since=RECEIVED) for one in (COORDINATOR, COORDINATOR2)]
    for absences, told in ((both, True), (both[:1], False)):
        at_desk = desk(Stage.COORDINATION, with_absences(*absences))

        at_desk.until(RECEIVED + 4 * HOUR)

        assert [kind for kind, _ in presence(at_desk)] == [NOBODY] * told
        assert (NoticeKind.NOBODY_PRESENT in at_desk.told(CURATOR)) is told


def test_head_above_who_was_told_may_pass_the_right_on_until_somebody_is_there() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, days=1)))
    passing: dict[str, Any] = {"head": HEAD2, "reason": "Решать некому", "absence": "vacation"}

    at_desk.until(MIDNIGHT + 9 * HOUR)
    early = at_desk.refuse(Action.DELEGATE, REGION_HEAD, **passing)
    at_desk.until(MIDNIGHT + 10 * HOUR)
    assert at_desk.case.called == (REGION_HEAD,)
    others = at_desk.refuse(Action.APPROVE, REGION_HEAD), at_desk.refuse(Action.DELEGATE, CURATOR, **passing)
    unfounded = at_desk.refuse(Action.DELEGATE, REGION_HEAD, **(passing | {"absence": ""}))
    back = at_desk.until(MIDNIGHT + DAY).refuse(Action.DELEGATE, REGION_HEAD, **passing)

    assert [one.code for one in (early, *others, back)] == ["action_forbidden"] * 4
    assert unfounded.code == "absence_missing"
    assert (at_desk.case.called, at_desk.case.nobody_told) == ((), False)
    assert at_desk.facts[-1].event is Event.SOMEBODY_PRESENT


def test_head_above_whom_the_message_is_about_is_not_called() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD)))
    at_desk.case = replace(at_desk.case, complained_of_person=REGION_HEAD)

    at_desk.until(MIDNIGHT + 10 * HOUR)

    assert (at_desk.case.nobody_told, at_desk.case.called) == (True, ())


def test_corrected_card_leaves_the_head_above_his_right_and_alarms_nobody_anew() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD))).until(MIDNIGHT + 11 * HOUR)

    at_desk.decide(Action.CORRECT_CARD, COORDINATOR, complained_of=REGION)
    at_desk.until(MIDNIGHT + 20 * HOUR)

    assert (at_desk.case.nobody_told, at_desk.case.called) == (True, (REGION_HEAD,))
    assert [kind for kind, _ in presence(at_desk)] == [NOBODY]
    at_desk.decide(Action.DELEGATE, REGION_HEAD, head=HEAD2, reason="Решать некому", absence="vacation")


def test_head_above_whom_the_card_names_later_is_called_no_more() -> None:
    """He heads the region for roads alone, so that the body that answers is none of his."""
    where = with_absences(away(HEAD))
    roads = frozenset({"roads"})
    limited = [replace(one, categories=roads) if one.person == REGION_HEAD else one for one in where.directory.grants]
    where = replace(where, directory=replace(where.directory, grants=tuple(limited)))
    at_desk = desk(Stage.APPROVAL, where).until(MIDNIGHT + 11 * HOUR)
    assert at_desk.case.called == (REGION_HEAD,)

    at_desk.decide(Action.CORRECT_CARD, COORDINATOR, complained_of_person=REGION_HEAD)

    assert (at_desk.case.nobody_told, at_desk.case.called) == (True, ())


def test_absent_head_who_decides_all_the_same_ends_the_right_of_the_one_above() -> None:
    at_desk = desk(Stage.ENDORSEMENT, with_absences(away(HEAD2), away(HEAD3))).until(MIDNIGHT + 11 * HOUR)

    at_desk.decide(Action.ENDORSE, HEAD2)

    assert (at_desk.case.holder.person, at_desk.case.nobody_told, at_desk.case.called) == (HEAD3, False, ())


def test_head_above_gives_it_to_another_and_has_no_right_any_more() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD))).until(MIDNIGHT + 10 * HOUR)

    accepted = at_desk.decide(Action.DELEGATE, REGION_HEAD, head=HEAD2, reason="Решать некому", absence="vacation")

    assert (at_desk.case.holder.person, at_desk.case.called) == (HEAD2, ())
    assert (accepted.facts[0].person, accepted.facts[0].facts["head_was"]) == (REGION_HEAD, HEAD)
    assert at_desk.refuse(Action.DELEGATE, REGION_HEAD, head=HEAD3, reason="Ещё раз", absence="vacation")


def test_head_above_gives_the_work_of_an_absent_executor_to_another() -> None:
    away_all = [away(one) for one in (EXECUTOR, COORDINATOR, COORDINATOR2)]
    at_desk = desk(Stage.EXECUTION, with_absences(*away_all)).until(MIDNIGHT + 10 * HOUR)

    at_desk.decide(Action.REASSIGN, REGION_HEAD, executor=EXECUTOR2, reason="Решать некому", absence="vacation")

    assert at_desk.case.executor == EXECUTOR2


def test_nobody_passes_on_a_message_about_himself_though_he_was_told() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD))).until(MIDNIGHT + 10 * HOUR)
    at_desk.case = replace(at_desk.case, complained_of_person=REGION_HEAD)

    refusal = at_desk.refuse(Action.DELEGATE, REGION_HEAD, head=HEAD2, reason="Решать некому", absence="vacation")

    assert refusal.code == "conflict_of_interest"


def test_card_that_others_correct_meanwhile_does_not_prolong_the_silence() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD)))
    begins = at_desk.world.directory.organisations[MINISTRY].calendar.next_working_moment(MIDNIGHT)

    at_desk.until(begins + HOUR / 2).decide(Action.CORRECT_CARD)
    at_desk.until(begins + HOUR)

    assert presence(at_desk)[0] == (NOBODY, begins + HOUR)
