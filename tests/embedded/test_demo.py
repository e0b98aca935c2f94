"""The demonstration's data say what the demonstration needs, and enter a record once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from api.actions import FIELDS
from api.autorule_shapes import RuleFields
from api.intake import NewMessage
from api.organisations import OrganisationContacts
from api.public_pages import OrganisationPage
from api.sessions import password_fits
from domain.answer_templates import read
from domain.case_parts import Repeat
from domain.directory import Place
from domain.regulation import DayLength
from domain.rules.people import approvers
from domain.verdict import World
from domain.vocabulary import Channel, Role
from embedded import demo, demo_reference
from embedded.addresses import DEMO_LOGINS
from embedded.demo_script import Message, messages
from storage import answer_templates, autorule_changes, measures, public_pages
from storage import tables as t
from storage.measures import Onlooker
from storage.reference import load_directory, moment
from tests.conftest import Database
from tests.domain.builders import new_case, regulation

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
MESSAGES = messages()


def unreachable(line: str) -> None:
    raise AssertionError(line)


def staff() -> dict[str, int]:
    logins = [person["login"] for person in demo_reference.people_file()["people"]]
    return {login: number for number, login in enumerate(logins, 101)}


def test_there_are_36_messages_over_ten_categories_by_several_channels() -> None:
    assert len(MESSAGES) == 36
    assert len({message.name for message in MESSAGES}) == 36
    assert len({message.text for message in MESSAGES}) == 36
    assert len({message.category.split(".")[0] for message in MESSAGES}) >= 10
    assert {message.channel for message in MESSAGES} >= {Channel.PORTAL, Channel.PHONE, Channel.VISIT}
    assert sum(message.applicant.get("kind") == "legal_entity" for message in MESSAGES) == 2
    assert all(message.received_days_ago < 60 for message in MESSAGES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_message_and_its_steps_have_the_form_that_the_api_takes(message: Message) -> None:
    body = NewMessage.model_validate(message.body(NOW, DayLength()))

    assert body.received_at is not None
    assert body.received_at < NOW
    assert body.applicant.email is None or body.applicant.email.endswith("@demo.example")
    assert message.category in {row["code"] for row in demo_reference.categories(demo_reference.people_file())}
    for step in message.steps:
        assert step.login in staff()
        parameters = message.parameters(step, staff(), NOW)
        if parameters.pop("of", None):
            parameters |= {"letter": "0b6a3f0e-6f0c-4a52-9a50-7f5d8a3b1f6e", "handed_over_at": NOW.isoformat()}
        FIELDS[step.action].model_validate(parameters)


def test_same_message_has_the_same_body_at_each_run() -> None:
    first, again = MESSAGES[0].body(NOW, DayLength(60)), messages()[0].body(NOW, DayLength(60))

    assert first == again
    assert (NOW - datetime.fromisoformat(first["received_at"])).total_seconds() < 60 * 60


def test_postponement_is_left_out_where_days_are_shortened() -> None:
    postponing = [message for message in MESSAGES if any("postponed_days_after_due" in s.fields for s in message.steps)]

    assert len(postponing) == 1
    step = next(step for step in postponing[0].steps if not postponing[0].runs(step, DayLength(60)))
    assert step.fields["type"] == "postponed"
    assert all(postponing[0].runs(step, DayLength()) for step in postponing[0].steps)


def test_people_of_every_role_enter_the_record(database: Database) -> None:
    demo_reference.create(database.engine, "one password")

    with database.engine.connect() as connection:
        numbers, directory = demo_reference.staff_numbers(connection), load_directory(connection)
        rows = connection.execute(sa.select(t.person)).mappings().all()
    assert set(DEMO_LOGINS.split()) <= numbers.keys()
    assert [numbers[login] for login in DEMO_LOGINS.split()[:4]] == [101, 102, 103, 104]
    assert {grant.role for grant in directory.grants} == set(Role)
    assert all(
        password_fits(row["password_hash"], "one password") for row in rows if row["login"] in ("head", "curator")
    )
    assert [row["login"] for row in rows if row["system"]] == ["portal"]
    assert next(row for row in rows if row["login"] == "portal")["password_hash"] is None
    units = [unit for unit in directory.units.values() if unit.organisation == "ministry"]
    assert len(units) == 7
    assert len([code for code in directory.categories if code.startswith("medicine.")]) == 30
    assert directory.is_below("polyclinic", "ministry")
    assert not directory.is_below("transport", "ministry")
    assert directory.term_days("safety", "safety.animals", 30) == 10


def test_each_body_has_an_approver_beside_whoever_approved_before(database: Database) -> None:
    demo_reference.create(database.engine, "one password")
    with database.engine.connect() as connection:
        directory = load_directory(connection)
    world = World(directory, regulation(), DayLength())

    left = {
        (organisation, head): approvers(again, world, NOW)
        for organisation in directory.organisations
        for head in directory.holders(Role.HEAD, Place(organisation), NOW)
        if organisation != directory.root
        for again in [new_case(organisation=organisation, repeat=Repeat(NOW, head, 1, NOW))]
    }

    assert len({organisation for organisation, _ in left}) == 6
    assert all(left.values())


def test_public_pages_are_what_the_api_would_take(database: Database) -> None:
    demo_reference.create(database.engine, "one password")

    with database.engine.connect() as connection:
        ministry = public_pages.read(connection, "ministry")

    assert ministry is not None
    assert ministry.organisation["contacts"]["phone"]
    for told in demo_reference.pages_file().values():
        assert OrganisationPage.model_validate(told["page"]).phones
        OrganisationContacts.model_validate(told["contacts"])


def test_third_head_has_authority_for_some_categories_alone(database: Database) -> None:
    demo_reference.create(database.engine, "one password")

    with database.engine.connect() as connection:
        numbers, directory = demo_reference.staff_numbers(connection), load_directory(connection)

    def heads(subcategory: str) -> set[str]:
        found = directory.holders(Role.HEAD, Place("ministry", None, "medicine", subcategory), NOW)
        return {login for login, number in numbers.items() if number in found}

    assert {"head", "head2", "head3"} <= heads("medicine.pharmacies")
    assert heads("medicine.queue") == {"head", "head2"}


def test_database_that_others_filled_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.insert(t.organisation).values(id="ours", title="Своя организация"))
    said: list[str] = []

    demo.fill(database.engine, "http://127.0.0.1:9", "any", said.append)

    assert "свои организации" in said[0]
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.person)).scalar_one() == 0


def test_missing_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTKLIK_DEMO_PASSWORD", raising=False)

    with pytest.raises(SystemExit, match="OTKLIK_DEMO_PASSWORD"):
        demo.main(None, unreachable)  # refused before any setting is read


def test_measures_of_the_order_are_done_being_read_late_and_to_come(database: Database) -> None:
    demo_reference.create(database.engine, "password")

    with database.engine.connect() as connection:
        at = moment(connection)
        directory = load_directory(connection)
        deputy = demo_reference.staff_numbers(connection)["head2"]
        who = Onlooker.of(directory, deputy, at.now)
        (order,) = measures.orders(connection, who)
        found = measures.measures(connection, who, measures.of_order("S0"))

    assert (order["controller"], order["open"], order["overdue"], order["done"]) == (deputy, 3, 1, 1)
    assert [one["acknowledged"] for one in found if one["asked"]] == [1]


def test_templates_are_whole_answers_and_the_auto_rule_could_be_switched_on(database: Database) -> None:
    demo_reference.create(database.engine, "password")

    with database.engine.connect() as connection:
        at = moment(connection).now
        directory = load_directory(connection)
        texts = [row["text"] for row in answer_templates.of_organisation(connection, "ministry")]
        (rule,) = autorule_changes.of_organisations(connection, ["ministry"])
    fields = RuleFields.of(dict(rule))

    assert [bool(read(text).fields and read(text).locked) for text in texts] == [True] * 3
    assert rule["active_revision"] is None
    about = Place("ministry", None, "medicine", "medicine.medicines")
    assert fields.executor is not None
    assert directory.may(fields.executor, Role.EXECUTOR, about, at)
