"""Letters to applicants, notices to staff and the mail that carries them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from storage.tables.base import NOW, Instant, metadata
from storage.types import Encrypted

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
    sa.CheckConstraint(
        "state IN ('pending', 'begun', 'sent', 'refused', 'task', 'delivered', 'not_needed')", name="state"
    ),
    sa.CheckConstraint("(settled_at IS NOT NULL) = (state IN ('sent', 'delivered', 'not_needed'))", name="settled"),
)
sa.Index("ix_letter_task", letter.c.task_due_at, postgresql_where=letter.c.state == "task")

short_letter = sa.Table(
    "short_letter",
    metadata,
    sa.Column("id", UUID(as_uuid=False), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipient", Encrypted("short_letter.recipient"), nullable=False),
    sa.Column("draft", UUID(as_uuid=False), sa.ForeignKey("public_draft.id", ondelete="CASCADE"), index=True),
    sa.Column("issue", sa.Integer, comment="of the code that it was ordered for"),
    sa.Column("number", sa.Text, comment="of the message whose code was asked for anew, as it was typed"),
    sa.Column(
        "message", UUID(as_uuid=False), sa.ForeignKey("message.id"), comment="found to have number and recipient"
    ),
    sa.Column("call", UUID(as_uuid=False), sa.ForeignKey("call.id"), comment="whose summary it brings"),
    sa.Column("created_at", Instant, nullable=False, server_default=NOW),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_try_at", Instant, nullable=False, server_default=NOW),
    sa.Column("sent_at", Instant),
    sa.Column("failure", sa.Text, comment="a code, never the server's words: they may name the recipient"),
    sa.CheckConstraint("kind IN ('confirmation', 'tracking_code', 'call_summary')", name="kind"),
    sa.CheckConstraint(
        "(kind = 'confirmation') = (draft IS NOT NULL AND issue IS NOT NULL AND number IS NULL)", name="confirmation"
    ),
    sa.CheckConstraint("(kind = 'tracking_code') = (number IS NOT NULL)", name="tracking_code"),
    sa.CheckConstraint("(kind = 'call_summary') = (call IS NOT NULL)", name="call_summary"),
    comment="Letters outside of any verdict, ordered by the API and sent by the relay; gone after two days.",
)
sa.Index("ix_short_letter_unsent", short_letter.c.next_try_at, postgresql_where=short_letter.c.sent_at.is_(None))

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
    sa.Column(
        "kind",
        sa.Text,
        nullable=False,
        comment="urgent, alarm, batch, morning, invitation, support, rounds or measures",
    ),
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
    sa.Column("screens", ARRAY(UUID(as_uuid=False)), nullable=False, server_default="{}"),
    sa.Column("mail", sa.BigInteger, sa.ForeignKey("staff_mail.id"), nullable=False),
)
sa.Index("ix_support_request_person", support_request.c.person, support_request.c.id)
sa.Index("ix_support_request_mail", support_request.c.mail)
