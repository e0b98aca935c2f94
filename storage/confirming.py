"""A draft becomes a message: the code from the letter proves the contact, and only then is anything registered. Source: S2, 3.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from domain.verdict import Refusal
from domain.vocabulary import PersonId
from storage import intake, public_drafts
from storage import tables as t
from storage.intake import Card, Registered
from storage.reference import Reference, touch
from storage.types import keys_in_use

FORM_LOGIN = "public-form"


def form_account(connection: sa.Connection) -> tuple[PersonId, bool]:
    """Who registers what the form takes: an account of kind «system» without a password; and whether it is active.

    Made when it is first needed. An administrator who makes it inactive closes the form.
    """
    table, organisation = t.person, t.organisation
    known = sa.select(table.c.id, table.c.active).where(table.c.login == FORM_LOGIN, table.c.system)
    row = connection.execute(known).one_or_none()
    if row is None:
        root = sa.select(organisation.c.id).where(organisation.c.parent.is_(None)).scalar_subquery()
        values = {"login": FORM_LOGIN, "name": "Форма на сайте", "organisation": root, "system": True}
        connection.execute(insert(table).values(values).on_conflict_do_nothing())
        touch(connection)
        row = connection.execute(known).one()
    return row.id, row.active


def confirm(
    engine: sa.Engine,
    reference: Reference,
    key: str,
    code: str,
    card_of: Callable[[Mapping[str, Any], tuple[str, ...]], tuple[Card, str]],
) -> Registered | Refusal | None:
    """The draft behind the key is a message, committed, if the code is the one that its contact was sent; None without a draft.

    `card_of`: the card of what was typed with its files, and the contact; it may raise. A draft that was confirmed before
    gives its message: who lost the connection asks again. A wrong code is counted and leaves the draft as it was.
    """
    with engine.begin() as connection:
        draft = public_drafts.find(connection, key, lock=True)
        if draft is None:
            return None
        if draft.message is not None or draft.content is None:
            return intake.known(connection, str(draft.message))
        card, contact = card_of(draft.content, draft.files)
        if draft.code_until is None:
            return Refusal("code_expired", "Код больше не действует: запросите новый.", "S2, 3.1", "code")
        if not keys_in_use().matches_one_time_code(code, UUID(draft.id), draft.code_issue, contact):
            public_drafts.note_wrong_code(connection, draft)
            left = public_drafts.WRONG_CODES - draft.wrong_codes - 1
            more = f"Осталось попыток: {left}." if left else "Запросите новый код."
            return Refusal("code_wrong", f"Код не подошёл. {more}", "S2, 3.1", "code")
        person, _ = form_account(connection)
        registered = intake.enter(connection, reference, card, person)
        if isinstance(registered, Registered):
            public_drafts.become(connection, draft, registered.id)
        return registered
