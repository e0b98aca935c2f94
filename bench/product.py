"""Otklik with everything on: HTTP, sign-in, inbox, journal, notices, letters to the catcher, search attributes."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from threading import local
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from api.sessions import hash_password
from bench.figures import Sample, Timer
from domain.vocabulary import Role
from storage import tables as t
from storage.reference import touch

PASSWORD = uuid4().hex
PEOPLE = {
    "operator": Role.INTAKE_OPERATOR,
    "moderator": Role.MODERATOR,
    "coordinator": Role.COORDINATOR,
    "executor": Role.EXECUTOR,
    "head": Role.HEAD,
    "head2": Role.HEAD,
    "curator": Role.CURATOR,
}


def populate(engine: sa.Engine) -> dict[str, int]:
    """One organisation with one person a role; staff numbers by login."""
    password_hash = hash_password(PASSWORD)
    numbers = {}
    with engine.begin() as connection:
        connection.execute(sa.insert(t.organisation).values(id="body", title="Орган власти"))
        connection.execute(sa.insert(t.category).values(code="all", title="Все темы"))
        connection.execute(sa.insert(t.category).values(code="all.any", parent="all", title="Любая"))
        for login, role in PEOPLE.items():
            row = {"login": login, "name": login, "organisation": "body", "password_hash": password_hash}
            row["email"] = f"{login}@staff.example"
            numbers[login] = connection.execute(sa.insert(t.person).values(row).returning(t.person.c.id)).scalar_one()
            values = {"person": numbers[login], "role": role.value, "organisation": "body"}
            connection.execute(sa.insert(t.grant).values(values))
        touch(connection)
    return numbers


class ProductLoad:
    """Drives lifecycles over HTTP as six people, each decision timed from the request to the verdict in its answer."""

    def __init__(self, port: int, people: dict[str, int]) -> None:
        self._port = port
        self._people = people
        self._threads = ThreadPoolExecutor(32)
        self._local = local()
        self._tokens = {
            login: self._call("POST", "/sessions", {"login": login, "password": PASSWORD})["token"] for login in people
        }
        self.last = ""
        """Id of the message of the last lifecycle."""

    async def round(self, lifecycles: int, at_once: int, email: str | None = "applicant-{}@example.org") -> Sample:
        """So many lifecycles, so many at a time. `email`: the applicants' address, {} for a number; None: they read on a portal."""
        timer = Timer()
        gate = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with gate:
                await asyncio.get_running_loop().run_in_executor(self._threads, self._lifecycle, timer, email)

        await asyncio.gather(*(one() for _ in range(lifecycles)))
        return timer.sample(lifecycles)

    def _lifecycle(self, timer: Timer, email: str | None) -> None:
        number = uuid4().hex[:12]
        reached = {"portal_account": number} if email is None else {"email": email.format(number)}
        applicant = {"name": "Заявитель"} | reached
        body = {"channel": "phone", "text": "Не работает телефон регистратуры.", "applicant": applicant}
        message = self._call("POST", "/messages", body, "operator")["id"]
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("moderator", "accept", {"category": "all", "subcategory": "all.any", "organisation": "body"}),
            ("coordinator", "assign", {"executor": self._people["executor"]}),
            ("executor", "start_work", {}),
            (
                "executor",
                "submit_answer",
                {
                    "type": "solved",
                    "text": "Телефон исправлен.",
                    "endorsers": [self._people["head"]],
                    "approver": self._people["head2"],
                },
            ),
            ("head", "endorse", {}),
            ("head2", "approve", {}),
        ]
        for version, (login, action, parameters) in enumerate(steps):
            decision = {"action": action, "version": version, "parameters": parameters}
            with timer.one():
                answer = self._call("POST", f"/messages/{message}/decisions", decision, login)
                while answer["state"] == "pending":  # 202: the verdict took longer than the request waits
                    answer = self._call("GET", f"/messages/{message}/decisions/{answer['id']}", None, login)
            if answer["state"] != "accepted":
                raise AssertionError(f"{action}: {answer['state']}")
        self.last = message

    def _call(self, method: str, path: str, body: dict[str, Any] | None, login: str | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        if login is not None:
            headers["Authorization"] = f"Bearer {self._tokens[login]}"
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection: HTTPConnection = self._local.connection
        sent = json.dumps(body).encode() if body else None
        try:
            connection.request(method, f"/api/v1{path}", sent, headers)
            answer = connection.getresponse()
        except (BrokenPipeError, ConnectionResetError, RemoteDisconnected):
            connection.close()  # the server ended an idle connection; the key makes the repeat harmless
            connection.request(method, f"/api/v1{path}", sent, headers)
            answer = connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {content.get('code')}")
        return content
