"""Lists, search, paging and counters."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.product import Product

pytestmark = pytest.mark.anyio


async def page(running: Product, login: str, **query: Any) -> dict[str, Any]:
    answer = await running.get(login, "/messages", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def numbers(running: Product, login: str, **query: Any) -> list[str]:
    return [row["id"] for row in (await page(running, login, **query))["messages"]]


async def sections(running: Product, login: str) -> dict[str, dict[str, Any]]:
    found = (await running.get(login, "/sections")).json()["sections"]
    return {section["code"]: section for section in found}


@pytest.mark.parametrize("words", ["прием", "приёме", "ПРИЁМА", "приемы у терапевтов", "терапевт"])
async def test_search_finds_every_form_of_a_word(running: Product, words: str) -> None:
    message = await running.accepted(text="Не могу попасть на приём к терапевту.")
    other = await running.accepted(text="Не работает лифт.")

    found = await numbers(running, "coordinator", text=words)

    assert message in found
    assert other not in found


async def test_search_for_what_is_no_word_finds_nothing(running: Product) -> None:
    await running.accepted()

    assert await numbers(running, "coordinator", text="«!?»") == []
    assert await numbers(running, "coordinator", text="гиппопотам") == []


async def test_search_does_not_reach_beyond_sight(running: Product) -> None:
    word = "вертолётодром"
    await running.register(text=f"Постройте {word}.")

    assert await numbers(running, "coordinator", text=word) == []
    assert len(await numbers(running, "moderator", text="вертолётодромы")) == 1


async def test_filters_narrow_the_list(running: Product) -> None:
    message = await running.in_work(category="medicine", subcategory="medicine.no_answer")
    row = running.case(message)

    for query in (
        {"category": "medicine"},
        {"subcategory": "medicine.no_answer"},
        {"organisation": "polyclinic"},
        {"stage": "execution"},
        {"overdue": False},
        {"number": row["number"]},
        {"number": f"№ {row['number']} "},
    ):
        assert message in await numbers(running, "coordinator", **query), query
    for query in (
        {"category": "roads"},
        {"subcategory": "medicine.vaccination"},
        {"organisation": "transport"},
        {"stage": "closed"},
        {"overdue": True, "number": row["number"]},
        {"number": "2001-0000001"},
        {"number": "без номера"},
    ):
        assert message not in await numbers(running, "coordinator", **query), query


async def test_row_says_what_the_list_needs(running: Product) -> None:
    message = await running.in_work(text="Слово " * 100)

    row = next(one for one in (await page(running, "coordinator"))["messages"] if one["id"] == message)

    case = running.case(message)
    assert row["number"] == case["number"]
    assert row["opening"].startswith("Слово Слово")
    assert (len(row["opening"]), row["opening"][-1]) == (200, "…")
    assert row["category"] == {"code": "medicine", "title": "Медицина"}
    assert row["subcategory"]["title"] == "Недозвон в медицинскую организацию"
    assert row["organisation"] == {"code": "polyclinic", "title": "Городская поликлиника"}
    assert row["stage"] == {"code": "execution", "title": "Исполнение"}
    assert row["holder"]["person"] == {"number": running.people["executor"], "name": "Сотрудник executor"}
    assert (row["version"], row["overdue"], row["stage_overdue"], row["outcome"]) == (3, False, False, None)
    assert row["stage_due_at"] < row["due_at"]


async def test_row_names_the_pool_when_no_single_person_has_it(running: Product) -> None:
    message = await running.accepted()

    row = next(one for one in (await page(running, "coordinator"))["messages"] if one["id"] == message)

    assert row["holder"] == {"person": None, "pool": {"code": "coordinator", "title": "Координаторы"}}


@pytest.mark.parametrize("sort", ["due", "received"])
async def test_pages_stay_in_place_while_messages_arrive(running: Product, sort: str) -> None:
    word = f"пагинация{uuid4().hex[:6]}"
    made = [await running.register(text=word) for _ in range(5)]
    query: dict[str, Any] = {"text": word, "sort": sort, "limit": 2}

    seen, cursor = [], None
    for _ in range(10):
        found = await page(running, "operator", **query, **({"cursor": cursor} if cursor else {}))
        seen += [row["id"] for row in found["messages"]]
        made.append(await running.register(text=word)) if len(made) < 7 else None
        cursor = found["next"]
        if cursor is None:
            break

    first = made[:5] if sort == "due" else made[:5][::-1]
    assert seen[:5] == first
    assert len(seen) == len(set(seen))
    assert seen == (made if sort == "due" else first)


async def test_last_page_says_that_it_is_the_last(running: Product) -> None:
    word = f"последняя{uuid4().hex[:6]}"
    for _ in range(2):
        await running.register(text=word)

    assert (await page(running, "operator", text=word, limit=2))["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "вчера"},
        {"cursor": "WzFd"},
        {"cursor": "W251bGwsbnVsbCxudWxsXQ"},
        {"limit": 101},
        {"limit": 0},
        {"sort": "name"},
        {"section": "everything"},
        {"stage": "limbo"},
        {"catgeory": "medicine"},
        {"text": "я" * 501},
    ],
)
async def test_impossible_query_is_refused(running: Product, query: dict[str, Any]) -> None:
    answer = await running.get("coordinator", "/messages", **query)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_cursor_of_another_order_is_refused(running: Product) -> None:
    for _ in range(2):
        await running.accepted()
    cursor = (await page(running, "coordinator", sort="due", limit=1))["next"]

    answer = await running.get("coordinator", "/messages", sort="received", limit=1, cursor=cursor)

    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


async def test_sections_are_those_of_the_persons_roles(running: Product) -> None:
    assert list(await sections(running, "moderator")) == [
        "moderation",
        "withdrawal",
        "due_soon",
        "due_today",
        "overdue",
        "errands",
    ]
    assert list(await sections(running, "head"))[:3] == ["endorsement", "approval", "prepared"]
    assert list(await sections(running, "operator")) == ["errands", "handover", "registered"]
    assert list(await sections(running, "administrator")) == []
    executor = await sections(running, "executor")
    assert executor["assigned"]["title"] == "Назначенные мне"
    assert "new" not in executor


@pytest.mark.requirement("S3-71", "S3-72")
async def test_curator_counts_his_messages_by_stage_also_those_addressed_to_him_in_moderation(running: Product) -> None:
    stages = ["moderation", "coordination", "execution", "endorsement", "approval"]
    before = await sections(running, "curator")
    addressed = await running.register(organisation="polyclinic")
    elsewhere = await running.register(organisation="transport")
    await running.submitted()

    after = await sections(running, "curator")
    found = await numbers(running, "curator", section="stage_moderation", limit=100)

    grown = {stage: after[f"stage_{stage}"]["count"] - before[f"stage_{stage}"]["count"] for stage in stages}
    assert grown == {stage: int(stage in ("moderation", "endorsement")) for stage in stages}
    assert {section["group"] for code, section in after.items() if code.startswith("stage_")} == {"По этапам"}
    assert addressed in found
    assert elsewhere not in found


@pytest.mark.parametrize("sort", ["due", "received"])
async def test_previous_page_is_the_one_before(running: Product, sort: str) -> None:
    word = f"назад{uuid4().hex[:6]}"
    for _ in range(5):
        await running.register(text=word)
    query: dict[str, Any] = {"text": word, "sort": sort, "limit": 2}
    first = await page(running, "operator", **query)
    second = await page(running, "operator", **query, cursor=first["next"])
    third = await page(running, "operator", **query, cursor=second["next"])

    back = await page(running, "operator", **query, cursor=third["previous"])
    start = await page(running, "operator", **query, cursor=back["previous"])

    assert (first["sort"], first["previous"], third["next"]) == (sort, None, None)
    assert back["messages"] == second["messages"]
    assert start["messages"] == first["messages"]
    assert start["previous"] is None
    assert start["next"] == first["next"]


async def test_section_of_another_role_is_forbidden(running: Product) -> None:
    answer = await running.get("executor", "/messages", section="new")

    assert (answer.status_code, answer.json()["code"]) == (403, "section_forbidden")


@pytest.mark.requirement("S3-29", "S3-43", "S3-57")
async def test_message_moves_through_the_sections(running: Product) -> None:
    async def where(message: str, *logins: str) -> set[str]:
        return {
            f"{login}:{section}"
            for login in logins
            for section in await sections(running, login)
            if message in await numbers(running, login, section=section, limit=100)
        }

    message = await running.register()
    assert await where(message, "moderator", "operator") == {"moderator:moderation", "operator:registered"}

    await running.accept(message)
    assert await where(message, "moderator", "coordinator") == {"coordinator:new"}

    await running.decide("coordinator", message, "assign", executor=running.people["executor"])
    assert await where(message, "coordinator", "executor") == {"coordinator:in_unit", "executor:assigned"}

    await running.decide("executor", message, "start_work")
    assert await where(message, "executor") == {"executor:in_work"}

    answer = {"type": "solved", "text": "Готово", "endorsers": [running.people["head"]]}
    await running.decide("executor", message, "submit_answer", **answer, approver=running.people["head2"])
    assert await where(message, "executor", "head", "head2") == {
        "executor:sent_on",
        "head:endorsement",
        "head:prepared",
    }

    await running.decide("head", message, "reject", reason="неполно")
    assert await where(message, "executor", "head") == {"executor:returned"}

    await running.decide(
        "executor", message, "submit_answer", **answer | {"text": "Ещё"}, approver=running.people["head2"]
    )
    await running.decide("head", message, "endorse")
    assert await where(message, "executor", "head2") == {"executor:sent_on", "head2:approval", "head2:prepared"}

    await running.decide("head2", message, "approve")
    assert await where(message, "executor", "head2", "coordinator", "curator") == {
        "executor:finished",
        "coordinator:finished",
        "curator:finished",
    }


@pytest.mark.requirement("S3-31")
async def test_rejected_redirect_comes_back_as_returned(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "reject", reason="это наше")

    assert message in await numbers(running, "coordinator", section="returned")
    assert message not in await numbers(running, "coordinator", section="new")


@pytest.mark.requirement("S3-30")
async def test_redirected_message_is_new_to_the_coordinators_of_where_it_went(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "approve")

    assert message in await numbers(running, "coordinator_transport", section="new", limit=100)
    assert message not in await numbers(running, "coordinator", section="new", limit=100)


@pytest.mark.requirement("S3-60")
async def test_head_filters_what_waits_for_him_by_category(running: Product) -> None:
    message = await running.in_work(category="medicine", subcategory="medicine.no_answer")
    answer = {"type": "solved", "text": "Готово", "endorsers": [running.people["head"]]}
    await running.decide("executor", message, "submit_answer", **answer, approver=running.people["head2"])
    section = {"section": "endorsement", "limit": 100}

    assert message in await numbers(running, "head", category="medicine", **section)
    assert message in await numbers(running, "head", subcategory="medicine.no_answer", **section)
    assert message not in await numbers(running, "head", category="roads", **section)


async def test_letter_that_nobody_can_mail_is_a_task_in_its_section(running: Product) -> None:
    message = await running.submitted(applicant={"name": "Без адреса"}, endorsers=())
    await running.decide("head2", message, "approve")

    assert message in await numbers(running, "operator", section="handover")
    assert await handover(running, message) == (True, False)
    running.write("UPDATE letter SET task_due_at = otklik_now() WHERE case_id = :id AND state = 'task'", id=message)
    assert await handover(running, message) == (True, True)


async def test_what_is_to_be_handed_over_first_stands_first_on_each_page(running: Product) -> None:
    made = []
    for days in (3, 1, 2):
        made.append(await running.submitted(applicant={"name": "Без адреса"}, endorsers=()))
        await running.decide("head2", made[-1], "approve")
        due = f"UPDATE letter SET task_due_at = otklik_now() - interval '{10 - days} days' WHERE case_id = :id AND state = 'task'"
        running.write(due, id=made[-1])

    pages = []
    cursor: dict[str, str] = {}
    for _ in made:
        page = (await running.get("operator", "/messages", section="handover", limit=1, **cursor)).json()
        pages.append(page["messages"][0]["id"])
        cursor = {"cursor": page["next"]}
    back = (await running.get("operator", "/messages", section="handover", limit=1, cursor=page["previous"])).json()

    assert pages == [made[1], made[2], made[0]]
    assert back["messages"][0]["id"] == made[2]


async def handover(running: Product, message: str) -> tuple[bool, bool]:
    """Whether the row tells until when the answer is to be handed over, as the card does, and that it is late."""
    (row,) = (await running.get("operator", "/messages", number=running.case(message)["number"])).json()["messages"]
    letters = (await running.get("operator", f"/messages/{message}")).json()["letters"]
    tasks = [letter["task_due_at"] for letter in letters if letter["state"]["code"] == "task"]
    return tasks != [] and row["handover_due_at"] == min(tasks), row["handover_overdue"]


async def test_row_names_the_actions_of_the_card_when_asked(running: Product) -> None:
    message = await running.accepted()
    number = running.case(message)["number"]
    card = (await running.get("coordinator", f"/messages/{message}")).json()

    (row,) = (await running.get("coordinator", "/messages", number=number, actions=True)).json()["messages"]
    (silent,) = (await running.get("coordinator", "/messages", number=number)).json()["messages"]
    (of_curator,) = (await running.get("curator", "/messages", number=number, actions=True)).json()["messages"]
    former = (await running.get("moderator", "/messages", number=number, actions=True)).json()["messages"]

    told = [(one["action"], one["title"]) for one in card["actions"] if "letter" not in one["fields"]["properties"]]
    assert [(one["action"], one["title"]) for one in row["actions"]] == told
    assert silent["actions"] == of_curator["actions"] == []
    assert [one["actions"] for one in former] == [[]]
