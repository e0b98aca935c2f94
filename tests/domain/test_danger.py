"""Danger to somebody's life: words suggest it, a person decides, those on duty are told at once. Source: G-45."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.alarms import next_alarm
from domain.case import DANGER
from domain.case_parts import Contact
from domain.concerned import duty
from domain.danger import signs_of
from domain.directory import Grant
from domain.directory_records import Absence
from domain.intake import Arrival, register
from domain.rules import allowed_actions
from domain.rules.danger import followed
from domain.verdict import Accepted, Notice, World
from domain.vocabulary import AbsenceCode, Action, AlarmKind, Danger, Event, NoticeKind, Role, Stage
from regulations.wording import watch
from storage.lemmas import lemma
from storage.sight import Sight, sight_of
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    DAY,
    DISMISSED,
    EXECUTOR,
    EXECUTOR2,
    GUEST_EXECUTOR,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL,
    HOSPITAL_COORDINATOR,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    MODERATOR,
    MOSCOW,
    OPERATOR,
    OUTSIDER,
    RECEIVED,
    REGION,
    REGION_COORDINATOR,
    ROADS,
    ROADS_HEAD,
    Desk,
    desk,
    new_case,
    world,
)

SENTENCES = tomllib.loads(Path(__file__).with_name("danger_sentences.toml").read_text(encoding="utf-8"))
DANGEROUS, HARMLESS = (SENTENCES[name].strip().splitlines() for name in ("dangerous", "harmless"))


def test_word_rule_misses_few_and_cries_wolf_rarely() -> None:
    """Made up by us, with what it misses left in: no claim about real messages, but a change for the worse shows."""
    found = [phrase for phrase in DANGEROUS if signs_of(phrase, watch(), lemma)]
    false = [phrase for phrase in HARMLESS if signs_of(phrase, watch(), lemma)]

    assert sorted(set(DANGEROUS) - set(found)) == [
        "больной в коме, аппарат хотят отключить",
        "в машине заперт младенец на жаре",
        "по льду ходят дети, один провалился",
        "у роженицы разрыв, врач ушёл домой",
    ]
    assert false == []
    assert min(len(DANGEROUS), len(HARMLESS)) > 150


def test_sign_names_the_words_as_they_stand_in_the_text() -> None:
    [sign] = signs_of("Сосед УГРОЖАЕТ ей ножом.", watch(), lemma)

    assert (sign.kind, sign.words) == ("violence", "УГРОЖАЕТ ей ножом")


def test_harmless_words_take_only_themselves_away() -> None:
    signs = signs_of("Убит горем и не хочу жить", watch(), lemma)

    assert [sign.words for sign in signs] == ["не хочу жить"]


@pytest.mark.parametrize("person", [COORDINATOR, EXECUTOR, OPERATOR])
def test_staff_raise_danger_without_a_suggestion(person: int) -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.CONFIRM_DANGER, person)

    assert at_desk.case.danger is Danger.CONFIRMED
    assert at_desk.case.urgent
    assert at_desk.facts[-1].event is Event.DANGER_CONFIRMED


@pytest.mark.parametrize("person", [EXECUTOR, HEAD, CURATOR])
def test_only_who_takes_in_moderates_coordinates_or_is_on_duty_dismisses(person: int) -> None:
    at_desk = desk(Stage.EXECUTION, world(**{MINISTRY: {"duty": (HEAD3,)}}), danger=Danger.SUGGESTED)

    assert at_desk.refuse(Action.DISMISS_DANGER, person).code == "action_forbidden"


def test_moderator_dismisses_with_a_reason_and_it_may_be_raised_again() -> None:
    at_desk = desk(danger=Danger.SUGGESTED)

    at_desk.decide(Action.DISMISS_DANGER, MODERATOR)

    assert at_desk.case.danger is Danger.DISMISSED
    assert not at_desk.case.urgent
    assert at_desk.refuse(Action.DISMISS_DANGER, MODERATOR).code == "action_not_allowed"
    at_desk.decide(Action.CONFIRM_DANGER, MODERATOR)


@pytest.mark.parametrize("danger", [Danger.SUGGESTED, Danger.CONFIRMED])
def test_message_that_speaks_of_danger_is_declined_only_when_that_is_dismissed(danger: Danger) -> None:
    at_desk = desk(danger=danger)

    assert at_desk.refuse(Action.DECLINE).code == "danger_open"
    at_desk.decide(Action.DISMISS_DANGER, MODERATOR)
    at_desk.decide(Action.DECLINE)
    assert at_desk.case.considered


def test_confirmed_danger_is_told_to_those_on_duty_in_their_order_and_to_curators_at_once() -> None:
    at_desk = desk(Stage.EXECUTION, world(**{MINISTRY: {"duty": (HEAD3, DISMISSED, EXECUTOR2)}}))

    at_desk.decide(Action.CONFIRM_DANGER, EXECUTOR)

    told = [(one.person, one.kind, one.urgent, one.email) for one in at_desk.notices]
    assert told == [(one, NoticeKind.DANGER_CONFIRMED, True, True) for one in (HEAD3, EXECUTOR2, CURATOR)]
    assert at_desk.facts[-1].facts["told"] == [HEAD3, EXECUTOR2]
    assert EXECUTOR2 in at_desk.case.participants


def test_confirmed_danger_is_not_told_to_the_curator_whom_the_message_is_about() -> None:
    at_desk = desk(Stage.EXECUTION, complained_of_person=CURATOR)

    at_desk.decide(Action.CONFIRM_DANGER, EXECUTOR)

    assert CURATOR not in {one.person for one in at_desk.notices}


def test_danger_in_a_message_about_all_who_would_be_told_is_told_above() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.case = replace(at_desk.case, complained_of_person=HEAD)
    grants = tuple(
        one
        for one in at_desk.world.directory.grants
        if one.organisation != MINISTRY or one.role not in (Role.HEAD, Role.COORDINATOR)
    )
    alone = Grant(HEAD, Role.HEAD, MINISTRY), Grant(HEAD, Role.COORDINATOR, MINISTRY)
    above = Grant(HEAD3, Role.HEAD, REGION)
    known = replace(at_desk.world, directory=replace(at_desk.world.directory, grants=(*grants, *alone, above)))

    assert HEAD3 in duty(at_desk.case, at_desk.at, known)
    assert HEAD not in duty(at_desk.case, at_desk.at, known)


def test_where_nobody_is_on_duty_heads_and_coordinators_are_told() -> None:
    at_desk = desk(Stage.EXECUTION)

    at_desk.decide(Action.CONFIRM_DANGER, EXECUTOR)

    told = {one.person for one in at_desk.notices}
    assert told == {HEAD, HEAD2, HEAD3, COORDINATOR, COORDINATOR2, CURATOR}


def test_who_is_on_duty_but_away_is_not_the_only_one_told() -> None:
    where = world(**{MINISTRY: {"duty": (HEAD3,)}})
    away = Absence(HEAD3, AbsenceCode.VACATION, RECEIVED)
    at_desk = desk(Stage.EXECUTION, replace(where, directory=replace(where.directory, absences=(away,))))

    at_desk.decide(Action.CONFIRM_DANGER, EXECUTOR)

    told = {one.person for one in at_desk.notices if one.kind is NoticeKind.DANGER_CONFIRMED}
    assert told == {HEAD, HEAD2, COORDINATOR, COORDINATOR2, CURATOR}


def test_danger_that_moves_to_another_organisation_is_told_there() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.CONFIRM_DANGER)

    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE, organisation=HOSPITAL)

    assert "danger_confirmed" in at_desk.told(HOSPITAL_HEAD)
    assert "danger_confirmed" in at_desk.told(HOSPITAL_COORDINATOR)
    assert HOSPITAL_HEAD in at_desk.case.participants


def test_suggestion_that_nobody_has_decided_on_is_told_singly_where_the_message_comes_to() -> None:
    at_desk = desk(Stage.MODERATION, danger=Danger.SUGGESTED)

    at_desk.decide(Action.ACCEPT)
    accepted = at_desk.told(COORDINATOR)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)

    assert "danger_suggested" in accepted
    assert "danger_suggested" in at_desk.told(HOSPITAL_COORDINATOR)


FRIDAY_NIGHT = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
"""23:00 in Moscow."""


def arrived(where: World) -> Accepted:
    """A message whose words tell of danger has come on Friday night."""
    contact = Contact(portal=True, email=True)
    return register(Arrival("case", "П-1", FRIDAY_NIGHT, FRIDAY_NIGHT, 0, contact, danger=True), where)


def alarmed(notices: Iterable[Notice]) -> list[int]:
    """Who is told singly of a suggestion."""
    return sorted(one.person for one in notices if one.kind is NoticeKind.DANGER_SUGGESTED and one.urgent)


def test_suggestion_on_a_friday_night_is_told_to_those_on_duty_who_decide_without_any_role() -> None:
    where = world(**{REGION: {"duty": (OUTSIDER,)}})
    registered = arrived(where)
    at_desk = Desk(where, registered.case, FRIDAY_NIGHT)

    allowed = [rule.action for rule in allowed_actions(at_desk.case, OUTSIDER, where, at_desk.at)]
    at_desk.decide(Action.DISMISS_DANGER, OUTSIDER)

    assert alarmed(registered.notices) == [MODERATOR, REGION_COORDINATOR, OUTSIDER]
    assert {Action.CONFIRM_DANGER, Action.DISMISS_DANGER} <= set(allowed)
    assert (at_desk.case.urgent, at_desk.case.alerted) == (False, ())
    assert allowed_actions(at_desk.case, OUTSIDER, where, at_desk.at) == ()


def test_suggestion_where_nobody_is_on_duty_is_told_to_heads_and_coordinators_but_not_to_whom_it_is_about() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.case = replace(at_desk.case, complained_of_person=HEAD3)

    at_desk.decide(Action.ADD_FACTS, text="Он угрожает ножом", danger=True)

    assert alarmed(at_desk.notices) == [COORDINATOR, EXECUTOR, HEAD, HEAD2, COORDINATOR2]
    assert HEAD3 not in at_desk.case.alerted
    assert at_desk.refuse(Action.DISMISS_DANGER, EXECUTOR).code == "action_forbidden"
    at_desk.decide(Action.DISMISS_DANGER, HEAD2)


def test_one_suggestion_is_told_to_nobody_twice_wherever_the_message_goes() -> None:
    where = world(**{REGION: {"duty": (HEAD,)}, MINISTRY: {"duty": (HEAD, HEAD2)}})
    at_desk = Desk(where, arrived(where).case, FRIDAY_NIGHT)

    at_desk.decide(Action.ACCEPT)
    in_ministry = alarmed(at_desk.notices)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    in_hospital = alarmed(at_desk.notices)
    at_desk.decide(Action.RETURN_TO_SUPERIOR)
    back = alarmed(at_desk.notices)

    assert in_ministry == [COORDINATOR, HEAD2, COORDINATOR2]
    assert in_hospital == [HOSPITAL_COORDINATOR, HOSPITAL_HEAD]
    assert back == []
    at_desk.decide(Action.CONFIRM_DANGER, HEAD)
    assert at_desk.case.alerted == (HEAD, HEAD2)


@pytest.mark.parametrize(
    ("later", "may"),
    [
        (world(**{HOSPITAL: {"duty": (OUTSIDER,)}}), True),
        (world(**{REGION: {"duty": (OUTSIDER,)}}), True),
        (world(Grant(OUTSIDER, Role.EXECUTOR, MINISTRY)), True),
        (world(), False),
        (world(**{ROADS: {"duty": (OUTSIDER,)}}), False),
        (world(Grant(OUTSIDER, Role.HEAD, ROADS)), False),
        (world(Grant(OUTSIDER, Role.HEAD, MINISTRY, valid_until=RECEIVED)), False),
    ],
)
def test_whoever_was_told_reads_and_decides_only_while_he_serves_where_the_message_lies(
    later: World, may: bool
) -> None:
    at_desk = Desk(later, new_case(organisation=HOSPITAL, danger=Danger.SUGGESTED, alerted=(OUTSIDER,)))
    at_desk.at += HOUR

    allowed = {rule.action for rule in allowed_actions(at_desk.case, OUTSIDER, later, at_desk.at)}
    sight = sight_of(at_desk.case, OPERATOR, OUTSIDER, later.directory, at_desk.at)

    assert (Action.CONFIRM_DANGER in allowed) is may
    assert (Action.DISMISS_DANGER in allowed) is may
    assert (sight is Sight.FULL) is may
    assert may or at_desk.refuse(Action.DISMISS_DANGER, OUTSIDER).code == "action_forbidden"


def test_whoever_stands_in_for_one_on_duty_decides_until_he_is_back() -> None:
    where = world(**{MINISTRY: {"duty": (HEAD3,)}})
    away = (
        Absence(HEAD3, AbsenceCode.VACATION, RECEIVED, RECEIVED + 3 * DAY, (DISMISSED,)),
        Absence(DISMISSED, AbsenceCode.VACATION, RECEIVED, RECEIVED + 3 * DAY, (OUTSIDER,)),
    )
    at_desk = desk(Stage.EXECUTION, replace(where, directory=replace(where.directory, absences=away)))
    at_desk.decide(Action.ADD_FACTS, text="Он угрожает ножом", danger=True)

    alerted = at_desk.case.alerted
    allowed = allowed_actions(at_desk.case, OUTSIDER, at_desk.world, at_desk.at)
    at_desk.later(3 * DAY)

    assert OUTSIDER in alerted
    assert Action.DISMISS_DANGER in {rule.action for rule in allowed}
    assert at_desk.refuse(Action.DISMISS_DANGER, OUTSIDER).code == "action_forbidden"


def test_whoever_was_told_where_the_message_lies_no_more_is_not_among_those_told() -> None:
    at_desk = Desk(case=new_case(organisation=ROADS, stage=Stage.COORDINATION, danger=Danger.SUGGESTED))
    at_desk.case = replace(at_desk.case, alerted=(ROADS_HEAD, MODERATOR))

    moved = followed(at_desk.case, replace(at_desk.case, organisation=HOSPITAL), at_desk.at, at_desk.world)

    assert moved.alerted == (MODERATOR, HOSPITAL_HEAD, HOSPITAL_COORDINATOR)


def test_whoever_was_told_decides_no_more_when_the_message_turns_out_to_be_about_himself() -> None:
    where = world(**{REGION: {"duty": (HEAD3,)}})
    at_desk = Desk(where, arrived(where).case, FRIDAY_NIGHT)

    at_desk.decide(Action.ACCEPT, organisation=ROADS, complained_of_person=HEAD3, conflict_reason="Дело дорожников.")

    assert HEAD3 not in at_desk.case.alerted
    assert at_desk.refuse(Action.DISMISS_DANGER, HEAD3).code == "conflict_of_interest"


@pytest.mark.parametrize(("decides", "days"), [(Action.CONFIRM_DANGER, 1), (Action.DISMISS_DANGER, 0)])
@pytest.mark.parametrize("stage", [Stage.DELIVERY, Stage.RATING])
def test_case_stays_open_and_first_until_danger_in_a_rating_of_the_last_minute_is_decided(
    stage: Stage, decides: Action, days: int
) -> None:
    """When it is confirmed, those who are told have a day to read it."""
    at_desk = desk(stage)
    assert at_desk.case.answered_at is not None
    at_desk.until(at_desk.case.answered_at + 14 * DAY - timedelta(minutes=1))
    at_desk.decide(Action.RATE, score=1, danger=True)

    at_desk.later(40 * DAY)
    waiting = at_desk.case
    at_desk.decide(decides)
    decided_at, urgent = at_desk.at, at_desk.case.urgent
    at_desk.later(DAY + HOUR)

    assert urgent is bool(days)
    following = next_alarm(waiting, at_desk.world)
    assert (waiting.closed_at, waiting.precedence) == (None, DANGER)
    assert following is not None
    assert following.kind is AlarmKind.DANGER_REMINDER
    assert at_desk.case.closed_at == decided_at + days * DAY
    assert at_desk.facts[-1].event is Event.CASE_CLOSED


def test_suggestion_that_nobody_looked_at_before_the_answer_keeps_the_case_open() -> None:
    at_desk = desk(Stage.RATING, danger=Danger.SUGGESTED)

    at_desk.later(60 * DAY)
    undecided = at_desk.case
    at_desk.decide(Action.CONFIRM_DANGER)

    assert (undecided.closed_at, undecided.urgent) == (None, True)
    assert {"danger_confirmed"} <= set(at_desk.told(HEAD))
    at_desk.later(DAY + HOUR)
    assert at_desk.case.closed_at is not None


def reminded(at_desk: Desk) -> list[str]:
    """The mornings on which somebody was reminded, by Moscow's clock."""
    alarms = (one for one in at_desk.alarms if one.kind is AlarmKind.DANGER_REMINDER)
    return [f"{one.at.astimezone(MOSCOW):%a %H:%M}" for one in alarms]


