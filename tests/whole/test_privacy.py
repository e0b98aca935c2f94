"""Nothing of an applicant enters Temporal, logs, metrics or errors: a whole case with marked data, its failing paths too.

Worker and API are real processes that log at debug level. Of staff only numbers may be seen outside of the record.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.vocabulary import SIGNAL_RING, workflow_id
from embedded.mail_server import MailCatcher
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import Postgres
from embedded.program import Program
from embedded.temporal_server import TemporalServer
from settings import Settings
from temporal.client import connect
from temporal.namespace import ensure
from tests.conftest import Database
from tests.process.alone import TIME_SKIPPING
from tests.process.clock import until
from tests.process.running import keyed_database
from tests.product import Product, populate
from tests.whole.marks import disguises, found

pytestmark = pytest.mark.anyio

CHECKOUT = Path(__file__).parent.parent.parent
MARKS = {
    "name": "Щукогонцев Елпидифор",
    "person concerned": "Ъярчихина Евлампия",
    "e-mail": "zqmail7731",
    "phone": "9497319528",
    "address": "переулок Кхмеров, 917",
    "portal account": "zqportal5518",
    "message": "протекающий гжельский чайник",
    "place": "урочище Эхъ-Быстрое",
    "reason of a return": "причина про вяхиря",
    "reason of a rejection": "отказ из-за выхухоли",
    "answer": "ответ о цапфе и кхекхе",
    "edited answer": "исправленная цапфа",
    "comment": "заметка для внутренних ушей",
    "file name": "справка-о-гжели.txt",
    "file": "содержание справки о гжели",
    "redirect target": "Контора имени Шмяка",
    "redirect e-mail": "zqoutside3392",
    "value that breaks a rule": "хрящ-правила-4417",
    "value that breaks the API": "хрящ-сервера-8801",
    "value that breaks a constraint": "хрящ-ограничения-2263",
    "value that is refused": "хрящ-проверки-6650",
    "wrong login": "zqlogin1207",
    "staff's name": "Сотрудник",
    "staff's e-mail": "staff.example",
}


@dataclass(frozen=True)
class Surroundings:
    """Real processes over servers of their own, and hands to work with them."""

    product: Product
    database: Database
    temporal: TemporalServer
    logs: dict[str, Path]
    metrics_port: int

    def places(self) -> dict[str, bytes]:
        """Everything outside of the record."""
        logs = {name: file.read_bytes() for name, file in self.logs.items()}
        return _database(self.temporal) | logs | {"metrics": _page(self.metrics_port, "/metrics")}


@pytest.fixture
async def surroundings(
    postgres: Postgres, mail: MailCatcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Surroundings]:
    """Everything runs; the worker's and the API's logs are at their most talkative."""
    api_port, metrics_port = free_port(), free_port()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(keyed_database(postgres, tmp_path))
        people = populate(database.engine)
        temporal = stack.enter_context(TemporalServer(tmp_path / "temporal", free_port(), extra=TIME_SKIPPING))
        client = await connect(temporal.address, "otklik")
        await ensure(client)
        variables = {
            "OTKLIK_DATABASE_URL": database.url,
            "OTKLIK_KEYS_FILE": str(tmp_path / "keys.toml"),
            "OTKLIK_FILES_DIR": str(tmp_path / "files"),
            "OTKLIK_TEMPORAL_ADDRESS": temporal.address,
            "OTKLIK_SMTP_PORT": str(mail.smtp_port),
            "OTKLIK_SMTP_TLS": "none",
            "OTKLIK_SMTP_TIMEOUT_SECONDS": "2",
            "OTKLIK_API_PORT": str(api_port),
            "OTKLIK_LOG_LEVEL": "debug",
        }
        metrics = {"OTKLIK_METRICS_PORT": str(metrics_port)}
        worker = Program(tmp_path, CHECKOUT, "worker", ["worker"], variables | metrics, (metrics_port, "/metrics"))
        api = Program(tmp_path, CHECKOUT, "API", ["web"], variables, (api_port, "/health/live"))
        for program in (worker, api):
            program.start()
            stack.callback(program.stop)
        for program in (worker, api):
            program.wait_ready()
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings = Settings()  # pydantic reads the environment
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{api_port}", timeout=30) as http:
            product = Product(settings, None, http, client, database.engine, people)
            logs = {"worker's log": worker.log, "API's log": api.log, "Temporal's log": temporal.log}
            logs["PostgreSQL's log"] = postgres.log
            yield Surroundings(product, database, temporal, logs, metrics_port)


async def test_no_mark_of_a_person_leaves_the_record(surroundings: Surroundings) -> None:
    product = surroundings.product

    await draft_of_a_stranger(surroundings)
    runs = [await answered_case(surroundings), await redirected_case(surroundings)]
    await refused_requests(surroundings)

    histories = {f"history of {run}": await _history(product.client, run) for run in runs}
    places = surroundings.places() | histories
    assert sum(len(content) for content in places.values()) > 100_000
    for name, incidents in {
        "worker's log": [b"ValueError at", b"IntegrityError at"],
        "API's log": [b"ValueError at"],
    }.items():
        for incident in incidents:  # the failing paths were walked, and told of
            assert incident in places[name], f"{name} has no {incident!r}"
    assert found(MARKS, places) == []
    in_the_record = product.rows("SELECT text FROM message")
    assert all(MARKS["message"] in row["text"] for row in in_the_record)  # the marks were there to leak


async def answered_case(surroundings: Surroundings) -> str:
    """From arrival to the answer, with a breaking rule, a broken constraint and a mailbox that does not exist."""
    product, people = surroundings.product, surroundings.product.people
    message = await product.register(
        text=f"У меня {MARKS['message']}.",
        location=MARKS["place"],
        applicant={
            "name": MARKS["name"],
            "email": f"refuse-{MARKS['e-mail']}@example.org",
            "phone": f"+7{MARKS['phone']}",
            "address": MARKS["address"],
            "portal_account": MARKS["portal account"],
        },
        concerned={"relation": "represented", "name": MARKS["person concerned"], "basis": "доверенность"},
    )
    place = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
    await product.decide("moderator", message, "accept", **place, location=MARKS["place"])
    await break_a_rule(surroundings, message)
    await product.decide("coordinator", message, "assign", executor=people["executor"])
    await product.decide("executor", message, "start_work")
    await product.decide("executor", message, "return_to_coordination", reason=MARKS["reason of a return"])
    await product.decide("coordinator", message, "assign", executor=people["executor"])
    await product.decide("executor", message, "start_work")
    await break_a_constraint(surroundings, message)
    await product.decide("head", message, "edit_answer", text=MARKS["edited answer"])
    await product.decide("head", message, "reject", reason=MARKS["reason of a rejection"])
    await submit(product, message)
    await product.decide("head", message, "endorse")
    await break_the_api(surroundings, message)
    await product.decide("head2", message, "approve")
    await until(lambda: [row for row in product.journal(message) if row["event"] == "LetterRefused"][-1:])
    return workflow_id(message)


async def draft_of_a_stranger(surroundings: Surroundings) -> None:
    """The public form: typed, refused, a code to a mailbox that does not exist, a wrong code; never registered."""
    http, product = surroundings.product.http, surroundings.product
    form = {
        "text": f"У меня {MARKS['message']}.",
        "applicant": {"name": MARKS["name"], "email": MARKS["value that is refused"]},
        "rules_agreed": True,
    }
    headers = {"X-Draft-Key": (await http.post("/api/v1/public/drafts", json=form)).json()["key"]}
    refused = await http.post("/api/v1/public/drafts/current/code", headers=headers)
    assert found(MARKS, {"answer": refused.content}) == []
    form["applicant"] = {"name": MARKS["name"], "email": f"refuse-{MARKS['e-mail']}@example.org"}
    await http.put("/api/v1/public/drafts/current", headers=headers, json=form)
    ordered = await http.post("/api/v1/public/drafts/current/code", headers=headers)
    wrong = await http.post("/api/v1/public/drafts/current/confirmation", headers=headers, json={"code": "0"})
    assert [refused.status_code, ordered.status_code, wrong.status_code] == [422, 202, 422]
    await until(lambda: product.rows("SELECT 1 FROM short_letter WHERE failure LIKE 'recipient%'"))


async def submit(product: Product, message: str) -> httpx.Response:
    """The answer with its file, its comment and its people."""
    kept = await product.http.post(
        "/api/v1/attachments",
        params={"name": MARKS["file name"]},
        content=MARKS["file"].encode(),
        headers=await product.headers("executor"),
    )
    assert kept.status_code == 201, kept.text
    return await product.try_to(
        "executor",
        message,
        "submit_answer",
        type="solved",
        text=MARKS["answer"],
        comment=MARKS["comment"],
        files=[kept.json()["id"]],
        endorsers=[product.people["head"]],
        approver=product.people["head2"],
    )


async def break_a_rule(surroundings: Surroundings, message: str) -> None:
    """A decision whose value makes the rule raise an exception that quotes it, five times, until it is stuck; then it is mended."""
    product, decision = surroundings.product, str(uuid4())
    _decide(surroundings, message, decision, "assign", {"executor": MARKS["value that breaks a rule"]})
    await product.run(message).signal(SIGNAL_RING)
    skipper = TimeSkipper(product.client, config=TimeSkippingConfig(enabled=False))

    async def is_stuck() -> bool:
        await skipper.fast_forward(product.run(message), 60)
        return bool(product.rows("SELECT 1 FROM decision WHERE id = :id AND incident IS NOT NULL", id=decision))

    await until(is_stuck, 40)
    surroundings.database.owner("DELETE FROM decision WHERE id = :id", id=decision)
    await skipper.fast_forward(product.run(message), 120)


def _decide(surroundings: Surroundings, message: str, decision: str, action: str, parameters: dict[str, str]) -> None:
    """A decision is in the inbox past the API, which would not have taken it."""
    surroundings.database.owner(
        "INSERT INTO decision (id, case_id, seq, action, person, decided_at, version, parameters)"
        " SELECT :id, id, (SELECT max(seq) + 1 FROM decision WHERE case_id = :case), :action, :person, otklik_now(),"
        " version, CAST(:parameters AS jsonb) FROM message_case WHERE id = :case",
        id=decision,
        case=message,
        action=action,
        person=surroundings.product.people["coordinator"],
        parameters=json.dumps(parameters),
    )


async def break_a_constraint(surroundings: Surroundings, message: str) -> None:
    """Another decision was accepted against this very version: a unique violation within the activity, until it is mended."""
    product, decision = surroundings.product, str(uuid4())
    _decide(surroundings, message, decision, "submit_answer", {"text": MARKS["value that breaks a constraint"]})
    surroundings.database.owner("UPDATE decision SET verdict = 'accepted' WHERE id = :id", id=decision)

    answer = await submit(product, message)
    assert answer.status_code == 202, answer.text
    surroundings.database.owner("DELETE FROM decision WHERE id = :id", id=decision)
    skipper = TimeSkipper(product.client, config=TimeSkippingConfig(enabled=False))
    await skipper.fast_forward(product.run(message), 60)
    await until(lambda: product.case(message)["stage"] == "endorsement")


async def break_the_api(surroundings: Surroundings, message: str) -> None:
    """The API meets a value that it cannot read, quotes it in an exception, and answers with an incident."""
    product = surroundings.product
    was = product.case(message)["rest"]
    broken = was | {"draft": was["draft"] | {"kind": MARKS["value that breaks the API"]}}
    write = "UPDATE message_case SET rest = CAST(:rest AS jsonb) WHERE id = :case"
    surroundings.database.owner(write, rest=json.dumps(broken), case=message)
    answer = await product.try_to("head2", message, "approve")
    surroundings.database.owner(write, rest=json.dumps(was), case=message)
    assert answer.status_code == 500
    assert answer.json()["incident"]
    assert found(MARKS, {"answer": answer.content}) == []


async def redirected_case(surroundings: Surroundings) -> str:
    """To an organisation outside whose mail server cannot take letters now."""
    product = surroundings.product
    message = await product.accepted(text=f"У меня {MARKS['message']}.", applicant={"name": MARKS["name"]})
    await product.decide(
        "coordinator",
        message,
        "propose_redirect",
        external_name=MARKS["redirect target"],
        external_email=f"busy-{MARKS['redirect e-mail']}@example.org",
        comment=MARKS["comment"],
        approver=product.people["head2"],
    )
    await product.decide("head2", message, "approve")

    async def tried() -> bool:
        described = (await product.run(message).describe()).raw_description
        return any(pending.attempt > 1 for pending in described.pending_activities)

    await until(tried)
    return workflow_id(message)


async def refused_requests(surroundings: Surroundings) -> None:
    """Validation errors, broken JSON, wrong logins, unknown addresses: each answered, and none logged with its values."""
    product, mark = surroundings.product, MARKS["value that is refused"]
    headers = await product.headers("operator")
    answers = [
        await product.http.post(
            "/api/v1/messages", headers=headers, json={"channel": mark, "text": mark, "applicant": {"email": mark}}
        ),
        await product.http.post("/api/v1/messages", headers=headers, content=f'{{"text": "{mark}'.encode()),
        await product.http.post(
            "/api/v1/sessions", json={"login": MARKS["wrong login"], "password": MARKS["value that is refused"]}
        ),
        await product.http.get(f"/api/v1/messages/{mark}", headers=headers),
        await product.http.get(f"/api/v1/{mark}", headers=headers),
    ]
    assert [answer.status_code // 100 for answer in answers] == [4] * len(answers)


async def test_search_finds_a_planted_mark_in_the_database_file_and_in_a_history(tmp_path: Path) -> None:
    with TemporalServer(tmp_path, free_port()) as temporal:
        client = await connect(temporal.address, "default")
        handle = await client.start_workflow(
            "Nobody", {"text": MARKS["message"]}, id="planted", task_queue="nobody", memo={"who": MARKS["name"]}
        )
        places = _database(temporal) | {"history": await _history(client, handle.id)}

    leaks = found(MARKS, places)
    for what in ("message", "name"):
        assert any(leak.startswith(f"{what} in Temporal's database") for leak in leaks), leaks
        assert f"{what} in history" in leaks


@pytest.mark.parametrize(
    "leaked",
    [
        MARKS["name"],
        json.dumps({"name": MARKS["name"]}),
        json.dumps(MARKS["name"]).replace("\\u", "\\U").upper().replace("\\U", "\\u"),
        *(base64.b64encode((" " * offset + MARKS["name"] + "…").encode()).decode() for offset in range(3)),
        base64.urlsafe_b64encode(json.dumps(MARKS["name"]).encode()).decode(),
        MARKS["name"].encode().hex(),
        json.dumps(MARKS["name"]).encode().hex(),
    ],
    ids=[
        "plain",
        "escaped",
        "ESCAPED",
        "base64 0",
        "base64 1",
        "base64 2",
        "escaped in base64",
        "hex",
        "escaped in hex",
    ],
)
async def test_search_finds_a_mark_in_each_disguise(leaked: str) -> None:
    assert found(MARKS, {"log": b"before" + leaked.encode() + b"after"}) == ["name in log"]


async def test_search_finds_nothing_in_a_text_without_marks() -> None:
    assert found(MARKS, {"log": "Сообщение 2026-0000001, категория medicine.no_answer".encode()}) == []
    assert all(len(disguise) >= 8 for mark in MARKS.values() for disguise in disguises(mark))


async def _history(client: Client, run: str) -> bytes:
    """The history as JSON and with all its payloads decoded."""
    text = (await client.get_workflow_handle(run).fetch_history()).to_json()
    return text.encode() + b"\n".join(_payloads(json.loads(text)))


def _database(temporal: TemporalServer) -> dict[str, bytes]:
    """The database file with what SQLite keeps beside it."""
    files = temporal.database.parent.glob(f"{temporal.database.name}*")
    return {f"Temporal's database {file.name}": file.read_bytes() for file in files}


def _payloads(value: Any) -> Iterator[bytes]:
    match value:
        case dict():
            for one in value.values():
                yield from _payloads(one)
        case list():
            for one in value:
                yield from _payloads(one)
        case str():
            with contextlib.suppress(ValueError):
                yield base64.b64decode(value, validate=True)


def _page(port: int, path: str) -> bytes:
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("GET", path)
    return connection.getresponse().read()
