from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.personal import (
    Kind,
    find_identifiers,
    inn_is_valid,
    masked,
    normal_email,
    normal_phone,
    normal_snils,
    without_identifiers,
)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("8(84722)4-10-75", "+78472241075"),
        ("+7 912 345-67-89", "+79123456789"),
        ("89123456789", "+79123456789"),
        ("9123456789", "+79123456789"),
        ("8 800 200-01-22", "+78002000122"),
        ("8 (84722) 4-10-75 доб. 12", "+78472241075"),
        ("+49 30 901820", "+4930901820"),
        ("122", None),
        ("нет", None),
        ("", None),
        ("+7 000 000-00-00", None),
        ("9" * 300, None),
    ],
)
def test_phones_have_one_form_with_their_country(raw: str, normal: str | None) -> None:
    assert normal_phone(raw) == normal


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        (" A.Petrov@Mail.RU ", "a.petrov@mail.ru"),
        ("Иван@Почта.рф", "иван@почта.рф"),
        ("a@example.org", "a@example.org"),
        ("a@b", None),
        ("a b@mail.ru", None),
        ("a@mail.ru\nBcc: b@mail.ru", None),
        ("", None),
    ],
)
def test_addresses_have_one_form_in_small_letters(raw: str, normal: str | None) -> None:
    assert normal_email(raw) == normal


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("112-233-445 95", "11223344595"),
        (" 11223344595 ", "11223344595"),
        ("112\u2013233\u2013445\u00a095", "11223344595"),
        ("087-654-303 00", "08765430300"),  # the sum is 202: 202 mod 101 = 0
        ("001-001-998 77", "00100199877"),  # given before there was a check sum
        ("112-233-445 96", None),
        ("000-000-000 00", None),
        ("112-233-445", None),
        ("112-233-445 9а", None),
        ("", None),
    ],
)
def test_snils_is_told_by_its_check_sum(raw: str, normal: str | None) -> None:
    assert normal_snils(raw) == normal


@given(st.integers(1_001_999, 999_999_999), st.integers(0, 99))
def test_one_check_sum_of_a_hundred_fits_a_snils(number: int, ending: int) -> None:
    fitting = [check for check in range(100) if normal_snils(f"{number:09}{check:02}")]

    assert len(fitting) == 1
    assert (normal_snils(f"{number:09}{ending:02}") is not None) == (ending in fitting)


@pytest.mark.parametrize("raw", ["7707083893", "500100732259", "7830002293"])
def test_a_real_inn_is_valid(raw: str) -> None:
    assert inn_is_valid(raw)


@pytest.mark.parametrize(
    "raw", ["7707083894", "500100732258", "500100732269", "0000000000", "000000000000", "77070838", "770708389a", ""]
)
def test_a_wrong_inn_is_not_valid(raw: str) -> None:
    assert not inn_is_valid(raw)


@given(st.from_regex("[0-9]{9}|[0-9]{11}", fullmatch=True), st.integers(1, 9))
def test_an_inn_with_its_last_digit_changed_is_not_valid(start: str, change: int) -> None:
    valid = [f"{start}{end}" for end in range(10) if inn_is_valid(f"{start}{end}")]

    assert len(valid) <= 1
    assert not any(inn_is_valid(f"{inn[:-1]}{(int(inn[-1]) + change) % 10}") for inn in valid)


@pytest.mark.parametrize(
    ("identifier", "kind", "value"),
    [
        ("112-233-445 95", Kind.SNILS, "11223344595"),
        ("112 233 445 95", Kind.SNILS, "11223344595"),
        ("11223344595", Kind.SNILS, "11223344595"),
        ("112-233-445 96", Kind.NUMBER, "11223344596"),
        ("8(84722)4-10-75", Kind.PHONE, "+78472241075"),
        ("+7 912 345-67-89", Kind.PHONE, "+79123456789"),
        ("9123456789", Kind.PHONE, "+79123456789"),
        ("+7\u00a0(912)\u00a0345\u201167\u201189", Kind.PHONE, "+79123456789"),
        ("A.Petrov@Mail.RU", Kind.EMAIL, "a.petrov@mail.ru"),
        ("иван@почта.рф", Kind.EMAIL, "иван@почта.рф"),
        ("1234567890123452", Kind.POLICY, "1234567890123452"),
        ("4276 1234 5678 9012", Kind.NUMBER, "4276123456789012"),
        ("40817810099910004312", Kind.NUMBER, "40817810099910004312"),
        ("8500 123456", Kind.PASSPORT, "8500123456"),
        ("85 12 № 123456", Kind.PASSPORT, "8512123456"),
        ("8512 номер 123456", Kind.PASSPORT, "8512123456"),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "Мой номер {}, ответьте", "({})", "Прошу:\n{}.\nСпасибо", "дом 5, {}, кв. 7"])
