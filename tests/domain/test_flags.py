"""Flags: suggested by the text, set and dropped by people, with an errand; nothing is declined for them. Source: G-45."""

from __future__ import annotations

import pytest

from domain.errands import errand_id
from domain.flags import suggested
from domain.vocabulary import Action, ErrandKind, ErrandState, Event, Flag, Role, Stage
from regulations.wording import flag_words
from storage.dictionary import Russian
from storage.lemmas import lemma
from tests.domain.builders import (
    COORDINATOR,
    DAY,
    EXECUTOR,
    EXECUTOR2,
    HEAD,
    HOSPITAL_COORDINATOR,
    HOUR,
    MODERATOR,
    RECEIVED,
    desk,
)
from tests.domain.test_absences import away, with_absences


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Мне 15 лет, в поликлинике отказались меня принять.", [Flag.MINOR]),
        ("Я учусь в девятом классе, врач не выписал справку.", [Flag.MINOR]),
        ("Мне 45 лет, я учитель. Ребёнку 8 лет.", []),
        ("Не могу дозвониться в регистратуру третий день.", []),
        ("I cannot reach the clinic by phone for three days.", [Flag.LANGUAGE]),
        ("Би эмнлһнд җирһлин туск бичҗәнәв, хәрү өгтн.", [Flag.LANGUAGE]),
        ("Не работает приложение ZdorovieOnline на телефоне Samsung Galaxy.", []),
        ("Салам! Мин дарыгерге жазыла албай жатам, жардам бергилечи.", [Flag.LANGUAGE]),
        ("Ассалому алайкум, духтурга езила олмаяпман, илтимос ердам беринг.", [Flag.LANGUAGE]),
        ("здраствуйте дозванится немогу уже 3 ий день в регестратуру паликлиники што делать", []),
        ("рецепт не выписывают: леветирацетам, карбамазепин, депакин хроносфера", []),
        ("ЭКГ, УЗИ, МРТ по ОМС не делают Манджиеву Баатру Очировичу в Кетченерах.", []),
        ("Ok", []),
    ],
)
def test_text_suggests_a_child_or_another_language(text: str, flags: list[Flag]) -> None:
    assert list(suggested(text, flag_words(), lemma, Russian().knows)) == flags


@pytest.mark.parametrize(("stage", "asked"), [(Stage.COORDINATION, None), (Stage.EXECUTION, EXECUTOR)])
def test_flag_gives_the_errand_to_the_executor_else_to_coordinators(stage: Stage, asked: int | None) -> None:
    at_desk = desk(stage, flags_suggested=(Flag.MINOR,))
    before = at_desk.case

    at_desk.decide(Action.SET_FLAG)

    [errand] = at_desk.case.errands
    assert (errand.kind, errand.person) == (ErrandKind.MINOR, asked)
    assert errand.pool is (None if asked else Role.COORDINATOR)
    assert (at_desk.case.flags, at_desk.case.flags_suggested) == ((Flag.MINOR,), ())
    assert (at_desk.case.stage, at_desk.case.due_at, at_desk.case.outcome) == (before.stage, before.due_at, None)


def test_moderator_confirms_what_the_text_suggests_and_its_errand_goes_where_the_message_is_accepted() -> None:
    at_desk = desk(Stage.MODERATION, flags_suggested=(Flag.LANGUAGE,))
    assert at_desk.refuse(Action.SET_FLAG, COORDINATOR, flag="language").code == "action_forbidden"

    at_desk.decide(Action.SET_FLAG, MODERATOR, flag="language")
    assert (at_desk.case.flags, at_desk.case.errands[0].pool) == ((Flag.LANGUAGE,), Role.MODERATOR)
    assert at_desk.told(MODERATOR) == []
    at_desk.decide(Action.ACCEPT)

    [errand] = at_desk.case.errands
    assert (errand.pool, errand.organisation) == (Role.COORDINATOR, at_desk.case.organisation)
    at_desk.decide(Action.SETTLE_FLAG, COORDINATOR, errand=errand.id)
    assert at_desk.case.errands[0].state is ErrandState.DONE


