"""Who answers by annex 2, over the real stack: suggested with the reason and the load, chosen, and the choice in the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bench.plans import overheard
from embedded.mail_server import MailCatcher
from embedded.temporal_server import TemporalServer
from storage import people
from storage import tables as t
from storage.reference import touch
from storage.suggestions import open_in
from tests.conftest import Database
from tests.product import Product, product
from tests.web.test_desk import value
from tests.web.test_signing_in import Hidden, words

pytestmark = pytest.mark.anyio

UNITS = {"adults": "Отдел помощи взрослым", "children": "Отдел помощи детям", "staff": "Отдел кадров"}


@pytest.fixture(scope="module")
async def running(
    shared_database: Database,
    temporal: TemporalServer,
    mail: MailCatcher,
    tmp_path_factory: pytest.TempPathFactory,
    anyio_backend: str,
) -> AsyncIterator[Product]:
    """The ministry has three departments, each with an executor; polyclinic and branch are medical organisations."""
    async with product(shared_database, tmp_path_factory.mktemp("answering"), temporal.address, mail) as made:
        with made.engine.begin() as connection:
            medical = t.organisation.c.id.in_(["polyclinic", "branch"])
            connection.execute(sa.update(t.organisation).where(medical).values(order_code="medical"))
            for code, title in UNITS.items():
                unit = {"id": code, "organisation": "ministry", "title": title, "order_code": code}
                connection.execute(sa.insert(t.unit).values(unit))
                made.people[f"of_{code}"] = _executor(connection, code)
            for code, title in (("care", "Медицинская помощь"), ("corruption", "Коррупция"), ("staff", "Работники")):
                values = {"code": f"medicine.{code}", "parent": "medicine", "title": title}
                connection.execute(sa.insert(t.category).values(values))
            head = {"person": made.people["chief"], "role": "head", "organisation": "ministry"}
            connection.execute(sa.insert(t.grant).values(head))
            touch(connection)
        yield made


def _executor(connection: sa.Connection, unit: str) -> int:
    values = {"login": f"of_{unit}", "name": f"Исполнитель {unit}", "organisation": "ministry", "unit": unit}
    number = connection.execute(sa.insert(t.person).values(values).returning(t.person.c.id)).scalar_one()
    grant = {"person": number, "role": "executor", "organisation": "ministry"}
    connection.execute(sa.insert(t.grant).values(grant))
    return int(number)


async def arrived(running: Product, line: str, **accepted: Any) -> str:
    """A message of the subcategory that waits for the ministry's coordinator."""
    message = await running.register(text=uuid4().hex, applicant={"email": f"{uuid4().hex}@example.org"})
    about = {"category": "medicine", "subcategory": f"medicine.{line}", "organisation": "ministry"}
    await running.decide("moderator", message, "accept", **about, **accepted)
    return message


async def suggestion(running: Product, message: str, login: str = "chief") -> dict[str, Any] | None:
    rows = (await running.get(login, "/messages", section="new", suggest=True)).json()["messages"]
    found: dict[str, Any] | None = next(row["suggestion"] for row in rows if row["id"] == message)
    return found


async def choice(running: Product, message: str) -> str | None:
    """What the last row of the journal says of who was suggested."""
    rows = (await running.get("chief", f"/messages/{message}/journal")).json()["rows"]
    told: str | None = rows[-1]["choice"]
    return told


async def test_person_of_the_department_that_the_order_lists_is_suggested_by_age_and_the_journal_says_so(
    running: Product,
) -> None:
    message = await arrived(running, "care", audience="child")

    found = await suggestion(running, message)
    assert found is not None
    assert found["person"] == {"number": running.people["of_children"], "name": "Исполнитель children"}
    assert found["reason"] == "по приложению 2: сообщение о ребёнке"
    await running.decide("chief", message, "assign", executor=found["person"]["number"])

    facts = running.journal(message)[-1]["facts"]
    assert (facts["suggested"], facts["suggested_because"], facts["suggestion_followed"]) == (
        "children",
        "for_audience",
        True,
    )
    assert await choice(running, message) == (
        "Предложено: «Отдел помощи детям», по приложению 2: сообщение о ребёнке; так и сделано"
    )


