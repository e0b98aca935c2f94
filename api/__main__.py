"""Composition root of the API process."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from logs import configure
from settings import SettingsWrong, from_environment


def main() -> None:
    """Serves until told to stop; requests under way are finished."""
    try:
        settings = from_environment()
    except SettingsWrong as error:
        raise SystemExit(str(error)) from None
    configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
