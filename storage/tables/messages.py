"""Messages, and drafts that are not yet: what the applicant gave, where its case stands, files, what texts share."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, UUID

from storage.tables.base import NOW, Instant, metadata
from storage.types import Encrypted

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("applicant_kind", sa.Text, nullable=False),
    sa.Column("applicant_name", Encrypted("message.applicant_name")),
    sa.Column("inn", Encrypted("message.inn")),
    sa.Column("contact_person", Encrypted("message.contact_person")),
    sa.Column("email", Encrypted("message.email")),
    sa.Column("email_index", sa.LargeBinary),
    sa.Column("phone", Encrypted("message.phone")),
    sa.Column("phone_index", sa.LargeBinary),
    sa.Column("address", Encrypted("message.address")),
    sa.Column("snils", Encrypted("message.snils")),
    sa.Column("snils_index", sa.LargeBinary),
    sa.Column("surname_index", sa.LargeBinary),
    sa.Column("portal_account", Encrypted("message.portal_account")),
    sa.Column("person_concerned", sa.Text, nullable=False, server_default="applicant"),
    sa.Column("concerned_name", Encrypted("message.concerned_name")),
    sa.Column("concerned_basis", Encrypted("message.concerned_basis")),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("location", sa.Text),
    sa.Column(
        "complained_of_title", Encrypted("message.complained_of_title"), comment="whom it complains of, in words"
    ),
    sa.Column("declared_category", sa.Text),
    sa.Column("declared_subcategory", sa.Text),
    sa.Column("declared_organisation", sa.Text),
    sa.Column("rules_agreed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column(
        "digest_key", sa.LargeBinary, nullable=False, comment="erased with the texts: their digests then tell nothing"
    ),
    sa.Column("code_issue", sa.Integer, nullable=False, server_default="1"),
    sa.Column("search", TSVECTOR, nullable=False, server_default=""),
    sa.CheckConstraint("applicant_kind IN ('citizen', 'legal_entity')", name="applicant_kind"),
    sa.CheckConstraint(
        "person_concerned IN ('applicant', 'represented', 'other_with_consent', 'other_without_consent')",
        name="person_concerned",
    ),
    sa.CheckConstraint("received_at <= created_at", name="received"),
)
sa.Index("ix_message_search", message.c.search, postgresql_using="gin")
for _name in ("email_index", "phone_index", "snils_index", "surname_index"):
    sa.Index(
        f"ix_message_{_name}", message.c[_name], message.c.received_at, postgresql_where=message.c[_name].is_not(None)
    )

message_case = sa.Table(
    "message_case",
    metadata,
    sa.Column("id", UUID(as_uuid=False), sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("regulation", sa.Text, nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("created_by", sa.BigInteger, nullable=False, comment="who registered the message"),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("stage_due_at", Instant),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("declared_organisation", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("subcategory", sa.Text),
    sa.Column("holder", sa.BigInteger, comment="the person with whom it lies; null: a pool or nobody"),
    sa.Column("executor", sa.BigInteger),
    sa.Column("acting_for", sa.BigInteger, comment="the absent person in whose place the holder acts"),
    sa.Column("first_reaction_due_at", Instant, comment="until when somebody is to react to it; null: nobody has to"),
    sa.Column("started", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("returned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("postponed_until", sa.Date),
    sa.Column("message_overdue", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("stage_overdue", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("task_waiting", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("outcome", sa.Text),
    sa.Column("answered_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("participants", ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
    sa.Column(
        "called",
        ARRAY(sa.BigInteger),
        nullable=False,
        server_default="{}",
        comment="heads above who were told that nobody is there to decide, while nobody is",
    ),
    sa.Column(
        "alerted",
        ARRAY(sa.BigInteger),
        nullable=False,
        server_default="{}",
        comment="who was told of danger to life; reads it while its precedence is 2",
    ),
    sa.Column("sent_away", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("prioritised", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("danger", sa.Text, comment="to somebody's life: suggested by words, confirmed or dismissed by a person"),
    sa.Column(
        "precedence",
        sa.SmallInteger,
        nullable=False,
        server_default="0",
        comment="in lists: 2 before all others, 1 before the usual ones",
    ),
    sa.Column(
        "linked_to",
        UUID(as_uuid=False),
        sa.ForeignKey("message.id"),
        comment="the earlier message of the same applicant with which it is answered",
    ),
    sa.Column("withdrawal_at", Instant, comment="when the applicant asked to end; null: he did not, or it is decided"),
    sa.Column("rest", JSONB, nullable=False, comment="what only the rules read: plan, draft, endorsements, marks"),
    sa.Column("started_run_at", Instant, comment="when a run was first seen to exist; null: the relay starts one"),
    sa.Column(
        "recheck",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="reference data that may move it have changed: the relay rings, judge clears it",
    ),
    sa.Column("journal_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("journal_hash", sa.LargeBinary),
    sa.CheckConstraint("danger IN ('suggested', 'confirmed', 'dismissed')", name="danger"),
    sa.CheckConstraint("entry >= 1 AND version >= 0", name="counters"),
    sa.CheckConstraint("stage_due_at IS NULL OR stage_due_at >= entered_at", name="stage_due"),
    sa.CheckConstraint("closed_at IS NULL OR outcome IS NOT NULL", name="closed_has_outcome"),
    sa.CheckConstraint(
        "(holder IS NOT NULL) = (stage IN ('execution', 'endorsement', 'approval'))", name="one_holder_or_pool"
    ),
)
_open = message_case.c.closed_at.is_(None)
sa.Index(
    "ix_case_place",
    message_case.c.organisation,
    message_case.c.stage,
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=_open,
)
sa.Index(
    "ix_case_holder",
    message_case.c.holder,
    message_case.c.stage,
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=_open,
)
sa.Index(
    "ix_case_executor",
    message_case.c.executor,
    message_case.c.stage,
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=_open,
)
# With the organisation: what an executor has finished there is counted without a look at the rows.
sa.Index(
    "ix_case_executor_received",
    message_case.c.executor,
    message_case.c.received_at,
    message_case.c.id,
    postgresql_include=["organisation"],
    postgresql_where=message_case.c.outcome.is_not(None),
)
sa.Index(
    "ix_case_postponed",
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=sa.and_(_open, message_case.c.postponed_until.is_not(None)),
)
sa.Index("ix_case_acting_for", message_case.c.acting_for, postgresql_where=message_case.c.acting_for.is_not(None))
# What goes before others. Every list asks for it first, in its own order; without these PostgreSQL walks all there is for it.
sa.Index(
    "ix_case_precedence",
    message_case.c.precedence,
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=message_case.c.precedence > 0,
)
sa.Index(
    "ix_case_precedence_received",
    message_case.c.precedence,
    message_case.c.received_at,
    message_case.c.id,
    postgresql_where=message_case.c.precedence > 0,
)
sa.Index("ix_case_linked_to", message_case.c.linked_to, postgresql_where=message_case.c.linked_to.is_not(None))
sa.Index(
    "ix_case_withdrawal",
    message_case.c.due_at,
    message_case.c.id,
    postgresql_where=message_case.c.withdrawal_at.is_not(None),
)
sa.Index("ix_case_due", message_case.c.due_at, message_case.c.id, postgresql_where=_open)
sa.Index("ix_case_not_started", message_case.c.id, postgresql_where=message_case.c.started_run_at.is_(None))
sa.Index("ix_case_recheck", message_case.c.id, postgresql_where=message_case.c.recheck)
sa.Index("ix_case_received", message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_organisation_received", message_case.c.organisation, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_created_by_received", message_case.c.created_by, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_category_received", message_case.c.category, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_subcategory_received", message_case.c.subcategory, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_participants", message_case.c.participants, postgresql_using="gin")
sa.Index("ix_case_called", message_case.c.called, postgresql_using="gin")
sa.Index("ix_case_sent_away", message_case.c.sent_away, postgresql_using="gin")
sa.Index(
    "ix_case_executed",
    message_case.c.organisation,
    message_case.c.subcategory,
    message_case.c.received_at,
    postgresql_where=message_case.c.executor.is_not(None),
)

text_band = sa.Table(
    "text_band",
    metadata,
    sa.Column("message", UUID(as_uuid=False), sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("band", sa.BigInteger, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
    comment="What near-identical texts have in common. To be erased with the text.",
)
sa.Index("ix_text_band_band", text_band.c.band, text_band.c.received_at)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message.id"), index=True),
    sa.Column("role", sa.Text, nullable=False, server_default="unused"),
    sa.Column("name", Encrypted("attachment.name"), nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("uploaded_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("uploaded_at", Instant, nullable=False, server_default=NOW),
    sa.CheckConstraint(
        "role IN ('unused', 'message', 'answer', 'comment', 'reason', 'measure', 'order', 'support')", name="role"
    ),
)
sa.Index("ix_attachment_unused", attachment.c.uploaded_at, postgresql_where=attachment.c.role == "unused")

public_draft = sa.Table(
    "public_draft",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("content", Encrypted("public_draft.content"), comment="JSON of the form; erased by the confirmation"),
    sa.Column("written_by", sa.Text, nullable=False, server_default="", comment="which opened page of the form, last"),
    sa.Column("files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("created_at", Instant, nullable=False, server_default=NOW),
    sa.Column("code_issue", sa.Integer, nullable=False, server_default="0", comment="one-time codes ordered so far"),
    sa.Column("code_ordered_at", Instant),
    sa.Column("wrong_codes", sa.Integer, nullable=False, server_default="0", comment="tried against the present issue"),
    sa.Column("message", UUID(as_uuid=False), sa.ForeignKey("message.id"), comment="what became of it"),
    sa.CheckConstraint("(content IS NULL) = (message IS NOT NULL)", name="content_until_confirmed"),
    sa.CheckConstraint("(code_issue > 0) = (code_ordered_at IS NOT NULL)", name="code"),
    comment="A message before its contact is confirmed: no number, no term, no run; gone after a day.",
)
sa.Index("ix_public_draft_created", public_draft.c.created_at)
