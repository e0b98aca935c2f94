"""The record. Invariants are CHECKs and unique indexes too, each with a sentence of reason.

Instants are `timestamptz`; ids of messages, decisions, letters and files are UUIDs; people are staff numbers.
Columns of type `Encrypted` hold contact data and document numbers; `*_index` beside them is the blind index for equality.
"""

from __future__ import annotations

from storage.tables.annexes import annex_revision
from storage.tables.answer_templates import answer_template, answer_template_version
from storage.tables.autorules import autorule, autorule_application, autorule_dry_run, autorule_revision
from storage.tables.base import Instant, metadata
from storage.tables.calls import call
from storage.tables.decisions import answer_version, card_version, decision, journal, journal_seal, unsent_draft
from storage.tables.doors import access_record, attempt, idempotency_key, incident, presence, session
from storage.tables.errands import errand
from storage.tables.letters import invitation, letter, notice, short_letter, staff_mail, support_request
from storage.tables.measures import acknowledgement, measure, measure_told, order
from storage.tables.messages import attachment, message, message_case, public_draft, text_band
from storage.tables.reference import (
    absence,
    calendar_day,
    category,
    grant,
    installation,
    organisation,
    organisation_page,
    person,
    reference_change,
    regulation_revision,
    unit,
)
from storage.tables.rounds import morning_round
from storage.tables.satisfaction import satisfaction

APPEND_ONLY = (
    "journal",
    "journal_seal",
    "reference_change",
    "access_record",
    "morning_round",
    "autorule_revision",
    "answer_template_version",
    "autorule_application",
)
"""Tables from which the application's role may neither take nor change a row."""

__all__ = [
    "APPEND_ONLY",
    "Instant",
    "absence",
    "access_record",
    "acknowledgement",
    "annex_revision",
    "answer_template",
    "answer_template_version",
    "answer_version",
    "attachment",
    "attempt",
    "autorule",
    "autorule_application",
    "autorule_dry_run",
    "autorule_revision",
    "calendar_day",
    "call",
    "card_version",
    "category",
    "decision",
    "errand",
    "grant",
    "idempotency_key",
    "incident",
    "installation",
    "invitation",
    "journal",
    "journal_seal",
    "letter",
    "measure",
    "measure_told",
    "message",
    "message_case",
    "metadata",
    "morning_round",
    "notice",
    "order",
    "organisation",
    "organisation_page",
    "person",
    "presence",
    "public_draft",
    "reference_change",
    "regulation_revision",
    "satisfaction",
    "session",
    "short_letter",
    "staff_mail",
    "support_request",
    "text_band",
    "unit",
    "unsent_draft",
]
