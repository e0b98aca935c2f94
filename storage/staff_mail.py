"""Mail to staff: which notices wait, and the outbox."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.vocabulary import NoticeKind, PersonId, Stage
from storage import tables as t

MOST_NOTICES = 500
"""Of one person at a time; the rest follow in the next mail."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""`next_try_at` of what will not be sent."""

URGENT, BATCH, MORNING = "urgent", "batch", "morning"
ALARM = "alarm"
"""Of danger to somebody's life: leaves at any hour."""
AT_ANY_HOUR = frozenset({NoticeKind.DANGER_SUGGESTED, NoticeKind.DANGER_CONFIRMED})
INVITATION, SUPPORT, ROUNDS, MEASURES = "invitation", "support", "rounds", "measures"
"""Kinds that carry no notices but something that names its mail. They leave at any hour."""
NOTHING = "nothing"
"""`failure` of a morning without anything to tell: the row only says that the day was looked at."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that is to leave by mail."""

    id: int
    case_id: str
    kind: NoticeKind
    urgent: bool
    at: datetime
    created_at: datetime
    stage: Stage


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in the outbox, claimed. `address` is None when the person is not to be written to any more."""

    id: int
    kind: str
    person: PersonId
    organisation: str
    address: str | None
    created_at: datetime
    on_day: date | None
    attempts: int
    failure: str | None


def people_waiting(connection: sa.Connection) -> list[tuple[PersonId, datetime, bool, bool]]:
    """Everybody for whom notices wait to leave: since when the oldest, whether one is urgent, whether one waits for no morning."""
    table = t.notice
    at_any_hour = table.c.kind.in_(sorted(AT_ANY_HOUR))
    query = (
        sa.select(
            table.c.person,
            sa.func.min(table.c.created_at),
            sa.func.bool_or(table.c.urgent),
            sa.func.bool_or(at_any_hour),
        )
        .where(table.c.email, table.c.mail.is_(None))
        .group_by(table.c.person)
        .order_by(table.c.person)
    )
    return [tuple(row) for row in connection.execute(query)]


def people_for_morning(connection: sa.Connection, organisations: Collection[str], on: date) -> list[PersonId]:
    """Everybody there who can be written to and for whom the day has not been looked at."""
    person, mail = t.person, t.staff_mail
    looked = sa.exists().where(mail.c.person == person.c.id, mail.c.kind == MORNING, mail.c.on_day == on)
    query = sa.select(person.c.id).where(_can_be_written_to(), person.c.organisation.in_(organisations), ~looked)
    return list(connection.execute(query.order_by(person.c.id)).scalars())


def lock_person(connection: sa.Connection, person: PersonId) -> tuple[bool, bool]:
    """Whether nobody else is at this person's mail until the transaction ends; and whether he can be written to."""
    query = (
        sa.select(_can_be_written_to()).where(t.person.c.id == person).with_for_update(key_share=True, skip_locked=True)
    )
    found = connection.execute(query).scalar_one_or_none()
    return found is not None, bool(found)


def waiting(connection: sa.Connection, person: PersonId) -> list[Told]:
    """The person's notices that have not left, the urgent first, then the oldest."""
    table = t.notice
    return _told(connection, sa.and_(table.c.person == person, table.c.email, table.c.mail.is_(None)))


def of_mail(connection: sa.Connection, mail: Mail) -> list[Told]:
    """The notices that a mail carries."""
    return _told(connection, _carried_by(mail))


def drop(connection: sa.Connection, notices: Collection[int]) -> None:
    """These notices stay in the system and as evidence, and leave by no mail."""
    if notices:
        connection.execute(sa.update(t.notice).where(t.notice.c.id.in_(notices)).values(email=False))


def drop_all(connection: sa.Connection, person: PersonId) -> None:
    """No notice of the person waits for a mail any more: he cannot be written to."""
    table = t.notice
    connection.execute(
        sa.update(table).where(table.c.person == person, table.c.email, table.c.mail.is_(None)).values(email=False)
    )


def put(
    connection: sa.Connection, person: PersonId, kind: str, notices: Collection[int], at: datetime, on: date | None
) -> bool:
    """The mail is in the outbox with its notices; False when the day's morning list was there already."""
    values = {"person": person, "kind": kind, "created_at": at, "next_try_at": at, "on_day": on}
    made = connection.execute(
        insert(t.staff_mail).values(values).on_conflict_do_nothing().returning(t.staff_mail.c.id)
    ).scalar_one_or_none()
    if made is None:
        return False
    _attach(connection, made, notices)
    return True


def put_single(connection: sa.Connection, person: PersonId, kind: str, at: datetime) -> int:
    """The mail is in the outbox; the caller writes its id beside what it carries."""
    values = {"person": person, "kind": kind, "created_at": at, "next_try_at": at}
    made: int = connection.execute(sa.insert(t.staff_mail).values(values).returning(t.staff_mail.c.id)).scalar_one()
    return made


