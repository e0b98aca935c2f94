"""People at work on the real record, without Temporal: what they decide is judged at once."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from activities.deliver import Delivering, MailServer
from activities.judge import Judging
from activities.mail import Outgoing
from activities.writing import LetterWriter
from domain.standing import Standing
from domain.verdict import Refusal
from domain.vocabulary import Action
from storage import attachments, intake
from storage.files import FileStore
from storage.inbox import Entry, Request, decide
from storage.intake import Card, Registered
from storage.keys import KeyRing
from storage.reference import Reference
from tests.conftest import Database
from tests.product import populate

SENDER = "Отклик <otklik@ministry.example>"
TEXT = "Третий день не могу дозвониться в регистратуру."


@dataclass
class Desk:
    """The record with its people. `people`: staff numbers by login."""

    database: Database
    keys: KeyRing
    folder: Path
    reference: Reference = field(default_factory=Reference)
    people: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = populate(self.database.engine)
        self.files = FileStore(self.folder / "files", self.keys)
        self.writer = LetterWriter(self.files, self.keys, "https://otklik.example/")

    def register(self, *, secret: bool = False, files: tuple[str, ...] = (), **values: Any) -> str:
        """A message is registered; its id. Values override a phone call of a citizen with an e-mail address."""
        card = {
            "channel": "phone",
            "text": TEXT,
            "applicant_kind": "citizen",
            "applicant_name": "Иванова Мария Петровна",
            "email": "applicant@example.org",
            "person_concerned": "applicant",
        } | values
        return self.registered(Card(card, None, None, None, None, None, secret, files)).id

    def registered(self, card: Card) -> Registered:
        """The operator enters the card."""
        found = intake.register_message(
            self.database.engine, self.reference, card, self.people["operator"], str(uuid4())
        )
        assert not isinstance(found, Refusal), found
        return found

    def decide(self, login: str, message: str, action: Action, **parameters: Any) -> Standing:
        """A decision that is accepted; where the case stands then."""
        version = self.rows("SELECT version FROM message_case WHERE id = :id", id=message)[0]["version"]
        request = Request(message, self.people[login], action, version, parameters, str(uuid4()))
        found = decide(self.database.engine, self.reference, request)
        assert isinstance(found, Entry), found
        return self.judge(message)

    def judge(self, message: str) -> Standing:
        """Where the case stands after everything that waits for a verdict."""
        return Judging(self.database.engine, self.reference).judge(message)

    def in_work(self, **values: Any) -> str:
        """A message with `executor`."""
        message = self.register(**values)
        self.decide(
            "moderator",
            message,
            Action.ACCEPT,
            category="medicine",
            subcategory="medicine.no_answer",
            organisation="polyclinic",
        )
        self.decide("coordinator", message, Action.ASSIGN, executor=self.people["executor"])
        self.decide("executor", message, Action.START_WORK)
        return message

    def answered(self, message: str, **parameters: Any) -> Standing:
        """The executor's answer is approved."""
        given = {"type": "solved", "text": "Добавлена вторая линия.", "approver": self.people["head2"]} | parameters
        self.decide("executor", message, Action.SUBMIT_ANSWER, endorsers=[self.people["head"]], **given)
        self.decide("head", message, Action.ENDORSE)
        return self.decide("head2", message, Action.APPROVE)

    def file(self, name: str, content: bytes, login: str = "executor") -> str:
        """A file that the person uploaded."""
        stored = self.files.store(io.BytesIO(content), name)
        with self.database.engine.begin() as connection:
            return attachments.add(connection, stored, name, self.people[login]).id

    def letters(self, message: str) -> list[dict[str, Any]]:
        """The case's letters, oldest first."""
        return self.rows("SELECT * FROM letter WHERE case_id = :id ORDER BY created_at, kind, way", id=message)

    def letter(self, message: str, kind: str = "registration", way: str = "email") -> dict[str, Any]:
        """The case's one letter of this kind and way."""
        (found,) = [row for row in self.letters(message) if (row["kind"], row["way"]) == (kind, way)]
        return found

    def written(self, message: str, kind: str) -> EmailMessage:
        """The letter as its recipient's program reads it."""
        with self.database.engine.connect() as connection:
            mail = self.writer.write(connection, self.letter(message, kind)["id"], SENDER)
        return message_from_bytes(Outgoing.of(mail).content, policy=policy.default)

    def delivering(self, port: int, seconds: float = 5) -> Delivering:
        """The activity over a mail server on this port."""
        server = MailServer("127.0.0.1", port, "none", None, None, timedelta(seconds=seconds))
        return Delivering(self.database.engine, server, SENDER, self.writer)

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query, as the application."""
        with self.database.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]


def text_of(mail: EmailMessage) -> str:
    """The words of a letter."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