async def test_named_medical_organisation_gets_it_and_another_choice_is_logged_as_another(running: Product) -> None:
    given, kept = [await arrived(running, "care", complained_of="polyclinic", audience="child") for _ in range(2)]

    found = await suggestion(running, given)
    assert found is not None
    assert (found["person"], found["organisation"]["code"]) == (None, "polyclinic")
    assert found["reason"] == "по приложению 2: названа организация «Городская поликлиника»"
    await running.decide("chief", given, "transfer_to_subordinate", organisation="polyclinic")
    await running.decide("chief", kept, "assign", executor=running.people["of_adults"])

    assert running.case(given)["organisation"] == "polyclinic"
    assert (await choice(running, given) or "").endswith("; так и сделано")
    assert (await choice(running, kept) or "").endswith("; выбрано другое")


async def test_only_department_left_is_suggested_and_several_leave_the_choice_to_the_coordinator(
    running: Product,
) -> None:
    only, several = await arrived(running, "corruption"), await arrived(running, "staff")

    found, none = await suggestion(running, only), await suggestion(running, several)
    await running.decide("chief", several, "assign", executor=running.people["of_staff"])

    assert found is not None
    assert none is not None
    assert found["person"]["number"] == running.people["of_staff"]
    assert found["reason"] == "по приложению 2: кроме медицинских организаций, отвечает только «Отдел кадров»"
    assert (none["person"], none["organisation"]) == (None, None)
    assert none["reason"] == "по приложению 2: отвечают несколько, выберите"
    assert await choice(running, several) == "по приложению 2 отвечают несколько, выбрал координатор"


async def test_card_of_the_coordinator_lists_everybody_whom_the_order_names_and_one_button_does_as_suggested(
    running: Product,
) -> None:
    message = await arrived(running, "care", audience="adult")
    card = (await running.get("chief", f"/messages/{message}")).json()
    async with running.browse("chief") as browser:
        page = await browser.get(f"/messages/{message}")
        fields = Hidden(page.text, f"/messages/{message}/decisions/assign").fields
        decided = await browser.post(f"/messages/{message}/decisions/assign", data=fields)

    listed = {one["place"]["title"]: one["suggested"] for one in card["answering"]["listed"]}
    assert listed == {
        "Отдел помощи взрослым": True,
        "Отдел помощи детям": False,
        "Городская поликлиника": False,
        "Филиал поликлиники": False,
    }
    said = words(page)
    assert "По приложению 2: сообщение о взрослом. Назначить: Исполнитель adults открытых сообщений:" in said
    assert decided.status_code == 303
    assert running.case(message)["holder"] == running.people["of_adults"]
    assert (await running.get("chief", f"/messages/{message}")).json()["answering"] is None
    assert (await running.get("curator", f"/messages/{message}")).status_code == 404


async def test_desk_transfers_as_suggested_by_one_press_and_asks_no_more_of_the_record_for_more_rows(
    running: Product,
) -> None:
    first = await arrived(running, "care", complained_of="polyclinic")
    asked: list[int] = []
    async with running.browse("chief") as browser:
        for _ in range(2):
            with overheard(running.app.state.resources.engine) as statements:
                page = await browser.get("/work/new")
            asked.append(len(statements))
            for about in ({"audience": "child"}, {"complained_of": "branch"}, {}):
                await arrived(running, "care", **about)
        fields = Hidden(page.text, "/work/decisions").fields | {"one": value(page, "one", first)}
        report = await browser.post("/work/decisions", data=fields)

    assert asked[0] == asked[1]
    number = running.case(first)["number"]
    assert f"Передать в подведомственную организацию: готово. № {number} → Городская поликлиника" in words(report)
    assert running.case(first)["organisation"] == "polyclinic"
    assert "/work/undo" not in report.text, "what was transferred is returned from there, not recalled"


