"""Who sees what: the allowed and the forbidden, in cards, lists and journals alike."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from storage import tables as t
from storage.reference import touch
from tests.product import PEOPLE, Product
from tests.storage.documents import PNG

pytestmark = pytest.mark.anyio

CONTACT = "applicant@example.org"
NAME = "Иванова Мария Петровна"


async def card(running: Product, login: str, message: str) -> dict[str, Any]:
    answer = await running.get(login, f"/messages/{message}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(running: Product, login: str, **query: Any) -> list[str]:
    answer = await running.get(login, "/messages", limit=100, **query)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["messages"]]


async def redirected(running: Product, text: str = "Автобус не ходит, звоните 8 (8472) 24-10-75.") -> str:
    """A message that the polyclinic sent to the transport service, where it has an executor."""
    message = await running.accepted(text=text)
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "approve")
    await running.decide("coordinator_transport", message, "assign", executor=running.people["executor_transport"])
    return message


@pytest.mark.parametrize(
    "login", ["coordinator_transport", "executor_transport", "head_transport", "coordinator_branch", "executor2"]
)
async def test_message_of_others_is_not_found_anywhere(running: Product, login: str) -> None:
    message = await running.in_work()

    answers = [
        await running.get(login, f"/messages/{message}"),
        await running.get(login, f"/messages/{message}/journal"),
        await running.try_to(login, message, "start_work"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.json()["code"] for answer in answers} == {"not_found"}
    assert message not in await listed(running, login)


async def test_message_that_is_not_there_answers_like_a_forbidden_one(running: Product) -> None:
    message = await running.in_work()

    forbidden = await running.get("head_transport", f"/messages/{message}")
    missing = await running.get("head_transport", "/messages/00000000-0000-4000-8000-000000000000")

    assert (forbidden.status_code, forbidden.json()) == (missing.status_code, missing.json())


async def test_nobody_signed_in_reads_nothing(running: Product) -> None:
    message = await running.register()

    for path in (f"/messages/{message}", f"/messages/{message}/journal", "/messages", "/sections", "/notices"):
        assert (await running.http.get(f"/api/v1{path}")).status_code == 401


async def test_contacts_are_shown_to_who_prepares_the_answer_and_hidden_from_heads_and_curators(
    running: Product,
) -> None:
    message = await running.submitted(text="Позвоните мне: 8 (8472) 24-10-75.")

    full = {login: await card(running, login, message) for login in ("executor", "coordinator", "operator")}
    hidden = {login: await card(running, login, message) for login in ("head", "head2", "curator", "administrator")}

    for found in full.values():
        assert (found["sight"], found["applicant"]["name"]) == ("full", NAME)
        assert found["applicant"]["contacts"] == ["email"]
        assert "24-10-75" in found["message"]["text"]
        assert CONTACT not in json.dumps(found)
    for login in full:
        assert (await running.get(login, f"/messages/{message}/contacts")).json()["email"] == CONTACT
    for login, found in hidden.items():
        assert (found["sight"], found["applicant"]["hidden"]) == ("without_contacts", True)
        assert (found["applicant"]["contacts"], found["links"]["contacts"]) == ([], None)
        refused = await running.get(login, f"/messages/{message}/contacts")
        assert (refused.status_code, refused.json()["code"]) == (403, "contacts_hidden")
        words = json.dumps(found, ensure_ascii=False)
        assert CONTACT not in words
        assert NAME not in words
        assert "24-10-75" not in words
        assert "[телефон]" in found["message"]["text"]


async def test_place_and_names_of_files_hide_contacts_like_the_text(running: Product) -> None:
    named = "Паспорт Ивановой Марии.png"
    sent = await running.http.post(
        "/api/v1/attachments", headers=await running.headers("operator"), params={"name": named}, content=PNG
    )
    message = await running.submitted(location="Ключевая, 5, звоните 8 (8472) 24-10-75", files=[sent.json()["id"]])

    shown = {
        login: (await card(running, login, message))["message"]
        for login in ("executor", "operator", "head", "curator", "administrator", "moderator")
    }

    for login in ("executor", "operator"):
        assert "24-10-75" in shown[login]["location"]
    for login in ("head", "curator", "administrator", "moderator"):
        assert shown[login]["location"] == "Ключевая, 5, звоните [телефон]", login
    names = {login: [file["name"] for file in found["files"]] for login, found in shown.items()}
    # a head who is to decide reads the files themselves
    assert {login for login in names if names[login] == [named]} == {"executor", "operator", "head"}
    assert {tuple(names[login]) for login in ("curator", "administrator", "moderator")} == {("файл.png",)}


async def test_who_registered_a_message_reads_it_whole_while_he_takes_messages_in(running: Product) -> None:
    message = await running.in_work()
    with role_ended(running, "operator"):
        found = await card(running, "operator", message)
        row = next(
            row
            for row in (await running.get("operator", "/messages", limit=100)).json()["messages"]
            if row["id"] == message
        )
        assert (found["sight"], found["state"], found["applicant"]["contacts"]) == ("former", None, [])
        assert (await running.get("operator", f"/messages/{message}/contacts")).status_code == 403
        assert (row["sight"], row["stage"]) == ("former", None)
        assert message not in await listed(running, "operator", stage="execution")

    assert (await card(running, "operator", message))["sight"] == "full"


async def test_executor_without_his_role_reads_what_is_still_his_to_answer_and_no_more(running: Product) -> None:
    message = await running.submitted()
    with role_ended(running, "executor"):
        assert (await card(running, "executor", message))["sight"] == "full"
        await running.decide("head", message, "endorse")
        await running.decide("head2", message, "approve")

        found = await card(running, "executor", message)
        assert (found["sight"], found["applicant"]["contacts"], found["state"]) == ("former", [], None)
        assert message not in await listed(running, "executor", stage="delivery")

    assert (await card(running, "executor", message))["sight"] == "full"


@contextlib.contextmanager
def role_ended(running: Product, login: str) -> Iterator[None]:
    """The person's roles are over while the block lasts."""
    ended = sa.update(t.grant).where(t.grant.c.person == running.people[login])
    with running.engine.begin() as connection:
        connection.execute(ended.values(valid_until=sa.func.otklik_now()))
        touch(connection)
    try:
        yield
    finally:
        with running.engine.begin() as connection:
            connection.execute(ended.values(valid_until=None))
            touch(connection)