def test_an_identifier_is_found_where_it_stands(identifier: str, kind: Kind, value: str, frame: str) -> None:
    text = frame.format(identifier)

    found = find_identifiers(text)

    assert [(one.kind, text[one.start : one.end], one.value) for one in found] == [(kind, identifier, value)]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("СНИЛС 112-233-445\n95 мой", "СНИЛС [СНИЛС] мой"),
        ("СНИЛС 112-233-445 \r\n  95 мой", "СНИЛС [СНИЛС] мой"),
        ("тел. 8 (84722)\n\t4-10-75.", "тел. [телефон]."),
        ("дом 5\n8 900 123 45 67", "дом 5\n[телефон]"),
        ("дом 5 8 900 123 45 67 12 мая", "дом 5 [телефон] 12 мая"),
        ("в 2024 +7 (900) 123-45-67 12.05.2024", "в 2024 [телефон] 12.05.2024"),
        ("карта 4276 1234\n5678 9012", "карта [номер]"),
    ],
)
def test_an_identifier_is_masked_though_lines_break_it_or_numbers_stand_beside_it(text: str, hidden: str) -> None:
    assert masked(text) == hidden


def test_a_passport_without_spaces_is_found_by_its_word() -> None:
    assert masked("паспорт 8512123456, выдан") == "паспорт [паспорт], выдан"
    assert masked("Паспорт гражданина: серия 8512 номер 123456") == "Паспорт гражданина: серия [паспорт]"


@pytest.mark.parametrize(
    "text",
    [
        "Талон № 123456 на 12.05.2024 в 10:30, кабинет 214",
        "Ответ от 12.05.2024 № 123456 не получен",
        "ИНН 7707083893, ОГРН 1027700132195",
        "Обращение 0814000123 от 2024 года",
        "Звонил на 122 и 103",
        "Потратила 12 500 руб. за 3 месяца, 150 000 за год",
        "приказ № 1802 от 10.11.2020",
        "кабинет 8 12.05.2024 10:30",
        "пункты 8 123 456 78 90 и 91",
    ],
)
def test_numbers_that_are_nobodys_stay(text: str) -> None:
    assert masked(text) == text


def test_everything_is_masked_by_its_word_and_the_rest_stays() -> None:
    text = "Я, Петров, СНИЛС 112-233-445 95, тел. 8(84722)4-10-75 и 89123456789, a@mail.ru; полис 1234567890123452!"

    assert masked(text) == "Я, Петров, СНИЛС [СНИЛС], тел. [телефон] и [телефон], [эл. почта]; полис [полис]!"


def test_found_identifiers_do_not_print_themselves() -> None:
    assert "11223344595" not in repr(find_identifiers("112-233-445 95"))


@given(st.text(st.sampled_from("0123456789 -+()@.абв№\n"), max_size=80))
def test_found_identifiers_lie_in_order_within_the_text_without_overlap(text: str) -> None:
    found = find_identifiers(text)

    bounds = [bound for one in found for bound in (one.start, one.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(text[one.start : one.end] not in without_identifiers(text[one.start : one.end]) for one in found)


WORDS = st.lists(
    st.sampled_from(["врач", "приём", "не", "принял", "2024", "году", "кабинет 5"]), max_size=6, unique=True
).map(" ".join)


@given(WORDS, WORDS, st.integers(1_001_999, 999_999_999), st.sampled_from(["{0}-{1}-{2} {3}", "{0} {1} {2} {3}"]))
def test_a_snils_anywhere_in_a_text_is_masked(before: str, after: str, number: int, form: str) -> None:
    digits = next(f"{number:09}{check:02}" for check in range(100) if normal_snils(f"{number:09}{check:02}"))
    snils = form.format(digits[:3], digits[3:6], digits[6:9], digits[9:])

    hidden = masked(f"{before}: {snils}. {after}")

    assert hidden == f"{before}: [СНИЛС]. {after}"
