from __future__ import annotations

import io
import os
import stat
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.files import MAX_NAME_LENGTH, FileStore, content_disposition, download_name
from storage.keys import Undecipherable
from storage.media import EXTENSIONS, FileCode, FileRefused
from storage.photos import PHOTOS
from storage.sealed import CHUNK_BYTES, MARK, SealedReader, SealingWriter
from tests.storage import documents
from tests.storage.rings import key, ring

TEXT = "Ответ гражданину: тайна. ".encode()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", ring(), max_bytes=2_000_000)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("media_type", [known for known in documents.GOOD if known not in PHOTOS])
def test_a_stored_file_is_read_back_as_it_was_sent(store: FileStore, media_type: str) -> None:
    content, name = documents.GOOD[media_type]

    stored = store.store(io.BytesIO(content), name)

    with store.open_file(stored.id) as file:
        assert file.read() == content
    assert (stored.media_type, stored.size) == (media_type, len(content))


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 2_000_000])
def test_sizes_around_the_chunks_come_back_whole(store: FileStore, size: int) -> None:
    content = (TEXT * (size // len(TEXT) + 1))[:size]

    stored = store.store(
        io.BytesIO(b"%PDF-1.7\n" + content[9:] if size > 9 else content), "a.pdf" if size > 9 else "a.txt"
    )

    with store.open_file(stored.id) as file:
        assert len(file.read()) == size == stored.size


def test_nothing_of_content_or_name_is_readable_in_the_folder(store: FileStore, tmp_path: Path) -> None:
    stored = store.store(io.BytesIO(TEXT), "Иванов.txt")

    (path,) = _files(tmp_path)

    assert "тайна".encode() not in path.read_bytes()
    assert path.name == str(stored.id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stream_that_gives_little_at_a_time_is_stored_whole(store: FileStore) -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(7)

    stored = store.store(Dribble(TEXT), "a.txt")

    with store.open_file(stored.id) as file:
        assert file.read() == TEXT


class Endless:
    given = 0

    def read(self, size: int, /) -> bytes:
        self.given += size
        return b"\0" * size


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.pdf", FileCode.EMPTY),
        (b"x" * 2_000_001, "a.txt", FileCode.TOO_LARGE),
        (documents.EXE, "Иванов.exe", FileCode.TYPE_NOT_ALLOWED),
        (TEXT, "и" * MAX_NAME_LENGTH + ".txt", FileCode.NAME_TOO_LONG),
    ],
)
def test_a_refused_file_has_its_code_and_leaves_nothing(
    store: FileStore, tmp_path: Path, content: bytes, name: str, code: FileCode
) -> None:
    with pytest.raises(FileRefused) as refusal:
        store.store(io.BytesIO(content), name)

    assert refusal.value.code is code
    assert refusal.value.detail.endswith(".")
    assert "Иванов" not in refusal.value.detail + str(refusal.value)
    assert _files(tmp_path) == []


def test_a_stream_without_end_is_left_at_the_limit(store: FileStore) -> None:
    endless = Endless()

    with pytest.raises(FileRefused, match="file_too_large"):
        store.store(endless, "a.pdf")

    assert endless.given < 3_000_000


def test_a_stream_that_breaks_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        store.store(Broken(TEXT), "a.txt")

    assert _files(tmp_path) == []


def test_a_deleted_file_is_gone_and_deleting_again_changes_nothing(store: FileStore, tmp_path: Path) -> None:
    stored = store.store(io.BytesIO(TEXT), "a.txt")

    store.delete(stored.id)
    store.delete(stored.id)
    store.delete(uuid4())

    assert _files(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        store.open_file(stored.id)


def test_leftovers_of_a_dead_process_go_and_arriving_files_stay(store: FileStore, tmp_path: Path) -> None:
    old, young = (tmp_path / "files" / "incoming" / str(uuid4()) for _ in range(2))
    for path in (old, young):
        path.write_bytes(b"cut off")
    os.utime(old, (0, 0))
    stored = store.store(io.BytesIO(TEXT), "a.txt")

    assert store.discard_leftovers(timedelta(hours=1)) == 1

    assert not old.exists()
    assert young.exists()
    store.open_file(stored.id).close()


def test_another_store_with_the_same_keys_reads_and_with_others_does_not(store: FileStore, tmp_path: Path) -> None:
    stored = store.store(io.BytesIO(TEXT), "a.txt")

    rotated = FileStore(tmp_path / "files", ring(current="k2", data={"k1": key(4), "k2": key(5)}))
    stranger = FileStore(tmp_path / "files", ring(data={"k1": key(6)}))

    with rotated.open_file(stored.id) as file:
        assert file.read() == TEXT
    with pytest.raises(Undecipherable):
        stranger.open_file(stored.id)


def test_a_file_put_under_another_id_is_not_read(store: FileStore, tmp_path: Path) -> None:
    first, second = (store.store(io.BytesIO(TEXT), "a.txt").id for _ in range(2))
    folder = tmp_path / "files"
    (folder / first.hex[:2] / str(first)).replace(folder / second.hex[:2] / str(second))

    with pytest.raises(Undecipherable):
        store.open_file(second)


# The sealed format itself


ID = uuid4()
CONTENT = bytes(number % 251 for number in range(3 * CHUNK_BYTES + 1000))


def _sealed(content: bytes) -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, ring(), ID)
    for start in range(0, len(content), 100_000):
        writer.write(content[start : start + 100_000])
    writer.close()
    return target.getvalue()


def _chunks(sealed: bytes) -> list[bytes]:
    step = CHUNK_BYTES + 1 + len("k1") + 12 + 16
    return [sealed[start : start + step] for start in range(len(MARK), len(sealed), step)]


SEALED = _sealed(CONTENT)


def _read(sealed: bytes) -> bytes:
    with io.BufferedReader(SealedReader(io.BytesIO(sealed), ring(), ID)) as reader:
        return reader.read()


@given(st.integers(0, len(SEALED) - 1))
def test_a_file_cut_anywhere_is_noticed_on_opening(length: int) -> None:
    with pytest.raises(Undecipherable):
        SealedReader(io.BytesIO(SEALED[:length]), ring(), ID)


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_whole_chunks_cut_off_are_noticed_on_opening(kept: int) -> None:
    with pytest.raises(Undecipherable):
        SealedReader(io.BytesIO(MARK + b"".join(_chunks(SEALED)[:kept])), ring(), ID)


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3), (0, 2, 1, 3), (0, 0, 2, 3), (0, 1, 2, 2, 3), (0, 2, 3), (0, 1, 2, 3, 3)]
)
def test_chunks_moved_doubled_or_left_out_are_noticed(order: tuple[int, ...]) -> None:
    chunks = _chunks(SEALED)

    with pytest.raises(Undecipherable):
        _read(MARK + b"".join(chunks[number] for number in order))


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_a_changed_bit_is_noticed(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Undecipherable):
        _read(bytes(changed))


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) + 10), st.integers(0, 300_000)), max_size=8))
def test_any_part_of_the_content_is_read_from_its_place(parts: list[tuple[int, int]]) -> None:
    with io.BufferedReader(SealedReader(io.BytesIO(SEALED), ring(), ID)) as reader:
        for place, length in parts:
            reader.seek(place)
            assert reader.read(length) == CONTENT[place : place + length]