async def test_rows_of_a_list_hide_contacts_like_the_card(running: Product) -> None:
    message = await running.accepted(text="Мой адрес visitor@example.org, жду ответа.")

    rows = {
        login: next(row for row in (await running.get(login, "/messages")).json()["messages"] if row["id"] == message)
        for login in ("coordinator", "curator")
    }

    assert "visitor@example.org" in rows["coordinator"]["opening"]
    assert rows["curator"]["opening"] == "Мой адрес [эл. почта], жду ответа."


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("СНИЛС 112-233-445\n95, телефон 8 (84722)\n4-10-75", "СНИЛС [СНИЛС], телефон [телефон]"),
        ("Звоните:" + "\n" * 382 + "8 (84722) 4-10-75", "Звоните: [телефон]"),
    ],
)
async def test_opening_of_a_row_shows_no_half_of_a_number(running: Product, text: str, opening: str) -> None:
    message = await running.accepted(text=text)

    rows = (await running.get("curator", "/messages")).json()["messages"]

    assert next(row for row in rows if row["id"] == message)["opening"] == opening


async def test_curator_of_the_organisation_that_the_sender_named_reads_during_moderation(running: Product) -> None:
    named = await running.register(organisation="polyclinic")
    other = await running.register(organisation="transport")

    found = await card(running, "curator", named)

    assert (found["sight"], found["actions"]) == ("without_contacts", [])
    assert found["state"]["holder"]["pool"]["code"] == "moderator"
    assert (await running.get("curator", f"/messages/{other}")).status_code == 404
    assert (await running.get("coordinator", f"/messages/{named}")).status_code == 404


async def test_moderator_after_acceptance_reads_his_own_part_alone(running: Product) -> None:
    message = await running.in_work()

    found = await card(running, "moderator", message)
    journal = (await running.get("moderator", f"/messages/{message}/journal")).json()

    assert (found["sight"], found["state"], found["actions"], found["letters"]) == ("former", None, [], [])
    assert found["applicant"]["contacts"] == []
    events = [row["event"]["code"] for row in journal["rows"] if row["person"]]
    assert events == ["MessageRegistered", "MessageAccepted"]
    assert message not in await listed(running, "moderator", section="moderation")


async def test_former_organisation_after_a_redirect_reads_its_own_part_without_contacts(running: Product) -> None:
    message = await redirected(running)

    found = await card(running, "coordinator", message)
    journal = (await running.get("coordinator", f"/messages/{message}/journal")).json()
    rows = (await running.get("coordinator", "/messages", limit=100)).json()["messages"]
    row = next(one for one in rows if one["id"] == message)

    assert (found["sight"], found["state"], found["dates"], found["actions"]) == ("former", None, [], [])
    assert (found["applicant"]["name"], found["applicant"]["contacts"]) == (None, [])
    assert (await running.get("coordinator", f"/messages/{message}/contacts")).status_code == 403
    assert "[телефон]" in found["message"]["text"]
    events = [one["event"]["code"] for one in journal["rows"] if one["decision"]]
    assert events == ["RedirectProposed", "RedirectApproved"]
    assert {one["organisation"]["code"] for one in journal["rows"]} == {"polyclinic"}
    assert (row["sight"], row["holder"], row["stage"], row["organisation"]) == ("former", None, None, None)
    assert (await running.get("executor", f"/messages/{message}")).status_code == 404
    refused = await running.try_to("coordinator", message, "recall", reason="верните")
    assert refused.status_code == 403


