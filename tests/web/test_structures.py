"""The structure on the administrator's pages: who stands below whom is changed one by one, compared, published by another."""

from __future__ import annotations

import re

import pytest

from storage.reference import load_directory
from tests.product import Product
from tests.web.test_orders import ORDER, noon, second
from tests.web.test_signing_in import form_of, words

__all__ = ["noon", "second"]

pytestmark = pytest.mark.anyio


async def test_organisation_is_moved_by_pages_of_two_administrators(running: Product, second: str) -> None:
    async with running.browse("administrator") as browser:
        orders = await browser.get("/admin/orders")
        new = await form_of(browser, "/admin/orders/new?kind=structure", "/admin/orders/new")
        made = await browser.post("/admin/orders/new", data=new | ORDER | {"kind": "structure"})
        assert made.status_code == 303, words(made)
        draft = str(made.headers["location"]).partition("?")[0]
        place = f"{draft}/place?code=branch"
        fields = await form_of(browser, place, f"{draft}/place")
        circle = await form_of(browser, f"{draft}/place?code=polyclinic", f"{draft}/place")
        refused = await browser.post(f"{draft}/place", data=circle | {"parent": "branch"})
        moved = await browser.post(f"{draft}/place", data=fields | {"parent": "transport", "order_code": "medical"})
        found = words(await browser.get(f"{draft}?find=филиал"))
        content = words(await browser.get(f"{draft}/content"))
        own = words(await browser.get(draft))
        unknown = await browser.get(f"{draft}/place?code=nowhere")
    async with running.browse(second) as browser:
        shown = await browser.get(draft)
        fields = await form_of(browser, draft, f"{draft}/publication")
        [day] = re.findall(r'name="valid_from" value="([^"]+)"', shown.text)
        published = await browser.post(f"{draft}/publication", data=fields | {"valid_from": day})
        with running.engine.connect() as connection:
            path = load_directory(connection).organisations["branch"].path
        organisation = words(await browser.get("/admin/organisations/branch"))
        fields = await form_of(browser, draft, f"{draft}/withdrawal")
        await browser.post(f"{draft}/withdrawal", data=fields | {"reason": "Проба"})

    assert "Подведомственность и ответственные" in words(orders)
    assert (refused.status_code, "оказывается выше самой себя" in words(refused)) == (422, True)
    assert (moved.status_code, unknown.status_code) == (303, 404)
    assert "Показано: 1" in found
    assert "«Вышестоящая организация»" in content
    assert "Опубликовать должен другой администратор" in own
    assert "Филиал поликлиники: вышестоящая организация Городская поликлиника Служба перевозок" in words(shown)
    assert "право: Сотрудник curator , куратор Городская поликлиника теряет переносимое" in words(shown)
    assert (published.status_code, path) == (303, ("ministry", "transport", "branch"))
    assert "Вышестоящая: Служба перевозок. В приказах: Руководители медицинских организаций" in organisation
