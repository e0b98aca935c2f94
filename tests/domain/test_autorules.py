"""What auto-rules do to messages that come to coordinators, and what they must not do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.autorule_effects import Application, followed
from domain.autorules import AutoRule, Conditions, EffectKind, Effects, Line, MessageFacts, arrives
from domain.case import Case
from domain.directory import Grant
from domain.errands import ErrandFact
from domain.verdict import World
from domain.vocabulary import Action, ErrandKind, Event, LetterKind, NoticeKind, PersonId, Role, Stage
from tests.domain import builders as b
from tests.domain.test_first_reaction import switched


def rule(number: int = 1, organisation: str = b.MINISTRY, when: Conditions | None = None, **effects: Any) -> AutoRule:
    return AutoRule(number, 1, organisation, when or Conditions(), Effects(**effects))


def nobody_is_busy(people: Collection[PersonId]) -> Mapping[PersonId, int]:
    return {}


def arrived(where: World | None = None) -> b.Desk:
    """A message about potholes that has just come to the ministry's coordinators."""
    return b.desk(Stage.COORDINATION, where)


def follow(
    desk: b.Desk, *rules: AutoRule, every: bool = False, load: Any = nobody_is_busy, facts: MessageFacts | None = None
) -> tuple[Application, ...]:
    lines = {one.organisation: Line((), every) for one in rules}
    for one in rules:
        lines[one.organisation] = Line((*lines[one.organisation].rules, one), every)
    return followed(desk.case, lines, facts or MessageFacts(), desk.at, desk.world, load)


def after(applications: tuple[Application, ...]) -> Case:
    return applications[-1].verdict.case


FACTS = MessageFacts(frozenset({"нет", "лекарство", "аптека"}), "phone", "citizen", repeated=True)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (Conditions(), True),
        (Conditions(categories=frozenset({"roads"})), True),
        (Conditions(categories=frozenset({"potholes", "queue"})), True),
        (Conditions(categories=frozenset({"medicine"})), False),
        (Conditions(organisations=frozenset({b.MINISTRY})), True),
        (Conditions(organisations=frozenset({b.HOSPITAL})), False),
        (Conditions(phrases=(frozenset({"скорая"}), frozenset({"лекарство", "нет"}))), True),
        (Conditions(phrases=(frozenset({"лекарство", "скорая"}),)), False),
        (Conditions(channels=frozenset({"phone", "visit"})), True),
        (Conditions(channels=frozenset({"portal"})), False),
        (Conditions(applicant_kinds=frozenset({"legal_entity"})), False),
        (Conditions(repeated=True), True),
        (Conditions(repeated=False), False),
        (Conditions(tags=frozenset({"ковид"})), True),
        (Conditions(tags=frozenset({"другое"})), False),
        (Conditions(prioritised=False), True),
        (Conditions(prioritised=True), False),
        (Conditions(categories=frozenset({"roads"}), channels=frozenset({"portal"})), False),
    ],
)
def test_rule_is_about_a_message_only_when_all_its_conditions_hold(when: Conditions, holds: bool) -> None:
    case = replace(arrived().case, tags=("ковид",))

    assert when.hold(case, FACTS) is holds


def test_line_applies_the_first_that_matches_or_every_one() -> None:
    rules = (rule(1, when=Conditions(repeated=True), tag="а"), rule(2, tag="б"), rule(3, tag="в"))

    first, every = follow(arrived(), *rules), follow(arrived(), *rules, every=True)

    assert [one.rule.id for one in first] == [2]
    assert [one.rule.id for one in every] == [2, 3]


def test_rule_sees_what_the_rules_before_it_have_set_and_not_what_the_later_ones_set() -> None:
    tagged, urgent = Conditions(tags=frozenset({"а"})), Conditions(prioritised=True)
    chain = (
        rule(1, when=tagged, tag="рано"),
        rule(2, tag="а"),
        rule(3, when=tagged, priority=True),
        rule(4, when=urgent),
    )

    every, first = follow(arrived(), *chain, every=True), follow(arrived(), *chain)

    assert [one.rule.id for one in every] == [2, 3, 4]
    assert [one.rule.id for one in first] == [2]