async def test_former_participant_reads_the_card_as_it_stood_when_his_part_ended(running: Product) -> None:
    message = await running.register(complained_of="branch")
    await running.accept(message, complained_of="polyclinic")
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "approve")
    before = {login: await card(running, login, message) for login in ("moderator", "coordinator", "head")}

    await running.decide(
        "coordinator_transport", message, "correct_card",
        category="roads", subcategory="roads.bus", complained_of="transport",
    )  # fmt: skip
    await running.decide("coordinator_transport", message, "assign", executor=running.people["executor_transport"])
    await running.decide("executor_transport", message, "start_work")
    await running.decide(
        "executor_transport", message, "submit_answer",
        type="solved", text="Готово.", secret=True, approver=running.people["head_transport"],
    )  # fmt: skip

    for login, card_before in before.items():
        found = await card(running, login, message)
        number = running.case(message)["number"]
        (row,) = (await running.get(login, "/messages", number=number)).json()["messages"]
        assert found | {"at": None} == card_before | {"at": None}, login
        assert found["sight"] == "former"
        assert (found["message"]["complained_of"]["code"], found["message"]["secret"]) == ("polyclinic", False)
        assert (row["category"]["code"], row["subcategory"]["title"]) == (
            "medicine",
            "Недозвон в медицинскую организацию",
        )
    present = (await card(running, "executor_transport", message))["message"]
    assert (present["complained_of"]["code"], present["secret"]) == ("transport", True)


async def test_former_participant_does_not_find_a_message_by_its_present_category(running: Product) -> None:
    message = await redirected(running)
    await running.decide("coordinator_transport", message, "correct_card", category="roads", subcategory="roads.bus")

    for query in ({"category": "roads"}, {"subcategory": "roads.bus"}, {"category": "medicine"}):
        assert message not in await listed(running, "coordinator", **query)
    assert message in await listed(running, "coordinator_transport", category="roads")


async def test_former_participant_reads_no_decision_of_others(running: Product) -> None:
    message = await redirected(running)
    made = await running.decide("executor_transport", message, "start_work")
    own = next(row["decision"] for row in running.journal(message) if row["event"] == "RedirectApproved")

    assert (await running.get("head", f"/messages/{message}/decisions/{made['id']}")).status_code == 404
    assert (await running.get("head", f"/messages/{message}/decisions/{own}")).status_code == 200


