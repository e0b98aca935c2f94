"""The keyed digest of a text that heads endorse: the rules and the journal know it instead of the text. Source: G-22."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from domain.vocabulary import Action
from storage import tables as t
from storage.types import keys_in_use


def text_digest(connection: sa.Connection, case_id: str, action: Action, given: Mapping[str, Any]) -> dict[str, str]:
    """The keyed digest of what is to be endorsed, which the rules and the journal know instead of the text.

    What is endorsed is the whole that reaches the applicant: the text with its type, date, ground and files. Source: G-22.
    """
    match action:
        case Action.SUBMIT_ANSWER:
            whole = [given.get(name) for name in ("type", "postponed_until", "ground")] + list(given.get("files") or ())
        case Action.EDIT_ANSWER:
            whole = _kept_by_edit(connection, case_id)
        case Action.PROPOSE_REDIRECT:
            whole = [given.get(name) for name in ("organisation", "external_name", "external_email", "comment")]
        case _:
            return {}
    key = connection.execute(sa.select(t.message.c.digest_key).where(t.message.c.id == case_id)).scalar_one()
    parts = [*(str(part or "") for part in whole), str(given.get("text") or "").strip()]
    return {"text_digest": keys_in_use().text_digest("\n".join(parts), bytes(key))}


def _kept_by_edit(connection: sa.Connection, case_id: str) -> list[Any]:
    """What an edit of the text leaves as it is."""
    table = t.answer_version
    last = connection.execute(
        sa.select(table).where(table.c.case_id == case_id).order_by(table.c.version.desc()).limit(1)
    ).one_or_none()
    return [last.type, last.postponed_until, last.ground, *last.files] if last else []
