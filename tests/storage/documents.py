"""Small files of every kind that is taken, made by hand, and some that are not."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from storage.office import DOCX, ODS, ODT, XLSX


def photo(format_: str, size: tuple[int, int] = (96, 64), **more: Any) -> bytes:
    """A blue picture, its left third red."""
    picture = Image.new("RGB", size, BLUE)
    picture.paste(RED, (0, 0, size[0] // 3, size[1]))
    target = io.BytesIO()
    picture.save(target, format_, **more)
    return target.getvalue()


def telling() -> Image.Exif:
    """What a telephone writes beside the picture: held upright, by what and where it was taken."""
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = 6
    found[ExifTags.Base.Model] = "Phone of nobody"
    place = found.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (46.0, 18.0, 28.0)
    return found


BLUE, RED = (30, 90, 160), (220, 40, 40)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JPEG = photo("JPEG")
PNG = photo("PNG")
HEIC = Path(__file__).with_name("phone.heic").read_bytes()
"""The same picture with the same words beside it, as a telephone keeps it."""
TIFF = photo("TIFF")
RTF = rb"{\rtf1\ansi \u1055?}"
GIF = b"GIF89a" + b"\0" * 64
EXE = b"MZ\x90\0" + b"\0" * 64
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600

_MAIN = {DOCX: ("word/document.xml", f"{DOCX}.main+xml"), XLSX: ("xl/workbook.xml", f"{XLSX}.main+xml")}


def archive(parts: dict[str, bytes], *, stored: bool = False) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def office(media_type: str, extra: dict[str, bytes] | None = None, *, content_type: str | None = None) -> bytes:
    """A DOCX or XLSX of the parts that the format demands, and the extra ones."""
    part, main = _MAIN[media_type]
    types = f'<Types><Override PartName="/{part}" ContentType="{content_type or main}"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), part: b"<w/>"} | (extra or {}))


def open_document(media_type: str, manifest: bytes = b"<manifest/>", extra: dict[str, bytes] | None = None) -> bytes:
    parts = {"mimetype": media_type.encode(), "content.xml": b"<o/>", "META-INF/manifest.xml": manifest}
    return archive(parts | (extra or {}))


def understating_bomb(unpacked: int) -> bytes:
    """A DOCX with a part of zeros whose stated size is 100 bytes, in both places where it is stated."""
    honest = office(DOCX, {"word/media/big.xml": b"\0" * unpacked})
    size, lie = struct.pack("<I", unpacked), struct.pack("<I", 100)
    assert honest.count(size) == 2
    return honest.replace(size, lie)


def overlapping_bomb() -> bytes:
    """A DOCX whose directory names one packed part many times."""
    target = io.BytesIO(office(DOCX, {"word/media/big.xml": random.Random(1).randbytes(50_000)}))
    with zipfile.ZipFile(target, "a") as made:
        big = made.getinfo("word/media/big.xml")
        for _ in range(40):
            made.filelist.append(big)
        made._didModify = True  # else its directory is not written anew
    return target.getvalue()


GOOD = {
    "application/pdf": (PDF, "справка.pdf"),
    "image/jpeg": (JPEG, "фото.JPEG"),
    "image/png": (PNG, "снимок.png"),
    "image/tiff": (TIFF, "скан.tif"),
    "application/rtf": (RTF, "заявление.rtf"),
    "text/plain": ("Здравствуйте!\r\n\tОтветьте.".encode(), "письмо.txt"),
    DOCX: (office(DOCX), "жалоба.docx"),
    XLSX: (office(XLSX), "таблица.xlsx"),
    ODT: (open_document(ODT), "жалоба.odt"),
    ODS: (open_document(ODS), "таблица.ods"),
}
