"""A process that is told to stop does not wait for streams, which have no end of their own."""

from __future__ import annotations

import time
from pathlib import Path

import httpx2 as httpx

from embedded.ports import free_port
from tests.conftest import Database
from tests.faults.processes import serving
from tests.product import PASSWORD, populate, settings_of


def test_api_with_open_streams_stops_at_once(database: Database, tmp_path: Path) -> None:
    populate(database.engine)
    port = free_port()
    settings = settings_of(database, tmp_path, "127.0.0.1:9", None).model_copy(update={"api_port": port})
    with serving(settings, tmp_path) as process, httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1") as http:
        token = http.post("/sessions", json={"login": "head", "password": PASSWORD}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}

        with http.stream("GET", "/changes", headers=headers, timeout=30) as stream:
            pieces = stream.iter_bytes()
            first = next(pieces)
            told = time.monotonic()
            process.stop()
            rest = b"".join(pieces)
        took = time.monotonic() - told

    assert first.startswith(b": ")
    assert b"event" not in rest
    assert took < 8, "the server would wait 20 seconds for requests under way"
    assert "Cancel" not in process.said()
