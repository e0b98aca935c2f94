"""What applicants say of the answers: ratings now, a survey later, in one table. Source: S0, п. 2; G-28, G-44."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from storage.tables.base import Instant, metadata
from storage.types import Encrypted

satisfaction = sa.Table(
    "satisfaction",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("answer", sa.Integer, primary_key=True, comment="1: the first answer, 2: that of the repeat"),
    sa.Column("source", sa.Text, primary_key=True, comment="rating, or survey"),
    sa.Column("decision", UUID(as_uuid=False), sa.ForeignKey("decision.id"), comment="by which it was given"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("score", sa.Integer, comment="of a rating"),
    sa.Column("questions", sa.Text, comment="which questions in which version a survey asked (S1, Прил. 4)"),
    sa.Column("answers", JSONB, comment="of a survey, by question: codes and numbers; its words are beside"),
    sa.Column("channel", sa.Text, comment="by which a survey was answered"),
    sa.Column("words", Encrypted("satisfaction.words"), comment="what the applicant wrote with it"),
    sa.Column("missing", Encrypted("satisfaction.missing"), comment="what he misses, who asks for a repeat"),
    sa.Column("repeat_asked_at", Instant),
    sa.Column("organisation", sa.Text, nullable=False, comment="who answered"),
    sa.Column("category", sa.Text),
    sa.Column("subcategory", sa.Text),
    sa.CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    sa.CheckConstraint("answer IN (1, 2)", name="answer"),
    sa.CheckConstraint("source IN ('rating', 'survey')", name="source"),
    sa.CheckConstraint("(source = 'rating') = (score IS NOT NULL)", name="rating"),
    sa.CheckConstraint(
        "(source = 'survey') = (questions IS NOT NULL) AND num_nulls(questions, answers, channel) IN (0, 3)",
        name="survey",
    ),
    sa.CheckConstraint("(missing IS NULL) = (repeat_asked_at IS NULL)", name="missing"),
)
sa.Index("ix_satisfaction_organisation", satisfaction.c.organisation, satisfaction.c.at)