def test_what_a_role_is_asked_for_goes_along_with_a_message_that_a_rule_transfers() -> None:
    desk = arrived()
    call = ErrandFact("1", ErrandKind.CALL, b.MINISTRY, desk.at, desk.at + b.DAY, pool=Role.INTAKE_OPERATOR)
    desk.case = desk.case.with_errand(call)

    case = after(follow(desk, rule(transfer=b.HOSPITAL)))

    assert case.errands == (replace(call, organisation=b.HOSPITAL),)


def test_assigned_message_lies_with_its_executor_and_the_journal_names_the_rule() -> None:
    desk = arrived()

    [found] = follow(desk, rule(7, executor=b.EXECUTOR))

    case = found.verdict.case
    assert (case.stage, case.executor, case.unit, case.version) == (
        Stage.EXECUTION,
        b.EXECUTOR,
        b.LETTERS_UNIT,
        desk.case.version,
    )
    told, assigned = found.verdict.facts
    assert (told.event, told.person, told.facts["done"]) == ("AutoRuleApplied", None, ["assign"])
    assert (assigned.event, assigned.person, assigned.facts["rule"]) == ("ExecutorAssigned", None, 7)
    assert (assigned.facts["executor"], assigned.facts["stage"]) == (b.EXECUTOR, "execution")


def test_person_without_authority_is_not_assigned_and_the_coordinators_are_told() -> None:
    desk = arrived()

    [found] = follow(desk, rule(executor=b.HEAD, tag="дороги"))

    assert found.verdict.case == replace(desk.case, tags=("дороги",))
    assert found.refused[EffectKind.ASSIGN].code == "person_without_authority"
    assert found.verdict.facts[0].facts["refused"] == {"assign": "person_without_authority"}
    assert {(one.person, one.kind) for one in found.verdict.notices} == {
        (b.COORDINATOR, NoticeKind.AUTO_RULE_REFUSED),
        (b.COORDINATOR2, NoticeKind.AUTO_RULE_REFUSED),
    }


def test_unit_gives_the_message_to_its_least_loaded_executor() -> None:
    where = b.world(Grant(71, Role.EXECUTOR, b.MINISTRY, unit=b.LETTERS_UNIT))

    [found] = follow(arrived(where), rule(unit=b.LETTERS_UNIT), load=lambda people: {b.EXECUTOR: 5, 71: 2})

    assert found.verdict.case.executor == 71


def test_unit_without_an_executor_for_the_category_assigns_nobody() -> None:
    other = Grant(71, Role.EXECUTOR, b.MINISTRY, unit=b.CLINIC_UNIT, categories=frozenset({"medicine"}))
    where = b.world(other, drop=(b.EXECUTOR2,))

    [found] = follow(arrived(where), rule(unit=b.CLINIC_UNIT))

    assert (found.done, found.refused[EffectKind.ASSIGN].code) == ((), "nobody_in_unit")


def test_transferred_message_meets_the_rules_of_where_it_came() -> None:
    desk = arrived()

    found = follow(desk, rule(1, transfer=b.HOSPITAL), rule(2, b.HOSPITAL, executor=b.HOSPITAL_EXECUTOR))

    assert [one.rule.id for one in found] == [1, 2]
    assert (after(found).organisation, after(found).executor) == (b.HOSPITAL, b.HOSPITAL_EXECUTOR)
    assert after(found).transfers == (b.MINISTRY,)


def test_what_a_person_took_off_no_rule_gives_again_and_nobody_is_bothered_with_that() -> None:
    desk = arrived()
    desk.case = replace(desk.case, tags_off=("дороги",), unprioritised=True)

    found = follow(desk, rule(1, priority=True, tag="дороги"), rule(2, tag="мост"), every=True)

    assert (after(found).prioritised, after(found).tags) == (False, ("мост",))
    assert found[0].verdict.facts[0].facts["refused"] == {"priority": "taken_off", "tag": "taken_off"}
    assert found[0].verdict.notices == ()


def test_second_rule_does_not_move_what_the_first_has_moved() -> None:
    found = follow(arrived(), rule(1, executor=b.EXECUTOR), rule(2, executor=b.EXECUTOR2, tag="б"), every=True)

    assert (after(found).executor, after(found).tags) == (b.EXECUTOR, ("б",))
    assert found[1].refused[EffectKind.ASSIGN].code == "already_moved"
    assert found[1].verdict.notices == ()


