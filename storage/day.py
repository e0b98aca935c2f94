"""How long a day of every term lasts in this database. Shortened, it is a demonstration's, and nobody else's."""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError, ProgrammingError

from domain.regulation import REAL_DAY_SECONDS
from storage import tables as t
from storage.engine import make_engine

log = structlog.get_logger()

PATIENCE = timedelta(seconds=60)
_PAUSE_SECONDS = 1.0


class DatabaseUnfit(Exception):
    """This process may not work on this database, or cannot. The message says why, in one line."""


def day_seconds_of(url: str, *, embedded: bool, patience: timedelta = PATIENCE) -> int:
    """The length of the database's day: seconds. A database that does not answer is waited for.

    Raises DatabaseUnfit for a shortened day outside of the embedded stack, where terms would end before they may; for a
    database without our tables; and when none has answered in all the `patience`.
    """
    found = _read(url, patience)
    if found != REAL_DAY_SECONDS and not embedded:
        raise DatabaseUnfit(
            f"В этой базе сутки сроков длятся {found} с: она показательная, с ней работает только `otklik up`."
        )
    return found


def _read(url: str, patience: timedelta) -> int:
    engine = make_engine(url, pool=1)
    end = time.monotonic() + patience.total_seconds()
    try:
        while True:
            try:
                with engine.connect() as connection:
                    return int(connection.execute(sa.select(t.installation.c.day_seconds)).scalar_one())
            except OperationalError:
                if time.monotonic() > end:
                    raise DatabaseUnfit("База данных не отвечает: проверьте OTKLIK_DATABASE_URL.") from None
                log.warning("database unavailable, waiting for it")
                time.sleep(_PAUSE_SECONDS)
    except (ProgrammingError, sa.exc.NoResultFound):
        raise DatabaseUnfit("База данных не подготовлена: выполните `otklik migrate`.") from None
    finally:
        engine.dispose()
