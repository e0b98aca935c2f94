"""Who answers, line by line of annex 2: always somebody listed, by what the message names, by who is left, by age, or nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answering import Because, as_facts, suggested
from domain.case import Case
from domain.directory import Directory
from domain.directory_records import Answerer, Succession, Unit
from domain.regulation import DayLength
from domain.verdict import World
from domain.vocabulary import Action, Audience, Stage
from regulations import categories_annex, shipped_orders
from tests.domain.builders import (
    CLINIC_UNIT,
    COORDINATOR,
    EXECUTOR,
    EXECUTOR2,
    HOSPITAL,
    HOSPITAL_HEAD,
    LETTERS_UNIT,
    MINISTRY,
    RECEIVED,
    ROADS,
    ROADS_SUB,
    Desk,
    directory,
    new_case,
    regulation,
)

ANNEX = categories_annex(next(body for body in shipped_orders() if body["code"] == "S0"))
DEPARTMENTS = "law staff finance purchases adults quality children".split()
MIAC = ROADS_SUB
"""Some organisation that carries the code of the МИАЦ here."""

NOBODY = (None, None, None)
BY_AGE = (None, "children", "adults")
LINES = {
    "pharmacies": ("adults", "adults", "adults"),
    "barrier_free": NOBODY,
    "staff": BY_AGE,
    "home_visit": BY_AGE,
    "ambulance": NOBODY,
    "disinfection": NOBODY,
    "appointment": (None, "children", None),
    "other": BY_AGE,
    "consultation": BY_AGE,
    "corruption": ("staff", "staff", "staff"),
    "medicines": BY_AGE,
    "benefits": NOBODY,
    "record": BY_AGE,
    "care": BY_AGE,
    "equipment": ("purchases", "purchases", "purchases"),
    "milk_kitchen": ("children", "children", "children"),
    "norms": BY_AGE,
    "queue": BY_AGE,
    "attachment": BY_AGE,
    "premises": ("quality", "quality", "quality"),
    "reference_services": BY_AGE,
    "construction": ("purchases", "purchases", "purchases"),
    "covid_vaccination": BY_AGE,
    "no_answer": BY_AGE,
    "no_answer_ambulance": BY_AGE,
    "no_answer_covid": BY_AGE,
    "no_answer_122": ("miac", "miac", "miac"),
    "covid_planned_care": BY_AGE,
    "protective_equipment": ("finance", "finance", "finance"),
    "covid_test": BY_AGE,
}
"""Who is suggested where no medical organisation is named: nothing said of age, about a child, about an adult."""


def region() -> Directory:
    """The ministry has the seven departments; two organisations are medical, one is the МИАЦ."""
    known = directory()
    answerers = {code: Answerer(code, code, units=(f"{MINISTRY}.{code}",)) for code in DEPARTMENTS}
    answerers |= {
        "medical": Answerer("medical", "медицинские организации", organisations=(HOSPITAL, ROADS)),
        "miac": Answerer("miac", "МИАЦ", organisations=(MIAC,)),
    }
    units = {f"{MINISTRY}.{code}": Unit(f"{MINISTRY}.{code}", MINISTRY) for code in DEPARTMENTS}
    return replace(known, units={**known.units, **units}, responsible=ANNEX.responsible, answerers=answerers)


REGION = region()


def arrived(line: str, **fields: Any) -> Case:
    """A message that waits for the ministry's coordinators."""
    known: dict[str, Any] = {"organisation": MINISTRY, "declared_organisation": None, "category": "medicine"}
    return new_case(**(known | {"subcategory": f"medicine.{line}"} | fields))


def code_of(case: Case) -> str | None:
    found = suggested(case, REGION, RECEIVED)
    assert found is not None
    return found.code