def test_rule_is_applied_once_in_an_entry() -> None:
    desk = arrived()
    lines = {b.MINISTRY: Line((rule(1, tag="а"),))}

    assert followed(desk.case, lines, MessageFacts(), desk.at, desk.world, nobody_is_busy, before={1}) == ()


@pytest.mark.parametrize(("days", "shorter"), [(3, True), (30, False), (60, False)])
def test_term_only_becomes_shorter(days: int, shorter: bool) -> None:
    desk = arrived()

    [found] = follow(desk, rule(days=days, executor=b.EXECUTOR))

    due_at = desk.case.received_at + days * b.DAY if shorter else desk.case.due_at
    assert found.verdict.case.due_at == due_at
    assert (EffectKind.TERM in found.done) is shorter
    if shorter:
        corrected = found.verdict.facts[1]
        assert (corrected.event, corrected.facts["due_at"]) == ("CardCorrected", due_at.isoformat())
        assigned = found.verdict.facts[2]
        assert assigned.facts["term"]["message_due_at"] == due_at.isoformat()


def test_redirect_is_only_begun() -> None:
    desk = arrived()

    [found] = follow(desk, rule(redirect=b.ROADS))

    assert (found.redirect, found.done) == (b.ROADS, (EffectKind.REDIRECT,))
    assert found.verdict.case == desk.case


def test_redirect_to_a_subordinate_organisation_is_refused_as_a_person_would_be() -> None:
    [found] = follow(arrived(), rule(redirect=b.HOSPITAL))

    assert (found.redirect, found.refused[EffectKind.REDIRECT].code) == (None, "organisation_subordinate")


def test_marks_are_kept_once() -> None:
    found = follow(arrived(), rule(1, tag="а", priority=True, template=4), rule(2, tag="а"), every=True)

    assert (after(found).tags, after(found).prioritised, after(found).template) == (("а",), True, 4)


def test_what_its_own_people_send_back_does_not_arrive() -> None:
    desk = b.desk(Stage.EXECUTION)
    before = desk.case
    desk.decide(Action.RECALL)

    assert not arrives(before, desk.case, Action.RECALL)
    assert not arrives(before, desk.case, Action.RETURN_TO_COORDINATION)


def test_message_arrives_by_acceptance_and_transfer() -> None:
    desk = b.desk()
    new = desk.case
    accepted = desk.later(b.HOUR).decide(Action.ACCEPT).case
    transferred = desk.decide(Action.TRANSFER_TO_SUBORDINATE).case

    assert arrives(new, accepted, Action.ACCEPT)
    assert arrives(accepted, transferred, Action.TRANSFER_TO_SUBORDINATE)


def test_rules_move_gives_the_next_organisation_a_day_of_its_own() -> None:
    desk = arrived(switched())

    [transferred] = follow(desk, rule(1, transfer=b.HOSPITAL))

    passed_on = transferred.verdict.case.first_reaction
    assert passed_on is not None
    assert (passed_on.arrived_at, passed_on.reacted_at) == (desk.at, None)


@pytest.mark.parametrize("opened", [True, False])
def test_what_a_rule_assigned_is_reacted_to_by_whom_it_was_given(*, opened: bool) -> None:
    desk = arrived(switched())
    desk.case = after(follow(desk, rule(1, executor=b.EXECUTOR)))

    desk.later(23 * b.HOUR)
    if opened:
        started = desk.decide(Action.START_WORK)
        assert started.facts[0].facts["first_reaction"]["in_time"] is True
        assert LetterKind.IN_WORK in {order.kind for order in started.letters}
    desk.later(2 * b.HOUR)

    overdue = [one for one in desk.facts if one.event is Event.FIRST_REACTION_OVERDUE]
    assert (overdue == []) is opened


def test_term_that_is_over_already_is_refused_and_told() -> None:
    desk = arrived()
    late = b.RECEIVED + timedelta(days=5)

    [found] = followed(
        desk.case, {b.MINISTRY: Line((rule(1, days=3),))}, MessageFacts(), late, desk.world, nobody_is_busy
    )

    assert found.refused[EffectKind.TERM].code == "term_over"
    assert found.verdict.case.due_at == desk.case.due_at
    assert {notice.kind for notice in found.verdict.notices} == {NoticeKind.AUTO_RULE_REFUSED}
