"""Coordination: one of five ways for each message; redirects inside and outside. Source: S2, 3.2; G-47."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.case_parts import Endorsement, Holder
from domain.directory import Grant
from domain.vocabulary import Action, DraftKind, Event, LetterKind, LetterWay, Outcome, Role, Stage
from tests.domain.builders import (
    CLINIC_UNIT,
    COORDINATOR,
    COORDINATOR2,
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
    HOSPITAL_EXECUTOR,
    HOUR,
    LETTERS_UNIT,
    MINISTRY,
    OUTSIDER,
    REGION,
    REGION_COORDINATOR,
    ROADS,
    ROADS_COORDINATOR,
    ROADS_HEAD,
    ROADS_SUB,
    ROADS_SUB_COORDINATOR,
    Desk,
    desk,
    digest,
    world,
)


@pytest.mark.requirement("S2-20", "S2-09")
def test_assigned_message_lies_with_its_executor_in_his_unit() -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.ASSIGN)

    assert at_desk.case.stage is Stage.EXECUTION
    assert at_desk.case.holder == Holder(person=EXECUTOR)
    assert at_desk.case.unit == LETTERS_UNIT
    assert not at_desk.case.started
    assert at_desk.told(EXECUTOR) == ["task_arrived"]


@pytest.mark.parametrize(("executor", "unit"), [(EXECUTOR2, CLINIC_UNIT), (GUEST_EXECUTOR, None)])
def test_unit_of_a_message_is_one_of_its_own_organisation(executor: int, unit: str | None) -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.ASSIGN, executor=executor)

    assert at_desk.case.unit == unit


@pytest.mark.parametrize("person", [HOSPITAL_EXECUTOR, HEAD, OUTSIDER, DISMISSED, 12345])
def test_only_an_executor_of_this_organisation_is_assigned(person: int) -> None:
    refusal = desk(Stage.COORDINATION).refuse(Action.ASSIGN, executor=person)

    assert (refusal.code, refusal.field) == ("person_without_authority", "executor")


def test_executor_of_other_categories_is_not_assigned() -> None:
    only_medicine = Grant(200, Role.EXECUTOR, MINISTRY, categories=frozenset({"pharmacy"}))
    at_desk = desk(Stage.COORDINATION, world(only_medicine))

    assert at_desk.refuse(Action.ASSIGN, executor=200).code == "person_without_authority"


@pytest.mark.requirement("S2-21", "S2-15", "S3-26", "S3-36")
def test_coordinator_who_takes_a_message_is_its_executor_at_work() -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.TAKE)

    assert at_desk.case.holder == Holder(person=COORDINATOR)
    assert at_desk.case.started
    at_desk.decide(Action.SUBMIT_ANSWER, COORDINATOR)


@pytest.mark.requirement("S2-22", "S2-09")
def test_transfer_reaches_the_subordinate_organisation_without_approval_in_the_running_entry() -> None:
    at_desk = desk(Stage.COORDINATION)
    before = at_desk.case

    at_desk.later(HOUR).decide(Action.TRANSFER_TO_SUBORDINATE)

    assert at_desk.case.organisation == HOSPITAL
    assert at_desk.case.stage is Stage.COORDINATION
    assert at_desk.case.transfers == (MINISTRY,)
    assert (at_desk.case.entry, at_desk.case.stage_due_at) == (before.entry, before.stage_due_at)
    assert at_desk.told(HOSPITAL_COORDINATOR) == ["task_arrived"]
    assert at_desk.told(COORDINATOR2) == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (ROADS, "organisation_not_subordinate"),
        (REGION, "organisation_not_subordinate"),
        (MINISTRY, "organisation_not_subordinate"),
        ("nowhere", "organisation_not_subordinate"),
    ],
)
def test_transfer_elsewhere_than_down_is_refused(target: str, code: str) -> None:
    refusal = desk(Stage.COORDINATION).refuse(Action.TRANSFER_TO_SUBORDINATE, organisation=target)

    assert (refusal.code, refusal.field) == (code, "organisation")


def test_transfer_to_where_nobody_coordinates_is_refused() -> None:
    at_desk = desk(Stage.COORDINATION, world(drop=(HOSPITAL_COORDINATOR,)))

    assert at_desk.refuse(Action.TRANSFER_TO_SUBORDINATE).code == "organisation_without_coordinator"


@pytest.mark.requirement("S2-27")
def test_return_to_superior_pops_one_transfer() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.case = replace(at_desk.case, organisation=REGION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE, REGION_COORDINATOR, organisation=MINISTRY)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    assert at_desk.case.transfers == (REGION, MINISTRY)

    at_desk.decide(Action.RETURN_TO_SUPERIOR)

    assert (at_desk.case.organisation, at_desk.case.transfers) == (MINISTRY, (REGION,))
    assert at_desk.told(COORDINATOR) == ["task_arrived"]
    at_desk.decide(Action.RETURN_TO_SUPERIOR, COORDINATOR)
    assert (at_desk.case.organisation, at_desk.case.transfers) == (REGION, ())
    assert at_desk.case.given_back == (HOSPITAL, MINISTRY)


@pytest.mark.requirement("S2-27")
def test_message_that_no_superior_passed_down_cannot_be_returned() -> None:
    assert desk(Stage.COORDINATION).refuse(Action.RETURN_TO_SUPERIOR, COORDINATOR).code == "action_not_allowed"


def test_return_to_a_superior_without_a_coordinator_is_refused() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    at_desk.world = world(drop=(COORDINATOR, COORDINATOR2))

    assert at_desk.refuse(Action.RETURN_TO_SUPERIOR).code == "organisation_without_coordinator"


@pytest.mark.requirement("S2-23", "S2-24", "S2-25", "S2-26", "S2-42")
def test_proposed_redirect_goes_to_its_endorsers_first() -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.PROPOSE_REDIRECT, endorsers=[HEAD2, HEAD3])

    assert at_desk.case.stage is Stage.ENDORSEMENT
    assert at_desk.case.holder == Holder(person=HEAD2)
    assert at_desk.case.draft is not None
    assert at_desk.case.draft.kind is DraftKind.REDIRECT
    assert at_desk.case.draft.organisation == ROADS
    assert at_desk.case.organisation == MINISTRY


@pytest.mark.requirement("S2-46")
def test_proposed_redirect_without_endorsers_goes_to_its_approver() -> None:
    at_desk = desk(Stage.COORDINATION)

    at_desk.decide(Action.PROPOSE_REDIRECT)

    assert at_desk.case.stage is Stage.APPROVAL
    assert at_desk.case.holder == Holder(person=HEAD)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"organisation": ""}, "redirect_target_missing", "organisation"),
        ({"external_name": "Прокуратура"}, "redirect_target_missing", "organisation"),
        ({"organisation": MINISTRY}, "redirect_to_itself", "organisation"),
        ({"organisation": HOSPITAL}, "organisation_subordinate", "organisation"),
        ({"organisation": "nowhere"}, "organisation_unknown", "organisation"),
        ({"endorsers": [HEAD2, HEAD2]}, "endorser_twice", "endorsers"),
        ({"endorsers": [HEAD2, EXECUTOR]}, "person_without_authority", "endorsers"),
        ({"approver": EXECUTOR}, "person_without_authority", "approver"),
        ({"approver": ROADS_HEAD}, "person_without_authority", "approver"),
        ({"approver": DISMISSED}, "person_without_authority", "approver"),
    ],
)
@pytest.mark.requirement("S2-24", "S2-25", "S2-26")
def test_redirect_without_a_proper_target_or_heads_is_refused(changed: dict[str, Any], code: str, field: str) -> None:
    refusal = desk(Stage.COORDINATION).refuse(Action.PROPOSE_REDIRECT, **changed)

    assert (refusal.code, refusal.field) == (code, field)


def test_redirect_needs_no_endorsers_where_endorsement_is_not_used() -> None:
    at_desk = desk(Stage.COORDINATION, world(ministry={"endorsement": False}))

    assert at_desk.refuse(Action.PROPOSE_REDIRECT, endorsers=[HEAD2]).code == "endorsement_off"
    at_desk.decide(Action.PROPOSE_REDIRECT)


@pytest.mark.requirement("S2-49")
def test_approved_redirect_moves_the_message_and_tells_the_applicant() -> None:
    at_desk = redirected(desk(Stage.COORDINATION))

    assert at_desk.case.stage is Stage.COORDINATION
    assert at_desk.case.organisation == ROADS
    assert at_desk.case.sent_away == (MINISTRY,)
    assert (at_desk.case.executor, at_desk.case.coordinator, at_desk.case.draft) == (None, None, None)
    assert at_desk.told(ROADS_COORDINATOR) == ["task_arrived"]
    assert [(order.kind, order.way) for order in at_desk.letters] == [
        (LetterKind.REDIRECT, LetterWay.PORTAL),
        (LetterKind.REDIRECT, LetterWay.EMAIL),
    ]


def redirected(at_desk: Desk, to: str = ROADS, coordinator: int = COORDINATOR, head: int = HEAD) -> Desk:
    at_desk.decide(Action.PROPOSE_REDIRECT, coordinator, organisation=to, approver=head)
    at_desk.later(HOUR).decide(Action.APPROVE, head)
    return at_desk


@pytest.mark.requirement("S2-49")
def test_endorsed_redirect_moves_after_its_approval() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT, endorsers=[HEAD2, HEAD3])

    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD2)
    assert at_desk.case.holder == Holder(person=HEAD3)
    at_desk.later(HOUR).decide(Action.ENDORSE, HEAD3)
    assert at_desk.case.holder == Holder(person=HEAD)
    at_desk.later(HOUR).decide(Action.APPROVE)

    assert at_desk.case.organisation == ROADS


@pytest.mark.parametrize(
    ("again", "asked"),
    [
        ({"comment": "Не наш вопрос."}, [HEAD3]),
        ({"comment": "Дорога областная."}, [HEAD2, HEAD3]),
        ({"comment": "Не наш вопрос.", "organisation": REGION}, [HEAD2, HEAD3]),
    ],
)
def test_redirect_proposed_again_asks_again_unless_it_is_the_identical_one(
    again: dict[str, str], asked: list[int]
) -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT, endorsers=[HEAD2], comment="Не наш вопрос.")
    at_desk.decide(Action.ENDORSE, HEAD2)
    at_desk.decide(Action.REJECT)

    at_desk.decide(Action.PROPOSE_REDIRECT, **(again | {"endorsers": [HEAD2, HEAD3]}))

    assert at_desk.facts[-1].facts["endorsers"] == asked
    assert at_desk.case.holder == Holder(person=asked[0])


@pytest.mark.requirement("S2-49")
def test_redirect_outside_ends_the_case_and_sends_the_message_with_proof() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT, organisation="", external_name="Прокуратура", external_email="a@b.example")

    at_desk.later(HOUR).decide(Action.APPROVE)

    assert at_desk.case.stage is Stage.DELIVERY
    assert at_desk.case.outcome is Outcome.REDIRECTED
    assert at_desk.facts[-1].facts["external"] is True
    assert at_desk.facts[-1].facts["in_time"] is True
    assert (LetterKind.FORWARDED, LetterWay.EMAIL) in [(order.kind, order.way) for order in at_desk.letters]
    assert LetterKind.REDIRECT in [order.kind for order in at_desk.letters]


@pytest.mark.parametrize(("email", "secret"), [("", False), ("a@b.example", True)])
def test_forwarded_message_without_an_address_or_with_a_secret_goes_by_hand(email: str, secret: bool) -> None:
    at_desk = desk(Stage.COORDINATION, secret=secret)
    at_desk.decide(Action.PROPOSE_REDIRECT, organisation="", external_name="Прокуратура", external_email=email)

    at_desk.decide(Action.APPROVE)

    forwarded = [order.way for order in at_desk.letters if order.kind is LetterKind.FORWARDED]
    assert forwarded == [LetterWay.HANDOVER]


def test_redirect_back_to_one_that_sent_it_away_goes_to_the_lowest_common_superior() -> None:
    at_desk = redirected(desk(Stage.COORDINATION))

    redirected(at_desk, MINISTRY, ROADS_COORDINATOR, ROADS_HEAD)

    assert at_desk.case.organisation == REGION
    assert at_desk.facts[-1].facts["organisation_proposed"] == MINISTRY
    assert at_desk.told(REGION_COORDINATOR) == ["task_arrived"]


def test_redirect_back_between_siblings_stays_below_their_superior() -> None:
    grants = (
        Grant(300, Role.COORDINATOR, "clinic2"),
        Grant(301, Role.HEAD, "clinic2"),
        Grant(302, Role.HEAD, HOSPITAL),
    )
    where = world(*grants)
    hospital = where.directory.organisations[HOSPITAL]
    sibling = replace(hospital, id="clinic2", path=(REGION, MINISTRY, "clinic2"))
    with_sibling = replace(where.directory, organisations={**where.directory.organisations, "clinic2": sibling})
    at_desk = desk(Stage.COORDINATION, replace(where, directory=with_sibling))
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    redirected(at_desk, "clinic2", HOSPITAL_COORDINATOR, 302)

    redirected(at_desk, HOSPITAL, 300, 301)

    assert at_desk.case.organisation == MINISTRY


def test_common_superior_without_a_coordinator_gives_way_to_the_next_above() -> None:
    at_desk = desk(Stage.COORDINATION, world(Grant(40, Role.HEAD, ROADS_SUB)))
    at_desk.case = replace(at_desk.case, organisation=ROADS_SUB, sent_away=(ROADS,))
    at_desk.decide(Action.PROPOSE_REDIRECT, ROADS_SUB_COORDINATOR, organisation=ROADS, approver=40)
    at_desk.world = world(Grant(40, Role.HEAD, ROADS_SUB), drop=(ROADS_COORDINATOR,))

    at_desk.decide(Action.APPROVE, 40)

    assert at_desk.case.organisation == REGION


def test_target_that_lost_its_coordinator_meanwhile_is_refused_at_approval() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT)
    at_desk.world = world(drop=(ROADS_COORDINATOR,))

    assert at_desk.refuse(Action.APPROVE).code == "organisation_without_coordinator"
    at_desk.decide(Action.REJECT)


def test_return_after_a_redirect_needs_a_transfer_of_its_own() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    redirected(at_desk, ROADS, HOSPITAL_COORDINATOR, 23)

    assert at_desk.case.transfers == ()
    assert at_desk.refuse(Action.RETURN_TO_SUPERIOR, ROADS_COORDINATOR).code == "action_not_allowed"


@pytest.mark.requirement("S2-44", "S2-50")
@pytest.mark.parametrize("endorsers", [[HEAD2], []])
def test_rejected_redirect_comes_back_to_the_coordinators(endorsers: list[int]) -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT, endorsers=endorsers)

    at_desk.later(HOUR).decide(Action.REJECT, HEAD2 if endorsers else HEAD)

    assert at_desk.case.stage is Stage.COORDINATION
    assert at_desk.case.holder == Holder(pool=Role.COORDINATOR)
    assert at_desk.case.returned
    assert at_desk.case.draft is None
    assert at_desk.facts[-1].event is Event.DRAFT_REJECTED
    assert at_desk.told(COORDINATOR) == at_desk.told(COORDINATOR2) == ["task_arrived"]


def test_returned_mark_ends_with_the_next_way_chosen() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT)
    at_desk.decide(Action.REJECT)

    at_desk.decide(Action.PROPOSE_REDIRECT)

    assert not at_desk.case.returned


@pytest.mark.requirement("S2-28")
@pytest.mark.parametrize(
    "action", [Action.ASSIGN, Action.TAKE, Action.TRANSFER_TO_SUBORDINATE, Action.PROPOSE_REDIRECT]
)
def test_second_choice_for_the_same_message_is_refused(action: Action) -> None:
    at_desk = desk(Stage.COORDINATION)
    version = at_desk.case.version
    at_desk.decide(action)

    for other in (Action.ASSIGN, Action.TAKE, Action.TRANSFER_TO_SUBORDINATE, Action.PROPOSE_REDIRECT):
        assert at_desk.refuse(other, version=version).code == "version_stale"


def test_redirect_gives_no_endorsements_away() -> None:
    at_desk = desk(Stage.ENDORSEMENT)
    at_desk.decide(Action.ENDORSE)

    assert at_desk.case.endorsements == (Endorsement(HEAD2, digest("Яма засыпана.")),)


def test_redirect_begins_a_coordination_entry_within_the_old_due() -> None:
    at_desk = redirected(desk(Stage.COORDINATION).later(20 * DAY))

    assert at_desk.case.stage_due_at is not None
    assert at_desk.case.stage_due_at - at_desk.case.entered_at < DAY
    assert not at_desk.case.warned
