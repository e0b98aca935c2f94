"""Composition root of the process that serves: the HTTP API and the pages."""

from __future__ import annotations

from api.serving import serve
from logs import configure
from settings import SettingsWrong, from_environment
from storage.day import DatabaseUnfit, day_seconds_of
from web.application import create_app, warm


def main() -> None:
    """Serves until told to stop; requests under way are finished."""
    try:
        settings = from_environment()
        configure(settings.log_level)
        day_seconds = day_seconds_of(settings.database_url.get_secret_value(), embedded=settings.embedded)
    except (SettingsWrong, DatabaseUnfit) as error:
        raise SystemExit(str(error)) from None
    app = create_app(settings, day_seconds)
    warm(app)
    serve(app, settings)


if __name__ == "__main__":
    main()
