"""Auto-rules: what an organisation lets happen by itself to messages that come to its coordinators. Source: S0-23; G-40."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from storage.tables.base import NOW, Instant, metadata

autorule = sa.Table(
    "autorule",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False, comment="its turn among the organisation's rules"),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1", comment="the latest"),
    sa.Column("active_revision", sa.Integer, comment="the one that is applied; null: switched off"),
    sa.Column("created_at", Instant, nullable=False, server_default=NOW),
    sa.CheckConstraint("active_revision BETWEEN 1 AND revision", name="active_revision"),
)

autorule_revision = sa.Table(
    "autorule_revision",
    metadata,
    sa.Column("rule", sa.BigInteger, sa.ForeignKey("autorule.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("conditions", JSONB, nullable=False),
    sa.Column("effects", JSONB, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("made_at", Instant, nullable=False, server_default=NOW),
    comment="Append-only: each edit is a revision of its own.",
)

autorule_application = sa.Table(
    "autorule_application",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("entry", sa.Integer, primary_key=True, comment="the stage entry with which the message arrived"),
    sa.Column("rule", sa.BigInteger, sa.ForeignKey("autorule.id"), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("done", ARRAY(sa.Text), nullable=False),
    sa.Column("refused", JSONB, nullable=False, comment="reasons by effect: what was not applied, and why"),
    comment="Append-only: which rule did what. A rule is applied once an entry, so none goes round.",
)
sa.Index("ix_autorule_application_rule", autorule_application.c.rule, autorule_application.c.at)

autorule_dry_run = sa.Table(
    "autorule_dry_run",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("rule", sa.BigInteger, sa.ForeignKey("autorule.id"), nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("asked_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("asked_at", Instant, nullable=False, server_default=NOW),
    sa.Column("total", sa.Integer, nullable=False, comment="messages that it goes over"),
    sa.Column("seen", sa.Integer, nullable=False, server_default="0"),
    sa.Column("until", Instant, comment="the last of them arrived then"),
    sa.Column("line", JSONB, nullable=False, comment="rules and revisions that were asked before and after it"),
    sa.Column("found", JSONB, nullable=False, server_default="{}", comment="counts, examples, and where it stands"),
    sa.Column("finished_at", Instant),
    sa.CheckConstraint("seen BETWEEN 0 AND total", name="seen"),
    comment="What a revision would have done to past messages: none is switched on without.",
)
sa.Index(
    "ix_autorule_dry_run_unfinished",
    autorule_dry_run.c.asked_at,
    postgresql_where=autorule_dry_run.c.finished_at.is_(None),
)
