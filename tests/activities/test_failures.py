"""What leaves an activity that fails, and what people learn of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
import sqlalchemy as sa
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.failures import STUCK_AFTER, ForeignFailures
from activities.mail import TryAgain
from domain.vocabulary import ACTIVITY_DELIVER_LETTER, ACTIVITY_JUDGE, Action
from storage.inbox import Request, decide
from tests.activities.desk import Desk

pytestmark = pytest.mark.anyio

MARK = "Иванова Мария Петровна"


class Failing(ActivityInboundInterceptor):
    """An activity that raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        raise self._error


async def failure_of(
    desk: Desk,
    error: Exception,
    *,
    case_id: str = "",
    attempt: int = STUCK_AFTER,
    local: bool = False,
    activity: str = ACTIVITY_JUDGE,
) -> ApplicationError:
    """What Temporal hears of an attempt that raised."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type=activity, attempt=attempt, is_local=local)
    guarded = ForeignFailures(desk.database.engine).intercept_activity(Failing(error))
    given = ExecuteActivityInput(fn=lambda _: None, args=[case_id], executor=None, headers={})
    with pytest.raises(ApplicationError) as caught:
        await environment.run(guarded.execute_activity, given)
    return caught.value


@pytest.fixture
def waiting(desk: Desk) -> str:
    """A case with a decision that waits for its verdict."""
    message = desk.register()
    about = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
    request = Request(message, desk.people["moderator"], Action.ACCEPT, 0, about, str(uuid4()))
    decide(desk.database.engine, desk.reference, request)
    return message


def incident_of(desk: Desk, message: str) -> str | None:
    found: str | None = desk.rows("SELECT incident FROM decision WHERE case_id = :id", id=message)[0]["incident"]
    return found


async def test_foreign_failure_leaves_as_a_number_alone(desk: Desk) -> None:
    failure = await failure_of(desk, ValueError(MARK))

    assert failure.type == "Incident"
    assert len(failure.message) == 12
    assert failure.__cause__ is None
    assert MARK not in repr(failure)


async def test_failure_that_was_meant_keeps_its_code(desk: Desk) -> None:
    failure = await failure_of(desk, TryAgain("recipient_451"), activity=ACTIVITY_DELIVER_LETTER)

    assert (failure.type, failure.message) == ("TryAgain", "recipient_451")


async def test_fifth_failure_of_a_rule_marks_the_decision_and_tells_administrators(desk: Desk, waiting: str) -> None:
    failure = await failure_of(desk, ValueError(MARK), case_id=waiting)

    assert incident_of(desk, waiting) == failure.message
    (known,) = desk.rows("SELECT * FROM incident")
    assert (known["id"], str(known["case_id"])) == (failure.message, waiting)
    assert known["what"].startswith("ValueError at ")
    assert MARK not in known["what"]
    told = desk.rows("SELECT person FROM notice WHERE kind = 'decision_stuck'")
    assert told == [{"person": desk.people["administrator"]}]


async def test_further_failures_change_nothing(desk: Desk, waiting: str) -> None:
    first = await failure_of(desk, ValueError(MARK), case_id=waiting)
    await failure_of(desk, ValueError(MARK), case_id=waiting, attempt=STUCK_AFTER + 1)

    assert incident_of(desk, waiting) == first.message
    assert [row["id"] for row in desk.rows("SELECT id FROM incident")] == [first.message]
    assert len(desk.rows("SELECT 1 FROM notice WHERE kind = 'decision_stuck'")) == 1


async def test_failure_without_a_waiting_decision_is_one_incident_a_day(desk: Desk) -> None:
    message = desk.register()
    for _ in range(3):
        await failure_of(desk, ValueError(MARK), case_id=message)
    assert len(desk.rows("SELECT 1 FROM incident")) == 1

    desk.database.shift_clock(86_401)
    await failure_of(desk, ValueError(MARK), case_id=message)

    assert len(desk.rows("SELECT 1 FROM incident")) == 2


@pytest.mark.parametrize(
    "options", [{"attempt": STUCK_AFTER - 1}, {"local": True}, {"activity": ACTIVITY_DELIVER_LETTER}], ids=str
)
async def test_early_local_and_other_failures_mark_nothing(desk: Desk, waiting: str, options: dict[str, Any]) -> None:
    await failure_of(desk, ValueError(MARK), case_id=waiting, **options)

    assert incident_of(desk, waiting) is None


def lost_connection(_: Desk) -> Exception:
    return sa.exc.OperationalError("SELECT", {}, psycopg2.OperationalError("server closed the connection"))


def pool_exhausted(_: Desk) -> Exception:
    return sa.exc.TimeoutError("QueuePool limit")


def terminated(desk: Desk) -> Exception:
    with pytest.raises(sa.exc.OperationalError) as caught, desk.database.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    return caught.value


@pytest.mark.parametrize("away", [lost_connection, pool_exhausted, terminated])
async def test_outage_of_the_database_is_no_bug_of_a_rule(
    desk: Desk, waiting: str, away: Callable[[Desk], Exception]
) -> None:
    await failure_of(desk, away(desk), case_id=waiting)

    assert incident_of(desk, waiting) is None


async def test_statement_that_never_ends_is_a_bug(desk: Desk, waiting: str) -> None:
    with desk.database.engine.connect() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 10"))
        with pytest.raises(sa.exc.OperationalError) as caught:
            connection.execute(sa.text("SELECT pg_sleep(5)"))

    await failure_of(desk, caught.value, case_id=waiting)

    assert incident_of(desk, waiting) is not None


async def test_administrators_far_away_former_and_inactive_are_not_told(desk: Desk, waiting: str) -> None:
    desk.database.owner(
        "INSERT INTO grant_ (person, role, organisation, valid_until) SELECT id, 'administrator', 'ministry', "
        "otklik_now() - interval '1 day' FROM person WHERE login = 'head'"
    )
    desk.database.owner(
        "INSERT INTO grant_ (person, role, organisation) SELECT id, 'administrator', 'transport' FROM person "
        "WHERE login = 'head2'"
    )
    desk.database.owner("UPDATE person SET active = false WHERE login = 'administrator'")

    await failure_of(desk, ValueError(MARK), case_id=waiting)

    assert incident_of(desk, waiting) is not None
    assert desk.rows("SELECT person FROM notice WHERE kind = 'decision_stuck'") == []
