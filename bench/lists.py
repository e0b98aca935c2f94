"""What people read all day, at two hundred thousand messages: lists, cards and counters, as several roles, over HTTP.

Each call is timed from request to answer, one at a time; after that every query over cases is explained: none may read
a whole table of messages, and how many blocks it reads does not depend on what else the machine does.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from bench.plans import Asked, blocks, overheard, read_whole
from bench.region import COMMON_WORD, PASSWORD, RARE_WORD, Size, fill
from embedded.ports import LOOPBACK, free_port
from embedded.postgres import APPLICATION, OWNER, Postgres
from settings import Settings
from storage.key_file import create_key_file
from storage.keys import KeyRing
from storage.migrating import migrate

LOGINS = (
    "moderator",
    "coordinator-1-0",
    "coordinator-1-9",
    "executor-1-1",
    "head-1-2",
    "curator",
    "operator",
    "administrator",
)
"""Two coordinators of the busiest body, the second of one category alone; curator and operator of the whole region."""

REPEATS = 5
COUNTERS, CARD = "счётчики", "карточка"
LISTS = ("раздел", "фильтр", "поиск", "страница 5")
DESK = "стол координатора"
"""A page of the list as those who share work out have it: with suggestions, likely duplicates and actions beside each row."""
LARGE = {"message_case", "message", "journal", "letter", "decision", "text_band"}
"""No query may read one of these tables from end to end."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Call:
    """What one person reads, and how many milliseconds it took each time."""

    kind: str
    login: str
    path: str
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a question makes PostgreSQL read: large tables from end to end, and how many blocks in all."""

    what: str
    whole: set[str]
    blocks: int


def main(*, messages: int, say: Say) -> int:
    """Prints the table; its last line is for programs. 1 when a query reads a whole table."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="otklik-bench-")))
        postgres = stack.enter_context(Postgres.temporary(sync=True))
        migrate(postgres.url(OWNER), APPLICATION)
        create_key_file(folder / "keys.toml")
        keys = KeyRing.load(folder / "keys.toml")
        say(f"заполняется база: сообщений {messages}")
        fill(sa.create_engine(postgres.url(OWNER), poolclass=sa.NullPool), keys, Size(messages=messages))
        settings = Settings(
            database_url=SecretStr(postgres.url(APPLICATION)),
            keys_file=folder / "keys.toml",
            files_dir=folder / "files",
            api_port=free_port(),
        )
        calls, asked = _measure(settings, say)
        looks = _explained(postgres.url(APPLICATION), asked)
    _report(calls, looks, messages, say)
    return any(look.whole for look in looks)


def _measure(settings: Settings, say: Say) -> tuple[list[Call], list[tuple[str, Asked]]]:
    """All calls of all people, and one question of each shape that they asked of the record, with who asked it for what."""
    calls: list[Call] = []
    asked: dict[str, tuple[str, Asked]] = {}
    with _served(settings) as app:
        for login in LOGINS:
            reader = Reader(settings.api_port, login)
            for kind, path in list(reader.calls()):
                with overheard(app.state.resources.engine) as heard:
                    reader.get(path)
                asked |= {one[0]: (f"{login} {path}", one) for one in heard}
                calls.append(Call(kind, login, path, tuple(reader.timed(path) for _ in range(REPEATS))))
            say(f"измерено: {login}")
    return calls, list(asked.values())


def _explained(url: str, asked: list[tuple[str, Asked]]) -> list[Look]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [Look(what, read_whole(connection, one) & LARGE, blocks(connection, one)) for what, one in asked]


