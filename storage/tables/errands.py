"""Errands: what somebody is asked for beside the stage of a message. Their words are in the decisions, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from storage.tables.base import Instant, metadata

errand = sa.Table(
    "errand",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("asked_by", sa.BigInteger, sa.ForeignKey("person.id"), comment="NULL: no person of the staff"),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("asked_in", UUID(as_uuid=False), sa.ForeignKey("decision.id"), comment="has the words"),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id")),
    sa.Column("pool", sa.Text, comment="everybody of this role"),
    sa.Column("applicant", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("remind_at", Instant),
    sa.Column("overdue_told", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settled_at", Instant),
    sa.Column("settled_in", UUID(as_uuid=False), sa.ForeignKey("decision.id"), comment="has the words"),
    sa.Column("details", JSONB, nullable=False, server_default="{}", comment="codes, numbers and instants"),
    sa.Column("acting_for", sa.BigInteger, sa.ForeignKey("person.id"), comment="who was asked and is away"),
    sa.Column("passed_at", Instant, comment="when it last passed to a substitute or back"),
    sa.Column("unattended_at", Instant, comment="when it was last told that nobody may take it"),
    sa.CheckConstraint("state IN ('open', 'done', 'cancelled', 'expired')", name="state"),
    sa.CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
    sa.CheckConstraint("num_nonnulls(person, pool) + applicant::int = 1", name="asked"),
)
# «Поручения мне» of a person, and of everybody in a role.
sa.Index("ix_errand_person", errand.c.person, postgresql_where=errand.c.state == "open")
sa.Index("ix_errand_acting_for", errand.c.acting_for, postgresql_where=errand.c.state == "open")
sa.Index("ix_errand_pool", errand.c.pool, errand.c.organisation, postgresql_where=errand.c.state == "open")
