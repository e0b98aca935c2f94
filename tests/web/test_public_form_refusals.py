"""The public form where something is missing, too much or too late: told on a page, with everything that was typed."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx2 as httpx
import pytest

from api import candidates, drafting
from api.app import STRANGERS_OF_ONE
from api.places import Places
from tests.product import Product
from tests.storage import documents
from tests.web.applicants import EMAIL, QUESTION, code_of, latest, many_drafts
from tests.web.test_signing_in import Hidden, form_of, words

__all__ = ["many_drafts"]

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("many_drafts")]


async def begun(browser: httpx.AsyncClient) -> dict[str, str]:
    """A draft has begun in this browser; the hidden fields of its form."""
    answer = await browser.post("/write", data={"rules_agreed": "true"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/write/form")
    return Hidden((await browser.get("/write/form")).text, "/write/form").fields


async def test_nothing_begins_without_the_agreement_and_without_a_draft_there_is_no_form(running: Product) -> None:
    async with running.browse() as browser:
        refused = await browser.post("/write", data={})
        form = await browser.get("/write/form")
        saved = await browser.post("/write/form", data={"text": QUESTION})
        large = await browser.post("/write/form", data={"text": "щ" * 20_000})
        code = await browser.post("/write/code", data={"code": "1"})

    assert refused.status_code == 422
    assert "Отметьте, что ознакомились" in words(refused)
    assert form.headers["location"] == "/write"
    assert [one.status_code for one in (saved, code)] == [404, 404]
    assert large.status_code in {404, 413}


async def test_long_text_and_a_large_photo_are_taken_of_whoever_writes_a_draft(running: Product) -> None:
    async with running.browse() as browser:
        fields = await begun(browser)
        long = await browser.post("/write/form", data=fields | {"text": "щ" * 20_000, "_do": "save"})
        longer = await browser.post("/write/form", data=fields | {"text": "щ" * 20_001, "_do": "save"})
        file = {"document": ("a.pdf", documents.PDF + bytes(2 << 20))}
        large = await browser.post("/write/form", data=fields | {"text": "щ"}, files=file)
        bad = await browser.post("/write/form", data=fields | {"text": "щ"}, files={"document": ("a.exe", b"MZ\x90")})
        shown = await browser.get("/write/form")

    assert [long.status_code, longer.status_code, large.status_code, bad.status_code] == [303, 422, 303, 415]
    assert 'id="f-text-error"' in longer.text
    assert "«a.exe»: Файлы с таким расширением не принимаются." in words(bad)
    assert "a.pdf, 2,0 МиБ" in words(shown)


async def test_too_many_drafts_codes_and_files_are_told_on_a_page_with_what_was_typed(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running.browse() as browser:
        fields = await begun(browser)
        typed = fields | {"text": "Ещё пишу", "applicant.name": "Имя", "applicant.email": EMAIL, "_do": "send"}
        monkeypatch.setattr(drafting, "CODES_FROM_ADDRESS", 0)
        monkeypatch.setattr(drafting, "UPLOADS_FROM_ADDRESS", 0)
        monkeypatch.setattr(drafting, "DRAFTS_FROM_ADDRESS", 0)
        codes = await browser.post("/write/form", data=typed)
        files = await browser.post("/write/form", data=typed, files={"document": ("a.pdf", documents.PDF)})
        drafts = await browser.post("/write", data={"rules_agreed": "true"})
        monkeypatch.setattr(drafting, "UPLOADS_FROM_ADDRESS", 1000)
        monkeypatch.setattr(drafting, "MEGABYTES_FROM_ADDRESS_A_DAY", 2)
        photos = [("document", (f"{name}.pdf", documents.PDF + bytes(1 << 20))) for name in ("one", "two")]
        today = await browser.post("/write/form", data=typed, files=photos)

    assert today.status_code == 429
    assert 900 < int(today.headers["retry-after"]) <= 86400
    for answer in (codes, files, drafts):
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert "Слишком много попыток" in words(answer)
    assert "Ещё пишу" in codes.text


async def test_organisations_too_many_to_choose_from_are_left_out_and_the_chosen_one_stays(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running.browse() as browser:
        fields = await begun(browser)
        with monkeypatch.context() as patched:
            patched.setattr(candidates, "MOST", 1)
            empty = await browser.get("/write/form")
        await browser.post("/write/form", data=fields | {"organisation": "polyclinic", "_do": "save"})
        monkeypatch.setattr(candidates, "MOST", 1)
        chosen = await browser.get("/write/form")

    assert 'name="organisation"' not in empty.text
    assert "назовите её в тексте" in words(empty)
    assert '<option value="polyclinic" selected>' in chosen.text
    assert 'value="ministry"' not in chosen.text


async def test_typing_is_kept_without_reading_the_whole_form(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    async with running.browse() as browser:
        fields = await begun(browser)
        with monkeypatch.context() as patched:
            patched.setattr("web.writing.form_shown", never)
            kept = await browser.post("/write/form/text", data=fields | {"text": "Ещё пишу"})
        page = await browser.get("/write/form")

    assert kept.status_code == 204
    assert "Ещё пишу" in page.text


async def test_draft_that_is_open_in_two_windows_loses_nothing_typed_in_either(running: Product) -> None:
    async with running.browse() as browser:
        await begun(browser)
        first, second = [await form_of(browser, "/write/form", "/write/form") for _ in range(2)]

        kept = [await browser.post("/write/form/text", data=first | {"text": f"Пишу {n}"}) for n in range(2)]
        typed = await browser.post("/write/form/text", data=second | {"text": "Пишу в другом окне"})
        refused = await browser.post("/write/form", data=second | {"text": "Пишу в другом окне", "_do": "save"})
        there = (await browser.get("/write/form")).text
        fields = Hidden(refused.text, "/write/form").fields
        again = await browser.post("/write/form", data=fields | {"text": "Пишу в другом окне", "_do": "save"})
        here = (await browser.get("/write/form")).text

    assert [one.status_code for one in kept] == [204, 204], "the second of them from the page that wrote last"
    assert (typed.status_code, refused.status_code, again.status_code) == (409, 409, 303)
    assert "изменён в другом окне" in words(refused)
    assert "Пишу в другом окне" in refused.text
    assert "Пишу 1" in there
    assert "Пишу в другом окне" in here


async def test_draft_is_gone_from_the_browser_and_the_record_when_its_writer_leaves(running: Product) -> None:
    async with running.browse() as browser:
        await begun(browser)
        before = len(running.rows("SELECT id FROM public_draft"))
        offered = await browser.get("/write")
        left = await browser.post("/write/leave")
        after = await browser.get("/write")

    assert "незаконченный черновик" in words(offered)
    assert left.headers["location"] == "/write"
    assert "незаконченный черновик" not in words(after)
    assert len(running.rows("SELECT id FROM public_draft")) == before - 1


async def test_code_that_was_sent_already_is_asked_for_and_another_is_sent_later(running: Product) -> None:
    async with running.browse() as browser:
        fields = await begun(browser)
        typed = fields | {"text": QUESTION, "applicant.name": "Имя", "applicant.email": EMAIL, "_do": "send"}
        first = await browser.post("/write/form", data=typed)
        early = await browser.post("/write/code", data={"_do": "again"})
        edited = await browser.post("/write/form", data=typed | {"text": "Иначе"})
        done = await browser.post("/write/code", data={"code": code_of(running)})
        again = await browser.post("/write/code", data={"code": "1"})
        form = await browser.get("/write/form")
        page = await browser.get("/write/done")

    assert (first.status_code, first.headers["location"]) == (303, "/write/code")
    for answer in (early, edited):
        assert answer.status_code == 429
        assert "Письмо с кодом уже отправлено." in words(answer)
        assert 'name="code"' in answer.text
    assert {one.headers["location"] for one in (done, again, form)} == {"/write/done"}
    assert latest(running)["number"] in words(page)
    assert running.rows("SELECT code_issue FROM public_draft ORDER BY created_at DESC LIMIT 1")[0]["code_issue"] == 1


async def test_address_that_was_corrected_after_the_letter_is_not_said_to_have_one(running: Product) -> None:
    async with running.browse() as browser:
        fields = await begun(browser)
        typed = fields | {"text": QUESTION, "applicant.name": "Имя", "applicant.email": EMAIL, "_do": "send"}
        await browser.post("/write/form", data=typed)
        corrected = await browser.post("/write/form", data=typed | {"applicant.email": "right@example.org"})
        code = await browser.get("/write/code")
        await browser.post("/write/form", data=typed | {"applicant.email": f" {EMAIL.title()}", "_do": "save"})
        back = await browser.get("/write/code")

    assert corrected.status_code == 429
    assert "Письмо с кодом отправлено на прежний адрес. Новый код можно запросить через" in words(corrected)
    assert 'name="code"' not in corrected.text
    assert 'value="right@example.org"' in corrected.text
    assert code.headers["location"] == "/write/form"
    assert f"На адрес {EMAIL} отправлено" in words(back)


async def test_page_of_an_emergency_says_where_to_call(running: Product) -> None:
    answer = await running.http.get("/write/emergency")

    assert 'href="tel:103"' in answer.text
    assert 'href="tel:112"' in answer.text


async def test_one_address_holds_two_places_of_uploads_and_others_go_on(
    running: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = running.app.state.resources
    async with running.browse() as browser, AsyncExitStack() as taken:
        fields = await begun(browser)
        file = {"document": ("a.pdf", documents.PDF + bytes(2 << 20))}
        for places in (shared.strangers_forms, shared.strangers_uploads) * STRANGERS_OF_ONE:
            await taken.enter_async_context(places.taken_by("10.0.0.1"))
        other = await browser.post("/write/form", data=fields | {"text": "щ"}, files=file)
        monkeypatch.setitem(shared.__dict__, "strangers_uploads", Places(1, of_one=1, seconds=0.05))
        await taken.enter_async_context(shared.strangers_uploads.taken_by("127.0.0.1"))
        refused = await browser.post("/write/form", data=fields | {"text": "Ещё пишу"}, files=file)

    assert [other.status_code, refused.status_code] == [303, 503]
    assert "Ещё пишу" in refused.text
