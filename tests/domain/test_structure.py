"""What becomes of messages on their way when organisations come to stand below others, from that midnight on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.directory import Grant
from domain.rules import conflict
from domain.structure import Names, Structure, differences, rerouted, scopes
from domain.verdict import World
from domain.vocabulary import Action, Role, Stage
from regulations.structures import Ground, structure_lines, wrong
from tests.domain import builders as b
from tests.domain.builders import DAY, HOSPITAL, HOUR, MINISTRY, RECEIVED, REGION, ROADS, desk, world

ABOVE = {REGION: None, MINISTRY: REGION, HOSPITAL: MINISTRY, ROADS: REGION, b.ROADS_SUB: ROADS}
NOBODY: dict[str, str | None] = dict.fromkeys(ABOVE)
RECORD = Structure(ABOVE, NOBODY, {b.LETTERS_UNIT: None})
MOVED = Structure(ABOVE | {HOSPITAL: ROADS}, NOBODY | {HOSPITAL: "medical"}, {b.LETTERS_UNIT: "letters"})
NAMES = Names(
    b.TITLES, {b.LETTERS_UNIT: "Отдел писем"}, {"medical": "Медицинские организации", "letters": "Отдел писем"}
)

MORNING = RECEIVED + DAY
"""09:00 of the Tuesday: the hospital has stood below the ministry of roads since its midnight."""
MIDNIGHT = MORNING - 9 * HOUR


def after_midnight(*extra: Grant, drop: tuple[int, ...] = (), at: datetime = MIDNIGHT) -> World:
    """The world with the hospital below the ministry of roads."""
    return world(*extra, drop=drop, **{HOSPITAL: {"path": (REGION, ROADS, HOSPITAL), "moved_at": at}})


def test_difference_of_two_structures_is_told_in_words_and_names_all_that_lies_below() -> None:
    deeper = Structure(ABOVE | {ROADS: MINISTRY}, NOBODY, RECORD.units)

    told = [(one.subject, one.before, one.after) for one in differences(RECORD, MOVED, NAMES)]

    assert told == [
        ("Областная больница: вышестоящая организация", "Министерство здравоохранения", "Министерство дорог"),
        ("Областная больница: как названа в приказе", None, "Медицинские организации"),
        ("Отдел писем: как названа в приказе", None, "Отдел писем"),
    ]
    assert (rerouted(RECORD, MOVED), scopes(RECORD, MOVED)) == ({HOSPITAL}, ({MINISTRY}, {ROADS}))
    assert (rerouted(RECORD, deeper), scopes(RECORD, deeper)) == ({ROADS, b.ROADS_SUB}, (set(), {MINISTRY}))


def test_revision_goes_over_the_record_for_those_whom_it_lists() -> None:
    since_then = Structure({"new": HOSPITAL}, {"new": None}, {})

    whole = MOVED.over(Structure(ABOVE | since_then.above, NOBODY | since_then.organisations, RECORD.units))

    assert whole.path("new") == (REGION, ROADS, HOSPITAL, "new")
    assert (whole.organisations[HOSPITAL], whole.organisations["new"]) == ("medical", None)


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ({MINISTRY: HOSPITAL}, "оказывается выше самой себя"),
        ({MINISTRY: MINISTRY}, "оказывается выше самой себя"),
        ({REGION: ROADS}, "у головной организации вышестоящей нет"),
        ({HOSPITAL: None}, "укажите вышестоящую организацию"),
        ({HOSPITAL: "nowhere"}, "вышестоящей организации «nowhere» нет"),
        ({"nowhere": REGION}, "такой организации нет"),
        ({HOSPITAL: b.ROADS_SUB}, "«Дорожный участок» не действует"),
        ({HOSPITAL: ROADS}, ""),
    ],
)
def test_structure_that_cannot_be_is_told_with_whom_it_concerns(above: dict[str, str | None], told: str) -> None:
    ground = Ground(RECORD, RECORD, NAMES, {}, {b.ROADS_SUB}, {})
    annex = Structure(above, {}, {})

    found = dict(wrong(annex, ground))

    assert found == {} if not told else told in found[next(iter(above))]


def test_revision_is_checked_as_it_will_stand_with_what_it_does_not_list_back_where_the_record_has_it() -> None:
    record = Structure(ABOVE | {"new": MINISTRY, "other": b.ROADS_SUB}, NOBODY | {"new": None, "other": None}, {})
    now = Structure({"new": REGION, "other": REGION}, {}, {}).over(record)
    names = Names(b.TITLES | {"new": "Новая", "other": "Другая"}, {}, {})
    ground = Ground(record, now, names, {}, {b.ROADS_SUB}, {})
    drafted_before = Structure({MINISTRY: "new"}, {}, {})

    told = dict(wrong(drafted_before, ground))
    lines = {one.id: one.parent for one in structure_lines(drafted_before, ground)}

    above_itself = "оказывается выше самой себя: проверьте вышестоящие организации"
    resting = "вышестоящая организация «Дорожный участок» не действует"
    assert told == dict.fromkeys((MINISTRY, HOSPITAL, "new"), above_itself) | {"other": resting}
    assert lines == record.above, "a circle that stands nevertheless is not followed"


def test_transfer_and_redirect_are_asked_of_the_structure_of_the_decision() -> None:
    at_desk = desk(Stage.COORDINATION)

    before = at_desk.refuse(Action.PROPOSE_REDIRECT, organisation=HOSPITAL)
    at_desk.world = after_midnight()
    after = at_desk.refuse(Action.TRANSFER_TO_SUBORDINATE)
    at_desk.decide(Action.PROPOSE_REDIRECT, organisation=HOSPITAL)

    assert (before.code, after.code) == ("organisation_subordinate", "organisation_not_subordinate")
    assert at_desk.case.stage is Stage.APPROVAL, (
        "to what is subordinate no more a message goes with the approval of a head"
    )


def test_redirect_on_its_way_to_what_becomes_subordinate_is_approved_as_it_was_proposed() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.PROPOSE_REDIRECT)
    at_desk.world = world(**{ROADS: {"path": (REGION, MINISTRY, ROADS), "moved_at": MIDNIGHT}})

    at_desk.decide(Action.APPROVE)

    assert (at_desk.case.organisation, at_desk.case.stage) == (ROADS, Stage.COORDINATION)


def test_terms_and_stage_of_a_message_stay_when_its_organisation_moves() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    before = at_desk.case

    at_desk.world = after_midnight()
    at_desk.until(MORNING)

    assert at_desk.case == before


@pytest.mark.parametrize(
    ("transfers", "path", "back", "kept"),
    [
        pytest.param(
            (REGION, MINISTRY), (REGION, ROADS, HOSPITAL), REGION, (), id="to_the_nearest_that_is_superior_still"
        ),
        pytest.param((MINISTRY,), (REGION, ROADS, HOSPITAL), ROADS, (), id="else_to_the_body_next_above"),
        pytest.param(
            (REGION, MINISTRY), (REGION, MINISTRY, HOSPITAL), MINISTRY, (REGION,), id="as_ever_where_nothing_moved"
        ),
    ],
)
def test_what_was_passed_down_is_returned_to_who_is_superior_now(
    transfers: tuple[str, ...], path: tuple[str, ...], back: str, kept: tuple[str, ...]
) -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.case = replace(at_desk.case, organisation=HOSPITAL, transfers=transfers)
    at_desk.world = world(**{HOSPITAL: {"path": path}})

    at_desk.decide(Action.RETURN_TO_SUPERIOR)

    assert (at_desk.case.organisation, at_desk.case.transfers) == (back, kept)


def test_head_of_the_former_superior_may_approve_no_more_and_the_new_ones_heads_learn_within_a_working_hour() -> None:
    over_all_below = Grant(b.HEAD, Role.HEAD, MINISTRY, subtree=True)
    at_desk = desk(Stage.COORDINATION, world(over_all_below, drop=(b.HOSPITAL_HEAD,)))
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    at_desk.decide(Action.PROPOSE_REDIRECT, b.HOSPITAL_COORDINATOR)
    assert at_desk.case.holder.person == b.HEAD

    at_desk.world = after_midnight(over_all_below, drop=(b.HOSPITAL_HEAD,))
    at_desk.notices = []
    at_desk.until(MORNING + HOUR - timedelta(minutes=1))
    before = at_desk.told(b.ROADS_HEAD)
    at_desk.until(MORNING + HOUR)
    refused = at_desk.refuse(Action.APPROVE)

    assert refused.code == "person_without_authority"
    assert (before, at_desk.told(b.ROADS_HEAD)) == ([], ["nobody_present"])
    assert at_desk.case.called == (b.ROADS_HEAD,)


def test_heads_who_were_called_before_the_move_may_put_nobody_in_the_place_and_the_new_ones_are_called() -> None:
    drop = (b.HOSPITAL_COORDINATOR,)
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.TRANSFER_TO_SUBORDINATE)
    at_desk.world = world(drop=drop)
    at_desk.later(6 * HOUR)
    assert at_desk.case.called == (b.HEAD, b.HEAD2, b.HEAD3)

    at_desk.world, at_desk.notices = after_midnight(drop=drop), []
    at_desk.until(MORNING + HOUR)

    assert at_desk.case.called == (b.ROADS_HEAD,)
    assert at_desk.told(b.HEAD) == []
    [told] = [one for one in at_desk.notices if one.person == b.ROADS_HEAD]
    assert told.urgent, "it is the first that he hears of it"


def test_message_about_the_head_of_the_new_superior_is_considered_above_him() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.case = replace(at_desk.case, complained_of_person=b.ROADS_HEAD)

    def considering(where: World) -> str | None:
        return conflict.considering(at_desk.case, HOSPITAL, at_desk.at, where)

    assert [considering(world()), considering(after_midnight())] == [HOSPITAL, REGION]
