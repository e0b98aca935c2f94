"""A rule's dry run says what the rule then does: over ten thousand messages, by the path that `judge` uses."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from domain.case import Case
from domain.case_parts import Contact
from domain.terms import plan
from domain.verdict import Fact
from domain.vocabulary import Event, PersonId, Role, Stage
from storage import autorules, cases, dry_runs, journal
from storage import tables as t
from storage.administration import Change, scope_of
from storage.case_rows import columns
from storage.dry_runs import Predicted
from storage.intake import REGULATION
from storage.journal import Head, rows_of
from storage.keys import KeyRing
from storage.lemmas import lemmas
from storage.reference import Reference, latest_revision, load_directory, moment, touch
from storage.verdicts import Writer
from tests.conftest import Database
from tests.product import populate

TEXTS = (
    "В регистратуре снова очередь, дозвониться нельзя.",
    "Нет лекарств по льготному рецепту в аптеке.",
    "Прошу рассказать о прививках для ребёнка.",
    "Врач скорой помощи приехал быстро, спасибо.",
)
COUNT = 10_000


def arrived(database: Database, count: int, *, ago: timedelta = timedelta()) -> list[str]:
    """So many messages lie with the polyclinic's coordinators, as acceptance left them; ids in the order of arrival."""
    chance = random.Random(7)
    with database.engine.begin() as connection:
        at = moment(connection)
        revision = latest_revision(connection, REGULATION, at.now.date())
        known = Reference().world(connection, at, REGULATION, revision)
        whole = plan(timedelta(days=30), known.regulation.shares, known.regulation.settings.floor_percent)
        messages: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        told: list[dict[str, Any]] = []
        words = {text: lemmas(text) for text in TEXTS}
        for number in range(count):
            received_at = at.now - ago - timedelta(seconds=count - number)
            text, applicant = chance.choice(TEXTS), chance.randrange(2000).to_bytes(4, "big")
            found = Case(
                id=str(uuid4()),
                number=f"2026-{number:07d}",
                stage=Stage.COORDINATION,
                entry=2,
                entered_at=received_at,
                received_at=received_at,
                due_at=received_at + timedelta(days=30),
                stage_due_at=received_at + timedelta(days=1),
                plan=whole,
                organisation="polyclinic",
                contact=Contact(portal=False, email=True),
                version=1,
                category="medicine",
                subcategory=chance.choice(["medicine.no_answer", "medicine.vaccination"]),
            )
            messages.append(_message(found, text, words[text], applicant, chance))
            fact = Fact(
                Event.MESSAGE_ACCEPTED,
                received_at,
                None,
                {
                    "organisation": "polyclinic",
                    "category": found.category,
                    "subcategory": found.subcategory,
                    "due_at": found.due_at.isoformat(),
                },
            )
            lines, head = rows_of(Head(0, None), found.id, "ministry", (fact,), received_at, None)
            told += lines
            rows.append(
                columns(found)
                | {"id": found.id, "number": found.number, "received_at": received_at, "created_by": 101}
                | {"regulation": REGULATION, "revision": revision}
                | {"journal_seq": head.seq, "journal_hash": head.hash}
            )
        connection.execute(_INSERT, messages)
        connection.execute(sa.insert(t.message_case), rows)
        journal.append(connection, told)
    return [row["id"] for row in rows]


_INSERT = sa.insert(t.message).values(search=sa.func.to_tsvector("simple", sa.bindparam("words")))


def _message(found: Case, text: str, words: str, applicant: bytes, chance: random.Random) -> dict[str, Any]:
    return {
        "id": found.id,
        "number": found.number,
        "channel": chance.choice(["phone", "portal"]),
        "created_at": found.received_at,
        "created_by": 101,
        "received_at": found.received_at,
        "applicant_kind": chance.choice(["citizen", "citizen", "legal_entity"]),
        "email_index": applicant,
        "text": text,
        "words": words,
        "digest_key": b"0" * 16,
    }


def rule(database: Database, effects: dict[str, Any], *, on: bool = False, place: int = 1, **conditions: Any) -> int:
    """The number of a rule of the polyclinic, switched on or not."""
    with database.engine.begin() as connection:
        values = {"organisation": "polyclinic", "place": place, "active_revision": 1 if on else None}
        number: int = connection.execute(sa.insert(t.autorule).values(values).returning(t.autorule.c.id)).scalar_one()
        revision = {"rule": number, "revision": 1, "title": "П", "conditions": conditions, "effects": effects}
        connection.execute(sa.insert(t.autorule_revision).values(revision | {"made_by": 101}))
        touch(connection)
    return number