def test_flag_stays_when_its_errand_is_done_and_goes_with_it_when_dropped() -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SET_FLAG)
    [errand] = at_desk.case.errands

    at_desk.decide(Action.SETTLE_FLAG, EXECUTOR, errand=errand.id)
    assert (at_desk.case.flags, at_desk.case.errands[0].state) == ((Flag.MINOR,), ErrandState.DONE)
    at_desk.decide(Action.SET_FLAG, flag="language")
    at_desk.decide(Action.DROP_FLAG, flag="language")

    assert at_desk.case.flags == (Flag.MINOR,)
    assert at_desk.case.errands[1].state is ErrandState.CANCELLED
    assert at_desk.facts[-1].event is Event.FLAG_DROPPED


def test_suggestion_is_dropped_without_ever_having_been_a_flag() -> None:
    at_desk = desk(Stage.COORDINATION, flags_suggested=(Flag.LANGUAGE,))

    at_desk.decide(Action.DROP_FLAG, flag="language")

    assert at_desk.case.flags_suggested == ()
    assert at_desk.refuse(Action.DROP_FLAG, flag="language").code == "action_not_allowed"


def test_unknown_and_repeated_flags_are_refused() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.SET_FLAG, COORDINATOR)

    assert at_desk.refuse(Action.SET_FLAG, flag="minor").code == "flag_set"
    assert at_desk.refuse(Action.SET_FLAG, flag="poor").code == "flag_unknown"
    assert at_desk.refuse(Action.DROP_FLAG, flag="language").code == "flag_not_set"
    assert at_desk.refuse(Action.SETTLE_FLAG, HEAD, errand=errand_id("decision-1-0")).code == "action_forbidden"


@pytest.mark.parametrize(
    ("action", "asked"), [(Action.REASSIGN, (EXECUTOR2, None)), (Action.RECALL, (None, Role.COORDINATOR))]
)
def test_errand_of_a_flag_goes_with_the_work(action: Action, asked: tuple[int | None, Role | None]) -> None:
    at_desk = desk(Stage.EXECUTION)
    at_desk.decide(Action.SET_FLAG)
    before = at_desk.case.errands[0]

    at_desk.decide(action)

    [errand] = at_desk.case.errands
    assert (errand.person, errand.pool) == asked
    at_desk.decide(Action.SETTLE_FLAG, asked[0] or COORDINATOR, errand=before.id)


def test_errand_of_a_flag_is_with_the_substitute_of_an_absent_executor() -> None:
    at_desk = desk(Stage.EXECUTION, with_absences(away(EXECUTOR, EXECUTOR2, since=RECEIVED + DAY)))
    at_desk.decide(Action.SET_FLAG)

    at_desk.until(RECEIVED + 2 * DAY)

    assert at_desk.case.errands[0].person == EXECUTOR2
    at_desk.decide(Action.SETTLE_FLAG, EXECUTOR2, errand=at_desk.case.errands[0].id)


def test_whoever_has_the_message_may_say_what_was_done_about_a_flag() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.SET_FLAG)
    at_desk.decide(Action.ASSIGN)

    at_desk.decide(Action.SETTLE_FLAG, EXECUTOR, errand=at_desk.case.errands[0].id)

    assert at_desk.case.errands[0].state is ErrandState.DONE


def test_errand_of_a_flag_goes_with_the_message_to_the_coordinators_of_its_new_place() -> None:
    at_desk = desk(Stage.COORDINATION)
    at_desk.decide(Action.SET_FLAG)
    errand = at_desk.case.errands[0].id

    at_desk.later(HOUR).decide(Action.TRANSFER_TO_SUBORDINATE)

    assert at_desk.refuse(Action.SETTLE_FLAG, COORDINATOR, errand=errand).code == "action_forbidden"
    at_desk.decide(Action.SETTLE_FLAG, HOSPITAL_COORDINATOR, errand=errand)