@pytest.mark.parametrize("stage", [Stage.COORDINATION, Stage.DELIVERY, Stage.RATING])
def test_suggestion_that_nobody_decides_on_is_reminded_of_each_working_morning_and_then_to_curators(
    stage: Stage,
) -> None:
    at_desk = desk(stage, world(**{MINISTRY: {"duty": (HEAD3,)}}))
    at_desk.decide(Action.ADD_FACTS if stage is Stage.COORDINATION else Action.RATE, danger=True)

    at_desk.notices = []
    at_desk.later(DAY)
    first = [(one.person, one.urgent) for one in at_desk.notices if one.kind is NoticeKind.DANGER_UNDECIDED]
    at_desk.notices = []
    at_desk.later(DAY)
    second = [one.person for one in at_desk.notices if one.kind is NoticeKind.DANGER_UNDECIDED]
    at_desk.later(5 * DAY)
    at_desk.decide(Action.DISMISS_DANGER, HEAD3)
    at_desk.later(7 * DAY)

    assert first == [(HEAD3, False), (COORDINATOR, False), (COORDINATOR2, False)]
    assert second == [HEAD3, COORDINATOR, COORDINATOR2, CURATOR]
    assert reminded(at_desk) == [f"{day} 09:00" for day in ("Tue", "Wed", "Thu", "Fri", "Mon")]


