"""Counts, dates and lengths as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.words import (
    day_and_weekday,
    end_in_short,
    end_of_postponement,
    left_in_words,
    length_in_words,
    moment_and_weekday,
    moment_in_short,
    moment_in_words,
    plural,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 секунд"),
        (1, "1 секунда"),
        (60, "1 минута"),
        (86_400 * 30, "30 дней"),
        (86_400 + 12 * 3600, "1 день 12 часов"),
        (86_400 * 21 + 3600 * 2 + 60 * 3 + 4, "21 день 2 часа 3 минуты 4 секунды"),
        (86_400 * 111, "111 дней"),
    ],
)
def test_length_is_told_in_days_hours_minutes_and_seconds(seconds: int, words: str) -> None:
    assert length_in_words(seconds) == words


def test_moment_is_told_by_the_clock_of_the_place() -> None:
    at = datetime(2026, 8, 5, 21, 30, tzinfo=UTC)

    assert moment_in_words(at, ZoneInfo("Europe/Moscow")) == "6 августа 2026 года, 00:30"
    assert moment_and_weekday(at, ZoneInfo("Europe/Moscow")) == "6 августа 2026 года (четверг), 00:30"


def test_day_is_told_with_its_weekday() -> None:
    assert day_and_weekday(date(2026, 8, 5)) == "5 августа 2026 года (среда)"


def test_postponement_ends_with_the_day_before() -> None:
    assert end_of_postponement(date(2026, 8, 1)) == "31 июля 2026 года (пятница), 23:59"


@pytest.mark.parametrize(
    ("count", "word"), [(1, "письмо"), (2, "письма"), (5, "писем"), (11, "писем"), (14, "писем"), (21, "письмо")]
)
def test_word_agrees_with_its_number(count: int, word: str) -> None:
    assert plural(count, ("письмо", "письма", "писем")) == word


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "срок только что истёк"),
        (59, "осталось меньше минуты"),
        (12_000, "осталось 3 ч 20 мин"),
        (7_200, "осталось 2 ч"),
        (86_400, "остался 1 день"),
        (90_000, "остался 1 день 1 ч"),
        (2 * 86_400 + 3600, "осталось 2 дня 1 ч"),
        (5 * 86_400 + 3600, "осталось 5 дней"),
        (-600, "просрочено на 10 мин"),
        (-2 * 86_400, "просрочено на 2 дня"),
    ],
)
def test_time_left_is_told_no_finer_than_people_plan(seconds: int, expected: str) -> None:
    at = datetime(2026, 8, 5, 11, 5, tzinfo=UTC)

    assert left_in_words(at + timedelta(seconds=seconds), at) == expected


def test_end_of_a_postponement_in_short_is_the_evening_before() -> None:
    assert end_in_short(date(2026, 8, 5)) == "вт 04.08.2026, 23:59"


def test_moment_in_short_names_the_weekday() -> None:
    assert moment_in_short(datetime(2026, 8, 5, 11, 5, tzinfo=UTC), ZoneInfo("Europe/Moscow")) == "ср 05.08.2026, 14:05"
