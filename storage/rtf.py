"""RTF that is only text and pictures, told from RTF that brings or fetches something to run.

Word reads almost anything that begins like RTF, so nothing here trusts the nesting of a file: what may run is looked for at
every byte, in pictures too, and of fields those are taken that are known to be harmless.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from storage.office import NotADocument

_PIECE = 256 * 1024
_LONGEST = 64 * 1024
"""Bytes of a field's instruction, or of the name of a template; theirs have hundreds."""

_SUSPICIOUS = re.compile(
    rb"\\(?:(?P<runs>obj[a-z]*|mailmerge)|(?P<template>template)|(?P<field>fldinst))(?![a-z])", re.I
)
_BRACE = re.compile(rb"\\[\\{}]|(?P<open>\{)|(?P<close>\})")
_NESTED = re.compile(rb"\\(?:field|bin)(?![a-z])", re.I)
_TOKEN = re.compile(r"\\'([0-9a-f]{2})|\\u(-?[0-9]{1,6}) ?\??|\\[a-z]+-?[0-9]* ?|\\(.)|[{}\r\n]", re.I | re.S)
_LOCAL = re.compile(r"(?:[a-z]:)?(?!\\\\)[^:/]*", re.I)
"""The name of a template on a disk: Word writes its own into every document."""
_FIELDS = frozenset(
    "= ADVANCE AUTHOR COMMENTS CREATEDATE DATE DOCPROPERTY EDITTIME EQ FILENAME FORMCHECKBOX FORMDROPDOWN FORMTEXT HYPERLINK "
    "INFO KEYWORDS LASTSAVEDBY LISTNUM MERGEFIELD NOTEREF NUMCHARS NUMPAGES NUMWORDS PAGE PAGEREF PRINTDATE REF REVNUM "
    "SAVEDATE SECTION SECTIONPAGES SEQ STYLEREF SUBJECT SYMBOL TC TIME TITLE TOC USERNAME".split()
)


def refuse_active(content: BinaryIO) -> None:
    """Raises `NotADocument` for embedded objects, templates from elsewhere, and fields that may start or fetch something."""
    content.seek(0)
    window = b""
    while True:
        piece = content.read(_PIECE)
        window += piece
        # what begins near the end is looked at with the next piece, when all of it is here
        end = max(0, len(window) - _LONGEST) if piece else len(window)
        for found in _SUSPICIOUS.finditer(window):
            if found.start() < end:
                _refuse(found, window[found.end() : found.end() + _LONGEST])
        if not piece:
            return
        window = window[end:]


def _refuse(found: re.Match[bytes], following: bytes) -> None:
    if found["runs"]:
        raise NotADocument("Документ содержит вложенные объекты или слияние с данными.")
    inside = _group(following)
    if found["template"] and (inside is None or not _LOCAL.fullmatch(_text(inside).strip())):
        raise NotADocument("Документ ссылается на чужой шаблон.")
    if found["field"] and (inside is None or _NESTED.search(inside) or not _is_harmless(_text(inside))):
        raise NotADocument("Документ содержит поля, которые могут запускать программы или загружать данные.")


def _is_harmless(instruction: str) -> bool:
    name = re.match(r"\s*(=|[^\s=\"\\]*)", instruction)
    return name is not None and (not instruction.strip() or name[1].upper() in _FIELDS)


def _group(following: bytes) -> bytes | None:
    """What is left of the group; None when it does not end."""
    depth = 0
    for brace in _BRACE.finditer(following):
        depth += bool(brace["open"]) - bool(brace["close"])
        if depth < 0:
            return following[: brace.start()]
    return None


def _text(raw: bytes) -> str:
    """The words of a piece of RTF: without control words and groups, escaped signs as themselves."""

    def sign(token: re.Match[str]) -> str:
        byte, code, escaped = token.groups()
        if byte:
            return chr(int(byte, 16))
        if code:
            return chr(int(code) % 0x10000)
        return escaped or ""

    return _TOKEN.sub(sign, raw.decode("latin-1"))
