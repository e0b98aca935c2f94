"""A busy port is named with its owner."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from embedded import ports
from embedded.errors import StackError


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        yield int(listener.getsockname()[1])


def test_busy_port_is_named_with_its_owner(busy: int) -> None:
    with pytest.raises(StackError) as refusal:
        ports.require_free({"SMTP": busy, "API": ports.free_port()}, port_base=8700)

    said = str(refusal.value)
    assert f"Порт {busy} (SMTP) занят" in said
    assert f"pid {os.getpid()}" in said
    assert "--port-base 9000" in said
    assert "API" not in said


def test_owner_of_a_port_held_on_all_addresses_is_found() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = int(listener.getsockname()[1])

        assert not ports.is_free(port)
        assert ports.owner_of(port).pid == os.getpid()


def test_owner_that_may_not_be_seen_is_named_by_account(busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_holders", lambda inode: iter(()))

    owner = ports.owner_of(busy)

    assert owner.pid is None
    assert "процесс пользователя" in str(owner)


def test_free_port_is_free_and_refuses_nobody() -> None:
    port = ports.free_port()

    assert ports.is_free(port)
    assert not ports.accepts(port)
    ports.require_free({"API": port}, port_base=port)