@pytest.mark.parametrize("line", LINES)
def test_line_of_annex_2_suggests_by_what_is_left_and_by_age(line: str) -> None:
    nothing, child, adult = LINES[line]

    assert set(LINES) == {code.partition(".")[2] for code in ANNEX.responsible}
    assert code_of(arrived(line)) == nothing
    assert code_of(arrived(line, audience=Audience.CHILD)) == child
    assert code_of(arrived(line, audience=Audience.ADULT)) == adult


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", ["complained_of", "declared_organisation"])
def test_medical_organisation_that_is_named_goes_first_wherever_it_is_listed(line: str, name: str) -> None:
    found = suggested(arrived(line, audience=Audience.CHILD, **{name: HOSPITAL}), REGION, RECEIVED)

    assert found is not None
    if line == "pharmacies":
        assert (found.code, found.because) == ("adults", Because.ONLY), "no medical organisation is listed"
    else:
        assert (found.code, found.organisation, found.because) == ("medical", HOSPITAL, Because.NAMED)


def test_whom_it_is_about_goes_before_whom_it_is_addressed_to() -> None:
    found = suggested(arrived("care", complained_of=ROADS, declared_organisation=HOSPITAL), REGION, RECEIVED)

    assert found is not None
    assert found.organisation == ROADS


def test_message_that_lies_with_a_listed_organisation_stays_there() -> None:
    found = suggested(replace(arrived("care", audience=Audience.CHILD), organisation=HOSPITAL), REGION, RECEIVED)

    assert found is not None
    assert (found.organisation, found.because) == (HOSPITAL, Because.HERE)


def test_what_lies_with_who_answers_no_more_is_for_his_successor() -> None:
    gone = Succession("staff", "law", "15пр", date(2026, 1, 12), units=(f"{MINISTRY}.staff",))
    region = replace(REGION, successions=(gone,))
    left = replace(arrived("care", audience=Audience.CHILD), unit=f"{MINISTRY}.staff", executor=EXECUTOR)

    found, nobody = (
        suggested(left, replace(region, successions=(one,)), RECEIVED) for one in (gone, replace(gone, successor=None))
    )

    assert found is not None
    assert (found.code, found.unit, found.because) == ("law", f"{MINISTRY}.law", Because.SUCCESSOR)
    assert found.succession == gone
    assert nobody is not None
    assert nobody.code == "children"


def test_organisation_that_gave_the_message_back_is_not_suggested_again() -> None:
    given_back = arrived("care", declared_organisation=HOSPITAL, given_back=(HOSPITAL,))

    found = suggested(given_back, REGION, RECEIVED)
    there = suggested(replace(given_back, organisation=HOSPITAL), REGION, RECEIVED)

    assert found is not None
    assert there is not None
    assert found.because is Because.CHOOSE
    assert there.organisation == HOSPITAL, "with whom it lies again all the same"


@pytest.mark.parametrize("where", [MINISTRY, HOSPITAL])
@pytest.mark.parametrize(("audience", "code"), [(None, None), (Audience.CHILD, "children")])
def test_message_about_a_head_is_for_a_listed_unit_of_the_superior_body(
    where: str, audience: Audience | None, code: str | None
) -> None:
    about = arrived("care", organisation=where, complained_of=HOSPITAL, audience=audience)

    found = suggested(replace(about, complained_of_person=HOSPITAL_HEAD), REGION, RECEIVED)

    assert found is not None
    assert (found.code, found.organisation) == (code, MINISTRY if code else None)


def test_order_that_says_nothing_or_names_nobody_here_suggests_nobody() -> None:
    assert suggested(arrived("unheard_of"), REGION, RECEIVED) is None
    assert suggested(arrived("pharmacies"), replace(REGION, answerers={}), RECEIVED) is None
    assert suggested(replace(arrived("care"), subcategory=None), REGION, RECEIVED) is None


@given(
    line=st.sampled_from(sorted(LINES)),
    audience=st.sampled_from([None, *Audience]),
    complained_of=st.sampled_from([None, *REGION.organisations]),
    declared=st.sampled_from([None, *REGION.organisations]),
    where=st.sampled_from(sorted(REGION.organisations)),
    gone=st.frozensets(st.sampled_from(sorted(REGION.answerers))),
)
def test_suggestion_is_always_one_of_those_listed_and_known_here(
    line: str,
    audience: Audience | None,
    complained_of: str | None,
    declared: str | None,
    where: str,
    gone: frozenset[str],
) -> None:
    known = replace(REGION, answerers={code: one for code, one in REGION.answerers.items() if code not in gone})
    about = arrived(line, audience=audience, complained_of=complained_of, declared_organisation=declared)

    found = suggested(replace(about, organisation=where), known, RECEIVED)

    listed = tuple(code for code in ANNEX.responsible[f"medicine.{line}"] if code not in gone)
    if found is None:
        assert not listed
        return
    assert found.listed == listed
    assert (found.code is None) == (found.because is Because.CHOOSE)
    if found.code is not None:
        carriers = known.answerers[found.code]
        assert found.code in listed
        assert found.unit in carriers.units if found.unit else found.organisation in carriers.organisations


