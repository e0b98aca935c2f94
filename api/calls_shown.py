"""Calls as operators read them: with the words to say at the beginning and at the end. Sources: S1, 6.5; S4, 2.1.4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from api.call_shapes import CallShown, MessageOfCall, Step, TransferShown
from api.shown import PersonShown, named, titled
from api.titles import CALL_KINDS, CALL_WAYS, IDENTITIES
from domain.calls import CallKind, summary
from domain.vocabulary import PersonId
from storage import calls
from storage.calls import Around, Call
from storage.reference import Reference

_FAREWELL = "Спасибо за обращение. До свидания!"


def shown(connection: sa.Connection, reference: Reference, found: Sequence[Call], reader: PersonId) -> list[CallShown]:
    """The calls with the names of what they mention."""
    around = calls.around(connection, reference, found)
    codes = {call.id: calls.code_to_tell(connection, call, reader, around.at) for call in found}
    return [_shown(call, around, codes[call.id]) for call in found]


def _shown(call: Call, around: Around, code: str | None) -> CallShown:
    settings = around.settings
    consultation_until = call.begun_at + timedelta(minutes=settings.consultation_minutes)
    return CallShown(
        id=UUID(call.id),
        operator=PersonShown(number=call.operator, name=around.people[call.operator][0]),
        organisation=around.organisations[call.organisation],
        way=titled(call.way, CALL_WAYS),
        kind=named(call.kind, CALL_KINDS),
        begun_at=call.begun_at,
        ended_at=call.ended_at,
        consultation_until=consultation_until,
        too_long=call.kind == CallKind.CONSULTATION and (call.ended_at or around.at) > consultation_until,
        message=MessageOfCall(id=UUID(call.case_id), number=around.numbers[call.case_id], code=code)
        if call.case_id
        else None,
        identity=titled(call.identity, IDENTITIES),
        tries_left=max(0, settings.identity_tries - call.identity_tries),
        caller_name=call.caller_name,
        caller_phone=call.caller_phone,
        subject=call.subject,
        steps=[Step.model_validate(step) for step in call.steps],
        transfers=[TransferShown.model_validate(link) for link in call.transfers],
        transfers_left=max(0, settings.call_transfers - len(call.transfers)),
        greeting=_greeting(call, around),
        farewell=_FAREWELL,
        summary=summary(call.steps),
        summary_sent_at=call.summary_sent_at,
    )


def _greeting(call: Call, around: Around) -> str:
    """Full name of the body, own position and name. Source: S1, 6.5; S4, 2.1.4."""
    name, position = around.people[call.operator]
    who = f"{position} {name}" if position else name
    return f"Здравствуйте! {around.organisations[call.organisation]}, {who}. Как к вам обращаться?"
