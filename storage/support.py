"""Requests to the support desk: kept here first, then mailed, so that none is lost. Source: S2, 5.2; S3, 6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.verdict import Refusal
from domain.vocabulary import PersonId
from storage import attachments, repeats, staff_mail
from storage import tables as t
from storage.media import JPEG, PNG
from storage.reference import moment
from storage.turns import hold_key

_KIND = "support"
CONTEXT = {
    "number": "Номер сообщения",
    "stage": "Этап",
    "action": "Действие",
    "page": "Страница",
    "incident": "Номер ошибки",
    "browser": "Браузер",
    "version": "Версия системы",
}
"""What a request says of the place where it arose, in this order."""

PICTURES = frozenset({JPEG, PNG})
"""Of these the pixels alone are kept: `storage.photos`."""
SCREENS_BYTES = 10 << 20
"""Of one request: with more, mail servers refuse it."""

request, mail = t.support_request, t.staff_mail


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the desk; nothing in its words looks like somebody's contact. `context`: where it happened."""

    cause: str
    essence: str
    expected: str | None
    context: Mapping[str, str]
    screens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A request with whoever made it, as the desk is told. `sent_at`: when the mail server took it."""

    id: int
    created_at: datetime
    cause: str
    essence: str
    expected: str | None
    context: Mapping[str, str]
    person: PersonId
    name: str
    position: str
    email: str | None
    organisation_title: str
    screens: tuple[str, ...]
    sent_at: datetime | None


def keep(connection: sa.Connection, person: PersonId, key: str, asked: Asked) -> int | Refusal:
    """The request is kept, and in the outbox, where it waits for the desk's mailbox to be known; its number. Once a key.

    A refusal unless its screens are pictures that the person may name. Raises storage.repeats.KeyReused.
    """
    write = repeats.keyed(person, key, _KIND, {_KIND: asdict(asked)})
    hold_key(connection, person, key)
    if (made := repeats.recall_key(connection, write)) is not None:
        return int(made)
    if refusal := _bind_screens(connection, person, asked.screens):
        return refusal
    at = moment(connection).now
    values = {"person": person, "created_at": at} | asdict(asked) | {"screens": list(asked.screens)}
    values["mail"] = staff_mail.put_single(connection, person, staff_mail.SUPPORT, at)
    number: int = connection.execute(sa.insert(request).values(values).returning(request.c.id)).scalar_one()
    repeats.keep_key(connection, write, str(number), at)
    return number


def _bind_screens(connection: sa.Connection, person: PersonId, screens: tuple[str, ...]) -> Refusal | None:
    if refusal := attachments.bind_to_support(connection, screens, person):
        return refusal
    found = attachments.by_id(connection, screens)
    if not {one.media_type for one in found} <= PICTURES:
        detail = "К заявке прикладывают снимки экрана: PNG или JPEG."
        return Refusal("file_not_picture", detail, "", "screens")
    if sum(one.size for one in found) > SCREENS_BYTES:
        detail = f"Снимки вместе больше {SCREENS_BYTES >> 20} МиБ: приложите часть или уменьшите их."
        return Refusal("file_too_large", detail, "", "screens")
    return None


def screens_of(connection: sa.Connection, kept: Kept) -> list[attachments.Attachment]:
    """The request's screenshots."""
    return attachments.by_id(connection, kept.screens)


def of_number(connection: sa.Connection, number: int) -> list[Kept]:
    """The request of this number."""
    return _kept(connection, request.c.id == number, limit=1)


def newest(connection: sa.Connection, person: PersonId | None, limit: int) -> list[Kept]:
    """Requests of the person, or of everybody, newest first."""
    mine = [] if person is None else [request.c.person == person]
    return _kept(connection, *mine, limit=limit)


def of_mail(connection: sa.Connection, mail_id: int) -> Kept | None:
    """The request that a mail carries."""
    found = _kept(connection, request.c.mail == mail_id, limit=1)
    return found[0] if found else None


def _kept(connection: sa.Connection, *where: sa.ColumnElement[bool], limit: int) -> list[Kept]:
    person = t.person
    query = (
        sa.select(
            *(request.c[name] for name in ("id", "created_at", "cause", "essence", "expected", "context", "person")),
            person.c.name,
            person.c.position,
            person.c.email,
            t.organisation.c.title.label("organisation_title"),
            request.c.screens,
            mail.c.sent_at,
        )
        .join(person, person.c.id == request.c.person)
        .join(t.organisation, t.organisation.c.id == person.c.organisation)
        .join(mail, mail.c.id == request.c.mail)
        .where(*where)
        .order_by(request.c.id.desc())
        .limit(limit)
    )
    return [Kept(**{**row, "screens": tuple(row["screens"])}) for row in connection.execute(query).mappings()]