async def without(running: Product, gone: str, successor: str) -> int:
    """The number of a revision in force since today by which one answers no more and another takes over."""
    admin = {"person": running.people["chief"], "role": "administrator", "organisation": "ministry", "subtree": True}
    with running.engine.begin() as connection:
        connection.execute(sa.insert(t.grant).values(admin))
        touch(connection)
    order = {"kind": "categories", "act": "S0", "issuer": "Минздрав", "title": "Об отделах"}
    order |= {"order_number": "15пр", "signed_on": "2026-01-12"}
    made = await send(running, "administrator", "POST", "/annexes", order)
    lines = [
        {"category": line["category"], "title": line["title"]}
        | {"responsible": [code for code in line["responsible"] if code != gone] or [successor]}
        for line in made["lines"]
    ]
    path, version = f"/annexes/{made['id']}", made["version"]
    written = await send(running, "administrator", "PUT", f"{path}/content", {"version": version, "lines": lines})
    body = {"version": written["version"], "valid_from": str(datetime.now(ZoneInfo("Europe/Moscow")).date())}
    body["seen"] = (await running.get("chief", f"{path}/preview")).json()["seen"]
    await send(running, "chief", "POST", f"{path}/publication", body | {"successors": {gone: successor}})
    return int(made["id"])


async def taken_back(running: Product, revision: int) -> None:
    path = f"/annexes/{revision}/withdrawal"
    seen = (await running.get("chief", path)).json()["seen"]
    await send(running, "chief", "POST", path, {"reason": "Ошибка", "seen": seen})


