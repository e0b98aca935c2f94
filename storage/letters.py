"""Letters on their way. The row says «begun» before DATA and gets its outcome after it; what lies between is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from domain.vocabulary import LetterState
from storage import tables as t

MOST_BEGINNINGS = 2
"""A letter is begun once, and once more when nobody knows what became of the first time."""

_OPEN = (LetterState.PENDING.value, LetterState.BEGUN.value)
_TRIED_AT = "tried_at"
"""The fact that tells when a letter was first tried: what waited for us must not be given up as if the server had failed."""


def handover_due_at() -> sa.ScalarSelect[Any]:
    """Until when the first of a case's answers that wait for it is to be handed over; beside rows of `message_case`. G-49."""
    case, letter = t.message_case, t.letter
    return (
        sa.select(sa.func.min(letter.c.task_due_at))
        .where(letter.c.case_id == case.c.id, letter.c.state == LetterState.TASK.value, case.c.task_waiting)
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter as the mail finds it. `tried_for`: since the first try; `begun_for`: since the last
    sign of life of whoever began DATA; None when nobody is at it."""

    id: str
    state: str
    attempts: int
    tried_for: timedelta
    begun_for: timedelta | None

    @property
    def settled(self) -> bool:
        """Whether it has its outcome."""
        return self.state not in _OPEN

    @property
    def begun(self) -> bool:
        """Whether DATA was begun and nobody has said what came of it."""
        return self.state == LetterState.BEGUN

    @property
    def in_doubt_twice(self) -> bool:
        """Whether it may not be sent once more."""
        return self.begun and self.attempts >= MOST_BEGINNINGS


def in_doubt() -> sa.ColumnElement[bool]:
    """Whether a letter of the table may have arrived before: sending it now would be the second time."""
    return t.letter.c.doubtful | (t.letter.c.state == LetterState.BEGUN.value)


_letter, _now = t.letter, sa.func.otklik_now()
_tried_at = sa.cast(_letter.c.facts[_TRIED_AT].astext, sa.TIMESTAMP(timezone=True))
_this = _letter.c.id == sa.bindparam("letter")

# Statements of each letter are built once: building one costs more than running it.
_LOCK = (
    sa.select(
        _letter.c.id,
        _letter.c.state,
        _letter.c.attempts,
        (_now - sa.func.coalesce(_tried_at, _now)).label("tried_for"),
        (_now - _letter.c.begun_at).label("begun_for"),
    )
    .where(_this)
    .with_for_update()
)
_NOTE_TRY = (
    sa.update(_letter)
    .where(_this, ~_letter.c.facts.has_key(_TRIED_AT))
    .values(facts=_letter.c.facts.concat(sa.func.jsonb_build_object(_TRIED_AT, _now, type_=JSONB)))
)
_BEGIN = (
    sa.update(_letter)
    .where(
        _this,
        _letter.c.state.in_(_OPEN),
        _letter.c.attempts == sa.bindparam("seen"),
        _letter.c.attempts < MOST_BEGINNINGS,
    )
    .values(
        state=LetterState.BEGUN.value,
        attempts=_letter.c.attempts + 1,
        begun_at=_now,
        doubtful=in_doubt(),
    )
    .returning(_letter.c.attempts)
)
_open = sa.update(_letter).where(_this, _letter.c.state.in_(_OPEN)).values(recorded=False)
_SENT = _open.values(state=LetterState.SENT.value, settled_at=_now)
_REFUSED = _open.values(state=LetterState.REFUSED.value, failure=sa.bindparam("code"))


def lock(connection: sa.Connection, letter_id: str) -> Waiting | None:
    """The letter, held until the transaction ends; None if there is none."""
    row = connection.execute(_LOCK, {"letter": letter_id}).one_or_none()
    return Waiting(row.id, row.state, row.attempts, row.tried_for, row.begun_for) if row else None


def note_try(connection: sa.Connection, letter_id: str) -> None:
    """The patience with this letter has begun, if it had not."""
    connection.execute(_NOTE_TRY, {"letter": letter_id})


def begin(connection: sa.Connection, letter_id: str, seen: int) -> int | None:
    """DATA may begin once this has committed; the number of this beginning. `seen`: beginnings when the letter was taken.

    None when somebody else began or settled it meanwhile, or it was begun too often. Begun a second time, it is doubtful.
    """
    found: int | None = connection.execute(_BEGIN, {"letter": letter_id, "seen": seen}).scalar_one_or_none()
    return found


def stay(connection: sa.Connection, letter_id: str) -> None:
    """Whoever began it is still at it. Nothing is said of a letter that nobody is at."""
    table = t.letter
    connection.execute(
        sa.update(table)
        .where(table.c.id == letter_id, table.c.state == LetterState.BEGUN.value, table.c.begun_at.is_not(None))
        .values(begun_at=sa.func.otklik_now())
    )


def not_begun(connection: sa.Connection, letter_id: str, attempt: int) -> str:
    """The server did not take the letter this time: this beginning does not count. Doubt about an earlier one stays."""
    return _after(connection, letter_id, attempt, state=LetterState.PENDING.value, attempts=attempt - 1)


def leave(connection: sa.Connection, letter_id: str, attempt: int) -> str:
    """Nobody knows what became of this beginning, and nobody is at it any more."""
    return _after(connection, letter_id, attempt, state=LetterState.BEGUN.value)


def sent(connection: sa.Connection, letter_id: str) -> str:
    """The server took it; the case hears of it at the next bell."""
    connection.execute(_SENT, {"letter": letter_id})
    return LetterState.SENT.value


def refuse(connection: sa.Connection, letter_id: str, code: str) -> str:
    """The mail cannot deliver it; the case makes a task of it at the next bell. `code` names no person."""
    connection.execute(_REFUSED, {"letter": letter_id, "code": code})
    return LetterState.REFUSED.value


def _after(connection: sa.Connection, letter_id: str, attempt: int, **values: Any) -> str:
    """The end of one beginning; whoever was overtaken by another changes nothing."""
    table = t.letter
    connection.execute(
        sa.update(table)
        .where(table.c.id == letter_id, table.c.state == LetterState.BEGUN.value, table.c.attempts == attempt)
        .values(begun_at=None, **values)
    )
    return str(values["state"])
