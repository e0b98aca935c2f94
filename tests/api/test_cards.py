"""The card: what I may do now, where each date comes from, what became of the text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.terms import due_of
from domain.vocabulary import Action
from domain.words import end_of_postponement
from tests.product import Product

pytestmark = pytest.mark.anyio

MOSCOW = ZoneInfo("Europe/Moscow")


async def card(running: Product, login: str, message: str) -> dict[str, Any]:
    answer = await running.get(login, f"/messages/{message}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: dict[str, Any] = answer.json()
    return found


async def actions(running: Product, login: str, message: str) -> dict[str, dict[str, Any]]:
    return {one["action"]: one for one in (await card(running, login, message))["actions"]}


def offered(action: dict[str, Any], field: str) -> list[Any]:
    found = action["fields"]["properties"][field]
    found = found.get("items", found)
    return [option["const"] for option in found.get("oneOf", [])]


def explained(found: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in found["dates"] if one["kind"] == kind)


async def test_moderator_is_offered_organisations_with_coordinators_and_the_grounds_of_the_rules(
    running: Product,
) -> None:
    message = await running.register()

    found = await actions(running, "moderator", message)

    assert set(found) == {"set_flag", "accept", "decline", "correct_card", "confirm_danger"}
    assert offered(found["accept"], "organisation") == ["branch", "ministry", "polyclinic", "transport"]
    assert offered(found["accept"], "category") == ["medicine", "roads"]
    sub = found["accept"]["fields"]["properties"]["subcategory"]["oneOf"]
    assert {"const": "roads.bus", "title": "Автобусы", "x-category": "roads"} in sub
    assert "no_essence" in offered(found["decline"], "ground")
    assert found["decline"]["fields"]["required"] == ["ground", "reason"]
    assert found["decline"]["clause"] == "S2, 3.1"


async def test_coordinator_is_offered_only_what_the_rules_would_take(running: Product) -> None:
    message = await running.accepted()

    found = await actions(running, "coordinator", message)

    people = running.people
    assert set(found) == {
        "assign",
        "take",
        "transfer_to_subordinate",
        "propose_redirect",
        "correct_card",
        "confirm_danger",
        "ask_applicant",
        "ask_for_call",
        "ask_co_executors",
        "link",
        "set_flag",
        "convert",
    }
    assert offered(found["assign"], "executor") == [people["executor"], people["executor2"]]
    assert found["assign"]["fields"]["properties"]["executor"]["oneOf"][0]["title"] == "Сотрудник executor"
    assert offered(found["transfer_to_subordinate"], "organisation") == ["branch"]
    assert offered(found["propose_redirect"], "organisation") == ["ministry", "transport"]
    assert offered(found["propose_redirect"], "approver") == [people["head"], people["head2"]]  # head3 is for roads
    assert found["take"]["fields"]["properties"] == {}


async def test_every_offer_of_a_person_is_accepted_by_the_rules(running: Product) -> None:
    message = await running.accepted()
    found = await actions(running, "coordinator", message)

    for executor in offered(found["assign"], "executor"):
        await running.decide("coordinator", message, "assign", executor=executor)
        await running.decide("coordinator", message, "recall", reason="проверка")

    assert running.case(message)["stage"] == "coordination"


async def test_executor_chooses_heads_types_and_absence_by_their_names(running: Product) -> None:
    message = await running.in_work()

    found = await actions(running, "executor", message)

    beside = {"confirm_danger", "set_flag", "ask_applicant", "ask_for_call", "ask_co_executors"}
    assert set(found) == {"submit_answer", "return_to_coordination", "reassign"} | beside
    kinds = found["submit_answer"]["fields"]["properties"]["type"]["oneOf"]
    assert [kind["title"] for kind in kinds] == ["Решено", "Не решено", "Отложено", "Отклонено"]
    heads = [running.people["head"], running.people["head2"]]
    assert offered(found["submit_answer"], "approver") == heads
    assert offered(found["submit_answer"], "endorsers") == heads
    assert offered(found["reassign"], "executor") == [running.people["executor2"]]
    assert offered(found["reassign"], "absence") == ["vacation", "sickness", "dismissal", "other"]


@pytest.mark.parametrize("back", ["reject", "withdraw"])
async def test_returned_answer_proposes_the_people_of_the_last_submission(running: Product, back: str) -> None:
    first = (await actions(running, "executor", await running.in_work()))["submit_answer"]["fields"]["properties"]
    message = await running.submitted(endorsers=("head",))
    if back == "reject":
        await running.decide("head", message, "reject", reason="Нет ответа по существу")
    else:
        await running.decide("executor", message, "withdraw_answer")

    again = (await actions(running, "executor", message))["submit_answer"]["fields"]["properties"]

    assert again["endorsers"]["default"] == [running.people["head"]]
    assert again["approver"]["default"] == running.people["head2"]
    assert "default" not in again["text"]
    assert first["endorsers"]["default"] == []
    assert "default" not in first["approver"]


async def test_schemas_of_all_actions_are_json_schema_without_loose_ends(running: Product) -> None:
    message = await running.submitted()

    found = await actions(running, "head", message) | await actions(running, "executor", message)

    beside = {"confirm_danger", "ask_applicant", "ask_for_call", "set_flag"}
    assert set(found) == {"endorse", "reject", "delegate", "edit_answer", "withdraw_answer"} | beside
    assert offered(found["delegate"], "head") == [running.people["head2"]]  # not the holder himself, nor the author
    for one in found.values():
        assert one["fields"]["additionalProperties"] is False
        assert "$defs" not in one["fields"]


async def test_nothing_is_offered_to_who_may_only_look(running: Product) -> None:
    message = await running.in_work()

    assert await actions(running, "curator", message) == {}
    assert await actions(running, "operator", message) != {}  # correct_card


async def test_letters_to_hand_over_are_offered_to_the_operator(running: Product) -> None:
    message = await running.submitted(applicant={"name": "Без адреса"}, endorsers=())
    await running.decide("head2", message, "approve")

    found = await card(running, "operator", message)

    confirm = next(one for one in found["actions"] if one["action"] == "confirm_delivery")
    waiting = [letter["id"] for letter in found["letters"] if letter["state"]["code"] == "task"]
    assert sorted(offered(confirm, "letter")) == sorted(waiting)
    assert offered(confirm, "way") == ["phone", "in_person", "post", "other"]
    assert all(letter["task_due_at"] for letter in found["letters"] if letter["state"]["code"] == "task")
    assert not any(letter["doubtful"] for letter in found["letters"])


_REASON = {"reason": "причина"}
_FIELDS: dict[Action, dict[str, Any]] = {
    Action.ACCEPT: {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"},
    Action.DECLINE: _REASON | {"ground": "no_essence"},
    Action.ASSIGN: {"executor": 1},
    Action.TRANSFER_TO_SUBORDINATE: {"organisation": "branch"},
    Action.PROPOSE_REDIRECT: {"organisation": "transport", "approver": 1},
    Action.RETURN_TO_SUPERIOR: _REASON,
    Action.RETURN_TO_COORDINATION: _REASON,
    Action.REASSIGN: _REASON | {"executor": 1},
    Action.SUBMIT_ANSWER: {"type": "solved", "text": "текст", "approver": 1},
    Action.RECALL: _REASON,
    Action.REJECT: _REASON,
    Action.DELEGATE: _REASON | {"head": 1},
    Action.EDIT_ANSWER: {"text": "текст"},
    Action.CORRECT_CARD: {"complained_of": "transport"},
    Action.CONFIRM_DELIVERY: {
        "letter": str(UUID(int=1)),
        "way": "phone",
        "handed_over_at": "2026-01-01T00:00:00Z",
        "recipient": "заявитель",
    },
    Action.REPORT_DELIVERY_FAILURE: _REASON | {"letter": str(UUID(int=1))},
    Action.ADD_FACTS: {"text": "текст"},
    Action.DISMISS_DANGER: _REASON,
    Action.CONTINUE_CONSIDERATION: _REASON,
    Action.LINK: _REASON | {"main": "2026-0000001"},
    Action.UNLINK: _REASON,
    Action.SET_FLAG: {"flag": "minor"},
    Action.CONVERT: _REASON | {"law": "210-fz"},
    Action.CHOOSE_LAW: {"law": "210-fz"},
    Action.SETTLE_COMPLAINT: {"errand": str(UUID(int=1)), "text": "текст"},
    Action.DROP_FLAG: _REASON | {"flag": "minor"},
    Action.SETTLE_FLAG: {"errand": str(UUID(int=1)), "text": "текст"},
    Action.ASK_APPLICANT: {"text": "текст"},
    Action.ANSWER_QUESTION: {"errand": str(UUID(int=1)), "text": "текст"},
    Action.ASK_FOR_CALL: {"text": "текст"},
    Action.RECORD_ATTEMPT: {"errand": str(UUID(int=1)), "result": "busy"},
    Action.ASK_CO_EXECUTORS: {"people": [1], "text": "текст"},
    Action.CONTRIBUTE: {"text": "текст"},
    Action.CANCEL_ERRAND: {"errand": str(UUID(int=1))} | _REASON,
    Action.RATE: {"score": 2},
    Action.ASK_REPEAT: {"missing": "текст"},
}


@pytest.mark.parametrize("login", ["executor", "coordinator", "curator", "operator"])
async def test_what_the_card_does_not_offer_is_refused(running: Product, login: str) -> None:
    message = await running.in_work()

    offered_now = set(await actions(running, login, message))

    for action in set(Action) - offered_now:
        answer = await running.try_to(login, message, action, **_FIELDS.get(action, {}))
        refusals = {"action_forbidden": 403, "action_not_allowed": 409, "identity_not_confirmed": 422}
        assert refusals.get(answer.json()["code"]) == answer.status_code, (action, answer.text)


async def test_stage_due_is_explained_by_numbers_that_give_it_again(running: Product) -> None:
    message = await running.in_work()

    found = await card(running, "executor", message)
    stage, whole = explained(found, "stage_due"), explained(found, "message_due")

    row = next(row for row in running.journal(message)[::-1] if "term" in row["facts"])
    assert due_of(row["facts"]["term"]) == datetime.fromisoformat(stage["at"])
    assert (stage["share"], stage["shares_from_here"], stage["total_seconds"]) == (65, 90, 30 * 86_400)
    assert stage["clause"] == "S2, 2.3 в; приложение, строка 3"
    by_share = timedelta(seconds=stage["total_seconds"] * stage["share"] // 100)
    assert datetime.fromisoformat(stage["at"]) - datetime.fromisoformat(stage["start"]) == by_share
    words = " ".join(stage["sentences"])
    assert "65 % срока в 30 дней: 19 дней 12 часов" in words
    assert "Действует меньшее: 19 дней 12 часов." in words
    assert whole["clause"] == "S2, 3.10; приложение"
    assert whole["sentences"][0].startswith("Срок ответа — 30 календарных дней со времени поступления:")


async def test_short_category_moves_the_term_and_the_explanation_says_so(running: Product) -> None:
    message = await running.register()
    before = explained(await card(running, "moderator", message), "message_due")
    await running.accept(message, subcategory="medicine.vaccination")

    after = explained(await card(running, "coordinator", message), "message_due")

    assert "Окончательно он устанавливается" in " ".join(before["sentences"])
    assert after["sentences"][0].startswith("Срок ответа — 10 календарных дней")
    assert after["sentences"][1].startswith("Прежде срок был ")
    assert after["total_seconds"] == 10 * 86_400


async def test_postponement_names_the_last_day_alone(running: Product) -> None:
    message = await running.in_work()
    due_on = running.case(message)["due_at"].astimezone(MOSCOW).date()
    until = due_on + timedelta(days=10)
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="postponed",
        text="Ждём поставки.",
        postponed_until=until.isoformat(),
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")

    whole = explained(await card(running, "executor", message), "message_due")

    assert whole["sentences"][0] == f"Рассмотрение отложено: ответ нужен не позднее {end_of_postponement(until)}."
    assert whole["sentences"][1].startswith("Прежде срок был ")
    assert len(whole["sentences"]) == 2


async def test_late_stage_shrinks_and_the_explanation_tells_which_count_holds(running: Product) -> None:
    arrived = datetime.now().astimezone() - timedelta(days=29)
    message = await running.accepted(received_at=arrived.isoformat())

    stage = explained(await card(running, "coordinator", message), "stage_due")

    length = datetime.fromisoformat(stage["at"]) - datetime.fromisoformat(stage["start"])
    assert length == timedelta(seconds=max(stage["remaining_seconds"] * 5 // 95, stage["floor_seconds"]))
    assert "Меньше 7 часов 12 минут этап не длится" in stage["sentences"][-2]


async def test_stage_entered_after_the_term_has_no_due_of_its_own(running: Product) -> None:
    arrived = datetime.now().astimezone() - timedelta(days=31)
    message = await running.accepted(received_at=arrived.isoformat())

    found = await card(running, "coordinator", message)

    assert explained(found, "stage_due")["at"] is None
    assert found["state"]["overdue"] is True
    assert "warning" not in {one["kind"] for one in found["dates"]}


async def test_warning_is_explained_by_the_part_of_the_stage_that_is_left(running: Product) -> None:
    message = await running.in_work()

    warning = explained(await card(running, "executor", message), "warning")

    assert (warning["share"], warning["clause"]) == (25, "S2, 4.1 а; G-11")
    assert "25 % времени этапа, 4 дня 21 час" in warning["sentences"][0]


@pytest.mark.requirement("S2-43")
async def test_edited_answer_keeps_both_versions_with_their_difference(running: Product) -> None:
    message = await running.submitted()
    await running.decide("head", message, "edit_answer", text="Добавлена третья линия телефона.")

    first, second = (await card(running, "executor", message))["answers"]

    assert (first["text"], first["difference"]) == ("Добавлена вторая линия телефона.", None)
    assert second["difference"] == [
        {"change": "same", "text": "Добавлена "},
        {"change": "removed", "text": "вторая"},
        {"change": "added", "text": "третья"},
        {"change": "same", "text": " линия телефона."},
    ]
    assert second["author"]["number"] == running.people["head"]
    assert (first["submission"], second["submission"]) == (1, 1)


async def test_route_shows_who_has_endorsed_and_whose_turn_it_is(running: Product) -> None:
    message = await running.submitted(endorsers=("head", "head2"))
    await running.decide("head", message, "endorse")

    draft = (await card(running, "executor", message))["draft"]

    asked = [(one["person"]["number"], one["done"], one["turn"]) for one in draft["endorsers"]]
    assert asked == [(running.people["head"], True, False), (running.people["head2"], False, True)]
    assert (draft["kind"], draft["approver"]["turn"]) == ("answer", False)


async def test_redirect_on_its_way_names_its_target_and_grounds(running: Product) -> None:
    message = await running.accepted()
    await running.decide(
        "coordinator",
        message,
        "propose_redirect",
        external_name="Администрация города",
        approver=running.people["head"],
        comment="Это их дорога",
    )

    draft = (await card(running, "head", message))["draft"]

    assert (draft["kind"], draft["external_name"], draft["comment"]) == (
        "redirect",
        "Администрация города",
        "Это их дорога",
    )
    assert draft["approver"]["turn"] is True


async def test_approved_answer_is_shown_to_the_operator_without_inside_words(running: Product) -> None:
    message = await running.in_work()
    await running.decide(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text="Готово.",
        comment="Звонил главврач",
        approver=running.people["head2"],
    )
    await running.decide("head2", message, "approve")

    inside = (await card(running, "executor", message))["answers"][0]
    outside = (await card(running, "operator", message))["answers"][0]

    assert (inside["text"], inside["comment"]) == ("Готово.", "Звонил главврач")
    assert (outside["text"], outside["comment"]) == ("Готово.", None)
    assert outside["approved_at"] is not None


async def test_curator_alone_is_led_to_the_run_in_temporal(running: Product) -> None:
    message = await running.in_work()

    links = {login: (await card(running, login, message))["links"] for login in ("curator", "executor")}

    assert links["curator"]["temporal_ui"] == f"http://127.0.0.1:8233/namespaces/otklik/workflows/message-{message}"
    assert links["executor"]["temporal_ui"] is None


@pytest.mark.requirement("S2-12", "S2-53")
async def test_curator_sees_each_message_of_his_organisation_and_of_those_below(running: Product) -> None:
    here = await running.in_work()
    below = await running.accepted()
    await running.decide("coordinator", below, "transfer_to_subordinate", organisation="branch")

    for message in (here, below):
        assert (await card(running, "curator", message))["sight"] == "without_contacts"
        assert (await running.get("curator", f"/messages/{message}/journal")).json()["rows"]
    assert (await running.get("curator", "/sections")).status_code == 200


async def test_journal_tells_each_step_with_names_and_receipts(running: Product) -> None:
    message = await running.in_work()

    found = (await running.get("curator", f"/messages/{message}/journal")).json()

    rows = [row for row in found["rows"] if row["person"]]
    assert [row["event"]["title"] for row in rows] == [
        "Сообщение зарегистрировано",
        "Принято в работу модератором",
        "Назначен исполнитель",
        "Взято в работу исполнителем",
    ]
    assert rows[2]["person"]["name"] == "Сотрудник coordinator"
    assert rows[2]["facts"]["term"]["share"] == 65
    assert {"number": running.people["executor"], "name": "Сотрудник executor"} in found["people"]
    assert {"code": "polyclinic", "title": "Городская поликлиника"} in found["organisations"]
