"""A table of an order as people have it: torn by pages, pasted from Word, saved as XLSX."""

from __future__ import annotations

import io
import time
import tomllib
import zipfile
from dataclasses import asdict

import openpyxl
import pytest

from domain.annexes import CategoriesAnnex, Responsible, differences, in_words, moves, reach
from regulations import RegulationError, body_hash, body_json, categories_annex, shipped, shipped_orders
from regulations.bodies import Codes, categories_body, codes_in, latin, lines_of, table_of
from regulations.grids import FactLine, Line, cell_of, codes_of, pasted, renamed, workbook
from regulations.orders import require_clean
from regulations.rows import GridError, pasted_rows
from regulations.toml_text import toml_text
from tests.regulations.test_s0 import ANNEX_2

HEAD = ("Категория", "Подкатегория", "Список лиц, ответственных за подготовку ответов")


@pytest.fixture(scope="module")
def annex() -> CategoriesAnnex:
    return categories_annex(next(body for body in shipped_orders() if body["code"] == "S0"))


@pytest.fixture(scope="module")
def known(annex: CategoriesAnnex) -> dict[str, Responsible]:
    return annex.known


def faults(text: str, known: dict[str, Responsible]) -> list[str]:
    with pytest.raises(GridError) as refused:
        pasted(text, known)
    return [str(fault) for fault in refused.value.faults]


def book(*rows: tuple[str | None, ...], sheet: str = "Приложение 2", merge: str = "") -> bytes:
    """`merge`: ranges of cells, with spaces between."""
    made = openpyxl.Workbook()
    made.active.title = "Титул"
    table = made.create_sheet(sheet)
    for row in rows:
        table.append(row)
    for cells in merge.split():
        table.merge_cells(cells)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_table_of_the_order_as_printed_is_read_as_the_shipped_annex(annex: CategoriesAnnex) -> None:
    assert pasted(ANNEX_2, annex.known) == lines_of(annex)


def test_table_written_in_the_words_of_the_order_is_read_back(annex: CategoriesAnnex) -> None:
    text = "\n".join(
        f"{line.category}\t{line.title}\t{in_words(line.responsible, annex.known)}" for line in lines_of(annex)
    )

    assert pasted(text, annex.known) == lines_of(annex)


def test_cells_of_several_lines_and_merged_categories_are_read_as_on_paper(known: dict[str, Responsible]) -> None:
    text = (
        "Приложение № 2\nКатегория\tПодкатегория\tСписок лиц\n"
        "Медицина\tНедозвон в скорую\nмедицинскую помощь\tруководители медицинских\nорганизаций РК;\nБУ РК «МИАЦ»\n"
        "Категория\tПодкатегория\tСписок лиц\n\tЛьготы\tНачальникотдела кадрового обеспечения"
    )

    assert pasted(text, known) == [
        Line("Медицина", "Недозвон в скорую медицинскую помощь", ("medical", "miac")),
        Line("Медицина", "Льготы", ("staff",)),
    ]


def test_quotation_mark_that_never_ends_is_read_without_trying_each_line_end() -> None:
    text = '"' + "\n" * 20_000

    begun = time.process_time()
    pasted_rows(text)

    assert time.process_time() - begun < 1, "20,000 tries of 20,000 lines take many seconds"


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("начальники отделов: кадрового обеспечения; финансово-экономического", ["staff", "finance"]),
        ("начальник финансово-экономического отдела", ["finance"]),
        ("руководители медицинских организаций РК начальник отдела кадрового обеспечения", ["medical", "staff"]),
        ('БУ РК "МИАЦ", miac', ["miac"]),
        ("Отдел кадрового обеспечения;", ["staff"]),
    ],
)
def test_cell_names_those_who_answer_in_its_sequence(
    known: dict[str, Responsible], cell: str, codes: list[str]
) -> None:
    assert codes_of(cell, known) == (codes, "")


