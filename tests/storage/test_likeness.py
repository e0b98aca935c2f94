"""Which texts share a band, and which do not."""

from __future__ import annotations

import pytest

from storage.likeness import BANDS, bands

TEXT = (
    "Третий день не могу дозвониться в регистратуру поликлиники на улице Ленина. Трубку никто не берёт, на сайте записи нет, "
    "а ребёнку нужен врач. Прошу разобраться и ответить, когда это исправят."
)


@pytest.mark.parametrize(
    "like",
    [
        TEXT.upper(),
        TEXT.replace("Третий", "Пятый"),
        TEXT.replace("ё", "е").replace(",", ""),
        TEXT + " С уважением, Иванова Мария Петровна.",
        TEXT.replace("а ребёнку нужен врач", "а мне нужен врач"),
        TEXT + " Мой телефон 8 (8472) 24-10-75.",
    ],
)
def test_text_sent_again_with_small_changes_shares_a_band(like: str) -> None:
    assert set(bands(TEXT)) & set(bands(like))


@pytest.mark.parametrize(
    "other",
    [
        "Уже неделю не могу дозвониться в регистратуру поликлиники. Никто не берёт трубку, прошу принять меры и ответить.",
        "На дороге у дома яма, автобус объезжает её по тротуару, дети боятся ходить в школу, прошу заделать.",
    ],
)
def test_another_text_shares_none(other: str) -> None:
    assert not set(bands(TEXT)) & set(bands(other))


@pytest.mark.parametrize("few", ["", "!?", "Прошу перезвонить мне", "8 (8472) 24-10-75"])
def test_few_words_are_like_nothing(few: str) -> None:
    assert bands(few) == []


def test_bands_are_the_same_for_ever() -> None:
    """They lie in the record: another way to make them would find nothing of before."""
    assert bands("Не работает лифт в поликлинике на улице Ленина")[:2] == [-6446515282717834138, -8500001485352591338]
    assert len(bands(TEXT)) == BANDS
