"""The demonstration's templates of answers, and an auto-rule that waits for its dry run."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from domain.answer_templates import read
from storage import tables as t

TEMPLATES_FILE = Path(__file__).with_name("demo_templates.toml")
ORGANISATION, AUTHOR = "ministry", "administrator"


def create(connection: sa.Connection, staff: Mapping[str, int]) -> None:
    """Templates and rule are in the record. `staff`: numbers by login."""
    source = tomllib.loads(TEMPLATES_FILE.read_text(encoding="utf-8"))
    author, made = staff[AUTHOR], {}
    for one in source["templates"]:
        text = one["text"].strip("\n")
        read(text)
        own = sa.insert(t.answer_template).values(organisation=ORGANISATION).returning(t.answer_template.c.id)
        number = made[one["title"]] = connection.execute(own).scalar_one()
        values = {"template": number, "version": 1, "title": one["title"], "categories": one["categories"]}
        connection.execute(sa.insert(t.answer_template_version).values(values | {"text": text, "made_by": author}))
    rule = source["rule"]
    place = {"organisation": ORGANISATION, "place": 1}
    number = connection.execute(sa.insert(t.autorule).values(place).returning(t.autorule.c.id)).scalar_one()
    effects = {"tag": rule["tag"], "executor": staff[rule["executor"]], "template": made[rule["template"]]}
    conditions = {"words": rule["words"], "categories": rule["categories"]}
    values = {"rule": number, "revision": 1, "title": rule["title"], "conditions": conditions, "effects": effects}
    connection.execute(sa.insert(t.autorule_revision).values(values | {"made_by": author}))
