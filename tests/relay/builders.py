"""What the relay's tests share: people at work on the real record without Temporal, and a clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from activities.judge import Judging
from activities.mail import MailServer
from domain.standing import Start
from domain.vocabulary import Action
from embedded.mail_server import MailCatcher
from relay.mail_words import Words
from relay.staff_mail import Postman, gather
from storage import intake
from storage import tables as t
from storage.files import FileStore
from storage.inbox import Entry, Request, decide
from storage.intake import Card, Registered
from storage.reference import Reference, touch
from tests.conftest import Database
from tests.product import populate

SENDER = "otklik@ministry.example"
MARKS = ("Щукина Ёлка Эдуардовна", "Ключевая улица", "прорвало трубу", "elka@applicant.example")
"""Name, address, text and e-mail of every applicant here: none of it may reach a mail to staff."""


@dataclass
class Desk:
    """The record with its people. `people`: staff numbers by login. Nobody else's letters are seen."""

    database: Database
    files: FileStore
    people: dict[str, int] = field(default_factory=dict)
    reference: Reference = field(default_factory=Reference)
    begins: dict[str, Start] = field(default_factory=dict)
    suffix: str = field(default_factory=lambda: uuid4().hex[:8])

    def __post_init__(self) -> None:
        self.people = populate(self.engine)
        for login in self.people:
            self.change_person(login, email=self.address(login))

    @property
    def engine(self) -> sa.Engine:
        """As the application."""
        return self.database.engine

    def address(self, login: str) -> str:
        """Where mail for this test's person goes; the mail catcher is shared with other tests."""
        return f"{login}-{self.suffix}@staff.example"

    def change_person(self, login: str, **values: Any) -> None:
        """The person's row is changed, and everybody hears of it."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(t.person).where(t.person.c.id == self.people[login]).values(values))
            touch(connection)

    def change_organisation(self, organisation: str, **values: Any) -> None:
        """The organisation's row is changed, and everybody hears of it."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(t.organisation).where(t.organisation.c.id == organisation).values(values))
            touch(connection)

    def at(self, clock: str) -> None:
        """It is this time now, on the wall and in the record: `2026-12-07 14:12`, Moscow unless it says otherwise."""
        when = datetime.fromisoformat(clock)
        when = when if when.tzinfo else datetime.fromisoformat(f"{clock}+03:00")
        self.database.at(when)

    def register(self, received_back: timedelta | None = None) -> str:
        """A message of a marked applicant lies in moderation; its id. `received_back`: it came so long ago."""
        name, street, text, email = MARKS
        values = {
            "channel": "phone",
            "text": f"{text}, {street}",
            "applicant_kind": "citizen",
            "applicant_name": name,
            "address": street,
            "email": email,
        }
        with self.engine.connect() as connection:
            now = connection.execute(sa.text("SELECT otklik_now()")).scalar_one()
        came = now - received_back if received_back else None
        card = Card(values, came, None, None, None, None, secret=False, files=())
        made = intake.register_message(self.engine, self.reference, card, self.people["operator"], str(uuid4()))
        assert isinstance(made, Registered), made
        assert made.begin is not None
        self.begins[made.id] = made.begin
        return made.id

    def pend(self, login: str, message: str, action: Action, **parameters: Any) -> Entry:
        """A decision that waits for its verdict."""
        [case] = self.rows("SELECT version FROM message_case WHERE id = :id", id=message)
        request = Request(message, self.people[login], action, case["version"], parameters, str(uuid4()))
        made = decide(self.engine, self.reference, request)
        assert isinstance(made, Entry), made
        return made

    def decide(self, login: str, message: str, action: Action, **parameters: Any) -> None:
        """A decision with its verdict."""
        self.pend(login, message, action, **parameters)
        self.judge(message)

    def judge(self, message: str) -> None:
        """What was decided and what fell due is in the record."""
        Judging(self.engine, self.reference).judge(message)

    def accepted(self, received_back: timedelta | None = None) -> str:
        """A message lies with the coordinators of the polyclinic."""
        message = self.register(received_back)
        place = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
        self.decide("moderator", message, Action.ACCEPT, **place)
        return message

    def assigned(self, received_back: timedelta | None = None) -> str:
        """A message lies with the executor."""
        message = self.accepted(received_back)
        self.decide("coordinator", message, Action.ASSIGN, executor=self.people["executor"])
        return message

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query, as the application."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]


@dataclass
class Post:
    """The relay's mail over a real server. `port`: another one than the catcher's, to be down."""

    desk: Desk
    mail: MailCatcher
    port: int | None = None
    timeout: timedelta = timedelta(seconds=5)
    support: str | None = None

    def postman(self) -> Postman:
        """One sender with a connection of his own."""
        port = self.port or self.mail.smtp_port
        server = MailServer("127.0.0.1", port, "none", None, None, self.timeout)
        words = Words("https://otklik.example", SENDER)
        return Postman(self.desk.engine, self.desk.reference, server, words, self.desk.files, self.support)

    def round(self) -> None:
        """One round of the loop."""
        gather(self.desk.engine, self.desk.reference)
        self.deliver()

    def deliver(self) -> None:
        """What is due in the outbox has been tried."""
        postman = self.postman()
        while postman.deliver_next():
            pass
        postman.hang_up()

    def to(self, login: str) -> list[EmailMessage]:
        """The person's mail so far, oldest first."""
        address = self.desk.address(login)
        return [letter for letter in self.mail.letters() if letter["Delivered-To"].endswith(address)]

    def subjects(self, login: str) -> list[str]:
        """The subjects of the person's mail so far, oldest first."""
        return [letter["Subject"] for letter in self.to(login)]


def words_of(letter: EmailMessage) -> str:
    """All that a person or a machine may read in it, decoded."""
    parts = [str(part.get_content()) for part in letter.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in letter.items()), *parts])
