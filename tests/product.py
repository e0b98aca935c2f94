"""The whole product in one process for tests: real PostgreSQL, real Temporal, real SMTP, the HTTP API as its users call it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx2 as httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.routing import BaseRoute
from temporalio.client import Client, WorkflowHandle

import worker
from activities.deliver import Delivering
from activities.judge import Judging
from activities.writing import LetterWriter
from api import decisions
from domain.vocabulary import Role, workflow_id
from embedded.mail_server import MailCatcher
from settings import Settings
from storage import tables as t
from storage.files import FileStore
from storage.key_file import create_key_file
from storage.keys import KeyRing
from storage.reference import Reference, touch
from temporal.client import connect
from temporal.namespace import ensure
from tests.conftest import Database
from web.application import create_app

PASSWORD = "correct horse"

PATIENCE_PROMISED = decisions.PATIENCE_SECONDS
"""Seconds that a request of the product waits for its verdict: in `working` longer."""
PATIENCE = 30
"""Seconds that a verdict may take on a machine with other things to do."""

ORGANISATIONS = {
    # id: (parent, title)
    "ministry": (None, "Министерство здравоохранения"),
    "polyclinic": ("ministry", "Городская поликлиника"),
    "branch": ("polyclinic", "Филиал поликлиники"),
    "transport": ("ministry", "Служба перевозок"),
}
"""`ministry` is the root; `branch` lies below `polyclinic`; `transport` beside it."""

CATEGORIES = {
    "medicine": (None, "Медицина", None),
    "medicine.no_answer": ("medicine", "Недозвон в медицинскую организацию", None),
    "medicine.vaccination": ("medicine", "Вакцинация", 10),
    "roads": (None, "Дороги", None),
    "roads.bus": ("roads", "Автобусы", None),
}

PEOPLE: dict[str, tuple[str, Role, str, dict[str, Any]]] = {
    # login: organisation of work, role, organisation of the grant, more of the grant
    "operator": ("ministry", Role.INTAKE_OPERATOR, "ministry", {"subtree": True}),
    "moderator": ("ministry", Role.MODERATOR, "ministry", {}),
    "chief": ("ministry", Role.COORDINATOR, "ministry", {}),
    "coordinator": ("polyclinic", Role.COORDINATOR, "polyclinic", {}),
    "executor": ("polyclinic", Role.EXECUTOR, "polyclinic", {}),
    "executor2": ("polyclinic", Role.EXECUTOR, "polyclinic", {}),
    "head": ("polyclinic", Role.HEAD, "polyclinic", {}),
    "head2": ("polyclinic", Role.HEAD, "polyclinic", {}),
    "head3": ("polyclinic", Role.HEAD, "polyclinic", {"categories": ["roads"]}),
    "curator": ("polyclinic", Role.CURATOR, "polyclinic", {"subtree": True}),
    "administrator": ("ministry", Role.ADMINISTRATOR, "ministry", {"subtree": True}),
    "coordinator_branch": ("branch", Role.COORDINATOR, "branch", {}),
    "coordinator_transport": ("transport", Role.COORDINATOR, "transport", {}),
    "executor_transport": ("transport", Role.EXECUTOR, "transport", {}),
    "head_transport": ("transport", Role.HEAD, "transport", {}),
}


@cache
def _password_hash() -> str:
    """Cheap to check, for hundreds of tests sign in; what the product hashes itself keeps its price."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def populate(engine: sa.Engine) -> dict[str, int]:
    """The organisations, categories and people above are in the record; staff numbers by login."""
    organisations = [{"id": id_, "parent": parent, "title": title} for id_, (parent, title) in ORGANISATIONS.items()]
    categories = [
        {"code": code, "parent": parent, "title": title, "days": days}
        for code, (parent, title, days) in CATEGORIES.items()
    ]
    people = [
        {
            "login": login,
            "name": f"Сотрудник {login}",
            "email": f"{login}@staff.example",
            "password_hash": _password_hash(),
            "organisation": organisation,
            "system": login == "portal",
        }
        for login, (organisation, _, _, _) in PEOPLE.items()
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(t.organisation), organisations)
        connection.execute(sa.insert(t.category), categories)
        person = t.person.c
        made = sa.insert(t.person).returning(person.login, person.id, sort_by_parameter_order=True)
        numbers: dict[str, int] = {row.login: row.id for row in connection.execute(made, people)}
        grants = [
            {"person": numbers[login], "role": role.value, "organisation": scope, "subtree": False, "categories": []}
            | more
            for login, (_, role, scope, more) in PEOPLE.items()
        ]
        connection.execute(sa.insert(t.grant), grants)
        touch(connection)
    return numbers


