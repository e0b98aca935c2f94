"""Organisations, their public pages and the calendar, as administrators keep them: forms without JavaScript."""

from __future__ import annotations

from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio

ADMIN = "/admin/organisations"


async def made(browser: httpx.AsyncClient, **fields: str) -> str:
    """The path of a new organisation."""
    hidden = await form_of(browser, f"{ADMIN}/new")
    known = {"id": f"p{uuid4().hex[:8]}", "parent": "ministry", "title": "Поликлиника № 9", "region": "RU-KL"}
    more = {"time_zone": "Europe/Samara", "opens": "08:00", "closes": "20:00"}
    answer = await browser.post(f"{ADMIN}/new", data=hidden | known | more | fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_organisation_is_created_its_contacts_filled_and_emptied(running: Product) -> None:
    async with running.browse("administrator") as browser:
        path = await made(browser)
        hidden = await form_of(browser, path)
        data = {"title": "Поликлиника № 9", "region": "RU-KL", "time_zone": "Europe/Samara", "opens": "08:00"}
        data |= {"closes": "20:00", "self_approval": "true", "endorsement": "false", "active": "true"}
        filled = data | {"contacts.address": "ул. Мира, 5", "contacts.phone": "8 847 224-10-75"}
        saved = await browser.post(path, data=hidden | filled)
        shown = await browser.get(path)
        public = await browser.get(path.removeprefix("/admin"))
        emptied = await browser.post(path, data=await form_of(browser, path) | data)
        wrong = await browser.post(path, data=await form_of(browser, path) | filled | {"contacts.phone": "нет"})
        listed = await browser.get(ADMIN)

    assert (saved.status_code, emptied.status_code, wrong.status_code) == (303, 303, 422)
    assert 'value="+78472241075"' in shown.text
    assert "ул. Мира, 5" in words(public)
    assert 'id="f-contacts.phone-error"' in wrong.text
    assert "08:00–20:00, Europe/Samara, RU-KL" in words(listed)
    query = "SELECT contacts, self_approval, endorsement FROM organisation WHERE id = :id"
    [row] = running.rows(query, id=path.rpartition("/")[2])
    assert row["self_approval"] is True
    assert not any(row["contacts"].values())


async def test_log_tells_who_changed_what_from_what_to_what(running: Product) -> None:
    async with running.browse("administrator") as browser:
        path = await made(browser)
        data = {"title": "Поликлиника № 10 <b>", "region": "RU-KL", "time_zone": "Europe/Samara", "opens": "08:00"}
        data |= {"closes": "20:00", "self_approval": "false", "endorsement": "true", "active": "true"}
        await browser.post(path, data=await form_of(browser, path) | data)
        log = await browser.get("/admin/changes")

    said = words(log)
    assert f"Сотрудник administrator организация {path.rpartition('/')[2]} изменено полей: 1" in said
    assert "title Поликлиника № 9 → Поликлиника № 10 <b>" in said
    assert "создано" in said


async def test_second_of_two_who_save_a_page_is_told_who_was_first_and_keeps_his_text(running: Product) -> None:
    async with running.browse("administrator") as browser:
        path = f"{await made(browser)}/page"
        fields = await form_of(browser, path)
        first = await browser.post(path, data=fields | {"full_name": "Первая"})
        second = await browser.post(path, data=fields | {"idempotency_key": uuid4().hex, "full_name": "Вторая <b>"})
        again = Hidden(second.text, path).fields | {"full_name": "Обе"}
        over = await browser.post(path, data=again)
        log = await browser.get("/admin/changes")

    assert (first.status_code, second.status_code, over.status_code) == (303, 409, 303)
    assert "страницу сохранил другой администратор: Сотрудник administrator" in words(second)
    assert 'value="Вторая &lt;b&gt;"' in second.text
    assert log.status_code == 200


async def test_page_of_an_organisation_that_rests_is_still_in_its_form(running: Product) -> None:
    async with running.browse("administrator") as browser:
        path = await made(browser)
        fields = await form_of(browser, f"{path}/page")
        await browser.post(f"{path}/page", data=fields | {"full_name": "Филиал у реки"})
        data = {"title": "Поликлиника № 9", "region": "RU-KL", "time_zone": "Europe/Samara", "opens": "08:00"}
        data |= {"closes": "20:00", "self_approval": "false", "endorsement": "true", "active": "false"}
        await browser.post(path, data=await form_of(browser, path) | data)
        form = await browser.get(f"{path}/page")
        log = await browser.get("/admin/changes")
        public = await browser.get(f"/organisations/{path.rpartition('/')[2]}")

    assert 'value="Филиал у реки"' in form.text
    assert public.status_code == 404
    assert "Филиал у реки" in words(log)


@pytest.mark.requirement("S4-16")
async def test_public_page_is_filled_row_by_row_and_a_cleared_row_disappears(running: Product) -> None:
    rows = {
        "full_name": "Государственное учреждение",
        "phones.0.title": "Регистратура",
        "phones.0.number": "2-22-22",
        "phones.1.title": "",
        "phones.2.title": "Приёмная",
        "phones.2.number": "3-33-33",
        "orders.0.title": "Порядок",
        "orders.0.signed_on": "2024-01-09",
    }
    async with running.browse("administrator") as browser:
        path = await made(browser)
        page = f"{path}/page"
        saved = await browser.post(page, data=await form_of(browser, page) | rows)
        done = await browser.get(saved.headers["location"])
        public = await browser.get(path.removeprefix("/admin"))
        less = rows | {"phones.0.title": "", "phones.0.number": ""}
        await browser.post(page, data=await form_of(browser, page) | less)
        after = await browser.get(path.removeprefix("/admin"))

    assert saved.status_code == 303, saved.text
    assert "Страница сохранена" in words(done)
    for name, value in {"phones.0.title": "Регистратура", "phones.1.number": "3-33-33"}.items():
        assert f'name="{name}" value="{value}"' in done.text
    assert 'name="phones.2.title" value=""' in done.text, "an empty row for the next one"
    assert "Регистратура 2-22-22 Приёмная 3-33-33" in words(public)
    assert "Порядок, 9 января 2024 года" in words(public)
    assert "Регистратура" not in words(after)
    assert "Приёмная 3-33-33" in words(after)


async def test_wrong_row_comes_back_open_with_its_error_beside_the_field(running: Product) -> None:
    async with running.browse("administrator") as browser:
        page = f"{await made(browser)}/page"
        rows = {"orders.1.title": "Порядок <b>", "orders.1.link": "javascript:alert(1)", "phones.0.title": "Без номера"}
        answer = await browser.post(page, data=await form_of(browser, page) | rows)

    assert answer.status_code == 422
    assert 'id="f-orders.0.link-error"' in answer.text
    assert 'id="f-phones.0.number-error"' in answer.text
    assert 'class="field-rows" id="f-orders" open' in answer.text
    assert 'class="field-rows" id="f-hours">' in answer.text
    assert "Порядок &lt;b&gt;" in answer.text


async def test_day_of_the_calendar_is_set_for_a_region_and_shown_with_those_of_all_russia(running: Product) -> None:
    path = "/admin/calendar"
    async with running.browse("administrator") as browser:
        hidden = await form_of(browser, path, f"{path}/RU")
        await browser.post(f"{path}/RU", data=hidden | {"day": "2031-11-04", "working": "false", "title": "Праздник"})
        hidden = await form_of(browser, f"{path}?region=RU-KL", f"{path}/RU-KL")
        day = {"day": "2031-02-01", "working": "true", "title": "Перенос"}
        saved = await browser.post(f"{path}/RU-KL", data=hidden | day)
        shown = await browser.get(saved.headers["location"])
        wrong = await browser.post(f"{path}/RU-KL", data=hidden | {"day": "", "working": ""})
        nowhere = await browser.post(f"{path}/zzz", data=hidden | day)

    assert saved.headers["location"] == "/admin/calendar?region=RU-KL&year=2031"
    assert "1 февраля 2031 года (суббота) рабочий Перенос RU-KL" in words(shown)
    assert "4 ноября 2031 года (вторник) выходной Праздник вся Россия" in words(shown)
    assert wrong.status_code == nowhere.status_code == 422
    assert 'id="f-day-error"' in wrong.text


async def test_pages_are_for_administrators_alone(running: Product) -> None:
    paths = [ADMIN, f"{ADMIN}/new", f"{ADMIN}/polyclinic", f"{ADMIN}/polyclinic/page", "/admin/calendar"]
    paths.append("/admin/changes")
    async with running.browse("executor") as browser:
        statuses = [(await browser.get(path)).status_code for path in paths]

    assert statuses == [403] * len(paths)


async def test_people_on_duty_are_named_in_their_order_and_only_of_that_organisation(running: Product) -> None:
    path = f"{ADMIN}/polyclinic"
    data = {"title": "Городская поликлиника", "region": "RU", "time_zone": "Europe/Moscow", "opens": "09:00"}
    data |= {"closes": "18:00", "self_approval": "false", "endorsement": "true", "active": "true"}
    head, executor = str(running.people["head"]), str(running.people["executor"])
    async with running.browse("administrator") as browser:
        hidden = await form_of(browser, path)
        saved = await browser.post(path, data=hidden | data | {"duty": [head, executor]})
        shown = await browser.get(path)
        hidden = await form_of(browser, path)
        stranger = str(running.people["executor_transport"])
        refused = await browser.post(path, data=hidden | data | {"duty": [stranger]})
        hidden = await form_of(browser, path)
        emptied = await browser.post(path, data=hidden | data | {"duty": [""]})

    assert (saved.status_code, refused.status_code, emptied.status_code) == (303, 422, 303), words(emptied)[:900]
    assert "Сотрудник head" in words(shown)
    assert "Не работает в этой организации: Сотрудник executor_transport." in words(refused)
    log = running.rows("SELECT * FROM reference_change ORDER BY id DESC LIMIT 2")
    assert len(log) == 2
    assert running.rows("SELECT duty FROM organisation WHERE id = 'polyclinic'") == [{"duty": []}]