def _report(calls: Sequence[Call], looks: list[Look], messages: int, say: Say) -> None:
    kinds, logins = list(dict.fromkeys(call.kind for call in calls)), list(LOGINS)
    times = {
        (kind, login): [one for call in calls if (call.kind, call.login) == (kind, login) for one in call.times]
        for kind in kinds
        for login in logins
    }
    say("медиана / 95-й процентиль, мс" + "".join(f"{login:>17}" for login in logins))
    for kind in kinds:
        cells = (times[kind, login] for login in logins)
        say(f"{kind:29}" + "".join(f"{_shown(cell) if cell else '':>17}" for cell in cells))
    for call in sorted(calls, key=lambda call: -statistics.median(call.times))[:3]:
        say(f"дольше всех: {_shown(call.times)} {call.login} {unquote_plus(call.path)}")
    for look in sorted(looks, key=lambda look: -look.blocks)[:3]:
        say(f"больше всех блоков: {look.blocks} {unquote_plus(look.what)}")
    whole = [look for look in looks if look.whole]
    for look in whole:
        say(f"читает целиком {', '.join(sorted(look.whole))}: {unquote_plus(look.what)}")
    worst = {kind: max(_p95(times[kind, login]) for login in logins if times[kind, login]) for kind in kinds}
    lists = max(worst[kind] for kind in LISTS)
    say(
        f"list_p95_ms={lists:.0f} desk_p95_ms={worst[DESK]:.0f} card_p95_ms={worst[CARD]:.0f} "
        f"counters_p95_ms={worst[COUNTERS]:.0f} "
        f"blocks_p95={_p95([look.blocks for look in looks]):.0f} "
        f"whole_tables={len(whole)} messages={messages} cores={os.cpu_count()}"
    )


def _shown(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.0f} / {_p95(times):.0f}"


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[18]


class Reader:
    """A person at work, over a connection of his own."""

    def __init__(self, port: int, login: str) -> None:
        self._connection = HTTPConnection(LOOPBACK, port, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        token = self._ask("POST", "/sessions", {"login": login, "password": PASSWORD})["token"]
        self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> dict[str, Any]:
        """The answer."""
        return self._ask("GET", path)

    def timed(self, path: str) -> float:
        """Milliseconds until the answer is there."""
        began = time.perf_counter()
        self.get(path)
        return (time.perf_counter() - began) * 1000

    def calls(self) -> Iterator[tuple[str, str]]:
        """What this person reads: kind of call and path."""
        yield COUNTERS, "/sections"
        sections = [section["code"] for section in self.get("/sections")["sections"]]
        for section in sections:
            yield "раздел", _messages(section=section)
            if {"new", "moderation"} & set(sections):
                yield DESK, _messages(section=section, limit="25", suggest="true", duplicates="true", actions="true")
        for filters in _filters():
            yield "фильтр", _messages(**filters)
            if sections:
                yield "фильтр", _messages(section=sections[-1], **filters)
        for text in (COMMON_WORD, RARE_WORD, f"{COMMON_WORD} вакцинация", "такого слова нет"):
            yield "поиск", _messages(text=text)
            if sections:
                yield "поиск", _messages(text=text, section=sections[0])
        for filters in ({}, {"sort": "due"}, *({"section": section} for section in sections)):
            if (path := self._fifth(filters)) is not None:
                yield "страница 5", path
            for row in self.get(_messages(**filters))["messages"][:2]:
                yield CARD, f"/messages/{row['id']}"

    def _fifth(self, filters: dict[str, str]) -> str | None:
        path, cursor = _messages(**filters), None
        for _ in range(4):
            cursor = self.get(path)["next"]
            if cursor is None:
                return None
            path = _messages(**filters, cursor=cursor)
        return path

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self._connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None, self._headers)
        answer = self._connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {content.get('code')}")
        return content


def _filters() -> Iterator[dict[str, str]]:
    yield {"sort": "received"}
    yield {"sort": "due"}
    yield from ({"category": code} for code in ("c0", "c1", "c11"))
    yield from ({"subcategory": code} for code in ("c0.s1", "c11.s7"))
    yield from ({"organisation": id_} for id_ in ("org1", "org99"))
    yield from (
        {"stage": stage} for stage in ("moderation", "coordination", "execution", "approval", "delivery", "closed")
    )
    yield from ({"overdue": late} for late in ("true", "false"))
    yield {"number": "2026-0000123"}
    yield {"organisation": "org1", "category": "c3", "stage": "execution", "overdue": "true"}


def _messages(**query: str) -> str:
    return f"/messages?{urlencode(query)}"


@contextlib.contextmanager
def _served(settings: Settings) -> Iterator[FastAPI]:
    """The API answers, in a thread of this process."""
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, LOOPBACK, settings.api_port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield app
    finally:
        server.should_exit = True
        thread.join()