def note_empty_morning(connection: sa.Connection, person: PersonId, at: datetime, on: date) -> None:
    """The day was looked at and there is nothing to tell; what says so of days long past is gone."""
    table = t.staff_mail
    values = {"person": person, "kind": MORNING, "created_at": at, "on_day": on}
    connection.execute(
        insert(table).values(values | {"next_try_at": NEVER, "failure": NOTHING}).on_conflict_do_nothing()
    )
    old = sa.and_(table.c.kind == MORNING, table.c.failure == NOTHING, table.c.on_day < on - timedelta(days=7))
    connection.execute(sa.delete(table).where(table.c.person == person, old))


def join(connection: sa.Connection, person: PersonId, notices: Collection[int]) -> bool:
    """The notices go with a table that the mail server has not taken yet; False when there is none.

    Not with one that it may have taken: a server that knows its Message-ID would throw the new rows away.
    """
    table = t.staff_mail
    query = (
        sa.select(table.c.id)
        .where(
            table.c.person == person,
            table.c.kind == BATCH,
            table.c.sent_at.is_(None),
            table.c.next_try_at < NEVER,
            sa.func.coalesce(table.c.failure, "") != "doubtful",
        )
        .order_by(table.c.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        return False
    _attach(connection, found, notices)
    return True


def claim(connection: sa.Connection, at: datetime, lease: timedelta, most_attempts: int) -> Mail | None:
    """The next mail that is due, ours for `lease`: whoever else looks skips it. None when there is none.

    The attempt counts from here on, so that a mail that ends the process each time is not tried for ever.
    """
    mail, person = t.staff_mail, t.person
    query = (
        sa.select(
            mail, person.c.organisation, sa.case((_can_be_written_to(), person.c.email), else_=None).label("address")
        )
        .join(person, person.c.id == mail.c.person)
        .where(mail.c.sent_at.is_(None), mail.c.next_try_at <= at, mail.c.attempts < most_attempts)
        .order_by(mail.c.next_try_at, mail.c.id)
        .limit(1)
        .with_for_update(of=mail, skip_locked=True)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    _update(connection, row.id, attempts=attempts, next_try_at=at + lease)
    return Mail(
        row.id, row.kind, row.person, row.organisation, row.address, row.created_at, row.on_day, attempts, row.failure
    )


def sent(connection: sa.Connection, mail: Mail, at: datetime, carried: Collection[int]) -> None:
    """The server took it. Notices that joined after it was written wait for the next one."""
    _update(connection, mail.id, sent_at=at, failure=None)
    _release(connection, mail, carried)


def postpone(connection: sa.Connection, mail: Mail, until: datetime) -> None:
    """It was not tried: people are asleep."""
    _update(connection, mail.id, attempts=mail.attempts - 1, next_try_at=until)


def failed(connection: sa.Connection, mail: Mail, code: str, next_try_at: datetime) -> None:
    """It is tried again then; never, if that is NEVER. `code` names no person."""
    _update(connection, mail.id, failure=code, next_try_at=next_try_at)


def supersede(connection: sa.Connection, mail: Mail) -> None:
    """Another day has begun: its own list takes the notices over."""
    failed(connection, mail, "superseded", NEVER)
    _release(connection, mail, ())


def _can_be_written_to() -> sa.ColumnElement[bool]:
    person = t.person
    return sa.and_(person.c.active, ~person.c.system, sa.func.coalesce(person.c.email, "") != "")


def _attach(connection: sa.Connection, mail_id: int, notices: Collection[int]) -> None:
    if notices:
        connection.execute(sa.update(t.notice).where(t.notice.c.id.in_(notices)).values(mail=mail_id))


def _release(connection: sa.Connection, mail: Mail, carried: Collection[int]) -> None:
    table = t.notice
    connection.execute(
        sa.update(table).where(_carried_by(mail), table.c.email, table.c.id.not_in(carried)).values(mail=None)
    )


def _carried_by(mail: Mail) -> sa.ColumnElement[bool]:
    """By person too: notices have an index of their people, none of their mails."""
    return sa.and_(t.notice.c.person == mail.person, t.notice.c.mail == mail.id)


def _update(connection: sa.Connection, mail_id: int, **values: object) -> None:
    connection.execute(sa.update(t.staff_mail).where(t.staff_mail.c.id == mail_id).values(**values))


def _told(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Told]:
    query = sa.select(t.notice).where(condition).order_by(t.notice.c.urgent.desc(), t.notice.c.id).limit(MOST_NOTICES)
    return [
        Told(row.id, row.case_id, NoticeKind(row.kind), row.urgent, row.at, row.created_at, Stage(row.stage))
        for row in connection.execute(query)
    ]
