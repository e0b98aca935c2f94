"""A draft becomes a message: the code from the letter proves the contact, and only then is anything registered. Source: S2, 3.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from domain.verdict import Refusal
from storage import intake, public_drafts
from storage.form_account import form_account
from storage.intake import Card, Registered
from storage.reference import Reference
from storage.types import keys_in_use


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