def switch_on(database: Database, number: int) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.update(t.autorule).where(t.autorule.c.id == number).values(active_revision=1))
        touch(connection)


def dry_run(database: Database, number: int, person: PersonId) -> dict[str, Any]:
    """What the dry run of the rule's first revision found."""
    with database.engine.begin() as connection:
        at = moment(connection).now
        change = Change(connection, person, at, scope_of(load_directory(connection), person, at))
        run = dry_runs.ask(change, number, 1)
    assert dry_runs.advance(database.engine, Reference(), run, 60)
    with database.engine.connect() as connection:
        row = dry_runs.read(connection, run)
        assert row is not None
        return dict(row)


def apply_really(database: Database, ids: list[str]) -> None:
    """Each message meets the rules as in `judge`, in the order of arrival."""
    reference = Reference()
    for start in range(0, len(ids), 500):
        with database.engine.begin() as connection:
            at = moment(connection)
            lines = reference.lines(connection, at)
            facts = autorules.facts_of(connection, ids[start : start + 500])
            for id_ in ids[start : start + 500]:
                record = cases.lock(connection, id_, letters=False)
                assert record is not None
                world = reference.world(connection, at, record.regulation, record.revision)
                writer = Writer(connection, record, at.now, world)
                for one in autorules.follow(connection, record.case, at.now, world, lines, facts[id_]):
                    writer.accept(one.verdict)
                writer.flush()


