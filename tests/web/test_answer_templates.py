"""Templates of answers: written by the administrator, begun with by the executor, and told to the heads where changed."""

from __future__ import annotations

import pytest

from tests.product import Product
from tests.web.test_signing_in import Hidden, form_of, words

pytestmark = pytest.mark.anyio

NEW = "/admin/templates/new?organisation=polyclinic"
TEXT = "| {приветствие}!\n\n[что сделано и когда]\n\n| С уважением, {организация}."


@pytest.mark.requirement("S0-22")
async def test_template_is_written_looked_at_kept_in_versions_and_given_up(running: Product) -> None:
    async with running.browse("administrator") as browser:
        fields = {"title": "Линия", "categories": "medicine.no_answer", "text": TEXT}
        hidden = await form_of(browser, NEW)
        looked = await browser.post(NEW, data=hidden | fields | {"_aside": "preview"})
        created = await browser.post(NEW, data=hidden | fields)
        path = created.headers["location"]
        wrong = await browser.post(path, data=await form_of(browser, path) | fields | {"text": "Раз\nдва {имя}"})
        changed = {"text": TEXT.replace("С уважением", "Будьте здоровы")}
        saved = await browser.post(path, data=await form_of(browser, path) | fields | changed)
        shown = await browser.get(path)
        await browser.post(f"{path}/active", data=Hidden(shown.text, f"{path}/active").fields)
        listed = await browser.get("/admin/templates?organisation=polyclinic")

    assert (looked.status_code, created.status_code, saved.status_code) == (200, 303, 303)
    assert "Уважаемая Анна Викторовна! [что сделано и когда] С уважением, Городская поликлиника № 2." in words(looked)
    assert "Заполнит исполнитель: что сделано и когда" in words(looked)
    assert wrong.status_code == 422
    assert "Строка 2, знак 5" in words(wrong)
    assert "Версия 2" in words(shown)
    assert "<del>С уважением,</del><ins>Будьте здоровы,</ins>" in shown.text.replace("</del> <ins>", "</del><ins>")
    assert "не предлагается" in words(listed)


@pytest.mark.requirement("S0-22")
async def test_executor_begins_with_a_template_and_open_fields_stop_the_answer(running: Product) -> None:
    template = await running.template(title="Для ответа", text=TEXT)
    message = await running.in_work()
    path = f"/messages/{message}/decisions/submit_answer"
    people = {"approver": str(running.people["head2"]), "type": "solved"}
    async with running.browse("executor") as browser:
        opened = await browser.get(path)
        hidden = await form_of(browser, path)
        begun = await browser.post(path, data=hidden | people | {"text": "Своё.", "_aside": f"template.{template}.1"})
        hidden = Hidden(begun.text, path).fields
        text = "Своё.\n\nУважаемая Мария Петровна!\n\n[что сделано и когда]\n\nС уважением, Городская поликлиника."
        stopped = await browser.post(path, data=hidden | people | {"text": text})
        hidden = Hidden(stopped.text, path).fields
        sent = await browser.post(
            path, data=hidden | people | {"text": text.replace("[что сделано и когда]", "Готово.")}
        )

    assert "Для ответа" in words(opened)
    assert text in begun.text
    assert hidden["template"] == f"{template}.1"
    assert stopped.status_code == 422
    assert "Заполните поля шаблона: «что сделано и когда»" in words(stopped)
    assert sent.status_code == 303
    submitted = next(row for row in running.journal(message) if row["event"] == "AnswerSubmitted")
    assert submitted["facts"]["template"] == f"{template}.1"
    assert "locked_changed" not in submitted["facts"]


async def submitted(running: Product, text: str) -> str:
    """A message whose answer, made of a template, waits for `head`, then for `head2`."""
    template = await running.template(text=TEXT)
    message = await running.in_work()
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text=text,
        endorsers=[running.people["head"]],
        approver=running.people["head2"],
        template=f"{template}.1",
    )
    return message


@pytest.mark.requirement("S0-22")
async def test_changed_locked_words_are_told_to_heads(running: Product) -> None:
    message = await submitted(running, "Уважаемая Мария Петровна!\n\nГотово.\n\nПока.")

    async with running.browse("head") as browser:
        page = words(await browser.get(f"/messages/{message}/decide"))

    assert "Закреплённые слова шаблона изменены. Должно быть: «С уважением,»" in page
    row = next(row for row in running.journal(message) if row["event"] == "AnswerSubmitted")
    assert row["facts"]["locked_changed"] is True


async def test_edit_of_locked_words_asks_for_endorsement_again_and_another_edit_does_not(running: Product) -> None:
    text = "Уважаемая Мария Петровна!\n\nГотово.\n\nС уважением, Городская поликлиника."
    message = await submitted(running, text)
    await running.decide("head", message, "endorse")

    await running.decide("head2", message, "edit_answer", text=text.replace("Готово.", "Сделано."))
    kept = running.case(message)["stage"]
    await running.decide("head2", message, "edit_answer", text=text.replace("С уважением", "Пока"))

    case = running.case(message)
    assert kept == "approval"
    assert (case["stage"], case["holder"]) == ("endorsement", running.people["head"])


async def test_auto_rule_offers_its_template_first(running: Product) -> None:
    await running.template(title="Ближе по категории", categories=["medicine.no_answer"])
    chosen = await running.template(title="Выбран правилом")
    rule = await running.rule(words="холодильника", template=int(chosen), tag=None)
    for what, body in (("dry-runs", {"revision": 1}), ("switch", {"revision": 1})):
        await running.http.post(
            f"/api/v1/autorules/{rule}/{what}", headers=await running.headers("administrator"), json=body
        )
    message = await running.in_work(text="Жалоба на холодильники.")

    offered = (await running.get("executor", f"/messages/{message}/answer-templates")).json()["templates"]

    assert (offered[0]["title"], offered[0]["by_rule"]) == ("Выбран правилом", True)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "?organisation=polyclinic", None),
        ("POST", "", {"organisation": "polyclinic", "title": "Чужой", "text": "а"}),
        ("POST", "/preview", {"text": "а"}),
        ("GET", "/{id}", None),
        ("PUT", "/{id}", {"title": "Чужой", "text": "а"}),
        ("PUT", "/{id}/active", {"active": False}),
        ("GET", "/{id}/versions", None),
    ],
)
async def test_templates_are_kept_by_administrators_alone(
    running: Product, method: str, path: str, body: object
) -> None:
    template = await running.template()
    headers = await running.headers("executor")

    address = f"/api/v1/answer-templates{path.format(id=template)}"
    answer = await running.http.request(method, address, headers=headers, json=body)

    assert answer.status_code == 403


async def test_whoever_does_not_work_on_the_answer_is_offered_nothing(running: Product) -> None:
    message = await running.in_work()

    answers = [
        await running.get(login, f"/messages/{message}/answer-templates")
        for login in ("operator", "coordinator_transport")
    ]

    assert [one.status_code for one in answers] == [403, 404]
