"""Names and titles in the case that a sentence wants; what the dictionary is not sure of stays as it was written."""

from __future__ import annotations

import pytest

from domain.answer_templates import GrammaticalCase
from storage.declension import greeting, person, title

DATIVE, GENITIVE = GrammaticalCase.DATIVE, GrammaticalCase.GENITIVE


@pytest.mark.parametrize(
    ("name", "dative"),
    [
        ("Иванова Мария Петровна", "Ивановой Марии Петровне"),
        ("Иванов Пётр Ильич", "Иванову Петру Ильичу"),
        ("Ковальчук Ольга Игоревна", "Ковальчук Ольге Игоревне"),
        ("Ковальчук Олег Игоревич", "Ковальчуку Олегу Игоревичу"),
        ("Римский-Корсаков Николай Андреевич", "Римскому-Корсакову Николаю Андреевичу"),
        ("Шевченко Тарас Григорьевич", "Шевченко Тарасу Григорьевичу"),
        ("Бадмаев Санал Эрдниевич", "Бадмаеву Саналу Эрдниевичу"),
        ("Очирова Саглара Бадмаевна", "Очировой Сагларе Бадмаевне"),
        ("Smith John", "Smith John"),
        ("", ""),
    ],
)
def test_name_is_declined_by_the_gender_of_its_bearer(name: str, dative: str) -> None:
    assert person(name, DATIVE) == dative


@pytest.mark.parametrize(
    ("text", "genitive"),
    [
        ("Городская поликлиника № 2", "Городской поликлиники № 2"),
        ("Министерство здравоохранения", "Министерства здравоохранения"),
        ("Республиканская детская больница имени Манджиева", "Республиканской детской больницы имени Манджиева"),
        ("Медицинские осмотры", "Медицинских осмотров"),
        ("ГБУЗ «Городская больница № 1»", "ГБУЗ «Городская больница № 1»"),
        ("", ""),
    ],
)
def test_title_is_declined_up_to_its_noun(text: str, genitive: str) -> None:
    assert title(text, GENITIVE) == genitive


@pytest.mark.parametrize(
    ("name", "legal_entity", "said"),
    [
        ("Иванова Мария Петровна", False, "Уважаемая Мария Петровна"),
        ("Бадмаев Санал Эрдниевич", False, "Уважаемый Санал Эрдниевич"),
        ("Ли Ким", False, "Здравствуйте"),
        ("заявитель", False, "Здравствуйте"),
        ("ООО Ромашка", True, "Здравствуйте"),
    ],
)
def test_greeting_is_sure_or_neutral(name: str, legal_entity: bool, said: str) -> None:
    assert greeting(name, legal_entity=legal_entity) == said