_ORDER = {
    "act": "S0",
    "issuer": "Минздрав",
    "order_number": "15пр",
    "signed_on": "2026-01-12",
    "title": "О правке",
}


@dataclass
class Product:
    """A running product and hands to work it with."""

    settings: Settings
    app: FastAPI
    http: httpx.AsyncClient
    client: Client
    engine: sa.Engine
    people: dict[str, int]
    tokens: dict[str, str] = field(default_factory=dict)

    async def headers(self, login: str, key: str | None = None) -> dict[str, str]:
        """Signed in as the login, with an idempotency key."""
        if login not in self.tokens:
            answer = await self.http.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
            self.tokens[login] = answer.json()["token"]
        return {"Authorization": f"Bearer {self.tokens[login]}", "Idempotency-Key": key or str(uuid4())}

    async def get(self, login: str, path: str, **query: Any) -> httpx.Response:
        """GET a path below /api/v1."""
        return await self.http.get(f"/api/v1{path}", headers=await self.headers(login), params=query)

    @contextlib.asynccontextmanager
    async def browse(self, login: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without JavaScript, signed in through the page: cookies and forms, no bearer token."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://test", timeout=30) as browser:
            if login is not None:
                answer = await browser.post("/sign-in", data={"login": login, "_password": PASSWORD})
                assert answer.status_code == 303, answer.text
            yield browser

    async def register(self, login: str = "operator", **fields: Any) -> str:
        """A message is registered; its id. Fields override a phone call with an e-mail address."""
        body = {
            "channel": "phone",
            "text": "Третий день не могу дозвониться в регистратуру.",
            "applicant": {"name": "Иванова Мария Петровна", "email": "applicant@example.org"},
        } | fields
        answer = await self.http.post("/api/v1/messages", headers=await self.headers(login), json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def version(self, message: str) -> int:
        """The card's version now."""
        with self.engine.connect() as connection:
            query = sa.select(t.message_case.c.version).where(t.message_case.c.id == message)
            return int(connection.execute(query).scalar_one())

    async def try_to(
        self,
        login: str,
        message: str,
        action: str,
        *,
        version: int | None = None,
        key: str | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """The answer to a decision against the present (or the given) version."""
        body = {
            "action": action,
            "version": self.version(message) if version is None else version,
            "parameters": fields,
        }
        return await self.http.post(
            f"/api/v1/messages/{message}/decisions", headers=await self.headers(login, key), json=body
        )

    async def decide(self, login: str, message: str, action: str, **fields: Any) -> Mapping[str, Any]:
        """A decision that is accepted."""
        answer = await self.try_to(login, message, action, **fields)
        for _ in range(PATIENCE):
            if answer.json().get("state") != "pending":
                break
            await anyio.sleep(1)  # its verdict comes by itself
            answer = await self.get(login, f"/messages/{message}/decisions/{answer.json()['id']}")
        shown: dict[str, Any] = answer.json()
        assert shown.get("state") == "accepted", f"{action}: {answer.status_code} {answer.text}"
        return shown

    async def accepted(self, **fields: Any) -> str:
        """A message in coordination at the polyclinic."""
        message = await self.register(**fields)
        await self.accept(message)
        return message

    async def accept(self, message: str, **fields: Any) -> None:
        """`moderator` sends the message to the polyclinic, about medicine, unless the fields say otherwise."""
        about = {"category": "medicine", "subcategory": "medicine.no_answer", "organisation": "polyclinic"}
        await self.decide("moderator", message, "accept", **(about | fields))

    async def endangered(self) -> str:
        """A message in coordination whose words tell of danger to life."""
        return await self.accepted(text="Сосед угрожает ножом, а участковый врач не отвечает.")

    async def asked(self) -> str:
        """A message in work with everything that may be asked beside the stage: of applicant, operators and a co-executor."""
        message = await self.in_work()
        await self.decide("executor", message, "ask_applicant", text="В какие часы вы звонили?")
        await self.decide("executor", message, "ask_for_call", text="Узнать, в какие часы она звонила.")
        people = [self.people["executor2"]]
        await self.decide("executor", message, "ask_co_executors", text="Сколько вызовов теряется?", people=people)
        return message

    async def withdrawing(self) -> str:
        """A message in work whose applicant withdraws it."""
        message = await self.in_work()
        await self.by_applicant(message, "ask_withdrawal", reason="Вопрос решён.")
        return message

    async def by_applicant(self, message: str, action: str, **fields: Any) -> Mapping[str, Any]:
        """What the applicant decides on his page; the story afterwards."""
        code = self.app.state.resources.keys.tracking_code(UUID(message), 1)
        answer = await self.http.post(
            f"/api/v1/track/{self.case(message)['number']}/decisions",
            headers={"X-Tracking-Code": code, "Idempotency-Key": str(uuid4())},
            json={"action": action, "parameters": fields},
        )
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def in_work(self, **fields: Any) -> str:
        """A message with `executor`, in work."""
        message = await self.accepted(**fields)
        await self.decide("coordinator", message, "assign", executor=self.people["executor"])
        await self.decide("executor", message, "start_work")
        return message

    async def submitted(self, *, endorsers: tuple[str, ...] = ("head",), **fields: Any) -> str:
        """A message whose answer waits for the endorsers, then for `head2`."""
        message = await self.in_work(**fields)
        await self.decide(
            "executor",
            message,
            "submit_answer",
            type="solved",
            text="Добавлена вторая линия телефона.",
            endorsers=[self.people[login] for login in endorsers],
            approver=self.people["head2"],
        )
        return message

    async def talking(self) -> str:
        """A call that `operator` has just taken."""
        return str((await self._write("POST", "/calls", {"way": "phone"}))["id"])

    async def talked(self) -> str:
        """A call that is over, with what is to be done."""
        call = await self.talking()
        step = {"who": "Вы", "when": "до 5 августа", "what": "принесите выписку в кабинет 12"}
        notes = {"kind": "consultation", "caller_name": "Иванова Мария", "subject": "О справке.", "steps": [step]}
        await self._write("PATCH", f"/calls/{call}", notes)
        await self._write("POST", f"/calls/{call}/end", {})
        return call

    async def measure(self) -> str:
        """A measure of order S2, which `chief` controls: `head` and `head2` are to read it, by yesterday."""
        order = {"code": "S2", "title": "О едином окне", "body": "Министерство связи", "number": "134"}
        controlled = {"signed_on": "2023-08-01", "controller": self.people["chief"]}
        await self._write("POST", "/orders", order | controlled, "administrator", key="the order")
        body = {"kind": "acquaint", "title": "Довести приказ до руководителей", "clause": "S0, п. 6"}
        by = {"organisation": "polyclinic", "person": self.people["executor"], "due_on": "2024-02-01"}
        made = await self._write("POST", "/orders/S2/measures", body | by, "administrator")
        readers = {"organisations": ["polyclinic"]}
        await self._write("POST", f"/measures/{made['id']}/readers", readers, "administrator")
        return str(made["id"])

    async def rule(self, **fields: Any) -> str:
        """An auto-rule of the polyclinic, switched off."""
        body = {"organisation": "polyclinic", "title": "Недозвон", "words": "дозвониться", "tag": "недозвон"} | fields
        return str((await self._write("POST", "/autorules", body, "administrator"))["id"])

    async def template(self, **fields: Any) -> str:
        """A template of answers of the polyclinic."""
        text = "| {приветствие}!\n\n[что сделано и когда]\n\n| С уважением, {организация}."
        body = {"organisation": "polyclinic", "title": "Линия добавлена", "text": text} | fields
        return str((await self._write("POST", "/answer-templates", body, "administrator"))["id"])

    async def dry_run(self) -> str:
        """A dry run of a rule over a message."""
        await self.accepted()
        rule = await self.rule(executor=self.people["executor"])
        return str((await self._write("POST", f"/autorules/{rule}/dry-runs", {"revision": 1}, "administrator"))["id"])

    async def structure_drafted(self) -> str:
        """A draft of the structure in which the branch stands below another organisation; its id."""
        made = await self._write("POST", "/annexes", _ORDER | {"kind": "structure"}, "administrator")
        places = [{"id": "branch", "parent": "transport", "order_code": "medical"}]
        content = {"version": made["version"], "places": places}
        await self._write("PUT", f"/annexes/{made['id']}/content", content, "administrator")
        return str(made["id"])

    async def annex_drafted(self) -> str:
        """A draft of annex 2 that says otherwise than what is in force; its id."""
        made = await self._write("POST", "/annexes", _ORDER | {"kind": "categories"}, "administrator")
        lines = made["table"].replace("\tАптеки\t", "\tАптеки и аптечные пункты\t").splitlines()
        lines = [f"{line}\tОтказ в льготе; Долго ждать решения" if "\tЛьготы\t" in line else line for line in lines]
        table = "\n".join(["Категория\tПодкатегория\tОтветственные\tФакты", *lines])
        content = {"version": made["version"], "table": table}
        await self._write("PUT", f"/annexes/{made['id']}/content", content, "administrator")
        return str(made["id"])

    async def _write(
        self, method: str, path: str, body: Mapping[str, Any], login: str = "operator", key: str | None = None
    ) -> Mapping[str, Any]:
        answer = await self.http.request(method, f"/api/v1{path}", headers=await self.headers(login, key), json=body)
        assert answer.is_success, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def run(self, message: str) -> WorkflowHandle[Any, Any]:
        """The message's run in Temporal."""
        return self.client.get_workflow_handle(workflow_id(message))

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query, as the application."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]

    def write(self, statement: str, **values: Any) -> None:
        """A change past the rules, as the application."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def journal(self, message: str) -> list[dict[str, Any]]:
        """The message's journal, oldest first."""
        return self.rows("SELECT * FROM journal WHERE case_id = :id ORDER BY seq", id=message)

    def case(self, message: str) -> dict[str, Any]:
        """The message's case row."""
        return self.rows("SELECT * FROM message_case WHERE id = :id", id=message)[0]


def settings_of(
    database: Database, folder: Path, temporal_address: str, mail: MailCatcher | None, **more: Any
) -> Settings:
    """Settings over the test's servers. The key file is made once a folder."""
    keys_file = folder / "keys.toml"
    if not keys_file.exists():
        create_key_file(keys_file)
    return Settings(
        database_url=database.url,
        keys_file=keys_file,
        files_dir=folder / "files",
        temporal_address=temporal_address,
        smtp_host="127.0.0.1",
        smtp_port=mail.smtp_port if mail else 9,
        smtp_tls="none",
        smtp_timeout_seconds=2,
        **({"public_url": "https://otklik.example"} | more),
    )


_routes: list[BaseRoute] = []


def _application(settings: Settings) -> FastAPI:
    """FastAPI works out its routes when they are first asked for, which takes half a second: once for all applications here."""
    app = create_app(settings)
    _routes[:] = _routes or app.router.routes
    app.router.routes[:] = _routes
    return app


@contextlib.asynccontextmanager
async def api(settings: Settings, database: Database, client: Client) -> AsyncIterator[Product]:
    """The API alone over populated reference data: no worker judges."""
    people = populate(database.engine)
    app = _application(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://test", timeout=30) as http,
    ):
        yield Product(settings, app, http, client, database.engine, people)


@contextlib.asynccontextmanager
async def working(settings: Settings, database: Database, *, max_cached_workflows: int = 1000) -> AsyncIterator[None]:
    """Both workers over the settings' servers, in this process. The relay does not run.

    Requests of this process wait for their verdicts until they come: a machine that is busy with other tests may be late.
    """
    keys = KeyRing.load(settings.keys_file)
    client = await connect(settings.temporal_address, settings.temporal_namespace)
    writer = LetterWriter(FileStore(settings.files_dir, keys), keys, settings.public_url)
    delivering = Delivering(database.engine, worker.mail_server(settings), settings.mail_from, writer)
    judging = Judging(database.engine, Reference())
    async with (
        worker.process_worker(client, judging, max_cached_workflows=max_cached_workflows),
        worker.delivery_worker(client, delivering),
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(decisions, "PATIENCE_SECONDS", 25.0)
            yield


@contextlib.asynccontextmanager
async def product(
    database: Database, folder: Path, temporal_address: str, mail: MailCatcher | None = None, **more: Any
) -> AsyncIterator[Product]:
    """The whole product, without the relay's loops."""
    settings = settings_of(database, folder, temporal_address, mail, **more)
    client = await connect(temporal_address, settings.temporal_namespace)
    await ensure(client)
    async with working(settings, database), api(settings, database, client) as running:
        yield running
