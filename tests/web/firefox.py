"""Firefox for the few tests that need a second engine: Debian's own, spoken to by its Marionette protocol.

Playwright drives only a Firefox built for it, which neither Debian nor PyPI has. What is needed here are a dozen lines.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.ports import LOOPBACK, free_port

INSTALL = "sudo apt-get install -y firefox-esr"
STARTS_SECONDS, WAITS_SECONDS = 60.0, 20.0


class Failed(AssertionError):
    """The browser did not do what it was asked."""


@dataclass(slots=True)
class Firefox:
    """One window. What is done goes through the page's own elements, found by CSS or by the words on them."""

    _connection: socket.socket
    _asked: int = 0

    def go(self, address: str) -> None:
        self._do("WebDriver:Navigate", url=address)

    def fill(self, css: str, text: str) -> None:
        self._do("WebDriver:ElementClear", id=self._element(css))
        self._do("WebDriver:ElementSendKeys", id=self._element(css), text=text)

    def press(self, words: str, within: str = "body") -> None:
        """The link or button that says this, as a click of the mouse."""
        found = self.ask(
            "return [...document.querySelectorAll(`${arguments[0]} :is(a, button)`)]"
            ".find((one) => one.textContent.trim().startsWith(arguments[1]))",
            within,
            words,
        )
        if found is None:
            raise Failed(f"nothing says «{words}» at {self.ask('return location.href')}")
        self._do("WebDriver:ElementClick", id=next(iter(found.values())))

    def choose(self, css: str, words: str) -> None:
        """An option of a list, by what is read there."""
        chosen = self.ask(
            "const list = document.querySelector(arguments[0]);"
            "const one = [...list.options].find((option) => option.text.includes(arguments[1]));"
            "if (one) { list.value = one.value; list.dispatchEvent(new Event('change', {bubbles: true})) }; return !!one",
            css,
            words,
        )
        if not chosen:
            raise Failed(f"no «{words}» in {css}")

    def ask(self, script: str, *args: Any) -> Any:
        """What the function body returns in the page."""
        return self._do("WebDriver:ExecuteScript", script=script, args=list(args))["value"]

    def expect(self, script: str, *args: Any) -> None:
        """The function body comes to return something true."""
        until = time.monotonic() + WAITS_SECONDS
        while not self.ask(script, *args):
            if time.monotonic() > until:
                raise Failed(f"never so: {script} {args} at {self.ask('return location.href')}")
            time.sleep(0.05)

    def _element(self, css: str) -> str:
        found = self._do("WebDriver:FindElement", using="css selector", value=css)["value"]
        return str(next(iter(found.values())))

    def _do(self, command: str, **parameters: Any) -> Any:
        self._asked += 1
        told = json.dumps([0, self._asked, command, parameters])
        self._connection.sendall(f"{len(told)}:{told}".encode())
        _, _, error, result = _heard(self._connection)
        if error:
            raise Failed(f"{command}: {error['error']}: {error['message']}")
        return result


def _heard(connection: socket.socket) -> Any:
    """One message: its length in bytes, a colon, JSON."""
    length = b""
    while (digit := connection.recv(1)) != b":":
        if not digit:
            raise Failed("Firefox has gone")
        length += digit
    content = b""
    while len(content) < int(length):
        content += connection.recv(int(length) - len(content))
    return json.loads(content)


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A fresh Firefox without a screen; `folder` is empty and its profile's. The test fails where it is missing."""
    program = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.fail(f"This test needs Firefox and there is none. Install it: {INSTALL}", pytrace=False)
    port = free_port()
    preferences = {
        "marionette.port": port,
        "intl.accept_languages": "ru",
        "network.captive-portal-service.enabled": False,
    }
    lines = (f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items())
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
    started = subprocess.Popen(
        [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)],
        env=os.environ | {"HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with _connected(port) as connection:
            _heard(connection)
            window = Firefox(connection)
            window._do("WebDriver:NewSession")
            yield window
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(10)
        started.kill()
        started.wait()


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + STARTS_SECONDS
    while True:
        try:
            return socket.create_connection((LOOPBACK, port), timeout=STARTS_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise Failed("Firefox did not start") from None
            time.sleep(0.1)
