"""Nobody decides about a message on himself, and no organisation about one on its own head. Source: S0, annex 2; G-06."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.directory import Grant
from domain.verdict import World
from domain.vocabulary import Action, Event, NoticeKind, PersonId, Role, Stage
from tests.domain.builders import (
    ADMINISTRATOR,
    COORDINATOR,
    COORDINATOR2,
    CURATOR,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HEAD2,
    HEAD3,
    HOSPITAL,
    HOSPITAL_COORDINATOR,
    HOSPITAL_HEAD,
    HOUR,
    MINISTRY,
    MODERATOR,
    REGION,
    REGION_COORDINATOR,
    ROADS,
    ROADS_COORDINATOR,
    ROADS_HEAD,
    TITLES,
    Desk,
    desk,
    world,
)
from tests.domain.test_absences import away, with_absences

REGION_HEAD = 52
DEPUTY = Grant(HEAD, Role.HEAD, MINISTRY, categories=frozenset({"roads"}))
REASON = {"conflict_reason": "Больше некому: отдел из одного человека"}


def ministry(*grants: Grant) -> World:
    """The ministry with `HEAD` a deputy for roads alone: what is about him is not about the head of the ministry."""
    return world(DEPUTY, *grants, drop=(HEAD,))


def about(person: PersonId, stage: Stage, where: World | None = None) -> Desk:
    """A message about the person at the stage, as if it had always been known."""
    at_desk = desk(stage, where or ministry())
    at_desk.case = replace(at_desk.case, complained_of_person=person)
    return at_desk


# who of whom the message is, stage, action, who decides, parameters, the refusal's code and field
CASES: list[tuple[str, PersonId, Stage, Action, PersonId, dict[str, Any], str, str | None]] = [
    (
        "assigned to him",
        EXECUTOR,
        Stage.COORDINATION,
        Action.ASSIGN,
        COORDINATOR,
        {},
        "conflict_of_interest",
        "executor",
    ),
    (
        "asked as co-executor",
        *(EXECUTOR2, Stage.EXECUTION, Action.ASK_CO_EXECUTORS, EXECUTOR, {}, "conflict_of_interest", "people"),
    ),
    (
        "asked to call the applicant",
        *(
            EXECUTOR2,
            Stage.EXECUTION,
            Action.ASK_FOR_CALL,
            EXECUTOR,
            {"caller": EXECUTOR2},
            "conflict_of_interest",
            "caller",
        ),
    ),
    ("taken by him", COORDINATOR, Stage.COORDINATION, Action.TAKE, COORDINATOR, {}, "conflict_of_interest", None),
    (
        "taken by him with a reason",
        *(COORDINATOR, Stage.COORDINATION, Action.TAKE, COORDINATOR, REASON, "conflict_of_interest", None),
    ),
    (
        "reassigned to him",
        *(EXECUTOR2, Stage.EXECUTION, Action.REASSIGN, EXECUTOR, {}, "conflict_of_interest", "executor"),
    ),
    (
        "he is to endorse",
        *(HEAD2, Stage.EXECUTION, Action.SUBMIT_ANSWER, EXECUTOR, {}, "conflict_of_interest", "endorsers"),
    ),
    (
        "he is to approve",
        *(HEAD, Stage.EXECUTION, Action.SUBMIT_ANSWER, EXECUTOR, {}, "conflict_of_interest", "approver"),
    ),
    (
        "he is to approve a redirect",
        *(HEAD, Stage.COORDINATION, Action.PROPOSE_REDIRECT, COORDINATOR, {}, "conflict_of_interest", "approver"),
    ),
    ("the right is passed to him", HEAD3, Stage.APPROVAL, Action.DELEGATE, HEAD, {}, "conflict_of_interest", "head"),
    ("he endorses", HEAD2, Stage.ENDORSEMENT, Action.ENDORSE, HEAD2, {}, "conflict_of_interest", None),
    ("he approves", HEAD, Stage.APPROVAL, Action.APPROVE, HEAD, {}, "conflict_of_interest", None),
    ("he approves with a reason", HEAD, Stage.APPROVAL, Action.APPROVE, HEAD, REASON, "conflict_of_interest", None),
    ("he rejects", HEAD, Stage.APPROVAL, Action.REJECT, HEAD, {}, "conflict_of_interest", None),
    ("he changes the text", HEAD, Stage.APPROVAL, Action.EDIT_ANSWER, HEAD, {}, "conflict_of_interest", None),
    ("he chooses who decides", HEAD, Stage.APPROVAL, Action.DELEGATE, HEAD, {}, "conflict_of_interest", None),
    (
        "he assigns as a coordinator",
        *(COORDINATOR, Stage.COORDINATION, Action.ASSIGN, COORDINATOR, {}, "conflict_of_interest", None),
    ),
    (
        "he redirects as a coordinator",
        *(COORDINATOR, Stage.COORDINATION, Action.PROPOSE_REDIRECT, COORDINATOR, {}, "conflict_of_interest", None),
    ),
    (
        "he says of whom it is not",
        *(COORDINATOR, Stage.COORDINATION, Action.CORRECT_CARD, COORDINATOR, {"complained_of_person": 0}),
        *("conflict_of_interest", None),
    ),
    (
        "nobody knows the person",
        *(EXECUTOR, Stage.COORDINATION, Action.CORRECT_CARD, COORDINATOR, {"complained_of_person": 12345}),
        *("person_unknown", "complained_of_person"),
    ),
    (
        "accepted for the organisation of its head",
        *(EXECUTOR, Stage.MODERATION, Action.ACCEPT, MODERATOR),
        *(
            {"organisation": HOSPITAL, "complained_of_person": HOSPITAL_HEAD},
            "conflict_of_organisation",
            "organisation",
        ),
    ),
    (
        "redirected to the organisation of its head",
        *(ROADS_HEAD, Stage.COORDINATION, Action.PROPOSE_REDIRECT, COORDINATOR, {"organisation": ROADS}),
        *("conflict_of_organisation", "organisation"),
    ),
    (
        "passed to the organisation of its head",
        *(HOSPITAL_HEAD, Stage.COORDINATION, Action.TRANSFER_TO_SUBORDINATE, COORDINATOR, {"organisation": HOSPITAL}),
        *("conflict_of_organisation", "organisation"),
    ),
    (
        "assigned inside the organisation of its head",
        *(HEAD2, Stage.COORDINATION, Action.ASSIGN, COORDINATOR, {}, "conflict_of_organisation", "conflict_reason"),
    ),
]


@pytest.mark.parametrize("row", CASES, ids=[row[0] for row in CASES])
def test_conflict_is_refused_with_its_clause_and_field(
    row: tuple[str, PersonId, Stage, Action, PersonId, dict[str, Any], str, str | None],
) -> None:
    _, person, stage, action, who, given, code, field = row

    refusal = about(person, stage).refuse(action, who, **given)

    assert (refusal.code, refusal.clause, refusal.field) == (code, "G-06", field)
    assert refusal.detail


def test_message_about_an_organisation_goes_where_the_order_says() -> None:
    at_desk = desk()

    at_desk.decide(Action.ACCEPT, complained_of=MINISTRY)

    at_desk.decide(Action.ASSIGN)
    assert at_desk.case.stage is Stage.EXECUTION


def led(*heads: PersonId, drop: tuple[PersonId, ...] = ()) -> World:
    """The region with these heads of its own."""
    return world(*(Grant(one, Role.HEAD, REGION) for one in heads), drop=drop)


@pytest.mark.parametrize(
    ("head", "where", "coordinates"),
    [
        (REGION_HEAD, led(REGION_HEAD), REGION),
        (HEAD, led(drop=(REGION_COORDINATOR,)), MINISTRY),
        (HEAD, led(), REGION),
    ],
    ids=["head of the root", "nobody coordinates above", "superior body"],
)
@pytest.mark.parametrize("asked", [HOSPITAL, MINISTRY, REGION])
def test_message_about_a_head_is_accepted_where_it_belongs_and_nowhere_below(
    head: PersonId, where: World, coordinates: str, asked: str
) -> None:
    at_desk = desk(Stage.MODERATION, where)

    if asked == coordinates:
        at_desk.decide(Action.ACCEPT, organisation=asked, complained_of_person=head)
    else:
        refusal = at_desk.refuse(Action.ACCEPT, organisation=asked, complained_of_person=head)
        no_coordinator = refusal.code == "organisation_without_coordinator"
        assert no_coordinator or f"его рассматривает «{TITLES[coordinates]}»" in refusal.detail

    assert at_desk.case.stage is (Stage.COORDINATION if asked == coordinates else Stage.MODERATION)


def test_organisation_without_a_say_over_the_head_answers_only_with_a_reason_that_curators_read() -> None:
    at_desk = desk(Stage.MODERATION)
    about_head = {"organisation": ROADS, "complained_of_person": HOSPITAL_HEAD}

    refusal = at_desk.refuse(Action.ACCEPT, **about_head)
    accepted = at_desk.decide(Action.ACCEPT, **about_head, **REASON)

    assert (refusal.code, refusal.field) == ("conflict_of_organisation", "conflict_reason")
    assert f"руководителе организации «{TITLES[HOSPITAL]}»: его рассматривает «{TITLES[MINISTRY]}»." in refusal.detail
    assert f"«{TITLES[ROADS]}» ей не вышестоящая" in refusal.detail
    assert accepted.facts[0].facts["unrelated_to"] == HOSPITAL
    assert [one.person for one in accepted.notices if one.kind is NoticeKind.CONFLICT] == [CURATOR]
    assert not at_desk.case.conflict_overridden


def test_curators_are_told_when_the_head_is_named_after_another_body_has_the_message() -> None:
    at_desk = desk(Stage.MODERATION)
    at_desk.decide(Action.ACCEPT, organisation=ROADS)

    corrected = at_desk.decide(Action.CORRECT_CARD, ROADS_COORDINATOR, complained_of_person=HOSPITAL_HEAD)

    assert corrected.facts[0].facts["unrelated_to"] == HOSPITAL
    assert [one.person for one in corrected.notices] == [CURATOR]
    assert at_desk.case.organisation == ROADS


@pytest.mark.parametrize(("person", "organisation"), [(HOSPITAL_HEAD, REGION), (EXECUTOR, ROADS)])
def test_no_reason_is_asked_for_above_the_head_or_of_a_message_about_an_employee(
    person: PersonId, organisation: str
) -> None:
    at_desk = desk(Stage.MODERATION)

    accepted = at_desk.decide(Action.ACCEPT, organisation=organisation, complained_of_person=person)

    assert not accepted.facts[0].facts.keys() & {"unrelated_to", "about_head_of"}


def test_message_about_the_head_of_the_root_is_worked_on_by_an_exception_and_approved_by_another() -> None:
    at_desk = desk(Stage.MODERATION, led(REGION_HEAD, HEAD2))

    accepted = at_desk.decide(Action.ACCEPT, organisation=REGION, complained_of_person=REGION_HEAD)

    assert accepted.facts[0].facts["about_head_of"] == REGION
    assert [one.person for one in accepted.notices if one.kind is NoticeKind.CONFLICT] == [CURATOR]
    refusal = at_desk.refuse(Action.TAKE, REGION_COORDINATOR)
    assert refusal.field == "conflict_reason"
    assert f"руководителе организации «{TITLES[REGION]}». Выше такие сообщения никто не координирует" in refusal.detail
    at_desk.decide(Action.TAKE, REGION_COORDINATOR, **REASON)
    answer = {"person": REGION_COORDINATOR, "endorsers": []}
    assert at_desk.refuse(Action.SUBMIT_ANSWER, approver=REGION_HEAD, **answer).code == "conflict_of_interest"
    at_desk.decide(Action.SUBMIT_ANSWER, approver=HEAD2, **answer)


def test_message_about_the_only_head_is_approved_by_the_superior_body() -> None:
    only = world(Grant(REGION_HEAD, Role.HEAD, REGION), drop=(HEAD2, HEAD3, REGION_COORDINATOR))
    at_desk = about(HEAD, Stage.EXECUTION, only)
    at_desk.case = replace(at_desk.case, conflict_overridden=True)

    assert at_desk.refuse(Action.SUBMIT_ANSWER, approver=HEAD, endorsers=[]).code == "conflict_of_interest"
    at_desk.decide(Action.SUBMIT_ANSWER, approver=REGION_HEAD, endorsers=[])
    at_desk.decide(Action.APPROVE, REGION_HEAD)

    assert at_desk.case.stage is Stage.DELIVERY


def test_answer_about_the_only_other_head_is_approved_by_its_author() -> None:
    at_desk = about(HEAD, Stage.EXECUTION, world(Grant(EXECUTOR, Role.HEAD, MINISTRY), drop=(HEAD2, HEAD3)))
    at_desk.case = replace(at_desk.case, conflict_overridden=True)

    at_desk.decide(Action.SUBMIT_ANSWER, approver=EXECUTOR, endorsers=[])
    approved = at_desk.decide(Action.APPROVE, EXECUTOR)

    assert approved.facts[0].facts["by_executor"] is True


def test_head_above_who_has_the_answer_keeps_it_though_a_nearer_head_has_come() -> None:
    superior = Grant(REGION_HEAD, Role.HEAD, REGION)
    at_desk = about(HEAD, Stage.EXECUTION, world(superior, drop=(HEAD2, HEAD3, REGION_COORDINATOR)))
    at_desk.case = replace(at_desk.case, conflict_overridden=True)
    at_desk.decide(Action.SUBMIT_ANSWER, approver=REGION_HEAD, endorsers=[])

    at_desk.world = world(superior, drop=(HEAD3, REGION_COORDINATOR))
    at_desk.later(3 * HOUR)

    assert Event.NOBODY_PRESENT not in {fact.event for fact in at_desk.facts}
    assert at_desk.refuse(Action.APPROVE, HEAD).code == "conflict_of_interest"
    at_desk.decide(Action.APPROVE, REGION_HEAD)


def test_superior_body_is_told_to_consider_it_where_it_lies() -> None:
    refusal = about(HOSPITAL_HEAD, Stage.COORDINATION).refuse(Action.TRANSFER_TO_SUBORDINATE, COORDINATOR)

    assert f"руководителе организации «{TITLES[HOSPITAL]}». Рассматривайте его здесь" in refusal.detail


def test_coordinator_makes_an_exception_for_the_work_with_a_reason_that_curators_read() -> None:
    at_desk = about(HEAD2, Stage.COORDINATION)

    accepted = at_desk.decide(Action.ASSIGN, **REASON)

    assert accepted.facts[0].facts["conflict_overridden"] is True
    assert [notice.person for notice in accepted.notices if notice.kind is NoticeKind.CONFLICT] == [CURATOR]
    at_desk.decide(Action.START_WORK)
    refusal = at_desk.refuse(Action.SUBMIT_ANSWER, approver=HEAD2, endorsers=[])
    assert refusal.code == "conflict_of_interest", "approval by himself never"


def test_message_about_the_head_goes_back_to_the_superior_body_whoever_sent_it() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    at_desk.decide(Action.CORRECT_CARD, HOSPITAL_COORDINATOR, complained_of_person=HOSPITAL_HEAD)
    at_desk.case = replace(at_desk.case, transfers=())

    at_desk.decide(Action.RETURN_TO_SUPERIOR)

    assert (at_desk.case.organisation, at_desk.case.transfers) == (MINISTRY, ())


def test_nothing_to_return_to_is_said() -> None:
    at_desk = about(EXECUTOR2, Stage.COORDINATION)

    assert at_desk.refuse(Action.RETURN_TO_SUPERIOR, COORDINATOR).code == "superior_unknown"


@pytest.mark.parametrize(("person", "moves"), [(EXECUTOR, True), (HEAD2, True), (EXECUTOR2, False), (HEAD, False)])
def test_person_who_becomes_known_midway_takes_the_work_back_to_coordination(person: PersonId, moves: bool) -> None:
    at_desk = desk(Stage.EXECUTION, ministry())

    accepted = at_desk.decide(Action.CORRECT_CARD, complained_of_person=person)

    assert (at_desk.case.stage is Stage.COORDINATION) is moves
    assert (at_desk.case.executor is None) is moves
    assert accepted.facts[0].facts["complained_of_person"] == person
    assert bool(at_desk.told(COORDINATOR2)) is moves
    assert (NoticeKind.CONFLICT in {notice.kind for notice in accepted.notices}) is moves


@pytest.mark.parametrize("person", [EXECUTOR, HEAD2])
@pytest.mark.parametrize("stage", [Stage.ENDORSEMENT, Stage.APPROVAL])
def test_answer_of_the_person_who_becomes_known_midway_goes_back_to_coordination(
    stage: Stage, person: PersonId
) -> None:
    at_desk = desk(stage, ministry())

    accepted = at_desk.decide(Action.CORRECT_CARD, complained_of_person=person)

    assert (at_desk.case.stage, at_desk.case.executor, at_desk.case.draft) == (Stage.COORDINATION, None, None)
    assert NoticeKind.CONFLICT in {notice.kind for notice in accepted.notices}


def test_endorsement_of_the_person_who_becomes_known_midway_counts_no_more() -> None:
    at_desk = desk(Stage.EXECUTION, ministry())
    at_desk.decide(Action.SUBMIT_ANSWER, endorsers=[HEAD], approver=HEAD2)
    at_desk.decide(Action.ENDORSE, HEAD)

    accepted = at_desk.decide(Action.CORRECT_CARD, complained_of_person=HEAD)

    assert at_desk.case.stage is Stage.APPROVAL
    assert HEAD not in {one.person for one in at_desk.case.endorsements}
    assert accepted.facts[0].facts["endorser_was"] == HEAD
    assert {notice.person for notice in accepted.notices} == {CURATOR, ADMINISTRATOR}


def test_approver_who_becomes_known_midway_decides_no_more_and_an_administrator_passes_his_right_on() -> None:
    at_desk = desk(Stage.APPROVAL, ministry())

    accepted = at_desk.decide(Action.CORRECT_CARD, complained_of_person=HEAD)
    assert {notice.person for notice in accepted.notices} == {CURATOR, ADMINISTRATOR}
    at_desk.refuse(Action.APPROVE)
    at_desk.decide(Action.DELEGATE, ADMINISTRATOR, head=HEAD3, reason="О нём", absence="other")
    at_desk.decide(Action.APPROVE, HEAD3)

    assert at_desk.case.stage is Stage.DELIVERY


def test_approver_whom_it_is_about_counts_as_nobody_present() -> None:
    at_desk = desk(Stage.APPROVAL, ministry())
    at_desk.decide(Action.CORRECT_CARD, complained_of_person=HEAD)

    at_desk.later(5 * HOUR)

    assert Event.NOBODY_PRESENT in {fact.event for fact in at_desk.facts}


def test_substitute_whom_it_is_about_is_passed_over() -> None:
    at_desk = desk(Stage.APPROVAL, with_absences(away(HEAD, HEAD2, HEAD3)))
    at_desk.case = replace(at_desk.case, complained_of_person=HEAD2)

    at_desk.later(100 * HOUR)

    assert at_desk.case.holder.person == HEAD3


def test_mistake_is_taken_back() -> None:
    at_desk = about(EXECUTOR2, Stage.COORDINATION)

    at_desk.decide(Action.CORRECT_CARD, complained_of_person=0)

    at_desk.decide(Action.ASSIGN, executor=EXECUTOR2)