def test_whoever_comes_on_duty_later_is_reminded_and_decides_but_not_whoever_is_relieved() -> None:
    at_desk = desk(Stage.RATING, world(**{MINISTRY: {"duty": (OUTSIDER,)}}))
    at_desk.decide(Action.RATE, score=1, danger=True)

    at_desk.world = world(**{MINISTRY: {"duty": (GUEST_EXECUTOR,)}})
    at_desk.case = replace(at_desk.case, complained_of_person=CURATOR)
    at_desk.later(2 * DAY)

    told = {one.person for one in at_desk.notices if one.kind is NoticeKind.DANGER_UNDECIDED}
    assert told == {GUEST_EXECUTOR, COORDINATOR, COORDINATOR2}
    assert at_desk.refuse(Action.DISMISS_DANGER, OUTSIDER).code == "action_forbidden"
    at_desk.decide(Action.DISMISS_DANGER, GUEST_EXECUTOR)


def test_new_suggestion_after_a_dismissal_is_first_reminded_of_to_those_who_decide() -> None:
    at_desk = desk(Stage.RATING, danger=Danger.SUGGESTED).later(3 * DAY)
    at_desk.decide(Action.DISMISS_DANGER)
    at_desk.decide(Action.RATE, score=1, danger=True)

    at_desk.notices = []
    at_desk.later(DAY)

    assert "danger_undecided" in at_desk.told(COORDINATOR)
    assert at_desk.told(CURATOR) == []