def test_every_fault_is_told_with_row_column_and_remedy(known: dict[str, Responsible]) -> None:
    text = (
        "Медицина\tАптеки\tначальник отдела кадровова обеспечения\n"
        "Медицина\tЛьготы\t\n"
        "Медицина\tАптеки\tБУ РК «МИАЦ»; чародей\n"
        "\t\tи ещё\n"
        "Медицина\t\tБУ РК «МИАЦ»\n"
        "Медицина\tИное\tБУ РК «МИАЦ»\tлишнее"
    )

    found = faults(text, known)

    assert found[0].startswith(
        "таблица, строка 1, столбец «Ответственные»: «кадровова обеспечения» не найден; похоже на"
    )
    assert "«начальник отдела кадрового обеспечения»: исправьте" in found[0]
    assert found[1] == "таблица, строка 2, столбец «Ответственные»: никто не назван: напишите, кто готовит ответы"
    assert "строка 3" in found[2]
    assert "«чародей и еще» не найден: исправьте или внесите" in found[2]
    assert found[3] == "таблица, строка 3, столбец «Подкатегория»: «Аптеки» уже есть в строке 1: оставьте одну"
    assert found[4] == "таблица, строка 5, столбец «Подкатегория»: пусто: напишите название, не формулой"
    told = "ячеек 4, а столбцов 3: уберите лишние столбцы, скрытые тоже; столбцу фактов нужна шапка «Факты»"
    assert found[5] == f"таблица, строка 6: {told}"


def test_text_without_a_table_is_refused(known: dict[str, Responsible]) -> None:
    assert "строк не нашлось" in faults("Просто письмо\nбез таблицы", known)[0]


def test_sheet_with_the_table_is_found_in_a_workbook_and_faults_name_it(known: dict[str, Responsible]) -> None:
    rows = (HEAD, ("Медицина", "Аптеки", "начальник отдела кадрового обеспечения"), (None, "Льготы", "БУ РК «МИАЦ»"))

    found = workbook(book(*rows, merge="A2:A3"), known)
    with pytest.raises(GridError) as refused:
        workbook(book(*rows, ("Медицина", "Иное", "чародей")), known)

    assert found == [Line("Медицина", "Аптеки", ("staff",)), Line("Медицина", "Льготы", ("miac",))]
    assert str(refused.value).startswith("лист «Приложение 2», строка 4, столбец «Ответственные»: «чародей»")


def test_merged_answer_counts_for_each_of_its_rows(known: dict[str, Responsible]) -> None:
    rows = (
        ("Приложение № 2", None, None),
        HEAD,
        ("Медицина", "Аптеки", "начальник отдела кадрового обеспечения"),
        (None, "Льготы", None),
        (None, "Иное", "БУ РК «МИАЦ»"),
        (None, None, "руководители медицинских организаций РК"),
    )

    found = workbook(book(*rows, merge="A1:C1 A3:A6 B5:B6 C3:C4 D1:D9"), known)

    assert found == [
        Line("Медицина", "Аптеки", ("staff",)),
        Line("Медицина", "Льготы", ("staff",)),
        Line("Медицина", "Иное", ("miac", "medical")),
    ]


def test_workbook_that_is_none_or_unpacks_into_too_much_is_refused(known: dict[str, Responsible]) -> None:
    bomb, entities = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (30 << 20))
    with zipfile.ZipFile(entities, "w") as packed:
        packed.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>')

    for content, told in (
        (b"%PDF-1.7", "это не книга XLSX"),
        (bomb.getvalue(), "слишком велик"),
        (entities.getvalue(), "это не книга XLSX"),
        (book(HEAD)[:200], "это не книга XLSX"),
    ):
        with pytest.raises(GridError, match=told):
            workbook(content, known)


