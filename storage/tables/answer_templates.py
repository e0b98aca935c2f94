"""Templates of answers: an organisation's words with what is put in, filled in and kept as it is. Source: S0-22."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from storage.tables.base import NOW, Instant, metadata

answer_template = sa.Table(
    "answer_template",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1", comment="the latest, which is offered"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", Instant, nullable=False, server_default=NOW),
)

answer_template_version = sa.Table(
    "answer_template_version",
    metadata,
    sa.Column("template", sa.BigInteger, sa.ForeignKey("answer_template.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("categories", JSONB, nullable=False, comment="codes of categories and subcategories; empty: all"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("made_at", Instant, nullable=False, server_default=NOW),
    comment="Append-only: an answer names the version that it was made of.",
)
