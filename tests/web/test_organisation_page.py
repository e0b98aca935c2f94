"""The public page of an organisation, on a telephone and as the stand in its hall."""

from __future__ import annotations

import re

import pytest

from api import candidates
from tests.api_writing.test_public_pages import PAGE
from tests.api_writing.test_reference import send
from tests.browser import PHONE, browser_page, in_browser, is_narrow, picture, served
from tests.product import Product
from tests.web.accessible import assert_accessible
from tests.web.test_signing_in import words

pytestmark = pytest.mark.anyio

CONTACTS = {"address": "ул. Ленина, 1", "phone": "+78472241075", "email": "p3@example.org", "site": "p3.example.org"}


async def written(running: Product) -> None:
    await send(running, "administrator", "PATCH", "/organisations/polyclinic", {"contacts": CONTACTS})
    fax = {"title": "Факс", "number": "+7 84722 0-00-01"}
    seen = (await running.http.get("/api/v1/organisations/polyclinic/public")).json()["version"]
    page = PAGE | {"version": seen, "phones": [*PAGE["phones"], fax]}
    answer = await send(running, "administrator", "PUT", "/organisations/polyclinic/page", page)
    assert answer.status_code == 200, answer.text


@pytest.mark.requirement("S4-07", "S4-08", "S4-16", "S1-80")
async def test_page_tells_contacts_ways_who_answers_samples_receptions_bodies_and_how_to_contest(
    running: Product,
) -> None:
    await written(running)

    answer = await running.http.get("/organisations/polyclinic")
    first = await running.http.get("/organisations")

    assert answer.status_code == 200
    said = words(answer)
    for told in ("ул. Ленина, 1", "+7 847 224-10-75", "p3@example.org", "p3.example.org", "Факс +7 84722 0-00-01"):
        assert told in said
    for told in ("Регистратура +7 84722 0-00-00, 8:00–20:00", "Понедельник – пятница 8:00–20:00"):
        assert told in said
    for told in ("Через форму на сайте", "Заместитель главного врача", "Главный врач Вторник 15:00–17:00"):
        assert told in said
    for told in ("Росздравнадзор", "В вышестоящий орган или в суд.", "Образец обращения", "Порядок рассмотрения, № 7"):
        assert told in said
    assert "Как узнать о ходе рассмотрения" in said
    assert first.headers["location"] == "/organisations/ministry"


async def test_other_organisations_are_listed_part_by_part(running: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST", 2)

    listed, path = [], "/organisations/ministry"
    while path and len(listed) < 20:
        answer = await running.http.get(path)
        listed += re.findall(r'<li><a href="/organisations/([^"]+)"', answer.text)
        following = re.search(r'href="(\?cursor=[^"#]+)', answer.text)
        path = f"/organisations/ministry{following[1]}" if following else ""

    working = running.rows("SELECT id FROM organisation WHERE active AND id <> 'ministry'")
    assert sorted(listed) == sorted(row["id"] for row in working)


async def test_page_that_nobody_wrote_still_has_a_sample_and_the_orders_in_force(running: Product) -> None:
    answer = await running.http.get("/organisations/branch")
    nowhere = await running.http.get("/organisations/nowhere")

    said = words(answer)
    assert "Руководителю: Филиал поликлиники" in said
    assert "ТЕКСТ ОБРАЩЕНИЯ" in said
    assert "№ 134" in said
    assert nowhere.status_code == 404


async def test_stand_is_printed_large_without_what_is_only_for_screens(running: Product) -> None:
    await written(running)
    sizes: dict[str, str] = {}

    def look(address: str) -> None:
        with browser_page() as page:
            page.set_viewport_size(PHONE)
            page.goto(f"{address}/organisations/polyclinic")
            assert is_narrow(page)
            assert_accessible(page)
            picture(page, "organisation")
            page.set_viewport_size({"width": 800, "height": 1130})
            page.emulate_media(media="print")
            sizes["text"] = page.evaluate("getComputedStyle(document.querySelector('.stand')).fontSize")
            sizes["header"] = page.evaluate("getComputedStyle(document.querySelector('.public-header')).display")
            picture(page, "organisation-stand")

    async with served(running) as address:
        await in_browser(look, address)

    assert float(sizes["text"].removesuffix("px")) > 18
    assert sizes["header"] == "none"
