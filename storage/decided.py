"""What people wrote with a decision, as the record keeps it: contact data and the applicant's words sealed, the rest not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import APPLICANT, Action, PersonId
from storage import tables as t


def kept_as(person: PersonId) -> PersonId | None:
    """Who decided, as `decision.person` keeps him: the applicant has no number there."""
    return None if person == APPLICANT else person


def decided_by(number: PersonId | None) -> PersonId:
    """Who decided, from `decision.person`."""
    return APPLICANT if number is None else number


SEALED: Mapping[Action, tuple[str, ...]] = {
    Action.ACCEPT: ("complained_of_title",),
    Action.CORRECT_CARD: ("contacts", "complained_of_title"),
    Action.CONFIRM_DELIVERY: ("recipient",),
    Action.PROPOSE_REDIRECT: ("external_email",),
    Action.ADD_FACTS: ("text",),
    Action.RATE: ("words",),
    Action.ASK_REPEAT: ("missing",),
    Action.ASK_WITHDRAWAL: ("reason",),
    Action.SETTLE_FLAG: ("text",),
    Action.SETTLE_COMPLAINT: ("text",),
    Action.RECORD_WITHDRAWAL: ("reason",),
    Action.ASK_APPLICANT: ("text",),
    Action.ANSWER_QUESTION: ("text",),
    Action.ASK_FOR_CALL: ("text",),
    Action.RECORD_ATTEMPT: ("text",),
    Action.ASK_CO_EXECUTORS: ("text",),
    Action.CONTRIBUTE: ("text",),
}
"""The fields of an action that hold contact data, or what the applicant writes of himself.

They are in `decision.sealed` alone, never in `decision.parameters`.
"""


def parted(action: Action, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """What goes into the column `parameters`, and what into `sealed`: NULL where nothing is to be sealed."""
    secret = {name: parameters[name] for name in SEALED.get(action, ()) if name in parameters}
    plain = {name: value for name, value in parameters.items() if name not in secret}
    return plain, json.dumps(secret, ensure_ascii=False) if secret else None


def whole(row: sa.Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The parameters as they were given, of a row with the columns `parameters` and `sealed`."""
    return {**row.parameters, **json.loads(row.sealed)} if row.sealed is not None else dict(row.parameters)


def last_written(connection: sa.Connection, case_id: str, action: Action) -> dict[str, Any]:
    """The parameters of the last accepted decision of this kind; empty when there was none."""
    table = t.decision
    query = (
        sa.select(table.c.parameters, table.c.sealed)
        .where(table.c.case_id == case_id, table.c.action == action.value, table.c.verdict == "accepted")
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return whole(found) if found else {}
