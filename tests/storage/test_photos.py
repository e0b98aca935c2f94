"""Of a photo only the picture is kept: no place, no time, no device, no comment; upright; never a bomb."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image, ImageSequence, PngImagePlugin

from storage import photos
from storage.files import FileStore, StoredFile
from storage.media import FileCode, FileRefused
from tests.storage import documents
from tests.storage.documents import BLUE, RED, photo, telling
from tests.storage.rings import ring

COMMENT = "дома у Ивановых".encode()
XMP = b"<x:xmpmeta>Phone of nobody</x:xmpmeta>"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", ring(), max_bytes=2_000_000)


def kept(store: FileStore, content: bytes, name: str) -> tuple[StoredFile, bytes]:
    stored = store.store(io.BytesIO(content), name)
    with store.open_file(stored.id) as file:
        return stored, file.read()


def near(one: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(one, tuple)
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def commented_png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "Phone of nobody")
    return photo("PNG", exif=telling(), pnginfo=told, icc_profile=b"profile of nobody")


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (
            photo("JPEG", exif=telling(), comment=COMMENT, xmp=XMP, icc_profile=b"profile of nobody"),
            "a.jpg",
            "image/jpeg",
        ),
        (commented_png(), "a.png", "image/png"),
        (documents.HEIC, "IMG_0001.HEIC", "image/jpeg"),
    ],
)
def test_photo_keeps_the_picture_upright_and_nothing_beside_it(
    store: FileStore, content: bytes, name: str, media_type: str
) -> None:
    stored, found = kept(store, content, name)

    assert (stored.media_type, stored.size) == (media_type, len(found))
    for secret in (b"nobody", b"Exif", b"GPS", b"xmpmeta", COMMENT):
        assert secret not in found
    with Image.open(io.BytesIO(found)) as picture:
        assert picture.size == (64, 96)
        assert len(picture.getexif()) == 0
        assert near(picture.getpixel((32, 10)), RED)
        assert near(picture.getpixel((32, 80)), BLUE)


def scan(pages: int, size: tuple[int, int] = (96, 64)) -> bytes:
    target, page = io.BytesIO(), Image.new("1", size, 1)
    told = {"software": "Phone of nobody", "description": "nobody", "exif": telling()}
    page.save(target, "TIFF", save_all=True, append_images=[page] * (pages - 1), compression="group4", **told)
    return target.getvalue()


def test_scan_keeps_its_pages_upright_and_nothing_beside_them(store: FileStore) -> None:
    sent = scan(3)

    stored, found = kept(store, sent, "скан.tif")

    assert b"nobody" in sent
    assert b"nobody" not in found
    assert (stored.media_type, stored.size) == ("image/tiff", len(found))
    with Image.open(io.BytesIO(found)) as pages:
        assert (getattr(pages, "n_frames", 1), pages.mode, pages.size) == (3, "1", (64, 96))


def test_scan_in_colour_stays_as_small_and_as_large_as_the_sheet(store: FileStore) -> None:
    paper = Image.effect_noise((600, 400), 40).convert("RGB")
    target = io.BytesIO()
    paper.save(target, "TIFF", compression="jpeg", quality=90, dpi=(300, 200), save_all=True, append_images=[paper])

    _, found = kept(store, target.getvalue(), "скан.tif")

    assert len(found) < len(target.getvalue())
    with Image.open(io.BytesIO(found)) as pages:
        assert [(page.mode, page.size, page.info["dpi"]) for page in ImageSequence.Iterator(pages)] == [
            ("RGB", (600, 400), (300, 200))
        ] * 2


def test_scan_without_a_believable_resolution_has_none(store: FileStore) -> None:
    target = io.BytesIO()
    Image.new("L", (8, 8)).save(target, "TIFF", dpi=(0, 4_000_000))

    _, found = kept(store, target.getvalue(), "скан.tif")

    with Image.open(io.BytesIO(found)) as page:
        assert page.info["dpi"] == (1, 1)  # what is read of a file that says nothing


def test_scan_with_more_pages_than_fit_is_refused(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MAX_PIXELS_OF_PAGES", 2 * 96 * 64)

    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(scan(3)), "скан.tif")

    assert refused.value.code is FileCode.PHOTO_TOO_LARGE


def test_scan_of_many_tiny_pages_is_refused(store: FileStore) -> None:
    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(scan(photos.MOST_PAGES + 1, (1, 1))), "скан.tif")

    assert refused.value.code is FileCode.PHOTO_TOO_LARGE


def gradient(kind: str, top: int = 0xFFFF, *, order: Literal["little", "big"] = "little", **told: int) -> bytes:
    """256 grey shades from black to `top`, in 16 bits each."""
    shades = b"".join((top * shade // 255).to_bytes(2, order) for shade in range(256))
    mode, target = "I;16" if order == "little" else "I;16B", io.BytesIO()
    Image.frombytes(mode, (256, 1), shades).save(target, kind, **told)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [gradient("TIFF"), gradient("TIFF", order="big"), gradient("TIFF", 0xFFF)],
    ids=["16 bits", "the other way round", "12 of 16 bits"],
)
def test_scan_in_16_bits_keeps_its_shades(store: FileStore, content: bytes) -> None:
    _, found = kept(store, content, "скан.tif")

    with Image.open(io.BytesIO(found)) as picture:
        assert picture.mode == "L"
        assert all(abs(one - shade) < 3 for shade, one in enumerate(picture.tobytes()))


@pytest.mark.parametrize("told", [{}, {"transparency": 0xFFFF}], ids=["opaque", "with a transparent shade"])
def test_png_in_16_bits_keeps_its_shades(store: FileStore, told: dict[str, int]) -> None:
    content = gradient("PNG", **told)

    _, found = kept(store, content, "скан.png")

    with Image.open(io.BytesIO(content)) as sent, Image.open(io.BytesIO(found)) as picture:
        assert (picture.mode, picture.tobytes()) == ("I;16", sent.tobytes())


@pytest.mark.parametrize("mode", ["I", "F"])
def test_scan_in_32_bits_is_refused(store: FileStore, mode: str) -> None:
    target = io.BytesIO()
    Image.new(mode, (8, 8), 70_000).save(target, "TIFF")

    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(target.getvalue()), "скан.tif")

    assert refused.value.code is FileCode.PHOTO_UNREADABLE


def test_transparent_picture_stays_transparent(store: FileStore) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (*RED, 0)).quantize().save(target, "PNG")

    _, found = kept(store, target.getvalue(), "знак.png")

    with Image.open(io.BytesIO(found)) as picture:
        assert picture.getpixel((4, 4)) == (*RED, 0)


def test_photo_with_too_many_pixels_is_refused_before_they_are_unpacked(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MAX_PIXELS", 96 * 64 - 1)

    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(documents.JPEG), "a.jpg")

    assert refused.value.code is FileCode.PHOTO_TOO_LARGE
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_bomb_of_a_few_bytes_is_refused(store: FileStore) -> None:
    side = 60_000
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        bomb += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(bomb), "бомба.png")

    assert refused.value.code in {FileCode.PHOTO_TOO_LARGE, FileCode.PHOTO_UNREADABLE}


@pytest.mark.parametrize(
    ("content", "name"), [(documents.JPEG, "a.jpg"), (documents.PNG, "a.png"), (documents.HEIC, "a.heic")]
)
def test_broken_photo_is_refused_and_leaves_nothing(
    store: FileStore, tmp_path: Path, content: bytes, name: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(content[: len(content) // 2]), name)

    assert refused.value.code is FileCode.PHOTO_UNREADABLE
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_same_photo_sent_twice_has_the_digest_of_what_was_sent(store: FileStore) -> None:
    content = photo("JPEG", exif=telling())

    one, other = kept(store, content, "a.jpg")[0], kept(store, content, "a.jpg")[0]

    assert one.sha256 == other.sha256


def drawn_often(times: int, *, between: bytes = b"") -> bytes:
    """A progressive JPEG whose last pass is repeated. `between`: what stands before each repetition."""
    plain = photo("JPEG", progressive=True)
    last, end = plain.rindex(b"\xff\xda"), plain.rindex(b"\xff\xd9")
    return plain[:end] + (between + plain[last:end]) * times + plain[end:]


@pytest.mark.parametrize("between", [b"", b"\xff\x01"], ids=["alone", "behind a marker without a length"])
def test_picture_that_is_drawn_over_and_over_is_refused_before_it_is_read(store: FileStore, between: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        store.store(io.BytesIO(drawn_often(photos.MOST_SCANS, between=between)), "Снимок.jpg")

    assert refused.value.code is FileCode.PHOTO_UNREADABLE


def test_what_cameras_keep_in_and_behind_a_picture_is_not_counted(store: FileStore) -> None:
    told = b"\xff\xe1" + (2 + 2 * 200).to_bytes(2, "big") + b"\xff\xda" * 200
    plain = drawn_often(1)
    content = plain[:2] + told + plain[2:] + b"\xff\xda\0\2" * 200

    stored, _ = kept(store, content, "Снимок.jpg")

    assert stored.media_type == "image/jpeg"
