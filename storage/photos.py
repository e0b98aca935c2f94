"""Photos and scans: only the picture is kept. Where, when and with what it was taken is removed before anything is stored."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, BinaryIO

import pi_heif
from PIL import Image, ImageOps, ImageSequence, TiffImagePlugin

from storage.media import HEIC, JPEG, PNG, TIFF, FileCode, FileRefused

MAX_PIXELS = 50_000_000
"""A little more than the largest pictures that telephones make by themselves. More is a bomb or a poster."""

MAX_PIXELS_OF_PAGES = 2 * MAX_PIXELS
"""Of all pages of a TIFF: eleven sheets as scanners make them."""

MOST_PAGES = 50
"""Of a TIFF, however small they are: each one costs time, and the more so the more there are before it."""

MOST_SCANS = 100
"""Of a JPEG, which draws its picture in some ten passes. A pass over nothing is a few bytes long and costs as much as a true
one: a file of the allowed size could keep a process busy for hours.
"""
_MARKER = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
"""In a JPEG outside of its segments: neither a stuffed byte nor a restart, nor the other marker without a length (01)."""
_SCAN, _END, _BEGIN = 0xDA, 0xD9, 0xD8

JPEG_QUALITY = 85
MOST_DPI = 10_000

_OPENED_AS = {JPEG: "JPEG", PNG: "PNG", HEIC: "HEIF", TIFF: "TIFF"}
PHOTOS = frozenset(_OPENED_AS)

_OF_LINES: Mapping[str, Any] = {"compression": "group4"}
_OF_SHADES: Mapping[str, Any] = {"compression": "jpeg", "quality": JPEG_QUALITY}
"""Packed as scanners do: a page shall not grow."""

_alone = Lock()
"""One at a time: a large picture takes hundreds of megabytes for a second."""

pi_heif.register_heif_opener(thumbnails=False)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: a JPEG, a PNG or a TIFF with all its pages, upright, with nothing in it but the picture."""

    content: bytes
    media_type: str


def bare(content: BinaryIO, media_type: str) -> Photo:
    """The picture alone: turned as the camera was held, HEIC as JPEG, of all else (place, time, device, comments) nothing.

    Raises FileRefused for what cannot be read, or has more pixels than a photo. The size is looked at before the pixels.
    """
    content.seek(0)
    with _alone:
        try:
            return _bare(content, media_type)
        except FileRefused:
            raise
        except Exception:  # noqa: BLE001  # decoders fail in every way on what strangers send, none of them ours
            detail = "Снимок повреждён: сохраните его ещё раз или сфотографируйте заново."
            raise FileRefused(FileCode.PHOTO_UNREADABLE, detail) from None


def _bare(content: BinaryIO, media_type: str) -> Photo:
    if media_type == JPEG:
        _check_scans(content)
    target = io.BytesIO()
    with Image.open(content, formats=[_OPENED_AS[media_type]]) as opened:
        if media_type == TIFF:
            _write_pages(opened, target)
            return Photo(target.getvalue(), TIFF)
        kept_as = PNG if media_type == PNG else JPEG
        _check_size(opened.width * opened.height, MAX_PIXELS)
        ImageOps.exif_transpose(opened, in_place=True)
        picture = _bare_pixels(opened, kept_as)
        if kept_as == PNG:
            picture.save(target, "PNG")
        else:
            picture.save(target, "JPEG", quality=JPEG_QUALITY)
    return Photo(target.getvalue(), kept_as)


def _bare_pixels(picture: Image.Image, kept_as: str) -> Image.Image:
    if kept_as != PNG and picture.mode.startswith("I;16"):
        picture = _in_8_bits(picture)
    mode = _mode(picture, kept_as)
    if picture.mode != mode:
        picture = picture.convert(mode)
    picture.info = {}
    return picture


def _write_pages(opened: Image.Image, target: BinaryIO) -> None:
    """One after the other, so that one alone is in memory unpacked."""
    with TiffImagePlugin.AppendingTiffWriter(target) as written:
        for page, dpi in _pages(opened):
            packed = _OF_LINES if page.mode == "1" else _OF_SHADES
            page.save(written, "TIFF", dpi=dpi, **packed)
            written.newFrame()


def _pages(opened: Image.Image) -> Iterator[tuple[Image.Image, tuple[int, int] | None]]:
    """The pages of a scan, each with its dots per inch. They are counted, and their sizes added up, before the next one is read."""
    pixels = 0
    for before, page in enumerate(ImageSequence.Iterator(opened)):
        if before == MOST_PAGES:
            detail = f"В скане больше {MOST_PAGES} страниц: разделите его на части или сохраните в PDF."
            raise FileRefused(FileCode.PHOTO_TOO_LARGE, detail)
        pixels += page.width * page.height
        _check_size(pixels, MAX_PIXELS_OF_PAGES)
        yield _bare_pixels(ImageOps.exif_transpose(page), TIFF), _dpi(page)  # a copy, without the tags of the file


def _dpi(page: Image.Image) -> tuple[int, int] | None:
    """How large the sheet was, where that is believable."""
    across, down = (float(one) for one in page.info.get("dpi", (0, 0)))
    return (round(across), round(down)) if 1 < across <= MOST_DPI and 1 < down <= MOST_DPI else None


def _in_8_bits(picture: Image.Image) -> Image.Image:
    """The grey shades of a 16-bit scan. `convert` would cut off all but the darkest; some scanners fill 12 of the bits."""
    wide = picture.convert("I")
    brightest = wide.getextrema()[1]
    spare = 4 if isinstance(brightest, int) and brightest < 1 << 12 else 8
    return wide.point([min(shade >> spare, 255) for shade in range(1 << 16)], "L")


def _check_scans(content: BinaryIO) -> None:
    """Counts the passes that a decoder would make, as far as the first picture ends: behind it cameras keep what they like."""
    data, at, scans = content.read(), 0, 0
    content.seek(0)
    while (found := _MARKER.search(data, at)) and (marker := found[1][0]) != _END:
        at = found.end()
        scans += marker == _SCAN
        if scans > MOST_SCANS:
            detail = "Снимок сохранён необычно: сохраните его ещё раз или сфотографируйте заново."
            raise FileRefused(FileCode.PHOTO_UNREADABLE, detail)
        if marker != _BEGIN:
            at += int.from_bytes(data[at : at + 2], "big")


def _check_size(pixels: int, most: int) -> None:
    if pixels > most:
        detail = f"В снимке больше {most // 1_000_000} мегапикселей: уменьшите его."
        raise FileRefused(FileCode.PHOTO_TOO_LARGE, detail)


def _mode(picture: Image.Image, kept_as: str) -> str:
    """How pixels are kept so that nothing beside them is needed to show them. What has no known white is refused."""
    if picture.mode in {"I", "F"}:
        detail = "В снимке 32 бита на точку: сохраните его как обычный, по 8 или 16 бит."
        raise FileRefused(FileCode.PHOTO_UNREADABLE, detail)
    if kept_as == TIFF:
        return picture.mode if picture.mode in {"1", "L", "RGB"} else "RGB"
    if kept_as == PNG:
        if picture.mode == "I;16":  # its transparent shade is one of paper; the shades are worth more
            return "I;16"
        if picture.has_transparency_data:
            return "RGBA"
        return picture.mode if picture.mode in {"1", "L", "RGB"} else "RGB"
    return "L" if picture.mode == "L" else "RGB"
