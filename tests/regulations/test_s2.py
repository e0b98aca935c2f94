"""Regulation S2 as data, beside the words of the act."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.regulation import Clause, Ground, Regulation
from domain.terms import plan, receipt
from domain.vocabulary import TIMED_STAGES, AbsenceCode, AnswerType, Role, Stage
from regulations import parse, shipped
from tests.requirements import catalogue

# Приложение к регламенту (пункт 3.10), as printed: приказ Минсвязи ДНР от 01.08.2023 № 134. The columns are number,
# stage, share of the whole term in percent, time on the stage of a term of 30 calendar days, and of 10 calendar days.
ANNEX = """\
1	Модерация	5	1 календарный день 12 часов	12 часов
2	Координация	5	1 календарный день 12 часов	12 часов
3	Исполнение	65	19 календарных дней 12 часов	6 календарных дней 12 часов
4	Согласование	15	4 календарных дня 12 часов	1 календарный день 12 часов
5	Утверждение	10	3 календарных дня	1 календарный день"""
ANNEX_TOTAL = "Общий срок обработки		100	30 календарных дней	10 календарных дней"

ROWS = [line.split("\t") for line in ANNEX.splitlines()]
ARRIVED = datetime(2023, 8, 1, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def act() -> Regulation:
    return next(found for found in map(parse, shipped()) if found.code == "S2")


def length(words: str) -> timedelta:
    """«19 календарных дней 12 часов»."""
    found = re.fullmatch(r"(?:(\d+) календарн\w+ (?:день|дня|дней))?\s?(?:(\d+) час\w+)?", words)
    assert found, words
    return timedelta(days=int(found[1] or 0), hours=int(found[2] or 0))


def word(words: tuple[Ground, ...], code: str) -> Ground:
    return next(found for found in words if found.code == code)


def clause(act: Regulation, number: str) -> Clause:
    return next(found for found in act.clauses if found.id == number)


def on_schedule(act: Regulation, term: timedelta) -> dict[Stage, timedelta]:
    """How long each stage lasts when every stage before it took exactly its time."""
    terms = plan(term, act.shares, act.settings.floor_percent)
    entered, lasted = ARRIVED, {}
    for stage in TIMED_STAGES:
        due = receipt(terms, stage, entered, ARRIVED + term).due_at
        assert due is not None
        lasted[stage], entered = due - entered, due
    return lasted


@pytest.mark.requirement("S2-61")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_stage_has_number_name_and_share_of_the_annex(act: Regulation, row: list[str]) -> None:
    number, title, share, *_ = row

    rule = act.stages[int(number) - 1]

    assert (rule.title, rule.share) == (title, int(share))
    assert f"приложение, строка {number}" in rule.clause


@pytest.mark.requirement("S2-61")
def test_annex_has_no_other_stages_and_sums_to_the_whole(act: Regulation) -> None:
    assert len(act.stages) == len(ROWS)
    assert sum(act.shares.values()) == int(ANNEX_TOTAL.split("\t")[2])


@pytest.mark.parametrize(
    ("days", "column"),
    [
        pytest.param(30, 3, marks=pytest.mark.requirement("S2-62")),
        pytest.param(10, 4, marks=pytest.mark.requirement("S2-63")),
    ],
)
def test_stages_on_schedule_last_as_the_annex_says_to_the_second(act: Regulation, days: int, column: int) -> None:
    term = length(ANNEX_TOTAL.split("\t")[column])

    lasted = on_schedule(act, term)

    assert term == timedelta(days=days)
    assert days in {rule.days for rule in act.terms}
    assert lasted == {stage: length(row[column]) for stage, row in zip(TIMED_STAGES, ROWS, strict=True)}
    assert sum(lasted.values(), timedelta()) == term


@pytest.mark.requirement("S2-16")
def test_stages_follow_each_other_as_in_clause_2_3(act: Regulation) -> None:
    printed = ["модерация", "координация", "исполнение", "согласование", "утверждение"]

    assert [rule.title.lower() for rule in act.stages] == printed
    assert [rule.clause.split(";")[0] for rule in act.stages] == [f"2.3 {letter}" for letter in "абвгд"]
    assert [rule.stage for rule in act.stages] == list(TIMED_STAGES)


@pytest.mark.requirement("S2-01")
def test_regulation_names_the_order_that_approves_it(act: Regulation) -> None:
    assert act.order.title.startswith(
        "Об утверждении регламента работы участников в едином окне цифровой обратной связи"
    )
    assert act.order.body == "Министерство связи Донецкой Народной Республики"
    assert (act.order.number, act.order.signed_on) == ("134", date(2023, 8, 1))
    assert clause(act, "S2-01").source == "1.1"


@pytest.mark.parametrize(
    ("code", "letter", "said"),
    [
        pytest.param("applicants", "а", "Граждане или юридические лица", marks=pytest.mark.requirement("S2-02")),
        pytest.param("organisation_account", "б", "доступ к её функциям", marks=pytest.mark.requirement("S2-03")),
        pytest.param("platform_operator", "в", "цифрового развития", marks=pytest.mark.requirement("S2-04")),
        pytest.param("users", "г", "учётными записями", marks=pytest.mark.requirement("S2-05")),
        pytest.param("submission_rules", "д", "причин для его отклонения", marks=pytest.mark.requirement("S2-06")),
    ],
)
def test_definition_of_clause_1_2_is_kept_with_its_letter(act: Regulation, code: str, letter: str, said: str) -> None:
    definition = word(act.definitions, code)

    assert definition.clause == f"1.2 {letter}"
    assert said in definition.text


@pytest.mark.requirement("S2-06")
def test_submission_rules_and_grounds_are_there_to_show_and_to_decline_by(act: Regulation) -> None:
    note = word(act.notes, "submission_rules")

    assert len(act.submission_rules) >= 5
    assert len(act.decline_grounds) >= 5
    assert all(rule.title and rule.text for rule in act.submission_rules)
    assert all(ground.title and ground.text for ground in act.decline_grounds)
    assert "настройка оператора" in note.text


@pytest.mark.requirement("S2-07")
@pytest.mark.parametrize(
    ("code", "law"), [("appeal_under_59_fz", "59-ФЗ"), ("complaint_under_210_fz", "210-ФЗ")], ids=["59-ФЗ", "210-ФЗ"]
)
def test_matters_of_other_laws_are_told_apart_before_and_after_sending(act: Regulation, code: str, law: str) -> None:
    rule = word(act.submission_rules, "other_procedures")
    ground = word(act.decline_grounds, code)

    assert law in rule.title
    assert rule.clause == "1.3"
    assert law in ground.title
    assert "1.3" in ground.clause
    assert act.knows_ground(code)


@pytest.mark.requirement("S2-64")
def test_order_has_a_day_of_force_and_says_where_it_comes_from(act: Regulation) -> None:
    assert act.order.valid_from == act.order.signed_on
    assert "официального опубликования" in word(act.notes, "valid_from").text
    assert clause(act, "S2-64").source == "приказ, п. 4"


@pytest.mark.requirement("S2-65")
def test_state_registration_is_kept_as_a_clause_of_the_order(act: Regulation) -> None:
    found = clause(act, "S2-65")

    assert (found.kind, found.source) == ("O", "приказ, п. 2")
    assert "Министерство юстиции" in found.title


@pytest.mark.requirement("S2-66")
def test_control_of_the_order_is_kept_as_a_clause_of_the_order(act: Regulation) -> None:
    found = clause(act, "S2-66")

    assert found.source == "приказ, п. 3"
    assert "Контроль исполнения приказа" in found.title


def test_clauses_are_those_of_the_catalogue_with_their_kinds(act: Regulation) -> None:
    expected = {number: kind for number, kind in catalogue().items() if number.startswith("S2-")}

    assert {found.id: found.kind for found in act.clauses} == expected


@pytest.mark.parametrize("letter_role", list(zip("абвгдеж", Role, strict=True)), ids=lambda pair: pair[1])
def test_role_stands_beside_its_letter_of_clause_2_1(act: Regulation, letter_role: tuple[str, Role]) -> None:
    letter, role = letter_role

    assert word(act.roles, role).clause == f"2.1 {letter}"


def test_types_of_an_answer_are_those_of_clause_3_4(act: Regulation) -> None:
    found = [(answer.code, answer.title, answer.clause) for answer in act.answer_types]

    assert found == [
        (AnswerType.SOLVED, "Решено", "3.4 а"),
        (AnswerType.NOT_SOLVED, "Не решено", "3.4 б"),
        (AnswerType.POSTPONED, "Отложено", "3.4 в"),
        (AnswerType.DECLINED, "Отклонено", "3.4 г"),
    ]


def test_absence_codes_are_those_of_the_act_and_one_more(act: Regulation) -> None:
    assert [(found.code, found.title) for found in act.absence_codes] == [
        (AbsenceCode.VACATION, "Отпуск"),
        (AbsenceCode.SICKNESS, "Болезнь"),
        (AbsenceCode.DISMISSAL, "Увольнение"),
        (AbsenceCode.OTHER, "Иное"),
    ]


def test_settings_have_the_decided_numbers_each_with_clause_and_title(act: Regulation) -> None:
    settings = act.settings

    assert (settings.warn_left_percent, settings.floor_percent, settings.default_days) == (25, 1, 30)
    assert (settings.postponements, settings.postponement_days) == (1, 30)
    assert settings.postponed_shares == {Stage.EXECUTION: 75, Stage.ENDORSEMENT: 15, Stage.APPROVAL: 10}
    assert (settings.bounce_days, settings.handover_working_days) == (3, 2)
    assert (settings.received_back_days, settings.reminder_hour) == (60, 9)
    assert (settings.first_reaction_hours, settings.rating_days, settings.rating_low) == (24, 14, 3)
    assert (settings.question_days, settings.call_attempts) == (5, 3)
    assert (settings.questions_at_once, settings.flag_days, settings.withdrawal_days) == (5, 2, 2)
    assert (settings.co_executor_percent, settings.late_co_executor_days) == (50, 1)
    assert settings.silence_working_hours == 1
    assert (settings.consultation_minutes, settings.call_transfers) == (10, 2)
    assert (settings.identity_tries, settings.identity_tries_a_day) == (3, 6)
    assert settings.measure_reminder_days == 7
    assert settings.clauses["warn_left_percent"] == "4.1 а; G-11"
    assert settings.clauses.keys() == settings.titles.keys()


def test_no_code_of_a_ground_names_two_things(act: Regulation) -> None:
    codes = [ground.code for ground in act.decline_grounds]

    assert len(set(codes)) == len(codes)
    assert not act.knows_ground("because")
