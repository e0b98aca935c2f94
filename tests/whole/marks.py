"""Marks that stand for what a person is or wrote, and the search for them in whatever shape they may have leaked."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import quote


def disguises(mark: str) -> Iterator[bytes]:
    """The mark as UTF-8, UTF-16, JSON escapes, percent, hexadecimal, and inside a base64 text at each of its three alignments."""
    plain = mark.encode()
    yield plain
    yield mark.encode("utf-16-le")
    if not mark.isascii():
        escaped = mark.encode("unicode-escape")
        yield escaped
        yield escaped.upper().replace(b"\\U", b"\\u")
        yield quote(mark).encode()
        yield quote(mark).lower().encode()
    for data in (plain, mark.encode("unicode-escape")):
        yield data.hex().encode()
        yield data.hex().upper().encode()
        for offset in range(3):
            yield _inside_base64(data, offset)
            yield _inside_base64(data, offset).translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _inside_base64(data: bytes, offset: int) -> bytes:
    """The letters that the data alone decides when `offset` other bytes stand before it in its group of three."""
    text = base64.b64encode(bytes(offset) + data)
    first = -(-offset * 8 // 6)
    return text[first : (offset + len(data)) * 8 // 6]


def found(marks: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Which mark was found where."""
    return sorted(
        f"{what} in {where}"
        for where, content in places.items()
        for what, mark in marks.items()
        if any(disguise in content for disguise in disguises(mark))
    )
