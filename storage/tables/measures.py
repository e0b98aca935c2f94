"""Orders and what they ask to be done about themselves: measures, and who has read the order."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from storage.tables.base import NOW, Instant, metadata

order = sa.Table(
    "order_",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False, comment="who issued it"),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("signed_on", sa.Date, nullable=False),
    sa.Column("link", sa.Text, nullable=False, server_default="", comment="where its text or scan is published"),
    sa.Column("controller", sa.BigInteger, sa.ForeignKey("person.id"), comment="who controls that it is carried out"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.CheckConstraint("code ~ '^[A-Z][A-Z0-9-]{0,15}$'", name="code"),
    comment="Orders whose measures are kept. The code is that of its regulation, where it is one.",
)

measure = sa.Table(
    "measure",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("order_code", sa.Text, sa.ForeignKey("order_.code"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("clause", sa.Text, nullable=False, server_default=""),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column(
        "unit", sa.Text, sa.ForeignKey("unit.id"), index=True, comment="its head does it, where no person is named"
    ),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), index=True, comment="who does it; null: the heads"),
    sa.Column("due_on", sa.Date, nullable=False, comment="the last day, by the organisation's clock"),
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.BigInteger, sa.ForeignKey("person.id")),
    sa.Column("evidence", sa.Text, nullable=False, server_default=""),
    sa.Column("link", sa.Text, nullable=False, server_default=""),
    sa.Column("files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("cancelled_at", Instant),
    sa.Column("cancel_reason", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
    sa.CheckConstraint("done_at IS NULL OR evidence <> '' OR link <> '' OR files <> '{}'", name="done_with_evidence"),
    sa.CheckConstraint("done_at IS NULL OR cancelled_at IS NULL", name="done_or_cancelled"),
    sa.CheckConstraint("(cancelled_at IS NULL) = (cancel_reason = '')", name="cancelled_with_reason"),
)

measure_told = sa.Table(
    "measure_told",
    metadata,
    sa.Column("measure", sa.BigInteger, sa.ForeignKey("measure.id"), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("due_on", sa.Date, primary_key=True, comment="another day is told anew"),
    sa.Column("reminder", sa.Integer, primary_key=True, server_default="0", comment="what is overdue is told again"),
    sa.Column("told_at", Instant, nullable=False),
    sa.Column("mail", sa.BigInteger, sa.ForeignKey("staff_mail.id"), nullable=False),
    sa.CheckConstraint("what IN ('given', 'soon', 'overdue', 'control')", name="what"),
    comment="Who was told of which measure by which mail: that it is his, that its day is near, that it is over.",
)
sa.Index("ix_measure_told_mail", measure_told.c.mail)
sa.Index("ix_measure_told_person", measure_told.c.person, measure_told.c.told_at)

acknowledgement = sa.Table(
    "acknowledgement",
    metadata,
    sa.Column("measure", sa.BigInteger, sa.ForeignKey("measure.id"), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True, index=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, comment="where he is head"),
    sa.Column("asked_at", Instant, nullable=False, server_default=NOW),
    sa.Column("acknowledged_at", Instant, comment="when he said «ознакомлен»"),
    sa.CheckConstraint("acknowledged_at IS NULL OR acknowledged_at >= asked_at", name="acknowledged_after_asked"),
    comment="Which heads must read an order, and when each of them said that he has. Source: S0, 6.",
)
