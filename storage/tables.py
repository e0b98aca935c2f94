"""The record. Invariants are CHECKs and unique indexes too, each with a sentence of reason.

Instants are `timestamptz`; ids of messages, decisions, letters and files are UUIDs; people are staff numbers.
Columns of type `Encrypted` hold contact data and document numbers; `*_index` beside them is the blind index for equality.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, UUID

from storage.types import Encrypted

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = sa.TIMESTAMP(timezone=True)
_now = sa.text("otklik_now()")


def _code(name: str = "code", **more: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **more)  # type: ignore[arg-type]  # keyword arguments of Column, passed on


installation = sa.Table(
    "installation",
    metadata,
    sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("day_seconds", sa.Integer, nullable=False, server_default="86400"),
    sa.Column("reference_version", sa.BigInteger, nullable=False, server_default="1"),
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
    sa.Column("published_at", Instant, nullable=False, server_default=_now),
)

organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("organisation.id")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False, server_default="RU"),
    sa.Column("time_zone", sa.Text, nullable=False, server_default="Europe/Moscow"),
    sa.Column("opens", sa.Time, nullable=False, server_default="09:00"),
    sa.Column("closes", sa.Time, nullable=False, server_default="18:00"),
    sa.Column("self_approval", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("endorsement", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("contacts", JSONB, nullable=False, server_default="{}"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("valid_from", Instant, nullable=False, server_default=_now),
    sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="id"),
    sa.CheckConstraint("opens < closes", name="hours"),
)
# There is one root: until it is accepted, a message belongs to it.
sa.Index(
    "uq_organisation_root",
    organisation.c.parent.is_(None),
    unique=True,
    postgresql_where=organisation.c.parent.is_(None),
)

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("head", sa.BigInteger),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.CheckConstraint("id ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="id"),
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
    sa.Column("created_at", Instant, nullable=False, server_default=_now),
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
    sa.Column("granted_at", Instant, nullable=False, server_default=_now),
    sa.CheckConstraint("NOT (subtree AND unit IS NOT NULL)", name="unit_has_no_subtree"),
)

category = sa.Table(
    "category",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("category.code")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("days", sa.Integer),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("valid_from", Instant, nullable=False, server_default=_now),
    sa.CheckConstraint("code ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'", name="code"),
    sa.Column("postponement_days", sa.Integer, comment="how far beyond its term it may be postponed; null: the act's"),
    sa.Column("hint", sa.Text, nullable=False, server_default="", comment="for applicants: what belongs here"),
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
    comment="Days that differ from Monday to Friday. Region RU holds for all; a region's own row goes before it.",
)

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
    sa.Column("portal_account", Encrypted("message.portal_account")),
    sa.Column("person_concerned", sa.Text, nullable=False, server_default="applicant"),
    sa.Column("concerned_name", Encrypted("message.concerned_name")),
    sa.Column("concerned_basis", Encrypted("message.concerned_basis")),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("location", sa.Text),
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
sa.Index("ix_message_created_by", message.c.created_by, message.c.id)
for _name in ("email_index", "phone_index", "snils_index"):
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
    sa.Column("sent_away", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("rest", JSONB, nullable=False, comment="what only the rules read: plan, draft, endorsements, marks"),
    sa.Column("started_run_at", Instant, comment="when a run was first seen to exist; null: the relay starts one"),
    sa.Column("journal_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("journal_hash", sa.LargeBinary),
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
sa.Index(
    "ix_case_executor_received",
    message_case.c.executor,
    message_case.c.received_at,
    message_case.c.id,
    postgresql_where=message_case.c.outcome.is_not(None),
)
sa.Index("ix_case_due", message_case.c.due_at, message_case.c.id, postgresql_where=_open)
sa.Index("ix_case_not_started", message_case.c.id, postgresql_where=message_case.c.started_run_at.is_(None))
sa.Index("ix_case_received", message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_organisation_received", message_case.c.organisation, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_category_received", message_case.c.category, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_subcategory_received", message_case.c.subcategory, message_case.c.received_at, message_case.c.id)
sa.Index("ix_case_participants", message_case.c.participants, postgresql_using="gin")
sa.Index("ix_case_sent_away", message_case.c.sent_away, postgresql_using="gin")
sa.Index(
    "ix_case_executed",
    message_case.c.organisation,
    message_case.c.subcategory,
    message_case.c.received_at,
    postgresql_where=message_case.c.executor.is_not(None),
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("sealed", Encrypted("decision.sealed"), comment="JSON of the parameters that are contact data"),
    sa.Column("verdict", sa.Text, nullable=False, server_default="pending"),
    sa.Column("refusal", JSONB),
    sa.Column("judged_at", Instant),
    sa.Column("incident", sa.Text, comment="set when judging it failed five times; retries go on"),
    sa.CheckConstraint("verdict IN ('pending', 'accepted', 'refused')", name="verdict"),
    sa.CheckConstraint("(verdict = 'refused') = (refusal IS NOT NULL)", name="refusal"),
    sa.UniqueConstraint("case_id", "seq"),
)
sa.Index("ix_decision_pending", decision.c.case_id, decision.c.seq, postgresql_where=decision.c.verdict == "pending")
# An accepted decision raises the version by one, so no two were accepted against the same version.
sa.Index(
    "uq_decision_accepted",
    decision.c.case_id,
    decision.c.version,
    unique=True,
    postgresql_where=decision.c.verdict == "accepted",
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

letter = sa.Table(
    "letter",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False, index=True),
    sa.Column("decision", UUID(as_uuid=False)),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("recipient", Encrypted("letter.recipient")),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("facts", JSONB, nullable=False, server_default="{}"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0", comment="times that DATA was begun"),
    sa.Column("begun_at", Instant),
    sa.Column("doubtful", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("settled_at", Instant),
    sa.Column("failure", sa.Text, comment="a code, never the server's words: they may name the recipient"),
    sa.Column("task_due_at", Instant),
    sa.Column("task_overdue_told", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("recorded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("state IN ('pending', 'begun', 'sent', 'refused', 'task', 'delivered')", name="state"),
    sa.CheckConstraint("(settled_at IS NOT NULL) = (state IN ('sent', 'delivered'))", name="settled"),
)
sa.Index("ix_letter_task", letter.c.task_due_at, postgresql_where=letter.c.state == "task")

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("email", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False, comment="the instant that it is about"),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("stage_due_at", Instant),
    sa.Column("read_at", Instant),
    sa.Column("mail", sa.BigInteger, sa.ForeignKey("staff_mail.id")),
)
sa.Index("ix_notice_person", notice.c.person, notice.c.id)
sa.Index("ix_notice_mail", notice.c.mail, postgresql_where=notice.c.mail.is_not(None))
sa.Index(
    "ix_notice_unsent", notice.c.person, notice.c.id, postgresql_where=sa.and_(notice.c.email, notice.c.mail.is_(None))
)

staff_mail = sa.Table(
    "staff_mail",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False, comment="urgent, batch, morning, invitation or support"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("failure", sa.Text),
    sa.Column("on_day", sa.Date),
)
sa.Index("ix_staff_mail_unsent", staff_mail.c.next_try_at, postgresql_where=staff_mail.c.sent_at.is_(None))
# One morning list a person a day.
sa.Index(
    "uq_staff_mail_morning",
    staff_mail.c.person,
    staff_mail.c.on_day,
    unique=True,
    postgresql_where=staff_mail.c.kind == "morning",
)

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
    sa.Column("uploaded_at", Instant, nullable=False, server_default=_now),
    sa.CheckConstraint("role IN ('unused', 'message', 'answer', 'comment', 'reason')", name="role"),
)
sa.Index("ix_attachment_unused", attachment.c.uploaded_at, postgresql_where=attachment.c.role == "unused")

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
    sa.Column("scope", sa.Text, primary_key=True, comment="login or tracking"),
    sa.Column("key", sa.LargeBinary, primary_key=True, comment="keyed digest of login, number or address"),
    sa.Column("window_at", Instant, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("person", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("made", sa.Text, nullable=False, comment="id of the decision, message or file"),
    sa.Column("created_at", Instant, nullable=False),
)
sa.Index("ix_idempotency_key_created", idempotency_key.c.created_at)

reference_change = sa.Table(
    "reference_change",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False, server_default=_now),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, comment="who changed it"),
    sa.Column("kind", sa.Text, nullable=False, comment="organisation, organisation_page, unit, person, …"),
    sa.Column("subject", sa.Text, nullable=False, comment="id of what was changed"),
    sa.Column("organisation", sa.Text, comment="whose administrators may read it; null: all"),
    sa.Column("before", JSONB, comment="the columns that changed, as they were; null: it is new"),
    sa.Column("after", JSONB, nullable=False),
    comment="Append-only: who changed which reference data. Never a password or its hash.",
)
sa.Index("ix_reference_change_organisation", reference_change.c.organisation, reference_change.c.id)

public_draft = sa.Table(
    "public_draft",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("content", Encrypted("public_draft.content"), comment="JSON of the form; erased by the confirmation"),
    sa.Column("files", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("created_at", Instant, nullable=False, server_default=_now),
    sa.Column("code_issue", sa.Integer, nullable=False, server_default="0", comment="one-time codes ordered so far"),
    sa.Column("code_ordered_at", Instant),
    sa.Column("wrong_codes", sa.Integer, nullable=False, server_default="0", comment="tried against the present issue"),
    sa.Column("message", UUID(as_uuid=False), sa.ForeignKey("message.id"), comment="what became of it"),
    sa.CheckConstraint("(content IS NULL) = (message IS NOT NULL)", name="content_until_confirmed"),
    sa.CheckConstraint("(code_issue > 0) = (code_ordered_at IS NOT NULL)", name="code"),
    comment="A message before its contact is confirmed: no number, no term, no run; gone after a day.",
)
sa.Index("ix_public_draft_created", public_draft.c.created_at)

short_letter = sa.Table(
    "short_letter",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipient", Encrypted("short_letter.recipient"), nullable=False),
    sa.Column("draft", UUID(as_uuid=False), sa.ForeignKey("public_draft.id", ondelete="CASCADE"), index=True),
    sa.Column("issue", sa.Integer, comment="of the code that it was ordered for"),
    sa.Column("created_at", Instant, nullable=False, server_default=_now),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Instant, nullable=False, server_default=_now),
    sa.Column("sent_at", Instant),
    sa.Column("failure", sa.Text, comment="a code, never the server's words: they may name the recipient"),
    sa.CheckConstraint("kind = 'confirmation' AND draft IS NOT NULL AND issue IS NOT NULL", name="kind"),
    comment="Letters outside of any verdict, ordered by the API and sent by the relay; gone after two days.",
)
sa.Index("ix_short_letter_unsent", short_letter.c.next_try_at, postgresql_where=short_letter.c.sent_at.is_(None))

organisation_page = sa.Table(
    "organisation_page",
    metadata,
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("content", JSONB, nullable=False),
    comment="What an organisation tells the public of itself. Source: S4, 2.1; no names of people.",
)

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False, server_default=_now),
    sa.Column("case_id", UUID(as_uuid=False)),
    sa.Column("what", sa.Text, nullable=False, comment="exception type and place; no message, no values"),
)

access_record = sa.Table(
    "access_record",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), nullable=False),
    sa.Column("opened", sa.Text, nullable=False),
    sa.Column("file", UUID(as_uuid=False), comment="which one, where a file was opened"),
    sa.Column("organisation", sa.Text, nullable=False, comment="with whom the case lay when it was opened"),
    sa.Column("with_task", sa.Boolean, nullable=False, comment="whether it was then the reader's to deal with"),
    sa.CheckConstraint("opened IN ('card', 'contacts', 'file')", name="opened"),
    sa.CheckConstraint("(file IS NOT NULL) = (opened = 'file')", name="file"),
    comment="Append-only: who opened what of which case.",
)
sa.Index("ix_access_record_case", access_record.c.case_id, access_record.c.person, access_record.c.at)
sa.Index("ix_access_record_organisation", access_record.c.organisation, access_record.c.with_task, access_record.c.id)

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
invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, comment="accepted, or replaced by another, or withdrawn"),
    sa.Column("mail", sa.BigInteger, sa.ForeignKey("staff_mail.id"), nullable=False),
    sa.CheckConstraint("expires_at > created_at", name="expires"),
    comment="The token of the link is made of the id with a key when its mail is written, and stored nowhere.",
)
# Nobody has two links that work.
sa.Index("uq_invitation_open", invitation.c.person, unique=True, postgresql_where=invitation.c.ended_at.is_(None))

support_request = sa.Table(
    "support_request",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True, comment="the number that the requester is told"),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("cause", Encrypted("support_request.cause"), nullable=False),
    sa.Column("essence", Encrypted("support_request.essence"), nullable=False),
    sa.Column("expected", Encrypted("support_request.expected")),
    sa.Column("context", JSONB, nullable=False, comment="number, stage, action, page, browser, incident, version"),
    sa.Column(
        "mail", sa.BigInteger, sa.ForeignKey("staff_mail.id"), comment="null: there was no address to send it to"
    ),
)
sa.Index("ix_support_request_person", support_request.c.person, support_request.c.id)
sa.Index("ix_support_request_mail", support_request.c.mail, postgresql_where=support_request.c.mail.is_not(None))

text_band = sa.Table(
    "text_band",
    metadata,
    sa.Column("message", UUID(as_uuid=False), sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("band", sa.BigInteger, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
    comment="What near-identical texts have in common. To be erased with the text.",
)
sa.Index("ix_text_band_band", text_band.c.band, text_band.c.received_at)

presence = sa.Table(
    "presence",
    metadata,
    sa.Column("case_id", UUID(as_uuid=False), sa.ForeignKey("message_case.id"), primary_key=True),
    sa.Column("person", sa.BigInteger, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("seen_at", Instant, nullable=False),
    prefixes=["UNLOGGED"],
    comment="Who has which card open. Of the last minute alone: nothing is lost with it.",
)
sa.Index("ix_presence_seen", presence.c.seen_at)

APPEND_ONLY = ("journal", "journal_seal", "reference_change", "access_record")
"""Tables from which the application's role may neither take nor change a row."""
