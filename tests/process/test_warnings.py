"""One stage, two people far apart, on the real run: each has his mail before his own night, and the moment itself is evidence."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from activities.mail import MailServer
from domain.vocabulary import Role
from embedded.mail_server import MailCatcher
from relay.mail_words import Words
from relay.staff_mail import Postman, gather
from storage import tables as t
from storage.reference import Reference, touch
from tests.process.clock import MOSCOW, Clock
from tests.process.walk import DAY, Walk
from tests.product import Product

pytestmark = pytest.mark.anyio

HEAD, GUEST = "head-in-moscow@staff.example", "executor-in-vladivostok@staff.example"
SETTLED = timedelta(seconds=30)


@pytest.mark.requirement("S2-54")
async def test_each_is_mailed_before_his_own_night(product: Product, clock: Clock, mail: MailCatcher) -> None:
    send_far_away(product)
    walk = await Walk.begin(product, clock)
    await walk.accept()
    await walk.assign("executor_transport")
    await walk.submit("head", by="executor_transport")  # Monday 10:00; 4 days 12 hours of endorsement
    warned = walk.case["entered_at"] + timedelta(hours=81)
    thursday = datetime.combine(warned.astimezone(MOSCOW).date(), datetime.min.time(), MOSCOW)
    assert warned.astimezone(MOSCOW).hour == 19
    guest_leaves, head_leaves = thursday + timedelta(hours=10.5), thursday + timedelta(hours=17.5)

    assert await warnings_after(guest_leaves, walk, mail) == {GUEST: 1, HEAD: 0}
    assert await warnings_after(head_leaves, walk, mail) == {GUEST: 1, HEAD: 1}
    assert await warnings_after(warned, walk, mail) == {GUEST: 1, HEAD: 1}
    assert await warnings_after(thursday + DAY + timedelta(hours=12), walk, mail) == {GUEST: 1, HEAD: 1}

    people = {login: walk.person(login) for login in ("executor_transport", "head", "curator")}
    assert [(row["at"], row["facts"]["told"]) for row in journal(walk, "StageWarningSentAhead")] == [
        (guest_leaves, [people["executor_transport"]]),
        (head_leaves, sorted([people["head"], people["curator"]])),
    ]
    assert [(row["at"], row["facts"]["told"]) for row in journal(walk, "StageWarned")] == [(warned, [])]


def send_far_away(product: Product) -> None:
    """The transport service is in Vladivostok; its executor works for the polyclinic too."""
    with product.engine.begin() as connection:
        row = {"role": Role.EXECUTOR.value, "organisation": "polyclinic"}
        connection.execute(sa.insert(t.grant).values(person=product.people["executor_transport"], **row))
        far = sa.update(t.organisation).where(t.organisation.c.id == "transport")
        connection.execute(far.values(time_zone="Asia/Vladivostok"))
        for login, address in (("head", HEAD), ("executor_transport", GUEST)):
            person = sa.update(t.person).where(t.person.c.id == product.people[login])
            connection.execute(person.values(email=address))
        touch(connection)


async def warnings_after(at: datetime, walk: Walk, mail: MailCatcher) -> dict[str, int]:
    """How many mails have told each of them of the stage's end so far, the relay having looked just after the instant."""
    await walk.clock.to(walk.message, at + SETTLED)
    engine, reference = walk.product.engine, Reference()
    gather(engine, reference)
    server = MailServer("127.0.0.1", mail.smtp_port, "none", None, None, timedelta(seconds=5))
    words, files = Words("https://otklik.example", "otklik@ministry.example"), walk.product.app.state.resources.files
    await Postman(engine, reference, server, words, files).deliver_all()
    return {address: sum(warns(letter, address) for letter in mail.letters()) for address in (GUEST, HEAD)}


def warns(letter: EmailMessage, address: str) -> bool:
    """Whether the letter tells this person of a stage's end."""
    body = letter.get_body(("plain",))
    return letter["To"] == address and body is not None and "срок этапа подходит" in body.get_content()


def journal(walk: Walk, event: str) -> list[dict[str, Any]]:
    """The journal's rows of one event."""
    return [row for row in walk.product.journal(walk.message) if row["event"] == event]