async def test_former_participant_does_not_learn_how_far_the_message_is(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    version, key = running.version(message), str(uuid4())
    approved = await running.try_to("head", message, "approve", version=version, key=key)
    await running.decide("coordinator_transport", message, "assign", executor=running.people["executor_transport"])

    repeated = await running.try_to("head", message, "approve", version=version, key=key)
    read = await running.get("head", f"/messages/{message}/decisions/{approved.json()['id']}")
    insider = await running.get("coordinator_transport", f"/messages/{message}/decisions/{approved.json()['id']}")

    assert approved.json()["stage"] == "coordination"
    for answer in (repeated, read):
        assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
        assert (answer.json()["version"], answer.json()["stage"]) == (None, None)
    assert (insider.json()["version"], insider.json()["stage"]) == (version + 2, "execution")
    assert (await card(running, "head", message))["version"] is None


async def test_former_participant_guesses_neither_version_nor_stage_by_being_refused(running: Product) -> None:
    message = await redirected(running)
    version = running.version(message)

    guesses = [
        await running.try_to("head", message, action, version=one)
        for one in range(version + 2)
        for action in ("approve", "take", "start_work")
    ]

    assert {(guess.status_code, guess.json()["code"]) for guess in guesses} == {(403, "action_forbidden")}
    assert len({guess.json()["detail"] for guess in guesses}) == 1


async def test_former_participant_whose_decision_was_the_last_is_told_so(running: Product) -> None:
    message = await running.accepted()
    was = running.version(message) - 1

    again = await running.try_to(
        "moderator", message, "decline", version=was, ground="no_essence", reason="Напишите подробнее."
    )

    assert (again.status_code, again.json()["code"]) == (409, "version_stale")
    assert "(Сотрудник moderator)" in again.json()["detail"]


async def test_filters_do_not_tell_a_former_organisation_where_the_message_is(running: Product) -> None:
    message = await redirected(running)

    for query in ({"stage": "execution"}, {"organisation": "transport"}, {"overdue": False}):
        assert message not in await listed(running, "coordinator", **query)
    assert message in await listed(running, "coordinator")


async def test_pages_do_not_tell_a_former_organisation_where_the_message_is(running: Product) -> None:
    word = f"перенаправленное{uuid4().hex[:8]}"
    for _ in range(3):
        await redirected(running, text=f"Автобус не ходит: {word}.")

    for query in (
        {"stage": "execution"},
        {"organisation": "transport"},
        {"overdue": False},
        {"overdue": True},
        {"sort": "due"},
        {"section": "in_unit"},
    ):
        found = (await running.get("coordinator", "/messages", text=word, limit=1, **query)).json()
        assert (found["messages"], found["next"]) == ([], None), query
    rows = (await running.get("coordinator", "/messages", text=word)).json()["messages"]
    assert [row["due_at"] for row in rows] == [None] * 3
    present = (await running.get("coordinator_transport", "/messages", text=word, sort="due")).json()["messages"]
    assert all(row["due_at"] for row in present)
    assert len(present) == 3


async def test_order_of_terms_holds_what_a_participant_still_has_in_his_organisation(running: Product) -> None:
    message = await running.submitted()

    for login in ("executor", "head", "head2", "coordinator", "operator"):
        assert message in await listed(running, login, sort="due", number=running.case(message)["number"])


async def test_new_organisation_after_a_redirect_reads_everything(running: Product) -> None:
    message = await redirected(running)

    found = await card(running, "executor_transport", message)
    journal = (await running.get("executor_transport", f"/messages/{message}/journal")).json()
    opened = (await running.get("executor_transport", f"/messages/{message}/contacts")).json()

    assert (found["sight"], opened["email"]) == ("full", CONTACT)
    events = [one["event"]["code"] for one in journal["rows"] if one["decision"]]
    assert events == ["MessageAccepted", "RedirectProposed", "RedirectApproved", "ExecutorAssigned"]


async def test_drafts_are_for_who_works_on_the_answer(running: Product) -> None:
    message = await running.submitted()

    inside = {login: (await card(running, login, message))["answers"] for login in ("executor", "head", "curator")}
    outside = {login: (await card(running, login, message)) for login in ("operator", "administrator", "moderator")}

    assert all(len(answers) == 1 for answers in inside.values())
    for found in outside.values():
        assert (found["answers"], found["draft"]) == ([], None)


async def test_drafts_of_a_former_organisation_are_for_who_was_of_them_and_their_comments_for_nobody(
    running: Product,
) -> None:
    message = await running.in_work()
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Черновик поликлиники.",
        comment="внутренняя справка",
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "reject", reason="не наше дело")
    await running.decide("executor", message, "return_to_coordination", reason="не наше")
    await running.decide(
        "coordinator", message, "propose_redirect", organisation="transport", approver=running.people["head"]
    )
    await running.decide("head", message, "approve")

    found = {
        login: await card(running, login, message)
        for login in ("executor", "head2", "coordinator", "head", "curator", "moderator")
    }

    assert {one["sight"] for one in found.values()} == {"former"}
    words = {login: json.dumps(one, ensure_ascii=False) for login, one in found.items()}
    assert {login for login in found if "Черновик" in words[login]} == {"executor", "head2", "coordinator"}
    assert not any("внутренняя справка" in one for one in words.values())


async def test_who_lost_his_role_reads_his_own_acts_alone_where_the_message_still_is(running: Product) -> None:
    message = await running.submitted()
    await running.decide("head", message, "endorse")
    with role_ended(running, "head"):
        await running.decide("head2", message, "reject", reason="рано")
        found = await card(running, "head", message)
        journal = (await running.get("head", f"/messages/{message}/journal")).json()["rows"]

    assert (found["sight"], found["answers"]) == ("former", [])
    assert [row["event"]["code"] for row in journal] == ["DraftEndorsed"]


async def test_reasons_of_a_rejection_are_for_who_works_on_the_answer(running: Product) -> None:
    message = await running.submitted()
    await running.decide("head", message, "reject", reason="Не указан срок ремонта")

    journals = {
        login: (await running.get(login, f"/messages/{message}/journal")).json()["rows"]
        for login in ("executor", "curator", "operator")
    }

    last = {
        login: next(row for row in rows if row["event"]["code"] == "DraftRejected") for login, rows in journals.items()
    }
    assert last["executor"]["written"]["reason"] == last["curator"]["written"]["reason"] == "Не указан срок ремонта"
    assert last["operator"]["written"] is None


async def test_sections_hold_what_their_counters_count_and_nothing_unseen(running: Product) -> None:
    await running.register(organisation="polyclinic")
    await running.submitted()
    await running.accepted()
    await redirected(running)

    for login in PEOPLE:
        seen = set(await listed(running, login))
        sections = (await running.get(login, "/sections")).json()["sections"]
        for section in sections:
            found = await listed(running, login, section=section["code"])
            assert len(found) == section["count"], (login, section)
            assert set(found) <= seen, (login, section)
