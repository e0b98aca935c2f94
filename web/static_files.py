"""Style, script and fonts: served from the package, under an address that names their content, so kept for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"

_FOREVER = "public, max-age=31536000, immutable"


def _digest() -> str:
    """One for all files: what they name relative to each other is found under the same address."""
    whole = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(FOLDER)}\0".encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


PREFIX = f"/static/{_digest()}"


def static(name: str) -> str:
    """The address of a static file."""
    assert (FOLDER / name).is_file(), name
    return f"{PREFIX}/{name}"


def mount(app: FastAPI) -> None:
    """The application serves the static files."""
    app.mount(PREFIX, _Kept(directory=FOLDER), name="static")


class _Kept(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOREVER
        return response