def test_an_empty_content_has_its_last_chunk() -> None:
    assert _read(_sealed(b"")) == b""


# Names of downloads


@pytest.mark.parametrize(
    ("declared", "media_type", "expected"),
    [
        ("справка.pdf", "application/pdf", "справка.pdf"),
        (r"C:\fakepath\справка.PDF", "application/pdf", "справка.PDF"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("IMG_1.jpg", "image/png", "IMG_1.jpg.png"),
        ("Ответ от 12.05.2024", "application/pdf", "Ответ от 12.05.2024.pdf"),
        ("\u202egpj.doc\r\nX: 1.pdf", "application/pdf", "gpj.docX_ 1.pdf"),
        ('a"b;c.pdf', "application/pdf", "a_b;c.pdf"),
        ("...", "image/jpeg", "файл.jpg"),
        ("", "application/unknown", "файл"),
        ("и\u0306.txt", "text/plain", "й.txt"),
    ],
)
def test_a_download_has_a_safe_name_with_the_extension_of_its_type(
    declared: str, media_type: str, expected: str
) -> None:
    assert download_name(declared, media_type) == expected


@given(st.text(max_size=400), st.sampled_from(sorted(EXTENSIONS)))
def test_whatever_the_name_the_header_is_one_ascii_line(declared: str, media_type: str) -> None:
    header = content_disposition(declared, media_type)

    prefix, _, encoded = header.partition("''")
    name = unquote(encoded)
    assert prefix == "attachment; filename*=UTF-8"
    assert header.isascii()
    assert header.isprintable()
    assert not set(name) & set('/\\<>:"|?*\r\n\0')
    assert len(name) <= MAX_NAME_LENGTH
    assert name.lower().endswith(EXTENSIONS[media_type])
