"""Decisions about a case, what they wrote, and the journal of all that happened to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from storage.tables.base import Instant, metadata
from storage.types import Encrypted

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), comment="NULL: the applicant"),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column(
        "beside", sa.Boolean, nullable=False, server_default=sa.false(), comment="needs no version and raises none"
    ),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("sealed", Encrypted("decision.sealed"), comment="JSON of the parameters that name or reach people"),
    sa.Column("verdict", sa.Text, nullable=False, server_default="pending"),
    sa.Column("refusal", JSONB),
    sa.Column("judged_at", Instant),
    sa.Column("incident", sa.Text, comment="set when judging it failed five times; retries go on"),
    sa.CheckConstraint("verdict IN ('pending', 'accepted', 'refused')", name="verdict"),
    sa.CheckConstraint("(verdict = 'refused') = (refusal IS NOT NULL)", name="refusal"),
    sa.UniqueConstraint("case_id", "seq"),
)
sa.Index("ix_decision_pending", decision.c.case_id, decision.c.seq, postgresql_where=decision.c.verdict == "pending")
# An accepted decision raises the version by one unless it is beside the stage, so no two were accepted against the same.
# The applicant names no version.
sa.Index(
    "uq_decision_accepted",
    decision.c.case_id,
    decision.c.version,
    unique=True,
    postgresql_where=sa.and_(decision.c.verdict == "accepted", ~decision.c.beside, decision.c.person.is_not(None)),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("person", sa.BigInteger),
    sa.Column("decision", UUID(as_uuid=False)),
    sa.Column("organisation", sa.Text, nullable=False, comment="with whom the case lay when it happened"),
    sa.Column("facts", JSONB, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    comment="Append-only: the application's role has no UPDATE or DELETE. Codes, ids, dates and digests; no texts.",
)
# One decision has one journal row.
sa.Index("uq_journal_decision", journal.c.decision, unique=True, postgresql_where=journal.c.decision.is_not(None))
sa.Index("ix_journal_recorded", journal.c.recorded_at)
# Where a case was that lies elsewhere now: dry runs of rules go over what came to an organisation.
sa.Index(
    "ix_journal_left",
    journal.c.organisation,
    journal.c.case_id,
    postgresql_where=sa.text("event IN ('MessageTransferred', 'RedirectApproved', 'MessageReturnedToSuperior')"),
)

journal_seal = sa.Table(
    "journal_seal",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("sealed_at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("heads", sa.Integer, nullable=False),
    sa.Column("key", sa.Text, nullable=False, comment="id of the data key"),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    comment="Hourly: one keyed hash over the heads of all chains that grew, chained to the seal before.",
)

answer_version = sa.Table(
    "answer_version",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, comment="1, 2, … over all submissions and edits of the case"),
    sa.Column("submission", sa.Integer, nullable=False),
    sa.Column("decision", UUID(as_uuid=False), sa.ForeignKey("decision.id"), nullable=False, unique=True),
    sa.Column("author", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("postponed_until", sa.Date),
    sa.Column("ground", sa.Text),
    sa.Column("template", sa.Text, comment="the template and its version that it was made of"),
    sa.Column("comment", sa.Text),
    sa.Column("files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("comment_files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("approved_at", Instant),
)

card_version = sa.Table(
    "card_version",
    metadata,
    sa.Column("decision", UUID(as_uuid=False), sa.ForeignKey("decision.id"), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False, index=True),
    sa.Column("replaced_at", Instant, nullable=False),
    sa.Column("old", Encrypted("card_version.old"), nullable=False, comment="JSON of the values before"),
)

unsent_draft = sa.Table(
    "unsent_draft",
    metadata,
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True, index=True),
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of unsent_draft_version_seq: none comes twice"),
    sa.Column("saved_at", Instant, nullable=False),
    sa.Column("parameters", Encrypted("unsent_draft.parameters"), nullable=False, comment="JSON, as far as filled in"),
    sa.Column("files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    comment="What a person has written for a decision and not sent yet. Gone when the decision is accepted.",
)
