"""Doors: sessions, throttled attempts, repeated requests, who opened what and who looks at it now, what went wrong."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from storage.tables.base import NOW, Instant, metadata
from storage.types import Encrypted

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True, comment="what was tried: storage.attempts.Tried"),
    sa.Column("key", sa.LargeBinary, primary_key=True, comment="keyed digest of login, number or address"),
    sa.Column("window_at", Instant, nullable=False, comment="of the first attempt that is counted"),
    sa.Column("count", sa.Integer, nullable=False),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("made", sa.Text, nullable=False, comment="id of what it made"),
    sa.Column("created_at", Instant, nullable=False),
)
sa.Index("ix_idempotency_key_created", idempotency_key.c.created_at)

access_record = sa.Table(
    "access_record",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id")),
    sa.Column("opened", sa.Text, nullable=False),
    sa.Column("file", UUID(as_uuid=False), comment="which one, where a file was opened"),
    sa.Column("organisation", sa.Text, nullable=False, comment="with whom the case lay when it was opened"),
    sa.Column("with_task", sa.Boolean, nullable=False, comment="whether it was then the reader's to deal with"),
    sa.Column("cases", ARRAY(UUID(as_uuid=False)), comment="of an export: those that lay with this organisation"),
    sa.Column(
        "filters", Encrypted("access_record.filters"), comment="of an export: JSON, words of a search among them"
    ),
    sa.CheckConstraint("opened IN ('card', 'contacts', 'file', 'story', 'call', 'answer', 'export')", name="opened"),
    sa.CheckConstraint("(file IS NOT NULL) = (opened = 'file')", name="file"),
    # An export is of many cases, and nobody needs one to deal with a message.
    sa.CheckConstraint("(case_id IS NULL) = (opened = 'export')", name="case"),
    sa.CheckConstraint("(cases IS NOT NULL AND filters IS NOT NULL) = (opened = 'export')", name="export"),
    sa.CheckConstraint("opened <> 'export' OR NOT with_task", name="export_without_task"),
    comment="Append-only: who opened what of which case, and who took a list of them away.",
)
sa.Index("ix_access_record_case", access_record.c.case_id, access_record.c.person, access_record.c.at)
sa.Index("ix_access_record_organisation", access_record.c.organisation, access_record.c.id)
sa.Index(
    "ix_access_record_without_task",
    access_record.c.organisation,
    access_record.c.id,
    postgresql_where=~access_record.c.with_task,
)
sa.Index("ix_access_record_person", access_record.c.person, access_record.c.id)
sa.Index(
    "ix_access_record_cases",
    access_record.c.cases,
    postgresql_using="gin",
    postgresql_where=access_record.c.cases.is_not(None),
)

presence = sa.Table(
    "presence",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    prefixes=["UNLOGGED"],
    comment="Who has which card open. Of the last minute alone: nothing is lost with it.",
)
sa.Index("ix_presence_seen", presence.c.seen_at)

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False, server_default=NOW),
    sa.Column("case_id", UUID(as_uuid=False)),
    sa.Column("what", sa.Text, nullable=False, comment="exception type and place; no message, no values"),
)
