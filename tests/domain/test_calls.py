"""What shows that a message is the caller's."""

from __future__ import annotations

import pytest

from domain.calls import Question, confirms, same_name, summary, surname

Q = Question


@pytest.mark.parametrize(
    ("right", "enough"),
    [
        (set(), False),
        ({Q.NAME}, False),
        ({Q.PHONE}, False),
        ({Q.NAME, Q.PHONE}, True),
        ({Q.EMAIL, Q.SNILS}, True),
        ({Q.CODE}, True),
    ],
)
def test_code_alone_or_two_answers_show_whose_a_message_is(right: set[Question], enough: bool) -> None:
    assert confirms(right) is enough


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("Семёнова Мария Петровна", True),
        ("мария  СЕМЕНОВА", True),
        ("Семенова", False),
        ("Мария Петровна", False),
        ("Семёнова Анна", False),
        ("", False),
    ],
)
def test_surname_and_one_more_word_are_the_name(given: str, same: bool) -> None:
    assert same_name(given, "Семёнова Мария Петровна") is same


def test_name_of_one_word_is_that_word() -> None:
    assert same_name("сократ", "Сократ")
    assert surname("Римский-Корсаков Н. А.") == "римский-корсаков"
    assert surname(None) is surname("  ") is None


def test_summary_is_a_line_a_step() -> None:
    steps = [
        {"who": "Вы", "when": "до 5 августа", "what": "принесите выписку."},
        {"who": "Мы", "when": "завтра", "what": "перезвоним"},
    ]

    assert summary(steps) == "Вы, до 5 августа: принесите выписку.\nМы, завтра: перезвоним."
    assert summary([]) is None
