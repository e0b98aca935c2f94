"""What is vendored is what was taken; what is served is kept for ever."""

from __future__ import annotations

import hashlib

import pytest

from tests.product import Product
from web.static_files import FOLDER, static

SUMS = [line.split() for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("digest", "name"), SUMS, ids=lambda value: str(value)[-20:])
def test_vendored_file_is_the_one_that_was_taken(digest: str, name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_every_vendored_file_has_its_digest() -> None:
    vendored = {
        f"{path.parent.name}/{path.name}" for folder in ("fonts", "vendor") for path in (FOLDER / folder).iterdir()
    }

    assert {name for _, name in SUMS} == vendored


@pytest.mark.anyio
async def test_file_is_kept_for_ever_and_an_old_address_is_not_found(running: Product) -> None:
    address = static("otklik.css")

    answer = await running.http.get(address)
    old = await running.http.get("/static/0000000000000000/otklik.css")

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    assert old.status_code == 404
