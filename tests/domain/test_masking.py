"""What leaves for the support desk names nobody's contact."""

from __future__ import annotations

import pytest

from domain.masking import HIDDEN_EMAIL, HIDDEN_NUMBER, masked


@pytest.mark.parametrize(
    "contact",
    [
        "+7 (917) 123-45-67",
        "8-917-123-45-67",
        "89171234567",
        "+7 917 123 45 67",
        "123-456-789 00",
        "4512 345678",
        "1234567890123456",
    ],
)
def test_long_number_is_hidden(contact: str) -> None:
    assert masked(f"Заявитель {contact}, перезвонить.") == (f"Заявитель {HIDDEN_NUMBER}, перезвонить.", 1)


def test_mail_address_is_hidden() -> None:
    assert masked("Писать на ivanova.m@mail.example.ru.") == (f"Писать на {HIDDEN_EMAIL}.", 1)


@pytest.mark.parametrize(
    "text",
    [
        "Сообщение 2026-0000123 не открывается с 22.11.2026 14:05, ошибка 1f3a5b7c9d0e.",
        "Версия 0.1.0, кабинет 12, в 9:00 и в 10:30, 2 раза по 15 минут.",
        "Карточка /messages/6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    ],
)
def test_numbers_of_messages_dates_and_errors_stay(text: str) -> None:
    assert masked(text) == (text, 0)
