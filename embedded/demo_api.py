"""The HTTP API as a small client uses it: standard library, JSON, one token a login, repeated until it answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.3


class Refused(Exception):
    """The API answered with a problem that repeating does not mend. `status`, and its code and words."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}")


class Api:
    """Signed in as anybody whose password it is given. Threads may share it."""

    def __init__(self, url: str, password_of: Callable[[str], str]) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._https, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._password_of = password_of
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def post(self, login: str, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The answer; the same key never does anything twice. Raises Refused."""
        return self._ask("POST", path, body, self._headers(login) | {"Idempotency-Key": key})

    def post_as_applicant(self, number: str, code: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The same for who knows number and code of a message. Raises Refused."""
        headers = {"X-Tracking-Code": code, "Idempotency-Key": key}
        return self._ask("POST", f"/track/{number}/decisions", body, headers)

    def get(self, login: str, path: str) -> dict[str, Any]:
        """The answer. Raises Refused."""
        return self._ask("GET", path, None, self._headers(login))

    def _headers(self, login: str) -> dict[str, str]:
        with self._lock:  # one sign-in a login
            if login not in self._tokens:
                body = {"login": login, "password": self._password_of(login)}
                self._tokens[login] = self._ask("POST", "/sessions", body, {})["token"]
            return {"Authorization": f"Bearer {self._tokens[login]}"}

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Repeated while the API is away or says that it is: it may be starting, or a part of it may be mended."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                status, answer = self._once(method, path, body, headers)
            except (OSError, HTTPException):
                if time.monotonic() > until:
                    raise
            else:
                if status < 400:
                    return answer
                if status < 500 or time.monotonic() > until:
                    raise Refused(status, answer)
            time.sleep(_PAUSE_SECONDS)

    def _once(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Asked directly: a proxy from the environment has no say about the product's own address."""
        kind = HTTPSConnection if self._https else HTTPConnection
        connection = kind(self._host, self._port, timeout=30)
        try:
            content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, f"/api/v1{path}", content, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except ValueError:
            raise HTTPException("the answer is not JSON") from None
        finally:
            connection.close()