@pytest.mark.requirement("S0-23")
@pytest.mark.parametrize(("every", "count"), [(True, COUNT), (False, COUNT // 10)])
def test_dry_run_and_real_effect_agree_on_ten_thousand_messages(
    database: Database, keys: KeyRing, monkeypatch: pytest.MonkeyPatch, every: bool, count: int
) -> None:
    people = populate(database.engine)
    ids = arrived(database, count)
    if every:
        # the rule in question asks for what an earlier one sets
        rule(database, {"tag": "снова"}, on=True, repeated=True)
    asked: dict[str, Any] = {"tags": ["снова"]} if every else {"repeated": True}
    first = rule(database, {"executor": people["head"], "tag": "юрлицо"}, on=True, applicant_kinds=["legal_entity"])
    with database.engine.begin() as connection:
        executes = {"person": people["head"], "role": Role.EXECUTOR.value, "organisation": "polyclinic"}
        connection.execute(sa.insert(t.grant).values(executes))
        connection.execute(sa.insert(t.unit).values(id="letters", organisation="polyclinic", title="Письма"))
        two = t.person.c.login.in_(["executor", "executor2"])
        connection.execute(sa.update(t.person).where(two).values(unit="letters"))
        connection.execute(sa.update(t.organisation).values(every_rule=every))
        touch(connection)
    words = ["очереди", "льготные лекарства"]
    second = rule(database, {"unit": "letters", "days": 5}, place=2, words=words, **asked)

    foretold: dict[str, tuple[list[str], PersonId | None]] = {}
    noted = dry_runs._note

    def note(found: dict[str, Any], one: Predicted) -> None:
        if one.own is not None:
            done = [kind.value for kind in one.own.done]
            foretold[one.arrival.case.id] = (done, one.own.verdict.case.executor)
        noted(found, one)

    monkeypatch.setattr(dry_runs, "_note", note)
    told = dry_run(database, second, people["administrator"])
    switch_on(database, second)
    apply_really(database, ids)

    table, case = t.autorule_application, t.message_case
    with database.engine.connect() as connection:
        query = sa.select(table, case.c.executor).join(case, case.c.id == table.c.case_id)
        rows = list(connection.execute(query.where(table.c.rule == second)).mappings())
        happened = {row["case_id"]: (row["done"], row["executor"]) for row in rows}
        others = connection.execute(sa.select(sa.func.count()).where(table.c.rule == first)).scalar_one()
    assert told["seen"] == told["total"] == count
    assert happened == foretold
    assert count / 20 < len(happened) < count / 2
    executors = {people["executor"], people["executor2"]} | ({people["head"]} if every else set())
    assert {executor for _, executor in happened.values()} == executors
    counts = told["found"]["counts"]
    assert counts["undecided"] == len(happened) - (counts["taken"] if every else 0)
    assert counts["taken"] > count / 50
    assert others > count / 5


def test_dry_run_compares_with_what_people_did(database: Database, keys: KeyRing) -> None:
    people = populate(database.engine)
    ids = arrived(database, 40)
    number = rule(database, {"executor": people["executor"]})
    with database.engine.begin() as connection:
        for id_, who in zip(ids, [people["executor"]] * 25 + [people["executor2"]] * 10, strict=False):
            head = connection.execute(sa.select(t.journal).where(t.journal.c.case_id == id_)).mappings().one()
            fact = Fact(Event.EXECUTOR_ASSIGNED, head["at"], people["coordinator"], {"executor": who})
            lines, _ = rows_of(Head(1, bytes(head["hash"])), id_, "polyclinic", (fact,), head["at"], None)
            journal.append(connection, lines)

    told = dry_run(database, number, people["administrator"])

    assert told["found"]["counts"] == {"agrees": 25, "differs": 10, "undecided": 5}
    example = told["found"]["examples"]["differs"][0]
    assert (example["would"], example["did"]) == (
        [["assign", str(people["executor"])]],
        ["assign", str(people["executor2"])],
    )


def test_dry_run_sees_messages_as_they_were_when_they_came(database: Database, keys: KeyRing) -> None:
    people = populate(database.engine)
    # a term of the rule would be over today; it was not when they came
    ids = arrived(database, 12, ago=timedelta(days=40))
    mine, other = ids[:6], ids[6:]
    correct_later(database, mine, fact="medicine.no_answer.busy")
    correct_later(database, other, fact="medicine.no_answer.busy", fact_was="medicine.no_answer.far")

    by_term = dry_run(database, rule(database, {"days": 5, "tag": "скоро"}), people["administrator"])
    by_fact = rule(database, {"tag": "занято"}, place=2, categories=["medicine.no_answer.busy"])
    by_fact_then = rule(database, {"tag": "далеко"}, place=3, categories=["medicine.no_answer.far"])

    assert by_term["found"]["effects"] == {"tag": 12, "term": 12}
    assert dry_run(database, by_fact, people["administrator"])["found"].get("counts", {}) == {}
    assert sum(dry_run(database, by_fact_then, people["administrator"])["found"]["counts"].values()) == len(other)


def correct_later(database: Database, ids: list[str], **facts: str) -> None:
    """Coordinators say later what the messages are about."""
    with database.engine.begin() as connection:
        changed = sa.func.jsonb_set(t.message_case.c.rest, "{fact}", sa.func.to_jsonb(sa.cast(facts["fact"], sa.Text)))
        connection.execute(sa.update(t.message_case).where(t.message_case.c.id.in_(ids)).values(rest=changed))
        for id_ in ids:
            head = connection.execute(sa.select(t.journal).where(t.journal.c.case_id == id_)).mappings().one()
            fact = Fact(Event.CARD_CORRECTED, head["at"] + timedelta(days=1), 101, {"fields": ["fact"], **facts})
            lines, _ = rows_of(Head(1, bytes(head["hash"])), id_, "polyclinic", (fact,), head["at"], None)
            journal.append(connection, lines)


def test_dry_run_of_somebody_without_authority_is_impossible(database: Database, keys: KeyRing) -> None:
    people = populate(database.engine)
    arrived(database, 5)

    told = dry_run(database, rule(database, {"executor": people["head"]}), people["administrator"])

    assert told["found"]["counts"] == {"impossible": 5}


def test_dry_run_goes_on_where_it_stood(database: Database, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    people = populate(database.engine)
    arrived(database, 25)
    number = rule(database, {"tag": "а"})
    monkeypatch.setattr(dry_runs, "PART", 10)
    with database.engine.begin() as connection:
        at = moment(connection).now
        person = people["administrator"]
        run = dry_runs.ask(Change(connection, person, at, scope_of(load_directory(connection), person, at)), number, 1)

    steps = []
    for _ in range(3):
        steps.append(dry_runs.advance(database.engine, Reference(), run, 0))
        with database.engine.connect() as connection:
            row = dry_runs.read(connection, run)
        assert row is not None
        steps.append(row["seen"])

    assert steps == [False, 10, False, 20, True, 25]
    assert row["found"]["counts"] == {"marks": 25}
    assert dry_runs.unfinished(database.engine) == []
