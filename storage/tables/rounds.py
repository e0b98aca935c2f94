"""The morning rounds: who looked over what came, on which day, and who did not."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.base import Instant, metadata

morning_round = sa.Table(
    "morning_round",
    metadata,
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("on_day", sa.Date, primary_key=True, comment="by the calendar of the organisation that he belongs to"),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("looked_at", Instant, comment="null: the day was missed"),
    sa.Column(
        "by_person",
        sa.BigInteger,
        sa.ForeignKey("person.id"),
        comment="who looked, or should have: himself or his substitute; null: he was absent and nobody stood in for him",
    ),
    sa.Column("fresh", sa.Integer, comment="how many messages were new, and so on: as he saw them"),
    sa.Column("waiting", sa.Integer),
    sa.Column("warned", sa.Integer),
    sa.Column("overdue", sa.Integer),
    sa.Column("told_at", Instant, comment="when curators were told that it was missed"),
    sa.CheckConstraint("(looked_at IS NULL) <> (told_at IS NULL)", name="looked_or_missed"),
    sa.CheckConstraint("looked_at IS NULL OR by_person IS NOT NULL", name="looked_by_somebody"),
    sa.CheckConstraint(
        "(looked_at IS NULL) = (fresh IS NULL AND waiting IS NULL AND warned IS NULL AND overdue IS NULL)",
        name="counts_as_seen",
    ),
    comment="Append-only evidence of the daily view. Source: S0, п. 2, 4.",
)
sa.Index("ix_morning_round_organisation", morning_round.c.organisation, morning_round.c.on_day)
# Of a curator of many organisations: the latest days first, as a page shows them.
sa.Index("ix_morning_round_day", morning_round.c.on_day, morning_round.c.organisation)
sa.Index("ix_morning_round_told", morning_round.c.told_at, postgresql_where=morning_round.c.told_at.is_not(None))