def test_applicants_added_words_suggest_it_again_after_a_dismissal_and_never_undo_a_confirmation() -> None:
    at_desk = desk(Stage.EXECUTION, danger=Danger.DISMISSED)

    at_desk.decide(Action.ADD_FACTS, text="Он угрожает ножом", danger=True)

    assert at_desk.case.danger is Danger.SUGGESTED
    assert at_desk.facts[-1].facts["danger"] == "suggested"
    assert "danger_suggested" in at_desk.told(EXECUTOR)
    assert "danger_suggested" in at_desk.told(COORDINATOR)
    at_desk.decide(Action.CONFIRM_DANGER)
    at_desk.decide(Action.ADD_FACTS, text="Он угрожает ножом", danger=True)
    assert at_desk.case.danger is Danger.CONFIRMED


@pytest.mark.parametrize("before", [None, Danger.SUGGESTED, Danger.CONFIRMED, Danger.DISMISSED])
def test_danger_in_the_words_of_a_rating_is_told_to_deciders_and_to_those_on_duty(before: Danger | None) -> None:
    where = world(**{MINISTRY: {"duty": (HEAD3,)}})
    at_desk = desk(Stage.RATING, where)
    at_desk.case = replace(at_desk.case, danger=before)
    assert at_desk.case.urgent is (before is Danger.SUGGESTED)

    at_desk.decide(Action.RATE, score=1, danger=True)

    assert at_desk.case.danger is Danger.SUGGESTED
    assert at_desk.case.urgent
    assert {COORDINATOR, COORDINATOR2, HEAD3} == {
        one.person for one in at_desk.notices if one.kind is NoticeKind.DANGER_SUGGESTED and one.urgent
    }
    assert HEAD3 in at_desk.case.alerted
    at_desk.decide(Action.RATE, score=2, danger=True)
    assert "danger_suggested" not in at_desk.told(COORDINATOR)


