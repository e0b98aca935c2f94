"""Every branch of S2, 3.1–3.9, on the real run: people decide over HTTP, the run moves, the record and Temporal agree."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain.rules import RULES
from domain.vocabulary import Action
from embedded.mail_server import MailCatcher
from temporal.attributes import KEYS
from tests.process.clock import MOSCOW, Clock, until
from tests.process.walk import ANSWER, DAY, GROUND, PATHS, Walk
from tests.product import Product

pytestmark = pytest.mark.anyio


async def coordinated(product: Product, clock: Clock, **fields: Any) -> Walk:
    """In coordination at the polyclinic."""
    walk = await Walk.begin(product, clock, **fields)
    await walk.accept()
    return walk


async def at_work(product: Product, clock: Clock, **fields: Any) -> Walk:
    """With `executor`, in work."""
    walk = await coordinated(product, clock, **fields)
    await walk.assign()
    return walk


def told(walk: Walk, kind: str) -> set[str]:
    """The logins that have a notice of the kind about this message."""
    logins = {number: login for login, number in walk.product.people.items()}
    rows = walk.product.rows(
        "SELECT person FROM notice WHERE case_id = :id AND kind = :kind", id=walk.message, kind=kind
    )
    return {logins[row["person"]] for row in rows}


async def attributes(walk: Walk) -> dict[str, Any]:
    """What Temporal knows of the run."""
    described = await walk.clock.handle(walk.message).describe()
    return {pair.key.name: pair.value for pair in described.typed_search_attributes if pair.key.name in KEYS}


async def refusal(walk: Walk, login: str, action: str, **fields: Any) -> tuple[int, str]:
    """Status and code of a decision that is not accepted; nothing has changed by it."""
    before = walk.case
    answer = await walk.product.try_to(login, walk.message, action, **fields)
    assert walk.case == before
    return answer.status_code, answer.json()["code"]


@pytest.mark.requirement("S2-17")
async def test_new_message_lies_with_the_moderators_without_anybodys_doing(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)

    assert walk.case["stage"] == "moderation"
    assert told(walk, "task_arrived") == {"moderator"}
    assert (await attributes(walk))["Holder"] == "pool-moderator"


@pytest.mark.requirement("S2-18")
async def test_accept_fills_the_card_and_chooses_the_organisation(product: Product, clock: Clock) -> None:
    walk = await Walk.begin(product, clock)

    await walk.accept(location="улица Артёма, 1")

    case = walk.case
    assert (case["stage"], case["organisation"]) == ("coordination", "polyclinic")
    assert (case["category"], case["subcategory"]) == ("medicine", "medicine.no_answer")
    assert (await attributes(walk))["Organisation"] == "polyclinic"
    assert told(walk, "task_arrived") == {"moderator", "coordinator"}


@pytest.mark.requirement("S2-19")
async def test_decline_tells_the_applicant_the_reason_and_closes(
    product: Product, clock: Clock, mail: MailCatcher
) -> None:
    address = "declined@example.org"
    walk = await Walk.begin(product, clock, applicant={"name": "Иванова Мария", "email": address})

    assert await refusal(walk, "moderator", "decline", ground=GROUND) == (422, "invalid_request")
    assert await refusal(walk, "moderator", "decline", ground="no.such", reason="Причина.") == (422, "ground_unknown")
    await walk.do("moderator", "decline", ground=GROUND, reason="Опишите, где это произошло.")

    letter = [letter for letter in mail.letters() if letter["To"] == address][-1]
    assert "Опишите, где это произошло." in letter.get_content()
    await walk.close()
    assert walk.case["outcome"] == "declined"
    assert (await clock.handle(walk.message).result())["outcome"] == "declined"


@pytest.mark.requirement("S2-20", "S2-29", "S0-24")
async def test_assigned_executor_takes_the_message_to_work(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)

    await walk.do("coordinator", "assign", executor=walk.person("executor"))
    assert await refusal(walk, "executor2", "start_work") == (404, "not_found")  # he may not even see it
    await walk.do("executor", "start_work")

    assert (walk.case["stage"], walk.case["holder"], walk.case["started"]) == (
        "execution",
        walk.person("executor"),
        True,
    )
    assert (await attributes(walk))["Holder"] == f"staff-{walk.person('executor')}"


@pytest.mark.requirement("S2-21")
async def test_coordinator_takes_the_message_and_answers_himself(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)

    await walk.do("coordinator", "take")
    await walk.submit(by="coordinator")
    await walk.do("head2", "approve")

    assert walk.case["outcome"] == "answered"


@pytest.mark.requirement("S2-22", "S2-27")
async def test_transfer_needs_no_approval_and_returns_with_a_reason(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    entered, due = walk.case["entered_at"], walk.case["stage_due_at"]

    await walk.do("coordinator", "transfer_to_subordinate", organisation="branch")

    assert (walk.case["stage"], walk.case["organisation"]) == ("coordination", "branch")
    assert (walk.case["entered_at"], walk.case["stage_due_at"]) == (entered, due)  # the entry goes on
    assert await refusal(walk, "coordinator_branch", "return_to_superior") == (422, "invalid_request")
    await walk.do("coordinator_branch", "return_to_superior", reason="Филиал этим не занимается.")
    assert (walk.case["stage"], walk.case["organisation"]) == ("coordination", "polyclinic")
    assert (await refusal(walk, "coordinator", "return_to_superior", reason="Ещё выше."))[1] == "action_not_allowed"


@pytest.mark.requirement("S2-23", "S2-24", "S2-25", "S2-26", "S2-42", "S2-44", "S0-28")
async def test_redirect_is_endorsed_approved_and_moves_the_message(product: Product, clock: Clock) -> None:
    walk = await PATHS["redirected"](product, clock)

    assert walk.events().count("RedirectProposed") == 2
    stages = [row["facts"]["stage"] for row in product.journal(walk.message) if "stage" in row["facts"]]
    assert stages[2:8] == ["endorsement", "coordination", "endorsement", "approval", "coordination", "execution"]
    assert (walk.case["organisation"], walk.case["outcome"]) == ("transport", "answered")
    assert walk.case["sent_away"] == ["polyclinic"]


@pytest.mark.requirement("S2-49")
async def test_approved_redirect_tells_the_applicant_where_the_message_is(
    product: Product, clock: Clock, mail: MailCatcher
) -> None:
    address = "redirected@example.org"
    walk = await coordinated(product, clock, applicant={"name": "Иванова Мария", "email": address})

    await walk.do("coordinator", "propose_redirect", organisation="transport", approver=walk.person("head2"))
    assert walk.case["stage"] == "approval"  # S2-46: a redirect without endorsement
    await walk.do("head2", "approve")

    assert (walk.case["stage"], walk.case["organisation"]) == ("coordination", "transport")
    assert "coordinator_transport" in told(walk, "task_arrived")
    letter = [letter for letter in mail.letters() if letter["To"] == address][-1]
    assert "Служба перевозок" in letter.get_content()


async def test_redirect_outside_forwards_the_message_and_closes(
    product: Product, clock: Clock, mail: MailCatcher
) -> None:
    walk = await PATHS["sent_outside"](product, clock)

    assert walk.case["outcome"] == "redirected"
    number = walk.case["number"]
    assert any(letter["To"] == "office@outside.example" and number in letter["Subject"] for letter in mail.letters())


@pytest.mark.requirement("S2-28")
async def test_second_way_for_the_same_message_is_refused(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock)
    version = walk.case["version"]

    answers = await asyncio.gather(
        product.try_to("coordinator", walk.message, "take", version=version),
        product.try_to("coordinator", walk.message, "assign", version=version, executor=walk.person("executor")),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer.json() for answer in answers if answer.status_code == 409)
    assert lost["code"] in {"version_stale", "action_not_allowed"}
    assert walk.case["version"] == version + 1


@pytest.mark.requirement("S2-30", "S2-31")
async def test_executor_gives_the_message_back_or_on_with_a_reason(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    on = {"executor": walk.person("executor2"), "reason": "Ухожу в отпуск."}

    assert (await refusal(walk, "executor", "reassign", **on))[1] == "absence_missing"
    await walk.do("executor", "reassign", **on, absence="vacation")
    assert walk.case["holder"] == walk.person("executor2")
    assert await refusal(walk, "executor2", "return_to_coordination") == (422, "invalid_request")
    await walk.do("executor2", "return_to_coordination", reason="Назначено по ошибке.")

    assert walk.case["stage"] == "coordination"
    assert (await attributes(walk))["Holder"] == "pool-coordinator"


async def test_recall_and_reassignment_by_a_coordinator_free_a_stuck_message(product: Product, clock: Clock) -> None:
    walk = await PATHS["passed_around"](product, clock)

    events = walk.events()
    for event in ("AssignmentRecalled", "ExecutorReassigned", "MessageTaken", "AnswerApproved", "CaseClosed"):
        assert event in events


@pytest.mark.requirement("S2-32", "S2-33", "S2-35", "S2-36", "S2-41", "S2-46", "S0-25", "S0-26")
@pytest.mark.parametrize(
    ("kind", "more"),
    [("solved", {}), ("not_solved", {}), ("declined", {"ground": GROUND})],
    ids=lambda value: str(value),
)
async def test_answer_of_each_final_type_reaches_the_applicant(
    product: Product, clock: Clock, mail: MailCatcher, kind: str, more: dict[str, str]
) -> None:
    address = f"{kind.replace('_', '-')}@example.org"
    walk = await at_work(product, clock, applicant={"name": "Иванова Мария", "email": address})

    if more:
        assert (await refusal_of_answer(walk, type=kind))[1] == "ground_unknown"
    assert await refusal_of_answer(walk, type=kind, approver=None, **more) == (422, "invalid_request")
    await walk.submit(type=kind, text=f"Ответ: {kind}.", **more)
    assert walk.case["stage"] == "approval"
    await walk.do("head2", "approve")

    assert walk.case["outcome"] == "answered"
    answers = [letter.get_content() for letter in mail.letters() if letter["To"] == address]
    assert any(f"Ответ: {kind}." in text for text in answers)


async def refusal_of_answer(walk: Walk, **fields: Any) -> tuple[int, str]:
    """Status and code of a refused answer."""
    body = {"text": ANSWER, "approver": walk.person("head2")} | fields
    return await refusal(walk, "executor", "submit_answer", **{name: value for name, value in body.items() if value})


@pytest.mark.requirement("S2-34")
async def test_postponement_has_its_date_and_begins_a_whole_new_plan(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    due = walk.case["due_at"]
    day = (due.astimezone(MOSCOW) + 10 * DAY).date()

    assert (await refusal_of_answer(walk, type="postponed"))[1] == "date_missing"
    early = (clock.now().astimezone(MOSCOW) + 2 * DAY).date().isoformat()
    assert (await refusal_of_answer(walk, type="postponed", postponed_until=early))[1] == "date_too_early"
    await walk.submit("head", type="postponed", postponed_until=day.isoformat(), text="Ремонт идёт.")
    await walk.do("head", "endorse")
    await walk.do("head2", "approve")

    case = walk.case
    assert (case["stage"], case["holder"]) == ("execution", walk.person("executor"))
    assert case["due_at"].astimezone(MOSCOW).isoformat() == f"{day.isoformat()}T00:00:00+03:00"
    whole = (case["due_at"] - case["entered_at"]) // timedelta(seconds=1)
    assert case["stage_due_at"] == case["entered_at"] + timedelta(seconds=whole * 75 // 100)
    assert (await attributes(walk))["DueAt"] == case["due_at"]
    again = (case["due_at"].astimezone(MOSCOW) + 5 * DAY).date().isoformat()
    assert (await refusal_of_answer(walk, type="postponed", postponed_until=again))[1] == "postponed_already"
    await walk.submit(text="Ремонт закончен.")
    await walk.do("head2", "approve")
    assert walk.case["outcome"] == "answered"


@pytest.mark.requirement("S2-40", "S2-46", "S0-27")
async def test_endorsers_are_asked_one_after_another(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)

    await walk.submit("head", "executor2")
    assert (await attributes(walk))["Holder"] == f"staff-{walk.person('head')}"
    assert await refusal(walk, "executor2", "endorse") == (403, "action_forbidden")
    await walk.do("head", "endorse")
    assert (walk.case["stage"], walk.case["holder"]) == ("endorsement", walk.person("executor2"))
    await walk.do("executor2", "endorse")

    assert (walk.case["stage"], walk.case["holder"]) == ("approval", walk.person("head2"))


@pytest.mark.requirement("S2-43", "S2-44", "S2-48", "S2-50")
async def test_heads_edit_and_reject_and_the_executor_reworks(
    product: Product, clock: Clock, mail: MailCatcher
) -> None:
    address = "reworked@example.org"
    walk = await at_work(product, clock, applicant={"name": "Иванова Мария", "email": address})

    await walk.submit("head", text="Первый вариант.")
    assert await refusal(walk, "head", "reject") == (422, "invalid_request")
    await walk.do("head", "reject", reason="Нет срока.")
    assert (walk.case["stage"], walk.case["holder"]) == ("execution", walk.person("executor"))
    assert "executor" in told(walk, "answer_rejected")
    await walk.submit("head", text="Второй вариант.")
    await walk.do("head", "edit_answer", text="Второй вариант с правкой.")
    await walk.do("head", "endorse")
    assert await refusal(walk, "head2", "reject") == (422, "invalid_request")
    await walk.do("head2", "edit_answer", text="Второй вариант с правкой утверждающего.")
    await walk.do("head2", "approve")

    answers = [letter.get_content() for letter in mail.letters() if letter["To"] == address]
    assert any("Второй вариант с правкой утверждающего." in text for text in answers)


@pytest.mark.requirement("S2-50")
async def test_answer_rejected_at_approval_goes_back_to_the_executor(product: Product, clock: Clock) -> None:
    walk = await PATHS["reworked"](product, clock)

    stages = [row["facts"]["stage"] for row in product.journal(walk.message) if "stage" in row["facts"]]
    assert stages[3:-2] == [
        *("endorsement", "execution"),  # rejected by the endorser
        *("endorsement", "execution"),  # withdrawn by the executor
        *("endorsement", "approval", "execution"),  # rejected by the approver
        *("endorsement", "approval", "delivery"),
    ]


@pytest.mark.requirement("S2-45", "S2-51")
async def test_right_to_endorse_and_to_approve_is_passed_to_a_head_with_authority(
    product: Product, clock: Clock
) -> None:
    walk = await at_work(product, clock)
    await walk.submit("head")
    passed = {"reason": "Командировка.", "absence": "other"}

    assert (await refusal(walk, "head", "delegate", head=walk.person("head3"), **passed))[
        1
    ] == "person_without_authority"
    await walk.do("head", "delegate", head=walk.person("executor2"), **passed)
    await walk.do("executor2", "endorse")
    assert (await refusal(walk, "head2", "delegate", head=walk.person("head3"), **passed))[
        1
    ] == "person_without_authority"
    await walk.do("administrator", "delegate", head=walk.person("head"), **passed)
    await walk.do("head", "approve")

    assert walk.case["outcome"] == "answered"


async def test_approve_and_delegate_at_once_by_one_head_leave_one_winner(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    await walk.submit()
    version = walk.case["version"]

    answers = await asyncio.gather(
        product.try_to("head2", walk.message, "approve", version=version),
        product.try_to(
            "head2",
            walk.message,
            "delegate",
            version=version,
            head=walk.person("head"),
            reason="Отпуск.",
            absence="vacation",
        ),
    )

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["code"] == "version_stale"
    assert f"«{RULES[Action(won.json()['action'])].title}»" in lost.json()["detail"]
    assert "Сотрудник head2" in lost.json()["detail"]
    assert walk.case["version"] == version + 1


@pytest.mark.requirement("S2-47")
async def test_approved_answer_leaves_by_itself_and_waits_for_its_rating_when_it_did_not_come_back(
    product: Product, clock: Clock, mail: MailCatcher
) -> None:
    address = "answered@example.org"
    applicant = {"name": "Иванова Мария", "email": address, "portal_account": "account-1"}
    walk = await at_work(product, clock, applicant=applicant)
    await walk.submit()

    await walk.do("head2", "approve")

    rows = product.rows("SELECT way, state FROM letter WHERE case_id = :id AND kind = 'answer'", id=walk.message)
    assert {(row["way"], row["state"]) for row in rows} == {("portal", "delivered"), ("email", "sent")}
    assert walk.case["closed_at"] is None
    answers = [letter.get_content() for letter in mail.letters() if letter["To"] == address]
    assert any(ANSWER in text for text in answers)
    settled = walk.at("LetterSent")[-1]
    await walk.later(3 * DAY + timedelta(minutes=1))
    (awaited,) = walk.at("RatingAwaited")
    assert settled + 3 * DAY - timedelta(seconds=1) <= awaited < settled + 3 * DAY + timedelta(seconds=1)
    await walk.close()
    assert walk.case["closed_at"] == walk.case["answered_at"] + 14 * DAY


async def test_bounced_answer_becomes_a_task_and_keeps_the_case_open(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    await walk.submit()
    await walk.do("head2", "approve")
    sent = product.rows("SELECT id FROM letter WHERE case_id = :id AND kind = 'answer'", id=walk.message)[0]["id"]

    await walk.do("operator", "report_delivery_failure", letter=str(sent), reason="Письмо вернулось.")
    await walk.later(4 * DAY)
    assert walk.case["closed_at"] is None
    assert "HandoverOverdue" in walk.events()
    await walk.hand_over(str(sent))

    assert (walk.case["stage"], walk.case["closed_at"]) == ("rating", None)


@pytest.mark.requirement("S2-14")
async def test_operator_hands_over_what_no_mail_can_deliver(product: Product, clock: Clock) -> None:
    for path in ("handed_over", "refused"):
        walk = await PATHS[path](product, clock)

        assert told(walk, "handover_arrived") == {"operator"}
        assert walk.events().count("DeliveryConfirmed") == 2
        assert (await clock.handle(walk.message).result())["outcome"] == "answered"


async def test_withdrawn_answer_is_with_the_executor_until_somebody_endorsed(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    await walk.submit("head", "executor2")
    await walk.do("executor", "withdraw_answer")
    assert walk.case["stage"] == "execution"
    await walk.submit("head", "executor2", text="Другой вариант.")
    await walk.do("head", "endorse")

    assert (await refusal(walk, "executor", "withdraw_answer"))[1] == "action_not_allowed"


async def test_card_corrected_in_the_middle_brings_the_due_date_forward(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock)
    due = walk.case["due_at"]

    await walk.do("coordinator", "correct_card", category="medicine", subcategory="medicine.vaccination")

    assert walk.case["due_at"] == due - 20 * DAY
    assert walk.case["stage_due_at"] <= walk.case["due_at"]
    assert (await attributes(walk))["Category"] == "medicine.vaccination"


async def test_summary_and_attributes_tell_number_regulation_and_dates(product: Product, clock: Clock) -> None:
    walk = await coordinated(product, clock, category="medicine", subcategory="medicine.no_answer")

    described = await clock.handle(walk.message).describe()
    case = walk.case

    assert await described.static_summary() == f"Сообщение {case['number']}, категория medicine.no_answer"
    assert await attributes(walk) == {
        "MessageNumber": case["number"],
        "Regulation": "S2",
        "Organisation": "polyclinic",
        "Stage": "coordination",
        "Holder": "pool-coordinator",
        "Category": "medicine.no_answer",
        "DueAt": case["due_at"],
        "StageDueAt": case["stage_due_at"],
        "Overdue": False,
    }


async def test_renewed_run_carries_the_case_on_with_all_its_attributes(product: Product, clock: Clock) -> None:
    """Temporal carries no summary over to the next run; number and category are attributes, and those it does."""
    walk = await PATHS["renewed"](product, clock)

    last = await clock.handle(walk.message).describe()
    first = await product.client.get_workflow_handle(last.id, run_id=await first_run(walk)).describe()
    assert first.run_id != last.run_id
    assert first.status is WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert set(await attributes(walk)) == set(KEYS) - {"StageDueAt"}
    assert (await attributes(walk))["MessageNumber"] == walk.case["number"]
    assert walk.case["outcome"] == "answered"


async def first_run(walk: Walk) -> str:
    """The run with which the message began."""
    history = await walk.clock.handle(walk.message).fetch_history()
    return history.events[0].workflow_execution_started_event_attributes.first_execution_run_id


async def test_answer_for_the_portal_alone_waits_for_its_rating_at_once(product: Product, clock: Clock) -> None:
    walk = await at_work(product, clock, applicant={"name": "Иванова Мария", "portal_account": "account-2"})
    await walk.submit()
    await walk.do("head2", "approve")

    rows = product.rows("SELECT way, state FROM letter WHERE case_id = :id AND kind = 'answer'", id=walk.message)
    assert [(row["way"], row["state"]) for row in rows] == [("portal", "delivered")]
    await until(lambda: walk.case["stage"] == "rating")
