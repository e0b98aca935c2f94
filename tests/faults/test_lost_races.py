"""A decision that was stored and then refused lives in its own row alone: all tables are compared, whatever they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from embedded.postgres import Postgres
from tests.faults.office import PLACE, Office, Step, waiting_office
from tests.faults.record import verdicts
from tests.whole_record import changes

pytestmark = pytest.mark.anyio

STORED = {"decision: new": 1, "idempotency_key: new": 1}
"""Taking a decision leaves its row, and the key under which its repetition finds it."""
REFUSED = {"decision: judged_at, refusal, verdict": 1}
"""Refusing it leaves the verdict in that row."""
CHANGED = "UPDATE installation SET reference_version = reference_version + 1"


@dataclass(frozen=True)
class Race:
    """Two decisions against one version: the first is accepted, the second is not."""

    stage: str
    first: Step
    second: Step
    files: tuple[str, ...] = ()
    """Parameters of the second that name a file each: nobody else's while it waits, free again when it is refused."""


LEAVING = {"reason": "Отпуск.", "absence": "vacation"}
ACCEPT: Step = ("moderator", "accept", PLACE)
DECLINE: Step = ("moderator", "decline", {"ground": "no_essence", "reason": "Укажите место."})
TAKE: Step = ("coordinator", "take", {})
REDIRECT: Step = ("coordinator", "propose_redirect", {"organisation": "transport", "approver": "head2"})
CORRECT: Step = ("operator", "correct_card", {"contacts": {"email": "new@example.org"}})
RECALL: Step = ("coordinator", "recall", {"reason": "Исполнитель занят."})
SUBMIT: Step = (
    "executor",
    "submit_answer",
    {"type": "solved", "text": "Готово.", "comment": "Сам.", "approver": "head2"},
)
WITHDRAW: Step = ("executor", "withdraw_answer", {})
ENDORSE: Step = ("head", "endorse", {})
APPROVE: Step = ("head2", "approve", {})
DELEGATE: Step = ("head2", "delegate", {"head": "head"} | LEAVING)
RACES = [
    Race("moderation", DECLINE, ACCEPT),
    Race("moderation", ACCEPT, DECLINE),
    Race("coordination", TAKE, ("coordinator", "assign", {"executor": "executor"})),
    Race("coordination", TAKE, ("coordinator", "transfer_to_subordinate", {"organisation": "branch"})),
    Race("coordination", TAKE, REDIRECT),
    Race("coordination", TAKE, CORRECT),
    Race("execution", RECALL, ("executor", "start_work", {})),
    Race("work", RECALL, SUBMIT, ("files", "comment_files")),
    Race("work", RECALL, ("executor", "reassign", {"executor": "executor2"} | LEAVING)),
    Race("endorsement", WITHDRAW, ENDORSE),
    Race("endorsement", WITHDRAW, ("head", "edit_answer", {"text": "Иначе."})),
    Race("endorsement", ENDORSE, WITHDRAW),
    Race("approval", DELEGATE, APPROVE),
    Race("approval", APPROVE, DELEGATE),
    Race("approval", APPROVE, ("head2", "reject", {"reason": "Нет подписи."}), ("reason_files",)),
]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Tests and fixtures of the module share one loop."""
    return "asyncio"


@pytest.fixture(scope="module")
async def office(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Office]:
    async with waiting_office(postgres, tmp_path_factory.mktemp("office")) as found:
        yield found


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"{race.second[1]} after {race.first[1]}")
async def test_decision_that_lost_a_race_leaves_its_own_row_and_nothing_else(office: Office, race: Race) -> None:
    message = await office.message_in(race.stage)
    login, action, _ = race.second
    files = {name: [await office.uploaded(login)] for name in race.files}
    await office.running.headers(login)
    await office.taken(message, race.first)
    before = office.now()

    await office.taken(message, race.second, **files)
    waiting = office.now()
    office.judge_one(message)
    won = office.now()
    office.judge_all(message)
    lost = office.now()

    assert verdicts(office.running, message)[-2:] == [(race.first[1], "accepted"), (action, "refused")]
    moved = {"attachment: case_id, role": len(files)} if files else {}
    assert changes(before, waiting) == STORED | moved
    assert changes(won, lost) == REFUSED | moved
    assert lost["attachment"] == before["attachment"]


async def test_decision_about_a_colleague_who_left_meanwhile_leaves_its_own_row_and_nothing_else(
    office: Office,
) -> None:
    office.database.owner("INSERT INTO person (login, name, organisation) VALUES ('leaver', 'Уходящий', 'polyclinic')")
    office.database.owner(
        "INSERT INTO grant_ (person, role, organisation) SELECT id, 'executor', organisation FROM person WHERE login = 'leaver'"
    )
    office.database.owner(CHANGED)
    (leaver,) = office.running.rows("SELECT id FROM person WHERE login = 'leaver'")
    message = await office.message_in("coordination")
    await office.taken(message, ("coordinator", "assign", {"executor": leaver["id"]}))
    office.database.owner("UPDATE person SET active = false WHERE login = 'leaver'")
    office.database.owner(CHANGED)
    before = office.now()

    office.judge_all(message)

    assert verdicts(office.running, message)[-1] == ("assign", "refused")
    assert changes(before, office.now()) == REFUSED