def test_sheet_as_offices_keep_it_is_read_without_its_title_its_numbers_its_headings_and_its_hidden_drafts(
    known: dict[str, Responsible],
) -> None:
    content = openpyxl.Workbook()
    rows = (
        ("Приложение № 2", None, None, None),
        ("№ п/п", *HEAD),
        (None, "Медицина", None, None),
        (1, "Медицина", "Апт\u00adеки", "БУ РК «МИАЦ»"),
        (None, None, None, None),
        (2, None, "Льготы", "БУ\u00a0РК «МИАЦ»"),
    )
    for row in rows:
        content.active.append(row)
    draft = content.create_sheet("Черновик")
    draft.append(HEAD)
    draft.sheet_state = "hidden"
    hidden, both = io.BytesIO(), io.BytesIO()
    content.save(hidden)
    draft.sheet_state = "visible"
    content.save(both)

    with pytest.raises(GridError, match="таблица есть на листах «Sheet», «Черновик»: оставьте в книге одну"):
        workbook(both.getvalue(), known)
    assert workbook(hidden.getvalue(), known) == [
        Line("Медицина", "Аптеки", ("miac",)),
        Line("Медицина", "Льготы", ("miac",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'Категория,Подкатегория,Ответственные\nМедицина,"Аптеки, оптики",miac',
        "Категория;Подкатегория;Ответственные\nМедицина;Аптеки, оптики;miac",
        'Медицина\t"Аптеки,\nоптики"\tmiac',
    ],
)
def test_text_of_a_spreadsheet_is_read_as_its_cells(known: dict[str, Responsible], text: str) -> None:
    assert pasted(text, known) == [Line("Медицина", "Аптеки, оптики", ("miac",))]


def test_titles_that_look_like_others_and_errors_of_formulas_are_faults(
    known: dict[str, Responsible], annex: CategoriesAnnex
) -> None:
    found = faults("Медицина\tAптеки\tmiac\nМедицина\t#REF!\tmiac\nМедицина\tCOVID-тест\t" + "ж" * 900, known)

    assert found[0] == (
        "таблица, строка 1, столбец «Подкатегория»: в слове «Aптеки» русские буквы и похожие латинские: наберите заново"
    )
    assert found[1].endswith("столбец «Подкатегория»: в ячейке ошибка #REF!: впишите название вместо формулы")
    assert "столбец «Ответственные»" in found[2]
    assert len(found[2]) < 300, "a long cell is not told whole"
    made = categories_annex(categories_body([Line("Медицина", "Aптеки", ("miac",))], annex.answerers, Codes()))
    with pytest.raises(RegulationError, match="русские буквы и похожие латинские"):
        require_clean(made, "S0")


@pytest.mark.parametrize(
    "line",
    [
        Line("Медицина", "Аптеки\tи оптики", ("miac",)),
        Line("Медицина", "Аптеки", ("miac",), facts=(FactLine("Дорого\nочень"),)),
        Line("Медицина", "Аптеки и оптики", ("miac",), "Ап\u2028теки"),
    ],
)
def test_name_that_would_end_its_cell_is_no_title(line: Line, annex: CategoriesAnnex) -> None:
    known = Codes({("медицина", "аптеки"): "medicine.pharmacies", ("медицина", "ап теки"): "medicine.x"})
    made = categories_annex(categories_body([line], annex.answerers, known))

    with pytest.raises(RegulationError, match="табуляция или конец строки"):
        require_clean(made, "S0")


def test_known_titles_keep_their_codes_and_new_ones_get_latin_codes(known: dict[str, Responsible]) -> None:
    codes = Codes({("медицина", ""): "medicine", ("медицина", "аптеки"): "medicine.pharmacies"})
    lines = [Line("Медицина", title, ("miac",)) for title in ("Аптеки", "Щёлочь и хлор", "Щёлочь, и хлор!")]

    body = categories_body(lines, known.values(), codes)

    made = categories_annex(body)
    assert list(made.responsible) == [
        "medicine.pharmacies",
        "medicine.shcheloch_i_khlor",
        "medicine.shcheloch_i_khlor_1",
    ]
    assert latin("122", set()) == "n_122"


def revised(annex: CategoriesAnnex, table: str) -> CategoriesAnnex:
    """The annex that a table makes of this one."""
    body = categories_body(lines_of(annex), annex.answerers, codes_in(asdict(annex)))
    return categories_annex(categories_body(pasted(table, annex.known), annex.answerers, codes_in(body), body))


def test_renamed_category_and_moved_subcategory_keep_their_codes_and_are_told_in_the_words_of_the_order(
    annex: CategoriesAnnex,
) -> None:
    moved = "Лекарства\tАптеки (прежнее наименование: «Медицина / Аптеки»)\tБУ РК «МИАЦ»"
    kept = [row for row in table_of(annex).splitlines() if "\tАптеки\t" not in row]
    table = "\n".join([kept[0].replace("Медицина\t", "Здоровье (прежнее наименование: Медицина)\t"), *kept[1:], moved])

    made = revised(annex, table)
    again = revised(annex, table_of(made))

    assert made.codes == annex.codes | {"lekarstva"}
    assert made.above["medicine.pharmacies"] == "lekarstva"
    assert made.titles["medicine"] == "Здоровье"
    assert again == made, "the table that the product writes says the same"
    told = {one.code: (one.subject, one.formerly, one.moved) for one in differences(annex, made)}
    assert told == {
        "medicine": ("Категория «Здоровье»", "Медицина", False),
        "medicine.pharmacies": ("Лекарства / Аптеки", "Медицина / Аптеки", True),
    }
    assert moves(annex, made) == {"medicine.pharmacies": ("medicine", "lekarstva")}
    assert reach(["medicine"], moves(annex, made)) == (True, False)
    assert reach(["lekarstva"], moves(annex, made)) == (False, True)
    assert reach(["medicine", "medicine.pharmacies"], moves(annex, made)) == (False, False)


def test_two_subcategories_change_names_and_a_name_with_quotes_and_brackets_is_found(annex: CategoriesAnnex) -> None:
    line = 'Недозвон на линию "122"'
    changed = {"Аптеки": "Льготы", "Льготы": "Аптеки", line: "Недозвон (служба «122»)"}
    rows = [
        f"{one.category}\t{cell_of(changed[one.title], one.title) if one.title in changed else one.title}\tmiac"
        for one in lines_of(annex)
    ]

    made = revised(annex, "\n".join(rows))

    anew = {annex.titles[code]: title for code, title in made.titles.items() if title != annex.titles[code]}
    assert anew == changed
    assert renamed(cell_of("Иное", changed[line])) == ("Иное", changed[line])


def test_former_names_that_nothing_had_are_told_with_their_rows(annex: CategoriesAnnex) -> None:
    text = (
        "Здоровье (прежнее наименование: «Лечение»)\tАптеки\tmiac\n"
        "Медицина\tИное (прежнее наименование: «Лечение / Аптеки»)\tmiac"
    )
    twice = "Лекарства (прежнее наименование: Медицина)\tАптеки\tmiac"

    with pytest.raises(GridError) as refused:
        revised(annex, text)
    with pytest.raises(GridError, match="строка 2: категория «Медицина» уже названа выше: новое название у неё одно"):
        revised(annex, twice.replace("Лекарства", "Здоровье") + f"\n{twice}")

    first, second = map(str, refused.value.faults)
    assert first == "таблица, строка 1: категории «Лечение» не было: проверьте прежнее наименование"
    assert second.startswith("таблица, строка 2: подкатегории «Лечение / Аптеки» в этой категории не было")


def test_two_names_of_one_thing_are_told_with_their_rows(annex: CategoriesAnnex) -> None:
    former = "(прежнее наименование: «Аптеки»)"
    head = "Категория\tПодкатегория\tОтветственные\tФакты\n"
    with_facts = revised(annex, f"{head}Медицина\tАптеки\tmiac\tНет")
    rows = [f"Медицина\t{title}\tmiac" for title in (f"Оптики {former}", "Льготы", f"Лекарства {former}")]
    facts = f"{head}Медицина\tАптеки\tmiac\tНет; Да (прежнее наименование: «Нет»)"

    with pytest.raises(GridError) as twice:
        revised(annex, "\n".join(rows))
    with pytest.raises(GridError) as beside:
        revised(annex, "Медицина\tЛьготы\tmiac\nМедицина\tАптеки (прежнее наименование: «Льготы»)\tmiac")
    with pytest.raises(GridError) as of_facts:
        revised(with_facts, facts)

    one = "проверьте прежнее наименование и оставьте что-то одно"
    assert [str(one) for one in (*twice.value.faults, *beside.value.faults, *of_facts.value.faults)] == [
        f"таблица, строка 3: «Оптики» (таблица, строка 1) и «Лекарства» — одна и та же подкатегория: {one}",
        f"таблица, строка 2: «Льготы» (таблица, строка 1) и «Аптеки» — одна и та же подкатегория: {one}",
        f"таблица, строка 2, столбец «Факты»: «Нет» и «Да» — один и тот же факт: {one}",
    ]


LISTED = """Приложение\t\t\t
Категория\tПодкатегория\tФакты\tОтветственные
Медицина\tАптеки\t"Нет лекарства
очередь; Грубость"\tБУ РК «МИАЦ»;
начальник отдела кадрового обеспечения
Медицина\tЛьготы\t\tmiac"""


def test_facts_are_read_from_a_column_of_their_own_wherever_it_stands(known: dict[str, Responsible]) -> None:
    at_the_end = (
        ("Категория", "Подкатегория", "Ответственные", "Факты"),
        ("Медицина", "Аптеки", "БУ РК «МИАЦ»; отдел кадрового обеспечения", "Нет лекарства\nочередь;\nГрубость"),
        (None, "Льготы", "miac", None),
    )

    found = pasted(LISTED, known)

    facts = (FactLine("Нет лекарства"), FactLine("очередь"), FactLine("Грубость"))
    assert found == workbook(book(*at_the_end), known)
    assert found == [
        Line("Медицина", "Аптеки", ("miac", "staff"), facts=facts),
        Line("Медицина", "Льготы", ("miac",), facts=()),
    ]
    assert pasted("Медицина\tЛьготы\tmiac", known)[0].facts is None, "nothing is said of them"


def test_facts_keep_their_codes_by_title_and_by_the_former_one_they_name(annex: CategoriesAnnex) -> None:
    table = table_of(annex)
    head = "Категория\tПодкатегория\tОтветственные\tФакты\n"
    with_facts = revised(
        annex, head + table.replace("лекарственного обеспечения\n", "лекарственного обеспечения\tНет; Дорого\n", 1)
    )
    swapped = (
        table_of(with_facts)
        .replace("\tАптеки\t", "\tАптеки и оптики (прежнее наименование: «Аптеки»)\t", 1)
        .replace("Нет; Дорого", "Дорого (прежнее наименование: «Нет»); Нет (прежнее наименование: «Дорого»); Хамят")
    )

    made = revised(with_facts, swapped)
    silent = revised(with_facts, table)

    pharmacies = "medicine.pharmacies"
    net, dear, rude = (f"{pharmacies}.{word}" for word in ("net", "dorogo", "khamyat"))
    assert with_facts.facts == {net, dear}
    assert {code: made.titles[code] for code in made.facts} == {net: "Дорого", dear: "Нет", rude: "Хамят"}
    assert made.above[rude] == pharmacies
    assert revised(with_facts, table_of(made)) == made, "the table that the product writes says the same"
    assert silent == with_facts, "a table without the column leaves facts as they were"
    told = {one.code: (one.subject, one.before, one.after, one.formerly) for one in differences(with_facts, made)}
    assert told == {
        pharmacies: ("Медицина / Аптеки и оптики", *[in_words(made.responsible[pharmacies], made.known)] * 2, "Аптеки"),
        net: ("Медицина / Аптеки и оптики / Дорого", "Нет", "Дорого", "Нет"),
        dear: ("Медицина / Аптеки и оптики / Нет", "Дорого", "Нет", "Дорого"),
        rude: ("Медицина / Аптеки и оптики / Хамят", None, "Хамят", ""),
    }
    assert [(one.before, one.after) for one in differences(with_facts, annex)] == [("Нет", None), ("Дорого", None)]
    assert moves(with_facts, made) == {}


def test_faults_of_facts_are_told_with_their_column(annex: CategoriesAnnex) -> None:
    head = "Категория\tПодкатегория\tОтветственные\tФакты\n"

    found = faults(f"{head}Медицина\tАптеки\tmiac\tНет; нет; {'а' * 301}; Hет", annex.known)
    with pytest.raises(GridError) as unknown:
        revised(annex, f"{head}Медицина\tАптеки\tmiac\tНет (прежнее наименование: «Да»)")
    with pytest.raises(RegulationError, match="без точки с запятой"):
        categories_annex(
            categories_body([Line("А", "Б", ("miac",), facts=(FactLine("В; Г"),))], annex.answerers, Codes())
        )

    here = "таблица, строка 2, столбец «Факты»"
    assert found == [
        f"{here}: длиннее 300 знаков: проверьте границы ячеек",
        f"{here}: в слове «Hет» русские буквы и похожие латинские: наберите заново",
        f"{here}: «нет» назван дважды: оставьте один раз",
    ]
    told = "факта «Да» в этой подкатегории не было: проверьте прежнее наименование"
    assert [str(one) for one in unknown.value.faults] == [f"{here}: {told}"]


def test_code_of_a_fact_fits_however_long_the_titles_are(annex: CategoriesAnnex) -> None:
    long = "Щ" * 300
    lines = [Line(long, long, ("miac",), facts=(FactLine(long), FactLine(f"{long[:-1]}Ж")))]

    made = categories_annex(categories_body(lines, annex.answerers, Codes()))

    assert len(made.codes) == 4
    assert max(map(len, made.codes)) <= 63


@pytest.mark.parametrize("body", [*shipped(), *shipped_orders()], ids=lambda body: body["code"])
def test_body_written_as_toml_is_read_back_as_the_same(body: dict[str, object]) -> None:
    assert body_hash(tomllib.loads(toml_text(body_json(body)))) == body_hash(body)
