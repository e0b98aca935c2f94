"""Contacts with applicants by phone and in person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from storage.tables.base import Instant, metadata
from storage.types import Encrypted

call = sa.Table(
    "call",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("operator", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, comment="of the operator"),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id")),
    sa.Column("identity", sa.Text, nullable=False, server_default="not_asked"),
    sa.Column("identity_tries", sa.Integer, nullable=False, server_default="0", comment="wrong ones"),
    sa.Column("caller_name", Encrypted("call.caller_name")),
    sa.Column("caller_phone", Encrypted("call.caller_phone")),
    sa.Column("subject", Encrypted("call.subject"), comment="what was asked and what was said"),
    sa.Column("steps", Encrypted("call.steps"), comment="JSON: who does what by when"),
    sa.Column(
        "transfers", JSONB, nullable=False, server_default="[]", comment="to whom the caller was put through, when"
    ),
    sa.Column("summary_sent_at", Instant),
    sa.CheckConstraint("way IN ('phone', 'visit')", name="way"),
    sa.CheckConstraint("kind IN ('new_message', 'status', 'about_answer', 'consultation')", name="kind"),
    sa.CheckConstraint("identity IN ('not_asked', 'failed', 'confirmed', 'taken_in')", name="identity"),
    sa.CheckConstraint("ended_at >= begun_at", name="ended"),
    sa.CheckConstraint("ended_at IS NULL OR kind IS NOT NULL", name="ended_has_kind"),
    # Nobody is told anything of a message that the call does not name.
    sa.CheckConstraint("identity = 'not_asked' OR case_id IS NOT NULL", name="identity_of_a_case"),
    comment="A contact of an applicant with an intake operator, linked to a case or to none.",
)
sa.Index("ix_call_operator", call.c.operator, call.c.begun_at)
sa.Index("ix_call_case", call.c.case_id, call.c.begun_at, postgresql_where=call.c.case_id.is_not(None))
