"""The hints as people get them: the lists that are shipped, with the real dictionary. Source: S1, 3.1, 3.2."""

from __future__ import annotations

import time

import pytest

from domain.hints import Adviser, HintKind, Identifier
from regulations.wording import wording
from storage.dictionary import Russian

ADVISER = Adviser(wording(), Russian())

NOTHING: list[tuple[str, str]] = []


def found(text: str) -> list[tuple[str, str]]:
    return [(hint.kind.value, text[hint.start : hint.end]) for hint in ADVISER.hints(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Извените за очередь в в поликленике ,которая вам неудобна!!",
            [
                ("unknown_word", "Извените"),
                ("punctuation", "в в"),
                ("unknown_word", "поликленике"),
                ("punctuation", " ,"),
                ("punctuation", ","),
                ("punctuation", "!!"),
            ],
            marks=pytest.mark.requirement("S1-28"),
            id="slips",
        ),
        ("Приём ведёт Бембеев Очир, телефон на сайте почта.рф и gosuslugi.ru.", NOTHING),
        ("Соцработник поможет с онлайн-записью, какой-либо справки не нужно.", NOTHING),
        ("Приём с 8:00 до 10:30, кабинет 5 (по записи); чуть-чуть подождите. Адрес: https://a.ru/?b=1", NOTHING),
        ("Санджиева просим позвонить. Цаганова тоже.", NOTHING),
        pytest.param(
            "У нас нету талонов, ихний врач болеет, дабы записаться, ждать не нужно.",
            [("colloquial", "нету"), ("colloquial", "ихний"), ("colloquial", "дабы")],
            marks=pytest.mark.requirement("S1-29"),
            id="colloquial and archaic",
        ),
        ("Это такого типа кабинеты, чтобы было как бы вам удобно.", [("colloquial", "как бы")]),
        pytest.param(
            "В ЦРБ работает ПЦР, а в ЦРБ рядом нет; приём осуществляется по НПА.",
            [
                ("abbreviation", "ЦРБ"),
                ("abbreviation", "ПЦР"),
                ("complex", "приём осуществляется"),
                ("abbreviation", "НПА"),
            ],
            marks=pytest.mark.requirement("S1-30"),
            id="abbreviations once, complex turns",
        ),
        ("Центральная районная больница (далее — ЦРБ) открыта; ЦРБ работает до 18 часов.", NOTHING),
        ("КРБ (Калмыцкая республиканская больница) открыта. КРБ ждёт вас.", NOTHING),
        ("Полис ОМС, СНИЛС и паспорт РФ возьмите с собой. ВАЖНО: ПРИЁМ ПО ЗАПИСИ.", NOTHING),
        pytest.param(
            "Вы сами виноваты. Ваши претензии надуманны, а мы ничем не можем помочь. Ждите.",
            [
                ("blame", "Вы сами виноваты"),
                ("blame", "Ваши претензии"),
                ("blame", "надуманны"),
                ("blame", "ничем не можем помочь"),
                ("blame", "Ждите"),
            ],
            marks=pytest.mark.requirement("S1-31"),
            id="blame",
        ),
        ("Можно не ждать: врач сам позвонит. Вы. Сами виноваты в этом станки.", [("blame", "Сами виноваты")]),
        (
            "Решим в ближайшее время, ваш вопрос взят на контроль.",
            [("vague", "в ближайшее время"), ("vague", "взят на контроль")],
        ),
        ("Приём ведут по адресу: г. Элиста, ул. Ленина, д. 5, каб. 3, с 8 час. до 17 час. И. И. Манджиев.", NOTHING),
    ],
)
def test_hints_for_a_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("поликленика", "поликлиника"),
        ("извените", "извините"),
        ("ответсвенный", "ответственный"),
        ("учереждение", "учреждение"),
        ("рассмотренно", "рассмотрено"),
        ("понидельник", "понедельник"),
        ("првиет", "привет"),
    ],
)
def test_slip_brings_the_word_that_was_meant(slip: str, meant: str) -> None:
    assert meant in Russian().like(slip)


@pytest.mark.parametrize(
    ("kind", "phrase"), [(kind, phrase) for kind, phrases in wording().phrases.items() for phrase in phrases]
)
def test_every_phrase_of_the_lists_is_found(kind: HintKind, phrase: str) -> None:
    plain = phrase.replace("=", "")

    assert kind.value in [found_kind for found_kind, _ in found(f"Сообщаем: {plain}.")]


def test_long_sentence_is_marked_whole_and_counted() -> None:
    short, long = "Первое слово. ", "И " + "слово да " * 15 + "конец."

    (hint,) = ADVISER.hints(short + long + "\nНовая строка")

    assert (hint.kind, hint.start, hint.end) == (HintKind.LONG_SENTENCE, len(short), len(short + long))
    assert hint.advice == "32 слова в одном предложении: разделите его"


def test_identifier_is_told_and_not_read_as_words() -> None:
    text = "Пишите: почта@пример.рф, паспорт 8508 123456."

    hints = ADVISER.hints(text, [Identifier(8, 23, "эл. почта")])

    assert [(hint.kind, hint.start, hint.end) for hint in hints] == [(HintKind.IDENTIFIER, 8, 23)]
    assert hints[0].advice.startswith("эл. почта: ")


@pytest.mark.parametrize("piece", ["вы сами ", "а. Б ", "ЦРБ (далее ", "ул. ", "сл-", "«—\n", "ЖЖЖЖЖ "])
def test_strange_text_is_read_in_reasonable_time(piece: str) -> None:
    began = time.process_time()

    ADVISER.hints(piece * (50_000 // len(piece)))

    assert time.process_time() - began < 5


def test_each_kind_has_its_title_and_clause() -> None:
    kinds = wording().kinds

    assert set(kinds) == set(HintKind)
    assert all(kind.title and kind.clause for kind in kinds.values())
