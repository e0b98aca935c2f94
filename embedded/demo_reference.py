"""The demonstration's organisations, units, people, grants and categories enter an empty record. Everybody is invented."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.sessions import hash_password
from domain.vocabulary import Role
from embedded import demo_measures, demo_templates
from storage import tables as t
from storage.reference import touch

PORTAL = "portal"
"""The account that stands for the federal portal: the only one of kind «system»."""

PEOPLE_FILE = Path(__file__).with_name("demo_people.toml")
PAGES_FILE = PEOPLE_FILE.with_name("demo_pages.toml")
MAIL_DOMAIN = "demo.example"
_OF_CATEGORY = ("title", "days", "one_day")


def people_file() -> dict[str, Any]:
    """The data file as it is."""
    return tomllib.loads(PEOPLE_FILE.read_text(encoding="utf-8"))


def pages_file() -> dict[str, Any]:
    """Contacts and public page of each organisation that has them."""
    return tomllib.loads(PAGES_FILE.read_text(encoding="utf-8"))


def staff_numbers(connection: sa.Connection) -> dict[str, int]:
    """Staff numbers of the demonstration's people by login; empty in a database that is not a demonstration's."""
    wanted = [person["login"] for person in people_file()["people"]]
    rows = connection.execute(sa.select(t.person.c.login, t.person.c.id).where(t.person.c.login.in_(wanted)))
    found = {row.login: int(row.id) for row in rows}
    return found if len(found) == len(wanted) else {}


def anything_there(connection: sa.Connection) -> bool:
    """Somebody has filled this database already."""
    return bool(connection.execute(sa.select(sa.exists(sa.select(t.organisation.c.id)))).scalar_one())


def create(engine: sa.Engine, password: str) -> None:
    """All of the file is in the record, in one transaction. `password`: of everybody but the portal."""
    source = people_file()
    hashed = hash_password(password)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(t.organisation), [{"parent": None, "order_code": None} | one for one in source["organisations"]]
        )
        for organisation, told in pages_file().items():
            values = {"contacts": told["contacts"]}
            connection.execute(sa.update(t.organisation).where(t.organisation.c.id == organisation).values(values))
            connection.execute(sa.insert(t.organisation_page).values(organisation=organisation, content=told["page"]))
        units = [{name: one[name] for name in ("id", "organisation", "title", "order_code")} for one in source["units"]]
        connection.execute(sa.insert(t.unit), units)
        connection.execute(sa.insert(t.category), list(categories(source)))
        numbers = {one["login"]: _insert_person(connection, one, hashed) for one in source["people"]}
        for one in source["units"]:
            values = {"head": numbers[one["head"]]}
            connection.execute(sa.update(t.unit).where(t.unit.c.id == one["id"]).values(values))
        grants = [_grant(role) | {"person": numbers[one["login"]]} for one in source["people"] for role in one["roles"]]
        connection.execute(sa.insert(t.grant), grants)
        demo_measures.create(connection, numbers)
        demo_templates.create(connection, numbers)
        touch(connection)


def set_password(engine: sa.Engine, login: str, password: str) -> None:
    """The account signs in with this password from now on."""
    with engine.begin() as connection:
        change = sa.update(t.person).where(t.person.c.login == login)
        connection.execute(change.values(password_hash=hash_password(password)))


def categories(source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of `category`: each category before its subcategories."""
    for one in source["categories"]:
        yield {"code": one["code"], "parent": None} | {name: one.get(name) for name in _OF_CATEGORY}
        for short, told in one["subcategories"].items():
            below = told if isinstance(told, dict) else {"title": told}
            code = f"{one['code']}.{short}"
            yield {"code": code, "parent": one["code"]} | {name: below.get(name) for name in _OF_CATEGORY}


def _insert_person(connection: sa.Connection, person: Mapping[str, Any], hashed: str) -> int:
    system = person.get("system", False)
    values = {
        "login": person["login"],
        "name": person["name"],
        "position": person["position"],
        "email": None if system else f"{person['login']}@{MAIL_DOMAIN}",
        "organisation": person["organisation"],
        "unit": person.get("unit"),
        "system": system,
        "password_hash": None if system else hashed,
    }
    return int(connection.execute(sa.insert(t.person).values(values).returning(t.person.c.id)).scalar_one())


def _grant(role: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role": Role(role["role"]).value,
        "organisation": role["over"],
        "unit": role.get("unit"),
        "subtree": role.get("subtree", False),
        "categories": role.get("categories", []),
    }
