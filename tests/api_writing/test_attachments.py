"""Files in and out: what is taken, once a key, and who may read it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from api import bodies
from storage import attachments, repeats, uploads
from storage.files import FileStore
from storage.keys import KeyRing
from storage.uploads import discard_nameless, discard_unused, tidy_files
from tests.api_writing.alone import alone
from tests.conftest import Database
from tests.product import Product
from tests.storage import documents

pytestmark = pytest.mark.anyio

MB = 1024 * 1024


def pdf(comment: bytes = b"") -> bytes:
    """A small document, different for each comment. It comes back as it was sent, which a photo does not."""
    return documents.PDF + b"%" + comment


async def upload(
    running: Product, login: str, content: Any = b"", name: str = "справка.pdf", key: str | None = None, **more: str
) -> httpx.Response:
    headers = await running.headers(login, key) | {"Content-Type": "application/octet-stream"} | more
    content = content if content != b"" else pdf()
    return await running.http.post("/api/v1/attachments", headers=headers, params={"name": name}, content=content)


async def uploaded(running: Product, login: str, content: bytes = b"") -> str:
    answer = await upload(running, login, content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def status(running: Product, login: str, file: str) -> int:
    return (await running.get(login, f"/attachments/{file}")).status_code


def stored_files(running: Product) -> int:
    return sum(1 for path in running.settings.files_dir.rglob("*") if path.is_file())


async def test_file_comes_back_as_it_was_sent_and_lies_sealed(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        content = pdf(b"mark-of-a-citizen" * 100_000)

        answer = await upload(running, "executor", content)
        got = await running.get("executor", f"/attachments/{answer.json()['id']}")

        assert answer.status_code == 201
        assert answer.json() | {"id": ""} == {
            "id": "",
            "name": "справка.pdf",
            "media_type": "application/pdf",
            "size": len(content),
        }
        assert got.content == content
        assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D1")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"] == "private, no-store"
        sealed = [path.read_bytes() for path in running.settings.files_dir.rglob("*") if path.is_file()]
        assert len(sealed) == 1
        assert b"mark-of-a-citizen" not in sealed[0]


async def test_same_key_and_content_give_the_same_file_and_another_content_is_refused(
    database: Database, tmp_path: Path
) -> None:
    async with alone(database, tmp_path) as running:
        key = str(uuid4())
        first = await upload(running, "executor", pdf(b"1"), key=key)

        again = await upload(running, "executor", pdf(b"1"), key=key)
        other = await upload(running, "executor", pdf(b"2"), key=key)
        renamed = await upload(running, "executor", pdf(b"1"), key=key, name="иное.pdf")
        without = await upload(running, "executor", key=" ")

        assert again.json() == first.json()
        assert [(one.status_code, one.json()["code"]) for one in (other, renamed, without)] == [
            (422, "key_reused"),
            (422, "key_reused"),
            (400, "key_missing"),
        ]
        assert stored_files(running) == 1


async def test_record_tells_neither_equal_files_nor_known_ones(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        content = pdf(b"a form that many fill in")

        for login in ("executor", "coordinator"):
            assert (await upload(running, login, content)).status_code == 201

        first, second = running.rows("SELECT * FROM attachment")
        hashes = running.rows("SELECT request_hash FROM idempotency_key WHERE kind = 'file'")
        same = {column for column in first if first[column] == second[column]}
        assert same == {"case_id", "role", "media_type", "size"}
        assert len({bytes(row["request_hash"]) for row in hashes}) == 2
        assert sha256(content).hexdigest() not in str([first, second])


async def test_two_uploads_at_once_with_one_key_give_one_file(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        key = str(uuid4())
        await running.headers("executor")

        answers = await asyncio.gather(*(upload(running, "executor", key=key) for _ in range(4)))

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert stored_files(running) == 1


NOT_TAKEN: list[tuple[bytes, str, tuple[int, str]]] = [
    (b"MZ\x90\0" + bytes(60), "setup.exe", (415, "file_type_not_allowed")),
    (b"<html><script>alert(1)</script>", "page.png", (415, "file_type_not_allowed")),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.svg", (415, "file_type_not_allowed")),
    (pdf() + bytes(20 * MB), "large.pdf", (413, "body_too_large")),
    (pdf(), "н" * 256, (422, "invalid_request")),
    (pdf(), "a\0b.pdf", (422, "invalid_text")),
]


async def test_file_that_is_not_taken_is_refused_and_leaves_nothing(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        for content, name, expected in NOT_TAKEN:
            answer = await upload(running, "executor", content, name)
            assert (answer.status_code, answer.json()["code"]) == expected, name
            assert answer.headers["content-type"] == "application/problem+json"

        assert stored_files(running) == 0
        assert running.rows("SELECT 1 FROM attachment") == []


async def test_empty_file_is_refused(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        answer = await running.http.post(
            "/api/v1/attachments", headers=await running.headers("executor"), params={"name": "a.txt"}
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "file_empty")


async def test_hundred_megabytes_are_refused_early(database: Database, tmp_path: Path) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += MB
            yield pdf() + bytes(MB)

    async with alone(database, tmp_path) as running:
        declared = await upload(running, "executor", pieces(), **{"Content-Length": str(100 * MB)})
        sent_when_declared, sent = sent, 0
        counted = await upload(running, "executor", pieces())

        assert [declared.status_code, counted.status_code] == [413, 413]
        assert sent_when_declared <= 2 * MB
        assert sent <= 22 * MB
        assert stored_files(running) == 0


class Dribble:
    """A sender with a clock of its own: a piece of this size each so many seconds, for ever."""

    def __init__(self, size: int, seconds: float) -> None:
        self.now, self.sent = 0.0, 0
        self._size, self._seconds = size, seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield pdf() if not self.sent else bytes(self._size)
            self.sent += 1
            self.now += self._seconds


@pytest.mark.parametrize(
    ("size", "seconds", "code"),
    [
        (1, bodies.PIECE_SECONDS - 1, "upload_too_slow"),
        (bodies.SLOWEST // 2, 1.0, "upload_too_slow"),
        (MB, 20.0, "body_too_large"),  # slow, but not too slow: it comes to the limit of size
    ],
)
async def test_upload_that_dribbles_loses_its_place(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, seconds: float, code: str
) -> None:
    dribble = Dribble(size, seconds)
    monkeypatch.setattr(bodies, "monotonic", lambda: dribble.now)
    async with alone(database, tmp_path) as running:
        answer = await upload(running, "executor", aiter(dribble))

        assert answer.json()["code"] == code
        if code == "upload_too_slow":
            assert (answer.status_code, answer.headers["connection"]) == (408, "close")
            assert dribble.now < 120
        assert stored_files(running) == 0


async def test_unused_file_is_read_by_its_uploader_alone(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        file = await uploaded(running, "executor")

        assert await status(running, "executor", file) == 200
        assert await status(running, "executor2", file) == 404
        assert await status(running, "administrator", file) == 404
        assert await status(running, "executor", str(uuid4())) == 404
        assert (await running.get("executor", "/attachments/no-uuid")).status_code == 422


async def test_old_unused_files_are_discarded_and_used_ones_stay(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        files = FileStore(running.settings.files_dir, KeyRing.load(running.settings.keys_file))
        used = await uploaded(running, "operator", pdf(b"used"))
        await running.register(files=[used])
        waiting, forgotten = [await uploaded(running, login, pdf(b"x")) for login in ("executor", "executor2")]
        early = discard_unused(running.engine, files)
        database.shift_clock(24 * 3600 + 60)
        fresh = await uploaded_later(running, "head")
        message = (await running.register(), running.people["executor"])
        database.owner(
            "INSERT INTO decision (id, case_id, seq, action, person, decided_at, version, parameters) "
            "VALUES (gen_random_uuid(), :case, 1, 'submit_answer', :person, now(), 0, '{}')",
            case=message[0],
            person=message[1],
        )

        late = discard_unused(running.engine, files)

        left = {row["id"] for row in running.rows("SELECT id::text FROM attachment")}
        assert (early, late) == (0, 1)
        assert left == {used, waiting, fresh}
        assert stored_files(running) == 3
        with pytest.raises(FileNotFoundError):
            files.open_file(UUID(forgotten))


async def test_contents_that_no_row_names_are_discarded_when_they_are_old(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        files = FileStore(running.settings.files_dir, KeyRing.load(running.settings.keys_file))
        named = await uploaded(running, "executor")
        nameless = files.store(BytesIO(pdf()), "a.pdf").id

        young = discard_nameless(running.engine, files)
        old = discard_nameless(running.engine, files, timedelta(0))

        assert (young, old, stored_files(running)) == (0, 1, 1)
        assert await status(running, "executor", named) == 200
        with pytest.raises(FileNotFoundError):
            files.open_file(nameless)


async def test_tidying_goes_on_until_all_that_is_old_is_gone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_BATCH", 2)
    async with alone(database, tmp_path) as running:
        files = FileStore(running.settings.files_dir, KeyRing.load(running.settings.keys_file))
        for number in range(5):
            await uploaded(running, "executor", pdf(b"%d" % number))
        nameless = files.store(BytesIO(pdf()), "a.pdf").id
        leftover = running.settings.files_dir / "incoming" / str(uuid4())
        leftover.write_bytes(b"half")
        two_days_ago = time.time() - 2 * 86_400
        for path in (leftover, *running.settings.files_dir.glob(f"*/{nameless}")):
            os.utime(path, (two_days_ago, two_days_ago))
        database.shift_clock(24 * 3600 + 60)
        young = await uploaded_later(running, "head")

        assert (tidy_files(running.engine, files), tidy_files(running.engine, files)) == (6, 0)
        assert (
            stored_files(running) == 2
        )  # the young one, and the nameless content that only a person's command deletes
        assert discard_nameless(running.engine, files) == 1
        assert await status(running, "head", young) == 200


@pytest.mark.parametrize("failing", [(attachments, "add"), (repeats, "keep_key"), (uploads, "hold_key")])
async def test_content_whose_row_was_surely_not_made_is_gone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: tuple[object, str]
) -> None:
    async with alone(database, tmp_path) as running:
        files = FileStore(running.settings.files_dir, KeyRing.load(running.settings.keys_file))
        stored = files.store(BytesIO(pdf()), "a.pdf")

        def fail(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(*failing, fail)
        with pytest.raises(RuntimeError):
            uploads.keep(running.engine, files, stored, "a.pdf", running.people["executor"], "key")

        assert stored_files(running) == 0


async def test_content_stays_when_nobody_knows_whether_its_row_was_committed(
    database: Database, tmp_path: Path
) -> None:
    async with alone(database, tmp_path) as running:
        files = FileStore(running.settings.files_dir, KeyRing.load(running.settings.keys_file))
        stored = files.store(BytesIO(pdf()), "a.pdf")

        def fail(_: sa.Connection) -> None:
            raise ConnectionError

        sa.event.listen(running.engine, "commit", fail)
        with pytest.raises(ConnectionError):
            uploads.keep(running.engine, files, stored, "a.pdf", running.people["executor"], "key")
        sa.event.remove(running.engine, "commit", fail)

        assert stored_files(running) == 1


async def test_who_uses_none_of_his_files_uploads_no_more_for_now(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UNUSED_MOST", 2)
    async with alone(database, tmp_path) as running:
        key = str(uuid4())
        first = await upload(running, "operator", pdf(b"1"), key=key)
        await uploaded(running, "operator", pdf(b"2"))

        refused = await upload(running, "operator", pdf(b"3"))
        again = await upload(running, "operator", pdf(b"1"), key=key)
        left = stored_files(running)
        await running.register(files=[first.json()["id"]])
        used = await upload(running, "operator", pdf(b"3"))

        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_unused_files")
        assert (again.json(), left) == (first.json(), 2)
        assert used.status_code == 201
        assert (await upload(running, "executor")).status_code == 201


async def uploaded_later(running: Product, login: str) -> str:
    """Sessions of yesterday are over."""
    running.tokens.clear()
    return await uploaded(running, login)


async def test_photo_comes_back_without_what_the_telephone_wrote_beside_it(database: Database, tmp_path: Path) -> None:
    async with alone(database, tmp_path) as running:
        answer = await upload(running, "operator", documents.HEIC, name="IMG_0001.HEIC")
        headers = await running.headers("operator")
        found = await running.http.get(answer.headers["location"], headers=headers)

    assert answer.json()["media_type"] == "image/jpeg"
    assert b"nobody" in documents.HEIC
    assert b"nobody" not in found.content
    assert found.headers["content-disposition"].endswith("IMG_0001.HEIC.jpg")
