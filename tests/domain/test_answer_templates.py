"""The grammar of templates: what is put in, what is filled in, what stays; and errors that name their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answer_templates import GrammaticalCase, Template, TemplateError, Value, changed, filled, read, unfilled

TEXT = """| {приветствие}!
| Ваше сообщение № {номер} рассмотрено.

[что сделано и когда]

| С уважением, {организация, именительный}."""


def look(value: Value, case: GrammaticalCase) -> str:
    return f"<{value} {case}>"


def test_values_are_put_in_and_fields_stay_in_their_brackets() -> None:
    text = filled(read(TEXT), look)

    assert text.splitlines()[0] == "<приветствие nomn>!"
    assert "[что сделано и когда]" in text
    assert read("{заявитель, дательный}").lines[0].pieces[0].case is GrammaticalCase.DATIVE


def test_doubled_signs_are_the_signs_themselves() -> None:
    assert filled(read("[[скан]] и {{код}}"), look) == "[скан] и {код}"


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("Здравствуйте, {имя}", "Строка 1, знак 15", "«имя» на карточке нет"),
        ("Раз\nдва {номер, дательный}", "Строка 2, знак 5", "не склоняется"),
        ("{заявитель, местный}", "Строка 1, знак 1", "падежа «местный» нет"),
        ("Сделано [", "Строка 1, знак 9", "не закрыта"),
        ("Сделано ]", "Строка 1, знак 9", "лишняя «]»"),
        ("[]", "Строка 1, знак 1", "назовите поле"),
        ("{{{{ {__class__}", "Строка 1, знак 6", "на карточке нет"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, where: str, why: str) -> None:
    with pytest.raises(TemplateError) as error:
        read(text)

    assert str(error.value).startswith(where)
    assert why in str(error.value)


@given(st.text(alphabet="{}[]|, а\nномер", max_size=40))
def test_any_text_is_a_template_or_a_told_error(text: str) -> None:
    try:
        template = read(text)
    except TemplateError:
        return
    said = filled(template, look)

    assert set(unfilled(template, said)) == set(template.fields)
    assert changed(template, said) == ()


def answer(done: str) -> str:
    return filled(read(TEXT), look).replace("[что сделано и когда]", done)


def template() -> Template:
    return read(TEXT)


def test_filled_answer_has_nothing_left_and_nothing_changed() -> None:
    said = answer("Линия добавлена 3 марта.")

    assert (unfilled(template(), said), changed(template(), said)) == ((), ())


def test_locked_words_that_are_gone_or_in_another_order_are_told() -> None:
    said = answer("Готово.").replace("С уважением", "Пока")

    assert changed(template(), said) == ("С уважением,",)
    assert changed(template(), "рассмотрено. Ваше сообщение №") == ("рассмотрено.", "С уважением,")


def test_spaces_and_line_ends_change_nothing() -> None:
    assert changed(template(), answer("Готово.").replace("\n", "\r\n").replace(" № ", "  №  ")) == ()
