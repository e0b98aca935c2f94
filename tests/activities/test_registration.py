"""How a run begins with a message that was just entered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.intake import Card
from tests.activities.desk import TEXT, Desk

NEW = {
    "channel": "phone",
    "text": TEXT,
    "applicant_kind": "citizen",
    "applicant_name": "И",
    "person_concerned": "applicant",
}


@pytest.mark.parametrize(("days", "judged"), [(0, True), (40, False)])
def test_run_looks_at_once_at_what_fell_due_before_the_message_was_entered(desk: Desk, days: int, judged: bool) -> None:
    [row] = desk.rows("SELECT otklik_now() AS now")

    found = desk.registered(Card(NEW, row["now"] - timedelta(days=days), None, None, None, None, False, ()))

    assert found.begin is not None
    assert found.begin.judged is judged
    assert (found.begin.standing.alarm_at > row["now"].isoformat()) is judged
    assert desk.judge(found.id).alarm_at > row["now"].isoformat()
