"""The schema is brought to this release, the application's role gets its rights, and the acts shipped are in the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects.postgresql import insert

import regulations
from domain.regulation import REAL_DAY_SECONDS
from regulations.holidays import known_until, seed_days
from storage import tables as t

_FIRST_YEAR = 2024


class UnsuitableDatabase(Exception):
    """The database would silently fail at Russian text, or was made with another length of the day."""


def migrate(owner_url: str, app_role: str, day_seconds: int | None = None) -> None:
    """Everything that a deployment does to the database before its processes start. Safe to repeat.

    `day_seconds`: the length of a term's day in a demonstration database; it can only be given to a new one.
    Raises UnsuitableDatabase.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        # two deployments at once wait for one another here
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7061001)"))
        connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
        _require_russian(connection)
        command.upgrade(config(connection), "head")
        _set_day(connection, day_seconds)
        _ship_regulations(connection)
        _ship_annexes(connection)
        _seed_calendar(connection)
        _grant_rights(connection, app_role)


def config(connection: sa.Connection) -> Config:
    """Alembic over this connection."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    found.attributes["connection"] = connection
    return found


def _require_russian(connection: sa.Connection) -> None:
    lowered = connection.execute(sa.text("SELECT lower('ЁЖ')")).scalar_one()
    if lowered != "ёж":
        raise UnsuitableDatabase(
            "the database does not know Russian letters (lower('ЁЖ') fails); create it with LC_CTYPE C.UTF-8 or ru_RU.UTF-8"
        )


def _set_day(connection: sa.Connection, day_seconds: int | None) -> None:
    known = connection.execute(sa.select(t.installation.c.day_seconds)).scalar_one_or_none()
    if known is None:
        connection.execute(sa.insert(t.installation).values(day_seconds=day_seconds or REAL_DAY_SECONDS))
    elif day_seconds is not None and known != day_seconds:
        raise UnsuitableDatabase(
            f"this database's day lasts {known} s; a day of {day_seconds} s needs another database"
        )


def _ship_regulations(connection: sa.Connection) -> None:
    """Each revision once: what a running message began with never changes under it."""
    for body in regulations.shipped():
        parsed = regulations.parse(body)
        connection.execute(
            insert(t.regulation_revision)
            .values(
                code=parsed.code,
                revision=parsed.revision,
                body=regulations.body_json(body),
                hash=regulations.body_hash(body),
                valid_from=parsed.order.valid_from,
            )
            .on_conflict_do_nothing()
        )


def _ship_annexes(connection: sa.Connection) -> None:
    """The regulations and the annexes of each order shipped, published as they came; what administrators publish later follows."""
    for body in regulations.shipped():
        _ship_annex(connection, "regulation", body, body)
    for body in regulations.shipped_orders():
        regulations.roles_annex(body)
        regulations.categories_annex(body)
        _ship_annex(connection, "roles", body, {"roles": body["roles"]})
        _ship_annex(connection, "categories", body, {name: body[name] for name in ("answerers", "categories")})


def _ship_annex(connection: sa.Connection, kind: str, act: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    order = act["order"]
    row = {
        "kind": kind,
        "act": act["code"],
        "issuer": order["body"],
        "order_number": order["number"],
        "signed_on": order["signed_on"],
        "title": order["title"],
        "body": regulations.body_json(body),
        "hash": regulations.body_hash(body),
        "state": "published",
        "valid_from": order["valid_from"],
        "published_at": sa.func.otklik_now(),
    }
    connection.execute(insert(t.annex_revision).values(row).on_conflict_do_nothing())


def _seed_calendar(connection: sa.Connection) -> None:
    """Days known to the release are added; what an administrator changed stays."""
    years: Iterable[int] = range(_FIRST_YEAR, known_until() + 1)
    rows: list[dict[str, str | bool | date]] = [
        {"region": "RU", "on_day": on, "working": working, "title": title}
        for on, (working, title) in seed_days(years).items()
    ]
    connection.execute(insert(t.calendar_day).on_conflict_do_nothing(), rows)


def _grant_rights(connection: sa.Connection, app_role: str) -> None:
    role = connection.dialect.identifier_preparer.quote(app_role)
    append_only = ", ".join(t.APPEND_ONLY)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {append_only} FROM {role}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON regulation_revision FROM {role}",
    ):
        connection.execute(sa.text(statement))
