"""Reference data: the installation, its acts, organisations, people and their roles, categories, days; and who changed them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from storage.tables.base import NOW, Instant, metadata

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("day_seconds", sa.Integer, nullable=False, server_default="86400"),
    sa.Column("reference_version", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column(
        "structure_settled_at",
        Instant,
        comment="until when moves of organisations have had their messages looked at again",
    ),
    sa.CheckConstraint("single", name="one_row"),
    sa.CheckConstraint("day_seconds BETWEEN 1 AND 86400", name="day"),
    comment="What is true of this database as a whole. reference_version rises with every change of reference data.",
)

regulation_revision = sa.Table(
    "regulation_revision",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("body", JSONB, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("published_at", Instant, nullable=False, server_default=NOW),
)

organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column(
        "parent",
        sa.Text,
        sa.ForeignKey("organisation.id"),
        comment="when it was created; an annex in force goes over it",
    ),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False, server_default="RU"),
    sa.Column("time_zone", sa.Text, nullable=False, server_default="Europe/Moscow"),
    sa.Column("opens", sa.Time, nullable=False, server_default="09:00"),
    sa.Column("closes", sa.Time, nullable=False, server_default="18:00"),
    sa.Column("self_approval", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("endorsement", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column(
        "every_rule",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="all auto-rules that match, not the first",
    ),
    sa.Column("contacts", JSONB, nullable=False, server_default="{}"),
    sa.Column(
        "duty",
        ARRAY(sa.BigInteger),
        nullable=False,
        server_default="{}",
        comment="who is told at once of danger to life, in order",
    ),
    sa.Column("complaints_official", sa.BigInteger, comment="considers complaints under 210-ФЗ; null: the heads"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("valid_from", Instant, nullable=False, server_default=NOW),
    sa.Column("order_code", sa.Text, comment="as whom orders named it when it came; an annex in force goes over it"),
    sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="id"),
    sa.CheckConstraint("opens < closes", name="hours"),
    sa.CheckConstraint("order_code ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'", name="order_code"),
)
# There is one root: until it is accepted, a message belongs to it.
sa.Index(
    "uq_organisation_root",
    organisation.c.parent.is_(None),
    unique=True,
    postgresql_where=organisation.c.parent.is_(None),
)

organisation_page = sa.Table(
    "organisation_page",
    metadata,
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("content", JSONB, nullable=False),
    comment="What an organisation tells the public of itself. Source: S4, 2.1; no names of people.",
)

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("head", sa.BigInteger),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("order_code", sa.Text, comment="as whom orders named it when it came; an annex in force goes over it"),
    sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="id"),
    sa.CheckConstraint("order_code ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'", name="order_code"),
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(start=101), primary_key=True, comment="staff number"),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text),
    sa.Column(
        "password_one_time", sa.Boolean, nullable=False, server_default=sa.false(), comment="to be changed before work"
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("position", sa.Text, nullable=False, server_default=""),
    sa.Column("email", sa.Text),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id")),
    sa.Column("system", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_at", Instant, nullable=False, server_default=NOW),
    sa.CheckConstraint("login ~ '^[a-z0-9][a-z0-9_.@-]{0,62}$'", name="login"),
)

grant = sa.Table(
    "grant_",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False),
    sa.Column("unit", sa.Text, sa.ForeignKey("unit.id")),
    sa.Column("subtree", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("categories", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("valid_from", Instant),
    sa.Column("valid_until", Instant),
    sa.Column("granted_by", sa.BigInteger),
    sa.Column("granted_at", Instant, nullable=False, server_default=NOW),
    sa.Column("basis", sa.Text, nullable=False, server_default="", comment="why somebody has it for a while"),
    sa.CheckConstraint("NOT (subtree AND unit IS NOT NULL)", name="unit_has_no_subtree"),
)

absence = sa.Table(
    "absence",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False, server_default="", comment="number and date of the order"),
    sa.Column("begins_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, comment="null: open; equal to the beginning: it never took place"),
    sa.Column("substitutes", ARRAY(sa.BigInteger), nullable=False, server_default="{}", comment="in order"),
    sa.Column("entered_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("entered_at", Instant, nullable=False, server_default=NOW),
    sa.CheckConstraint("code IN ('vacation', 'sickness', 'dismissal', 'other')", name="code"),
    sa.CheckConstraint("ends_at >= begins_at", name="order"),
    sa.CheckConstraint("NOT (person = ANY (substitutes))", name="nobody_substitutes_himself"),
    comment="Who is away when, and who stands in for him.",
)

category = sa.Table(
    "category",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("category.code")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("days", sa.Integer),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("valid_from", Instant, nullable=False, server_default=NOW),
    sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="code"),
    sa.Column("postponement_days", sa.Integer, comment="how far beyond its term it may be postponed; null: the act's"),
    sa.Column("hint", sa.Text, nullable=False, server_default="", comment="for applicants: what belongs here"),
    sa.Column("act", sa.Text, comment="the order whose annex made it: without that annex it is not in force"),
    sa.Column("one_day", sa.Text, comment="what is due within one day; null: as its category says, or nothing"),
    sa.CheckConstraint("one_day IN ('none', 'first_reaction', 'whole_answer')", name="one_day"),
    sa.CheckConstraint("days BETWEEN 1 AND 365", name="days"),
    sa.CheckConstraint("postponement_days BETWEEN 1 AND 365", name="postponement_days"),
)

calendar_day = sa.Table(
    "calendar_day",
    metadata,
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("on_day", sa.Date, primary_key=True),
    sa.Column("working", sa.Boolean, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint("region ~ '^RU(-[A-Z]{2,3})?$'", name="region"),
    comment="Days that differ from Monday to Friday. Region RU holds for all; a region's own row goes before it.",
)

reference_change = sa.Table(
    "reference_change",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False, server_default=NOW),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, comment="who changed it"),
    sa.Column("kind", sa.Text, nullable=False, comment="organisation, organisation_page, unit, person, …"),
    sa.Column("subject", sa.Text, nullable=False, comment="id of what was changed"),
    sa.Column("organisation", sa.Text, comment="whose administrators may read it; null: all"),
    sa.Column("before", JSONB, comment="the columns that changed, as they were; null: it is new"),
    sa.Column("after", JSONB, nullable=False),
    comment="Append-only: who changed which reference data. Never a password or its hash.",
)
sa.Index("ix_reference_change_organisation", reference_change.c.organisation, reference_change.c.id)