async def send(running: Product, login: str, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = await running.headers(login, str(uuid4()))
    answer = await running.http.request(method, f"/api/v1{path}", headers=headers, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def left(running: Product, login: str = "chief") -> dict[str, Any]:
    """The section of what lies with who answers no more: the suggestion by message."""
    rows = (await running.get(login, "/messages", section="left", suggest=True)).json()["messages"]
    return {row["id"]: row["suggestion"] for row in rows}


async def test_work_of_a_department_that_answers_no_more_is_found_and_handed_on_to_its_successor(
    running: Product,
) -> None:
    one, other = [await arrived(running, "corruption") for _ in range(2)]
    for message in (one, other):
        await running.decide("chief", message, "assign", executor=running.people["of_staff"])
    before = await left(running)
    revision = await without(running, "staff", "adults")

    found = await left(running)
    async with running.browse("chief") as browser:
        page = await browser.get("/work/left")
        fields = Hidden(page.text, "/work/decisions").fields | {"one": value(page, "one", one)}
        pressed = await browser.post("/work/decisions", data=fields)
        card = words(await browser.get(f"/messages/{other}"))
    handed_on = running.case(one)
    await taken_back(running, revision)

    reason = "«Отдел помощи взрослым» — правопреемник по приказу № 15пр с "
    assert before == {}
    assert {one, other} <= set(found)
    assert found[one]["person"]["number"] == running.people["of_adults"]
    assert (found[one]["action"], found[one]["reason"][: len(reason)]) == ("reassign", reason)
    assert f"Подразделение упразднено {len(found)}" in words(page)
    assert "Переназначить: Исполнитель adults" in card
    assert pressed.status_code == 200, words(pressed)
    assert (handed_on["executor"], handed_on["unit"]) == (running.people["of_adults"], "adults")
    assert await left(running) == {}


async def test_work_is_handed_on_by_one_press_to_an_organisation_that_succeeds_a_department_and_beyond_by_a_redirect(
    running: Product,
) -> None:
    running.write("UPDATE organisation SET order_code = 'miac' WHERE id = 'transport'")
    pressed, stays, beyond = [await arrived(running, "corruption") for _ in range(3)]
    for message in (pressed, stays):
        await running.decide("chief", message, "assign", executor=running.people["of_staff"])
    await running.decide("chief", beyond, "transfer_to_subordinate", organisation="polyclinic")
    revision = await without(running, "staff", "miac")

    found = await left(running)
    async with running.browse("chief") as browser:
        page = await browser.get("/work/left")
        fields = Hidden(page.text, "/work/decisions").fields | {"one": value(page, "one", pressed)}
        await browser.post("/work/decisions", data=fields)
        card = words(await browser.get(f"/messages/{stays}"))
    after = await left(running)
    await taken_back(running, revision)
    emptied = await left(running)
    revision = await without(running, "medical", "miac")
    of_organisation = (await left(running, "coordinator"))[beyond]
    await running.decide("coordinator", beyond, "assign", executor=running.people["executor"])
    executed = (await left(running, "coordinator"))[beyond]
    running.write("UPDATE organisation SET order_code = NULL WHERE id = 'transport'")
    await taken_back(running, revision)

    reason = "«Служба перевозок» — правопреемник по приказу № 15пр с "
    assert (found[stays]["organisation"]["code"], found[stays]["action"]) == ("transport", "transfer_to_subordinate")
    assert found[stays]["reason"].startswith(reason)
    moved = running.case(pressed)
    assert (moved["organisation"], moved["stage"], moved["executor"]) == ("transport", "coordination", None)
    assert "Передать: Служба перевозок" in card
    assert (pressed in after, stays in after, emptied) == (False, True, {})
    assert (of_organisation["organisation"], of_organisation["action"]) == (None, "propose_redirect")
    assert of_organisation["reason"].startswith(reason)
    assert of_organisation["reason"].endswith("не подведомственна этой организации: предложите перенаправление")
    assert (executed["person"], executed["action"]) == (None, "recall")
    assert executed["reason"].endswith("отзовите назначение и предложите перенаправление")


async def test_people_of_a_department_that_answers_no_more_are_suggested_no_more(running: Product) -> None:
    with running.engine.begin() as connection:
        ward = {"id": "ward", "organisation": "polyclinic", "title": "Юристы", "order_code": "law"}
        connection.execute(sa.insert(t.unit).values(ward))
        working = sa.update(t.person).where(t.person.c.id == running.people["executor"])
        connection.execute(working.values(unit="ward"))
        touch(connection)
    message = await arrived(running, "care")
    await running.decide("chief", message, "transfer_to_subordinate", organisation="polyclinic")
    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    revision = await without(running, "law", "purchases")

    found = (await left(running, "coordinator"))[message]
    running.write("UPDATE unit SET order_code = NULL WHERE id = 'ward'")
    await taken_back(running, revision)

    assert found["reason"] == "по приложению 2: отвечает организация, у которой сообщение"
    assert (found["person"]["number"], found["action"]) == (running.people["executor2"], "reassign")


async def test_nobody_is_suggested_for_what_is_worked_on_where_the_order_names_no_one_place_to_take_it_over(
    running: Product,
) -> None:
    with running.engine.begin() as connection:
        values = {"code": "medicine.unlisted", "parent": "medicine", "title": "Нет в приказе"}
        connection.execute(sa.insert(t.category).values(values))
        touch(connection)
    taken, stays = [await arrived(running, "unlisted") for _ in range(2)]
    for message, executor in ((taken, "of_adults"), (stays, "of_staff")):
        await running.decide("chief", message, "assign", executor=running.people[executor])
    revision = await without(running, "staff", "medical")

    found = await left(running)
    async with running.browse("chief") as browser:
        pages = [await browser.get(path) for path in ("/work/left", f"/messages/{stays}")]
    await taken_back(running, revision)

    assert found[stays] is None
    assert [page.status_code for page in pages] == [200, 200]


async def test_message_with_the_named_organisation_stays_with_its_own_people(running: Product) -> None:
    message = await arrived(running, "care", complained_of="polyclinic")
    await running.decide("chief", message, "transfer_to_subordinate", organisation="polyclinic")

    found = await suggestion(running, message, "coordinator")

    assert found is not None
    assert found["person"]["number"] in {running.people["executor"], running.people["executor2"]}
    assert found["reason"] == "по приложению 2: названа организация «Городская поликлиника»"


async def test_words_of_the_message_choose_beforehand_of_whom_it_is_and_a_person_decides(running: Product) -> None:
    async def offered(text: str) -> Any:
        message = await running.register(text=text, applicant={"email": f"{uuid4().hex}@example.org"})
        card = (await running.get("moderator", f"/messages/{message}")).json()
        accept = next(one for one in card["actions"] if one["action"] == "accept")
        return accept["fields"]["properties"]["audience"].get("default")

    assert await offered("Второй месяц не можем попасть с дочкой к педиатру.") == "child"
    assert await offered("Второй месяц не могу попасть к терапевту.") is None

    message = await arrived(running, "care")
    await running.decide("chief", message, "correct_card", audience="adult")
    assert running.case(message)["rest"]["audience"] == "adult"
    found = await suggestion(running, message)
    assert found is not None
    assert found["person"]["number"] == running.people["of_adults"]


CITIZEN = {"kind": "citizen", "name": "Бадмаева Делгр Очировна"}
FIRM = {"kind": "legal_entity", "name": "ООО «Степь»", "inn": "0814000000", "contact_person": "Манджиев Очир"}


@pytest.mark.requirement("S0-02")
@pytest.mark.parametrize(
    ("applicant", "where", "writer", "approver"),
    [
        pytest.param(CITIZEN, None, "of_adults", "chief", marks=pytest.mark.requirement("S0-07"), id="department"),
        pytest.param(
            FIRM,
            "polyclinic",
            "executor",
            "head",
            marks=[pytest.mark.requirement("S0-12"), pytest.mark.requirement("S0-01")],
            id="medical organisation",
        ),
    ],
)
async def test_whoever_answers_by_the_order_prepares_the_answer_and_it_is_out_within_the_term(
    running: Product, applicant: dict[str, str], where: str | None, writer: str, approver: str
) -> None:
    sent = {"channel": "portal", "rules_agreed": True, "applicant": applicant | {"portal_account": uuid4().hex}}
    message = await running.register(text=uuid4().hex, **sent)
    about = {"category": "medicine", "subcategory": "medicine.care", "organisation": "ministry"}
    named = {"complained_of": where} if where else {"audience": "adult"}
    await running.decide("moderator", message, "accept", **about, **named)
    place = (where or "ministry", None if where else "adults")
    with running.engine.connect() as connection:
        before = open_in(connection, {place})
    if where:
        await running.decide("chief", message, "transfer_to_subordinate", organisation=where)
    coordinator = "coordinator" if where else "chief"
    await running.decide(coordinator, message, "assign", executor=running.people[writer])
    running.tokens[writer] = running.tokens.get(writer) or _token(running, writer)
    await running.decide(writer, message, "start_work")
    answer = {"type": "solved", "text": "Запись открыта.", "endorsers": [], "approver": running.people[approver]}
    await running.decide(writer, message, "submit_answer", **answer)
    await running.decide(approver, message, "approve")

    case = running.case(message)
    card = (await running.get("chief", f"/messages/{message}")).json()
    with running.engine.connect() as connection:
        assert open_in(connection, {place}) == before, "what is answered is no load"
    assert (case["outcome"], case["answered_at"] <= case["due_at"]) == ("answered", True)
    assert card["message"]["channel"] == "portal"
    assert (case["regulation"], case["revision"] != "") == ("S2", True)
    letters = running.rows("SELECT kind, way FROM letter WHERE case_id = :id AND kind = 'answer'", id=message)
    assert letters == [{"kind": "answer", "way": "portal"}], "it is published where the message came from"
    facts = next(row["facts"] for row in running.journal(message) if row["event"] == "ExecutorAssigned")
    assert facts["suggestion_followed"] is True


def _token(running: Product, login: str) -> str:
    """A session of somebody who was given no password."""
    with running.engine.begin() as connection:
        return people.open_session(connection, running.people[login])[0]
