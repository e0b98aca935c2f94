"""What a mail server is given as the head of a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from activities.mail import Outgoing, headed

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("length", range(1, 14))
def test_subject_of_several_lines_is_read_as_it_was_written(length: int) -> None:
    """Whatever word a line of it ends with."""
    subject = f"Отклик: {'ы' * length} утвердить ответ некому: назначьте руководителя здесь или выше, сообщение № 2026-0000038"
    mail = headed(EmailMessage(), sender="a@example.org", to="b@example.org", subject=subject, at=AT, name="mail-1")
    mail.set_content("Текст")

    sent = Outgoing.of(mail).content

    assert message_from_bytes(sent, policy=policy.default)["Subject"] == subject
    assert all(len(line) <= 78 for line in sent.splitlines())
