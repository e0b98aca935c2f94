"""The application behind its HTTP server, until it is told to stop."""

from __future__ import annotations

import contextlib
from types import FrameType

import uvicorn
from fastapi import FastAPI

from collector import spare_what_is_loaded
from settings import Settings


class Server(uvicorn.Server):
    """Ends the open streams when it is told to stop: requests under way are waited for, and a stream is one without end."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if (shared := getattr(self._app.state, "resources", None)) is not None:
            shared.live.close()
        super().handle_exit(sig, frame)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serves until told to stop; requests under way are finished. Ends the process where it cannot begin."""
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=20,
    )
    server = Server(app, config)
    spare_what_is_loaded()
    with contextlib.suppress(KeyboardInterrupt):  # told to stop from the keyboard
        server.run()
    if not server.started:
        raise SystemExit(3)
