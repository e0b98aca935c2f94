"""Contact data that a decision carries lie sealed in the record, and still do their work."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from api.actions import FIELDS
from domain.vocabulary import Action
from embedded.mail_server import MailCatcher
from storage import repeats
from storage import tables as t
from storage.decided import SEALED
from storage.keys import KeyRing
from tests.conftest import Database
from tests.process.clock import until
from tests.product import Product
from tests.whole.marks import found

pytestmark = pytest.mark.anyio

MARKS = {
    "new e-mail": "zqsealed4471",
    "new phone": "9497319544",
    "new address": "тупик Сургучный, 917",
    "who took the answer": "Ъмеля Печатников",
    "outside e-mail": "zqforwarded8802",
}


def dumped(database: Database) -> dict[str, bytes]:
    """Every row of every table as PostgreSQL prints it, read by the owner. A bytea is printed in hexadecimal."""
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = connection.execute(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        return {
            name: "\n".join(connection.execute(sa.text(f'SELECT r::text FROM "{name}" r')).scalars()).encode()
            for name in list(tables)
        }


def parameters(running: Product, message: str, action: str) -> dict[str, Any]:
    rows = running.rows(
        "SELECT parameters FROM decision WHERE case_id = :id AND action = :action", id=message, action=action
    )
    return dict(rows[-1]["parameters"])


async def sent_to(mail: MailCatcher, address: str) -> EmailMessage:
    await until(lambda: any(letter["To"] == address for letter in mail.letters()))
    return next(letter for letter in mail.letters() if letter["To"] == address)


async def test_contacts_of_decisions_are_sealed_and_letters_find_their_way(
    running: Product, shared_database: Database, mail: MailCatcher
) -> None:
    corrected = await running.in_work()
    contacts = {
        "email": f"{MARKS['new e-mail']}@example.org",
        "phone": f"+7{MARKS['new phone']}",
        "address": MARKS["new address"],
    }
    await running.decide("coordinator", corrected, "correct_card", contacts=contacts)
    await running.decide(
        "executor", corrected, "submit_answer", type="solved", text="Сделано.", approver=running.people["head2"]
    )
    await running.decide("head2", corrected, "approve")
    handed = await running.in_work(applicant={"name": "Иванова Мария Петровна", "phone": "+74951234567"})
    await running.decide(
        "executor", handed, "submit_answer", type="solved", text="Сделано.", approver=running.people["head2"]
    )
    await running.decide("head2", handed, "approve")
    card = (await running.get("operator", f"/messages/{handed}")).json()
    letter = next(one["id"] for one in card["letters"] if one["state"]["code"] == "task")
    await running.decide(
        "operator",
        handed,
        "confirm_delivery",
        letter=letter,
        way="phone",
        handed_over_at=datetime.now(UTC).isoformat(),
        recipient=MARKS["who took the answer"],
    )
    forwarded = await running.accepted()
    await running.decide(
        "coordinator",
        forwarded,
        "propose_redirect",
        external_name="Управа района",
        external_email=f"{MARKS['outside e-mail']}@example.org",
        approver=running.people["head2"],
        comment="Не наше.",
    )
    await running.decide("head2", forwarded, "approve")

    answered = await sent_to(mail, contacts["email"])
    passed_on = await sent_to(mail, f"{MARKS['outside e-mail']}@example.org")
    rows = dumped(shared_database)
    opened = (await running.get("executor", f"/messages/{corrected}/contacts")).json()

    assert answered["Subject"].startswith("Ответ на сообщение")
    assert passed_on["Subject"].startswith("Направлено по принадлежности")
    assert opened["phone"] == contacts["phone"]
    assert "Управа района".encode() in rows["decision"], "the dump holds what is there to be found"
    assert found(MARKS, rows) == []
    assert parameters(running, corrected, "correct_card") == {"tags_off": []}
    assert set(parameters(running, handed, "confirm_delivery")) == {"letter", "way", "handed_over_at"}
    assert "external_email" not in parameters(running, forwarded, "propose_redirect")


async def test_the_same_key_with_other_contacts_is_another_body(running: Product) -> None:
    message = await running.in_work()
    version = running.version(message)

    async def correct(phone: str) -> int:
        answer = await running.try_to(
            "coordinator", message, "correct_card", version=version, key="one-key-of-mine", contacts={"phone": phone}
        )
        return answer.status_code

    assert await correct("+74951234567") == 200
    assert await correct("+74951234567") == 200
    assert await correct("+74951234568") == 422


def test_hash_of_a_request_tells_nothing_without_the_keys(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"contacts": {"phone": "+74951234567"}}
    here = repeats.request_hash(body)
    another = object.__new__(KeyRing)
    another.__dict__.update(keys.__dict__)
    another._index = bytes(32)
    another._subkey = another._derive
    monkeypatch.setattr("storage.types._ring", another)

    elsewhere = repeats.request_hash(body)

    assert len(here) == 32
    assert here != elsewhere


def test_every_sealed_field_is_a_field_of_its_action() -> None:
    for action, names in SEALED.items():
        assert set(names) <= set(FIELDS[action].model_fields), action


def test_contacts_of_actions_are_all_named_as_sealed() -> None:
    """A new field of an action that smells of contact data must be decided upon here."""
    smells = ("email", "phone", "address", "contact", "recipient", "snils", "passport")

    suspects = {
        (action, name)
        for action in Action
        for name in FIELDS[action].model_fields
        if any(s in name for s in smells) and name != "wrong_addressee"  # a tick
    }

    assert suspects <= {(action, name) for action, names in SEALED.items() for name in names}
    assert t.decision.c.sealed.type.place == "decision.sealed"
