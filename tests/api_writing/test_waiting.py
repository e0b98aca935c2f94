"""Waiting for verdicts survives the database's death, and harms no other socket of the process."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import sqlalchemy as sa

from api.live import Live
from api.waiting import Waiters
from storage.changes import CHANNEL
from storage.reference import Reference
from tests.conftest import Database

pytestmark = pytest.mark.anyio

_LISTENERS = sa.text(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'otklik-listen' AND datname = current_database()"
)


async def listeners(database: Database) -> list[int]:
    def read() -> list[int]:
        with database.engine.connect() as connection:
            return [row.pid for row in connection.execute(_LISTENERS)]

    return await asyncio.to_thread(read)


def terminate(database: Database, pid: int) -> None:
    with database.engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_terminate_backend(pid)))


async def until_listening(database: Database) -> int:
    async with asyncio.timeout(10):
        while not (found := await listeners(database)):
            await asyncio.sleep(0.02)
    return found[0]


async def hears(waiters: Waiters, database: Database) -> None:
    def notify() -> None:
        with database.engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "case-1")))

    with waiters.any_of_case("case-1") as heard:
        async with asyncio.timeout(10):
            while not heard.is_set():
                await asyncio.to_thread(notify)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), 0.2)


async def test_lost_connection_leaves_its_descriptor_to_others_and_is_made_again(database: Database) -> None:
    waiters = Waiters(database.url, Live(database.engine, Reference()))
    listening = asyncio.create_task(waiters.listen())
    first = await until_listening(database)

    await asyncio.to_thread(terminate, database, first)
    async with asyncio.timeout(10):
        while first in await listeners(database):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)  # the loop has seen the end of the connection; the next is a second away

    # the next sockets take the freed descriptors: as the next request's would
    pairs = [socket.socketpair() for _ in range(8)]
    for one, other in pairs:
        woken = asyncio.Event()
        one.setblocking(False)
        asyncio.get_running_loop().add_reader(one, woken.set)
        other.send(b"!")
        async with asyncio.timeout(10):
            await woken.wait()
        asyncio.get_running_loop().remove_reader(one)
        one.close()
        other.close()
    await hears(waiters, database)
    listening.cancel()
