from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pymorphy3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymorphy3 import MorphAnalyzer

from storage import lemmas as module
from storage.lemmas import QUERY_WORDS, lemmas, query


@pytest.mark.parametrize(
    "forms",
    [
        ("прием", "приём", "приеме", "приёме", "приёма", "ПРИЁМОМ", "приемов"),
        ("поликлиника", "поликлинике", "Поликлиникой", "поликлиник"),
        ("врач", "врача", "врачей", "врачами"),
        ("льготный", "льготных", "льготного", "льготными"),
        ("лекарство", "лекарств", "лекарствами"),
        ("ребенок", "ребёнок", "ребёнка", "детей"),
        ("записаться", "записался", "запишусь"),
    ],
)
def test_all_forms_of_a_word_meet(forms: tuple[str, ...]) -> None:
    assert {lemmas(form) for form in forms} == {lemmas(forms[0])}
    assert {query(form) for form in forms} == {lemmas(forms[0])}


def test_a_text_becomes_its_words_in_order_with_numbers_kept() -> None:
    text = "Не могу записаться к врачу: талонов нет с 12.05.2024, кабинет №214, COVID-19."

    assert lemmas(text) == "не мочь записаться к врач талон нет с 12 05 2024 кабинет 214 covid 19"


def test_personal_identifiers_do_not_reach_the_index() -> None:
    text = "СНИЛС 112-233-445 95, полис 1234567890123452, тел. 8(84722)4-10-75, a.petrov@mail.ru, паспорт 8512 123456"

    indexed = lemmas(text)

    assert not re.search(r"\d", indexed)
    assert "petrov" not in indexed
    assert indexed.startswith("снилс полис")


def test_letters_in_pieces_and_signs_nobody_sees_change_nothing() -> None:
    decomposed = "\u0438\u0306".join(["леча", "щи", ""])

    assert lemmas(decomposed) == lemmas("лечайщий")
    assert lemmas("за\u0301мок по\u00adли\u00adклиника \u200bврач") == lemmas("замок поликлиника врач")


def test_a_query_wants_every_word_but_service_words() -> None:
    assert query("Запись на приёме в поликлинику") == "запись & прием & поликлиника"
    assert query("не в") == "не & в"
    assert query(" ?!… ") == ""
    assert query("112-233-445 95") == ""


def test_the_last_word_may_go_on() -> None:
    assert query("приём в поликл", last_word_open=True) == "прием & (поликл | поликл:*)"
    assert query("врачами", last_word_open=True) == "(врач | врачами:*)"
    assert query("", last_word_open=True) == ""


_TERM = r"\w+"
_OPEN = rf"\({_TERM} \| {_TERM}:\*\)"
_SAFE = re.compile(rf"(?:{_TERM}(?: & {_TERM})*)?|(?:{_TERM} & )*{_OPEN}")


@given(st.text() | st.text(st.sampled_from("аёЁ1 '\"\\&|!():*<>-§²½ⅷ\x00")), st.booleans())
def test_whatever_is_asked_the_query_has_only_words_and_our_operators(text: str, last_word_open: bool) -> None:
    asked = query(text, last_word_open=last_word_open)

    assert _SAFE.fullmatch(asked)


def test_a_whole_letter_in_the_search_box_is_cut() -> None:
    assert query("врач " * 1000).count("врач") == QUERY_WORDS
    assert len(query("щ" * 5000).encode()) < 2000
    assert query("щ" * 5000) == lemmas("щ" * 5000)


@given(st.text())
def test_lemmas_of_lemmas_hold_no_capital_yo_or_punctuation(text: str) -> None:
    assert re.fullmatch(r"[^\W_]*(?: [^\W_]+)*", lemmas(text))
    assert "ё" not in lemmas(text)


def test_threads_that_come_first_share_one_analyser(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[MorphAnalyzer] = []

    class Counted(MorphAnalyzer):
        def __init__(self, **given: str) -> None:
            made.append(self)
            super().__init__(**given)

    module._lemma.cache_clear()
    monkeypatch.setattr(module, "_analyser", None)
    monkeypatch.setattr(pymorphy3, "MorphAnalyzer", Counted)
    together = Barrier(4)

    def first(number: int) -> str:
        together.wait(timeout=10)
        return lemmas("врачами" if number % 2 else "врачей")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(first, range(4)))

    assert len(made) == 1
    assert found == ["врач"] * 4


@pytest.mark.parametrize(
    ("said", "form"),
    [("укол", "уколов"), ("роды", "родами"), ("плата", "платами"), ("платить", "плачу"), ("плакать", "плачу")],
)
def test_form_that_several_words_share_is_found_by_each(said: str, form: str) -> None:
    assert query(said) in lemmas(f"Третий день {form} в очереди").split()
