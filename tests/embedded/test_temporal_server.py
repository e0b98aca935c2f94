"""Temporal's dev server keeps its histories in a file through kill -9 and is seen from this machine alone."""

from __future__ import annotations

import os
import signal
import subprocess
from http.client import HTTPConnection
from pathlib import Path

from embedded import ports
from embedded.ports import LOOPBACK, free_port
from embedded.temporal_server import TemporalServer, program


def operator(server: TemporalServer, *words: str) -> str:
    command = [str(program()), "operator", *words, "--address", server.address]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def test_server_keeps_its_namespace_through_kill_9(tmp_path: Path) -> None:
    with TemporalServer(tmp_path / "папка с пробелом", free_port()) as server:
        operator(server, "namespace", "create", "-n", "otklik", "--retention", "1200d")

        os.kill(server.pid, signal.SIGKILL)
        while server.alive():
            os.sched_yield()
        server.start()
        server.wait_ready()

        assert "otklik" in operator(server, "namespace", "describe", "-n", "otklik")
        assert _journal_mode(server) == b"\x02\x02"
        assert _listens_on_loopback_alone(server.port)
        assert _listens_on_loopback_alone(server.ui_port)
        assert _page(server) == 200


def test_extra_arguments_reach_the_server(tmp_path: Path) -> None:
    with TemporalServer(tmp_path, free_port(), extra=["--namespace", "probe"]) as server:
        assert "probe" in operator(server, "namespace", "list")


def _journal_mode(server: TemporalServer) -> bytes:
    """Bytes 18 and 19 of an SQLite file: 2 means a write-ahead log."""
    return server.database.read_bytes()[18:20]


def _listens_on_loopback_alone(port: int) -> bool:
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    local = [row[1] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port]
    return [address.partition(":")[0] for address in local] == ["0100007F"] and not ports.is_free(port)


def _page(server: TemporalServer) -> int:
    connection = HTTPConnection(LOOPBACK, server.ui_port, timeout=5)
    connection.request("GET", "/")
    return connection.getresponse().status
