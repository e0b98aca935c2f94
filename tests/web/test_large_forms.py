"""Forms with files: whose bodies are taken, and how many of them at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from api.places import Places
from tests.product import Product
from tests.web.test_signing_in import end_sessions, form_of

pytestmark = pytest.mark.anyio

COOKIE = "__Host-otklik"


async def pieces() -> AsyncIterator[bytes]:
    """A form of a length that nobody declares."""
    yield b"text=1"


LARGE = {"text": "щ" * 100_000, "comment": "щ" * 100_000}
"""1.2 megabytes on the wire."""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(("cookie", "status"), [(None, 411), ("nobody's", 401)])
async def test_form_of_a_stranger_who_declares_no_length_is_refused(
    running: Product, cookie: str | None, status: int
) -> None:
    path = f"/messages/{await running.submitted()}/decisions/approve"
    headers = FORM | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    async with running.browse() as stranger:
        answer = await stranger.post(path, content=pieces(), headers=headers)

    assert (answer.status_code, answer.headers["connection"]) == (status, "close")


async def test_large_form_finds_no_place_while_all_are_taken_and_a_small_one_needs_none(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = running.app.state.resources
    places = Places(1, of_one=1, seconds=0.05)
    monkeypatch.setitem(shared.__dict__, "large_forms", places)
    path = f"/messages/{await running.in_work()}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path)
        large = fields | LARGE
        async with places.taken_by(running.people["head"]):
            refused = await browser.post(path, data=large)
            undeclared = await browser.post(path, content=pieces(), headers=FORM)
            small = await browser.post(path, data=fields)
        read = await browser.post(path, data=large)

    assert [refused.status_code, undeclared.status_code] == [503, 503]
    assert refused.headers["retry-after"] == "10"
    assert [small.status_code, read.status_code] == [422, 422]


async def test_large_form_that_outlived_its_session_is_read(running: Product) -> None:
    path = f"/messages/{await running.in_work()}/decisions/submit_answer"
    async with running.browse("executor") as browser:
        fields = await form_of(browser, path) | LARGE
        end_sessions(running, "executor")

        answer = await browser.post(path, data=fields)

    assert answer.status_code == 401
    assert fields["text"] in answer.text
