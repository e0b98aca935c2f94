"""Annexes of orders, revision by revision: regulations, role models, categories with those who answer."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from storage.tables.base import NOW, Instant, metadata

annex_revision = sa.Table(
    "annex_revision",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False, comment="S0, S2: revisions of one act follow one another"),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("order_number", sa.Text, nullable=False),
    sa.Column("signed_on", sa.Date, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("scan", UUID(as_uuid=False), sa.ForeignKey("attachment.id")),
    sa.Column("body", JSONB, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, comment="SHA-256 of the body's canonical JSON"),
    sa.Column("state", sa.Text, nullable=False, server_default="draft"),
    sa.Column(
        "version", sa.Integer, nullable=False, server_default="1", comment="of the draft: rises with each change"
    ),
    sa.Column("author", sa.BigInteger, sa.ForeignKey("person.id"), comment="null: came with the product"),
    sa.Column(
        "editors", ARRAY(sa.BigInteger), nullable=False, server_default="{}", comment="all who changed the draft"
    ),
    sa.Column("changed_at", Instant, nullable=False, server_default=NOW),
    sa.Column("valid_from", sa.Date),
    sa.Column("successors", JSONB, nullable=False, server_default="{}", comment="who takes over from who is gone"),
    sa.Column("publisher", sa.BigInteger, sa.ForeignKey("person.id")),
    sa.Column("published_at", Instant),
    sa.Column("taken_back_by", sa.BigInteger, sa.ForeignKey("person.id")),
    sa.Column("taken_back_at", Instant),
    sa.Column("taken_back_reason", sa.Text),
    sa.CheckConstraint("kind IN ('regulation', 'roles', 'categories', 'structure')", name="kind"),
    sa.CheckConstraint("state IN ('draft', 'published', 'taken_back')", name="state"),
    sa.CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="published"),
    sa.CheckConstraint("(published_at IS NULL) = (valid_from IS NULL)", name="valid_from"),
    sa.CheckConstraint("publisher <> ALL (editors)", name="second_person"),
    sa.CheckConstraint("state = 'draft' OR (publisher IS NULL) = (author IS NULL)", name="publisher"),
    sa.CheckConstraint("(state = 'taken_back') = (taken_back_at IS NOT NULL)", name="taken_back"),
    sa.CheckConstraint(
        "(taken_back_at IS NULL) = (taken_back_by IS NULL) AND (taken_back_at IS NULL) = (taken_back_reason IS NULL)",
        name="taken_back_whole",
    ),
    comment="What is published never changes and is never deleted. In force: of an act, the latest not taken back.",
)
sa.Index(
    "uq_annex_revision_shipped",
    annex_revision.c.kind,
    annex_revision.c.act,
    annex_revision.c.hash,
    unique=True,
    postgresql_where=annex_revision.c.author.is_(None),
)