def test_danger_after_the_answer_is_confirmed_where_the_message_lies_and_changes_nothing_else() -> None:
    at_desk = desk(Stage.RATING, linked_to=None)
    at_desk.decide(Action.RATE, score=1, danger=True)
    at_desk.case = replace(at_desk.case, linked_to="main", linked_number="П-0")

    at_desk.decide(Action.CONFIRM_DANGER)

    assert (at_desk.case.danger, at_desk.case.stage) == (Danger.CONFIRMED, Stage.RATING)
    assert at_desk.case.linked_to == "main"
    assert {"danger_confirmed"} <= set(at_desk.told(HEAD))
    at_desk.decide(Action.DISMISS_DANGER)
    assert not at_desk.case.urgent
    assert at_desk.refuse(Action.DISMISS_DANGER).code == "action_not_allowed"


def test_danger_confirmed_in_a_rating_does_not_outlast_the_message() -> None:
    at_desk = desk(Stage.RATING)
    at_desk.decide(Action.RATE, score=1, danger=True)
    at_desk.decide(Action.CONFIRM_DANGER)

    at_desk.later(20 * DAY)

    assert at_desk.case.closed_at is not None
    assert not at_desk.case.urgent


def test_danger_in_what_a_repeat_is_asked_for_goes_to_the_coordinators() -> None:
    at_desk = desk(Stage.RATING)
    at_desk.decide(Action.RATE, score=1)

    at_desk.decide(Action.ASK_REPEAT, missing="Он угрожает ножом", danger=True)

    assert (at_desk.case.danger, at_desk.case.urgent) == (Danger.SUGGESTED, True)
    assert not at_desk.case.danger_since_answer
    assert "danger_suggested" in at_desk.told(COORDINATOR)


def test_answered_message_is_not_urgent_any_more() -> None:
    at_desk = desk(Stage.APPROVAL)
    at_desk.decide(Action.CONFIRM_DANGER)

    at_desk.decide(Action.APPROVE)

    assert at_desk.case.danger is Danger.CONFIRMED
    assert not at_desk.case.urgent
    assert not replace(at_desk.case, danger=None).urgent