def test_journal_says_who_was_suggested_why_and_whether_it_was_followed() -> None:
    answerers = {"adults": Answerer("adults", "взрослым", units=(CLINIC_UNIT,))}
    known = replace(directory(), responsible={"queue": ("adults",)}, answerers=answerers)
    for executor, followed in ((EXECUTOR2, True), (EXECUTOR, False)):
        desk = Desk(World(known, regulation(), DayLength()))
        desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")
        desk.decide(Action.ASSIGN, executor=executor)

        facts = desk.facts[-1].facts

        assert (facts["suggested"], facts["suggested_unit"]) == ("adults", CLINIC_UNIT)
        assert (facts["suggested_because"], facts["suggestion_followed"]) == ("only", followed)


def test_journal_says_of_work_handed_on_from_who_answers_no_more_who_was_suggested() -> None:
    gone = Succession("law", "adults", "15пр", date(2026, 1, 12), units=(LETTERS_UNIT,))
    answerers = {"adults": Answerer("adults", "взрослым", units=(CLINIC_UNIT,))}
    known = replace(directory(), answerers=answerers)
    for successions, suggestion in (((gone,), ("adults", "successor", True)), ((), (None, None, None))):
        desk = Desk(World(known, regulation(), DayLength()))
        desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")
        desk.decide(Action.ASSIGN)
        desk.world = World(replace(known, successions=successions), regulation(), DayLength())

        desk.decide(Action.REASSIGN)

        facts = desk.facts[-1].facts
        names = ("suggested", "suggested_because", "suggestion_followed")
        assert tuple(facts.get(name) for name in names) == suggestion


def test_work_is_transferred_from_its_executor_to_the_organisation_that_succeeds_him_and_no_other_is() -> None:
    known = replace(directory(), answerers={"miac": Answerer("miac", "МИАЦ", organisations=(HOSPITAL,))})
    gone = Succession("law", "miac", "15пр", date(2026, 1, 12), units=(LETTERS_UNIT,))
    desk = Desk(World(known, regulation(), DayLength()))
    desk.decide(Action.ACCEPT, category="medicine", subcategory="queue")
    desk.decide(Action.ASSIGN)

    still = desk.refuse(Action.TRANSFER_TO_SUBORDINATE, COORDINATOR, organisation=HOSPITAL)
    desk.world = World(replace(known, successions=(gone,)), regulation(), DayLength())
    desk.decide(Action.TRANSFER_TO_SUBORDINATE, COORDINATOR, organisation=HOSPITAL)

    assert still.code == "action_forbidden"
    moved, facts = desk.case, desk.facts[-1].facts
    assert (moved.organisation, moved.stage, moved.executor, moved.unit) == (HOSPITAL, Stage.COORDINATION, None, None)
    assert (facts["suggested_because"], facts["suggestion_followed"], facts["stage"]) == (
        "successor",
        True,
        "coordination",
    )
    assert facts["executor_was"] == EXECUTOR


def test_unit_that_answers_goes_on_though_its_organisation_does_not() -> None:
    gone = Succession("medical", "law", "15пр", date(2026, 1, 12), organisations=(MINISTRY,))
    region = replace(REGION, successions=(gone,))

    found = [region.succession_of(MINISTRY, unit) for unit in (None, f"{MINISTRY}.staff", "unknown")]

    assert found == [gone, None, gone]


def test_choice_that_nobody_was_suggested_for_is_in_the_journal_as_such() -> None:
    facts = as_facts(suggested(arrived("benefits"), REGION, RECEIVED), MINISTRY, f"{MINISTRY}.law")

    assert {name: value for name, value in facts.items() if value is not None} == {"suggested_because": "choose"}
