"""The journal says exactly what began or ended: that nobody is there, that nobody may approve, or both. G-06, G-28."""

from __future__ import annotations

import pytest

from api.event_titles import title_of
from domain.vocabulary import Event


@pytest.mark.parametrize(
    ("facts", "begins", "ends"),
    [
        ({"holder": 5}, "Решать некому: сообщено вышестоящим и куратору", "Снова есть кому решать"),
        (
            {"approvers": []},
            "Утвердить ответ некому: сообщено кураторам и администраторам",
            "Снова есть кому утвердить ответ",
        ),
        (
            {"holder": None, "approvers": []},
            "Решать некому и утвердить ответ некому: сообщено вышестоящим, кураторам и администраторам",
            "Снова есть кому решать и кому утвердить ответ",
        ),
    ],
)
def test_journal_says_what_began_and_what_ended(facts: dict[str, object], begins: str, ends: str) -> None:
    assert (title_of(Event.NOBODY_PRESENT, facts), title_of(Event.SOMEBODY_PRESENT, facts)) == (begins, ends)
