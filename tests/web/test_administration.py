"""The administrator's pages, without JavaScript: people, passwords, invitations, roles, units, categories."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx2 as httpx
import pytest

from storage.invitations import Invitation
from tests.browser import browser_page, in_browser, is_narrow, picture, served
from tests.product import PASSWORD, Product
from tests.web.accessible import assert_accessible
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio

NEW = "серый волк в поле"


async def added(browser: httpx.AsyncClient, way: str, **fields: str) -> httpx.Response:
    """A new account, as the form sends it."""
    hidden = await form_of(browser, "/admin/people/new")
    known = {"name": "Очирова Саглара Бадмаевна", "organisation": "polyclinic", "email": "o@staff.example"}
    return await browser.post("/admin/people/new", data=hidden | known | {"way": way} | fields)


def link_to(running: Product, person: int) -> str:
    """As the last mail carries it."""
    query = "SELECT id, expires_at FROM invitation WHERE person = :person ORDER BY created_at DESC LIMIT 1"
    [row] = running.rows(query, person=person)
    return f"/invitation?token={Invitation(str(row['id']), person, row['expires_at'], '', '', '').token}"


def login() -> str:
    return f"o{uuid4().hex[:8]}"


@pytest.mark.requirement("S3-24")
async def test_invited_person_sets_a_password_on_the_page_of_the_link_and_is_signed_in(running: Product) -> None:
    known = login()
    async with running.browse("administrator") as browser:
        made = await added(browser, "invite", login=known)
        told = await browser.get(made.headers["location"])
    number = int(made.headers["location"].partition("/people/")[2].partition("?")[0])
    link = link_to(running, number)

    async with running.browse() as browser:
        moved = await browser.get(link)
        asked = await browser.get(moved.headers["location"])
        fields = Hidden(asked.text, "/invitation").fields
        weak = await browser.post("/invitation", data=fields | {"_new": known, "_repeated": known})
        differs = await browser.post("/invitation", data=fields | {"_new": NEW, "_repeated": PASSWORD})
        set_ = await browser.post("/invitation", data=fields | {"_new": NEW, "_repeated": NEW})
        inside = await browser.get("/me")
        again = await browser.get(link)

    assert "Приглашение отправлено письмом." in words(told)
    assert f"Ваш логин: {known}" in words(asked)
    assert moved.headers["location"] == "/invitation", "the token leaves the address"
    assert moved.headers["referrer-policy"] == "no-referrer"
    assert all(
        part in moved.headers["set-cookie"] for part in ("HttpOnly", "Path=/invitation", "Secure", "SameSite=lax")
    )
    assert (weak.status_code, differs.status_code) == (422, 422)
    assert "повтор различаются" in words(differs)
    assert NEW not in differs.text
    assert (set_.status_code, set_.headers["location"]) == (303, "/")
    assert "Очирова Саглара Бадмаевна" in words(inside)
    assert again.status_code == 404
    assert "попросите администратора пригласить вас ещё раз" in words(again)


async def test_page_of_the_link_is_accessible_and_signs_in_with_a_real_browser(running: Product) -> None:
    async with running.browse("administrator") as browser:
        made = await added(browser, "invite", login=login())
    link = link_to(running, int(made.headers["location"].partition("/people/")[2].partition("?")[0]))

    def follow(address: str) -> tuple[bool, str]:
        with browser_page(scripts=False) as page:
            page.set_viewport_size({"width": 360, "height": 740})
            page.goto(f"{address}{link}")
            narrow = is_narrow(page)
            page.get_by_label("Новый пароль", exact=True).fill(NEW)
            page.get_by_label("Новый пароль ещё раз").fill(NEW)
            page.get_by_role("button", name="Задать пароль и войти").click()
            page.get_by_role("navigation", name="Разделы").wait_for()
            return narrow, page.url

    def look(address: str) -> None:
        with browser_page() as page:
            page.goto(f"{address}{link}")
            assert_accessible(page)
            picture(page, "invitation")

    async with served(running) as address:
        await in_browser(look, address)
        narrow, url = await in_browser(follow, address)

    assert narrow
    assert url.endswith("/work")


async def test_one_time_password_is_shown_once(running: Product) -> None:
    known = login()
    async with running.browse("administrator") as browser:
        hidden = await form_of(browser, "/admin/people/new")
        first, second = [await added(browser, "password", login=known, **hidden) for _ in range(2)]
    password = re.search(r"one-time-password.>([a-z0-9-]+)<", first.text)

    assert password
    async with running.browse() as browser:
        signed = await browser.post("/sign-in", data={"login": known, "_password": password[1]})
    assert signed.status_code == 303
    assert password[1] not in second.text
    assert "больше не хранится" in words(second)


async def test_form_of_a_person_comes_back_with_what_was_typed_and_errors_beside_fields(running: Product) -> None:
    async with running.browse("administrator") as browser:
        wrong = await added(browser, "password", login="я", name="Очирова <b>", email="нет")
        nowhere = await added(browser, "invite", login=login(), email="")
        taken = await added(browser, "password", login="executor")

    assert wrong.status_code == 422
    assert 'id="f-login-error"' in wrong.text
    assert 'id="f-email-error"' in wrong.text
    assert "Очирова &lt;b&gt;" in wrong.text
    assert 'id="f-email-error"' in nowhere.text
    assert taken.status_code == 409
    assert "уже занят" in words(taken)


@pytest.mark.requirement("S2-13")
async def test_role_is_given_for_a_unit_and_categories_and_taken_back(running: Product) -> None:
    unit = f"desk-{uuid4().hex[:6]}"
    number = running.people["executor2"]
    path = f"/admin/people/{number}"
    async with running.browse("administrator") as browser:
        fields = await form_of(browser, "/admin/units/new")
        await browser.post("/admin/units/new", data=fields | {"id": unit, "organisation": "polyclinic", "title": unit})
        fields = await form_of(browser, path, f"{path}/grants")
        role: dict[str, object] = {"role": "coordinator", "organisation": "polyclinic", "unit": unit}
        impossible = await browser.post(f"{path}/grants", data=fields | role | {"subtree": "true"})
        role |= {"categories": ["medicine", "roads.bus"], "valid_until": "2099-01-01T09:00"}
        given = await browser.post(f"{path}/grants", data=fields | role)
        shown = await browser.get(path)
        end = re.findall(rf"{path}/grants/\d+/end", shown.text)[-1]
        taken = await browser.post(end, data=await form_of(browser, path, end))
        after = await browser.get(path)

    assert (impossible.status_code, given.status_code, taken.status_code) == (422, 303, 303)
    assert 'id="f-subtree-error"' in impossible.text
    told = f"Координатор : Городская поликлиника, подразделение «{unit}»; категории: Медицина, Автобусы"
    assert told in words(shown)
    assert "Координатор" not in words(after).partition("Дать роль")[0]


async def test_data_are_changed_and_emptied_and_the_dismissed_is_signed_out(running: Product) -> None:
    known = login()
    async with running.browse("administrator") as browser:
        made = await added(browser, "invite", login=known, position="Врач")
        path = made.headers["location"].partition("?")[0]
        fields = await form_of(browser, path)
        await browser.post(path, data=fields | {"name": "Очирова С. Б.", "position": "", "email": "", "unit": ""})
        unnamed = await browser.post(path, data=fields | {"name": "", "position": ""})
        changed = await browser.get(path)
        nobody = await browser.post(f"{path}/invite", data=await form_of(browser, path, f"{path}/invite"))
        gone = await browser.post(f"{path}/active", data=await form_of(browser, path, f"{path}/active"))
        after = await browser.get(gone.headers["location"])

    [row] = running.rows("SELECT name, position, email, active FROM person WHERE login = :login", login=known)
    assert row == {"name": "Очирова С. Б.", "position": "", "email": None, "active": False}
    assert 'id="f-name-error"' in unnamed.text
    assert "Очирова С. Б." in words(changed)
    assert "Сначала укажите адрес почты" in words(nobody)
    assert "больше не работает в системе" in words(after)


async def test_unit_gets_a_head_out_of_its_people(running: Product) -> None:
    unit = f"ward-{uuid4().hex[:6]}"
    async with running.browse("administrator") as browser:
        fields = await form_of(browser, "/admin/units/new")
        made = await browser.post(
            "/admin/units/new", data=fields | {"id": unit, "organisation": "polyclinic", "title": "Терапия"}
        )
        path = f"/admin/units/{unit}"
        fields = await form_of(browser, path)
        head = str(running.people["head"])
        saved = await browser.post(path, data=fields | {"title": "Терапия № 1", "head": head, "active": "true"})
        shown = await browser.get("/admin/units?organisation=polyclinic")

    assert (made.headers["location"], saved.status_code) == (path, 303)
    assert "Терапия № 1" in words(shown)
    assert "Сотрудник head" in words(shown)


async def test_category_is_added_and_its_term_taken_away(running: Product) -> None:
    code = f"roads.c{uuid4().hex[:6]}"
    async with running.browse("administrator") as browser:
        fields = await form_of(browser, "/admin/categories/new")
        new = {"code": code, "parent": "roads", "title": "Ямы", "days": "7", "hint": "Где яма"}
        made = await browser.post("/admin/categories/new", data=fields | new)
        wrong = await browser.post("/admin/categories/new", data=fields | new | {"code": "x", "days": "много"})
        path = f"/admin/categories/{code}"
        fields = await form_of(browser, path)
        await browser.post(path, data=fields | {"title": "Ямы", "days": "", "hint": "", "active": "false"})

    [row] = running.rows("SELECT title, days, hint, active FROM category WHERE code = :code", code=code)
    assert made.status_code == 303
    assert row == {"title": "Ямы", "days": None, "hint": "", "active": False}
    assert 'id="f-days-error"' in wrong.text


async def test_pages_of_administrators_are_for_them_and_over_what_is_theirs(running: Product) -> None:
    paths = ["/admin/people", "/admin/people/new", "/admin/units", "/admin/categories", "/admin/people/105"]
    async with running.browse("executor") as browser:
        statuses = [(await browser.get(path)).status_code for path in paths]
        nothing = await browser.get("/work")

    assert statuses == [403] * len(paths)
    assert "Управление" not in words(nothing)
