"""A region after a year of work, put into an empty record: organisations, people, and by SQL messages at every stage.

The newest messages are open; most of what is older is closed. Bodies and categories are as uneven as in life: a tenth of
all messages lies with the busiest body. The same size gives the same region each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from api.sessions import hash_password
from domain.case import Case
from domain.case_parts import Contact, Draft
from domain.terms import plan
from domain.vocabulary import TIMED_STAGES, AnswerType, DraftKind, Role, Stage
from storage import annex_effects, annex_kinds, annex_reading, case_rows, publishing
from storage import tables as t
from storage.administration import Change, scope_of
from storage.keys import KeyRing
from storage.lemmas import lemmas
from storage.likeness import bands
from storage.reference import load_directory, moment, touch

PASSWORD = "region of the benchmark"  # noqa: S105  # of nobody
CATEGORIES, SUBCATEGORIES = 12, 8
TEXTS, NAMES = 2000, 200
"""Different texts and sealed names, from which messages take theirs: enough that no plan lives on their being alike."""

PLACES = (
    Role.COORDINATOR,
    Role.EXECUTOR,
    Role.HEAD,
    Role.EXECUTOR,
    Role.EXECUTOR,
    Role.HEAD,
    Role.CURATOR,
    Role.EXECUTOR,
    Role.INTAKE_OPERATOR,
    Role.COORDINATOR,
)
"""Who works in an organisation, in the order in which its places are filled. The last one coordinates `c0` alone."""
FIRST_NUMBER = 1000

EXECUTORS = [place for place, role in enumerate(PLACES) if role is Role.EXECUTOR]
UNITS = ("adults", "children")
"""Departments as the order names them: each organisation has both, and its executors work in one and the other by turns."""
ANSWERS = (("adults",), ("children", "adults"), ("medical", "adults", "children"), ("medical",))
"""Who answers about what, by the subcategory's number: one department, two, some organisation; every third is a medical one."""

ABOVE_ALL = {
    "moderator": Role.MODERATOR,
    "operator": Role.INTAKE_OPERATOR,
    "curator": Role.CURATOR,
    "administrator": Role.ADMINISTRATOR,
    "portal": Role.INTAKE_OPERATOR,
    "publisher": Role.ADMINISTRATOR,
}
"""Who works in the root organisation; all but the moderator for what is below it too. Their numbers begin at 101."""

COMMON_WORD, RARE_WORD = "просим", "водолазы"
_ABOUT = (
    "запись к врачу|очередь в поликлинике|лекарства по рецепту|яма на дороге|автобус по расписанию|уличное освещение|"
    "вывоз мусора|горячая вода|отопление в квартире|детский сад|школьное питание|ремонт подъезда|пособие на ребёнка|"
    "справка из архива|парковка у больницы|бездомные собаки|скорая помощь|вакцинация детей|лифт в доме|снег на тротуаре"
).split("|")
_COMPLAINTS = (
    "третий день не могу дозвониться в регистратуру|на обращения никто не отвечает|обещали исправить и ничего не сделали|"
    "просим объяснить порядок и сроки|ждём ответа второй месяц|сотрудники направляют друг к другу|"
    "соседи писали об этом зимой|прилагаем фотографии и копию договора|нужна помощь пожилому человеку|"
    "надо проверить работу подрядчика"
).split("|")


@dataclass(frozen=True, slots=True)
class Size:
    """How large the region is. `people` work in its organisations, beside those of the root."""

    organisations: int = 100
    people: int = 1000
    messages: int = 200_000

    def numbers(self, role: Role) -> list[int]:
        """Of each place with this role the number before its people's: organisation `org7` has the seventh after it."""
        places = range(min(len(PLACES), self.people // self.organisations))
        return [FIRST_NUMBER + place * self.organisations for place in places if PLACES[place] is role]


def fill(owner: sa.Engine, keys: KeyRing, size: Size) -> None:
    """The region is in the record, which was empty but for what `migrate` leaves. `owner`: as the owner of the schema."""
    executors = size.numbers(Role.EXECUTOR)
    values = {
        "messages": size.messages,
        "organisations": size.organisations,
        "categories": CATEGORIES,
        "subcategories": SUBCATEGORIES,
        "texts": TEXTS,
        "names": NAMES,
        "operator": _above_all("operator"),
        "portal": _above_all("portal"),
        "executors": len(executors),
        "executor": executors,
        "coordinator": size.numbers(Role.COORDINATOR),
        "head": size.numbers(Role.HEAD),
        "rest": json.dumps(rest := case_rows.columns(_CASE)["rest"]),
        "draft": json.dumps(rest["draft"]),
    }
    with owner.begin() as connection:
        connection.execute(sa.insert(t.organisation), list(_organisations(size)))
        connection.execute(sa.insert(t.unit), list(_units(size)))
        connection.execute(sa.insert(t.category), list(_categories()))
        _people(connection, size)
        _annex(connection)
        _pools(connection, keys)
        for statement in Path(__file__).with_name("region.sql").read_text(encoding="utf-8").split(";\n")[:-1]:
            connection.execute(sa.text(statement), values)
        touch(connection)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_CASE = Case(
    id="",
    number="",
    stage=Stage.ENDORSEMENT,
    entry=3,
    entered_at=_THEN,
    received_at=_THEN,
    due_at=_THEN,
    stage_due_at=_THEN,
    plan=plan(timedelta(days=30), dict.fromkeys(TIMED_STAGES, 20), 1),
    organisation="org1",
    contact=Contact(portal=True, email=False),
    draft=Draft(DraftKind.ANSWER, 0, (), 0, "digest", answer_type=AnswerType.SOLVED),
)
"""What the rules need to know of each message, but for what is drawn."""


def _organisations(size: Size) -> Iterator[dict[str, Any]]:
    """`org0` is the root, a few bodies lie below it, the rest below those. `org1` is the busiest."""
    bodies = 1 + min(9, size.organisations // 4)
    yield {"id": "org0", "parent": None, "title": "Правительство области", "order_code": None}
    for number in range(1, size.organisations):
        parent = 0 if number <= bodies else 1 + number % bodies
        medical = None if number % 3 else "medical"
        yield {"id": f"org{number}", "parent": f"org{parent}", "title": f"Учреждение № {number}", "order_code": medical}


def _units(size: Size) -> Iterator[dict[str, Any]]:
    for number in range(1, size.organisations):
        for code in UNITS:
            yield {
                "id": f"org{number}.{code}",
                "organisation": f"org{number}",
                "title": f"Отдел {code}",
                "order_code": code,
            }


def _categories() -> Iterator[dict[str, Any]]:
    for top in range(CATEGORIES):
        yield {"code": f"c{top}", "parent": None, "title": f"Тема {top}", "days": None}
    for top in range(CATEGORIES):
        for number in range(SUBCATEGORIES):
            title, days = f"Тема {top}, вопрос {number}", None if number else 10
            yield {"code": f"c{top}.s{number}", "parent": f"c{top}", "title": title, "days": days}


def _people(connection: sa.Connection, size: Size) -> None:
    """The login is the role, the organisation's number and the place: `head-1-2`."""
    hashed = hash_password(PASSWORD)
    people, grants = [], []

    def add(number: int, login: str, role: Role, body: int, **more: Any) -> None:
        place = {"organisation": f"org{body}"}
        names = {"login": login, "name": _name(number), "password_hash": hashed}
        people.append(place | {"id": number, "unit": more.pop("unit", None)} | names)
        grants.append(place | {"person": number, "role": role.value, "subtree": False, "categories": []} | more)

    for login, role in ABOVE_ALL.items():
        add(_above_all(login), login, role, 0, subtree=role is not Role.MODERATOR)
    for number in range(size.people):
        place, body = divmod(number, size.organisations)
        role = PLACES[place % len(PLACES)]
        categories = ["c0"] if place == len(PLACES) - 1 else []
        unit = _unit(place, body) if role is Role.EXECUTOR and body else None
        add(FIRST_NUMBER + number, f"{role}-{body}-{place}", role, body, categories=categories, unit=unit)
    connection.execute(sa.insert(t.person), people)
    connection.execute(sa.insert(t.grant), grants)


def _unit(place: int, body: int) -> str:
    turn = EXECUTORS.index(place % len(PLACES)) % len(UNITS)
    return f"org{body}.{UNITS[turn]}"


def _annex(connection: sa.Connection) -> None:
    """The order says who answers about the region's categories: drawn up by one administrator, published by another."""
    writer, publisher = (_change(connection, login) for login in ("administrator", "publisher"))
    order = {
        "issuer": "Министерство",
        "order_number": "1",
        "signed_on": publishing.today(writer),
        "title": "Об ответах",
    }
    id_ = int(publishing.draw_up(writer, {"kind": annex_kinds.CATEGORIES, "act": "S0"} | order))
    publishing.rewrite(
        writer, id_, 1, lambda _, row: {"answerers": row.body["answerers"], "categories": _who_answers()}
    )
    today = publishing.today(writer)
    seen = annex_effects.preview(connection, annex_reading.row_of(connection, id_), today).seen
    publishing.publish(publisher, id_, publishing.Publication(2, today, seen, {}))


def _change(connection: sa.Connection, login: str) -> Change:
    at, person = moment(connection).now, _above_all(login)
    return Change(connection, person, at, scope_of(load_directory(connection), person, at))


def _who_answers() -> list[dict[str, Any]]:
    known = list(_categories())
    lines: dict[str, list[dict[str, Any]]] = {one["code"]: [] for one in known if one["parent"] is None}
    for one in known:
        if (above := one["parent"]) is not None:
            answers = ANSWERS[len(lines[above]) % len(ANSWERS)]
            lines[above].append({"code": one["code"], "title": one["title"], "responsible": list(answers)})
    return [
        {"code": one["code"], "title": one["title"], "subcategories": lines[one["code"]]}
        for one in known
        if one["parent"] is None
    ]


def _above_all(login: str) -> int:
    return 101 + list(ABOVE_ALL).index(login)


def _name(number: int) -> str:
    first = "Анна Борис Вера Глеб Дарья Егор Жанна Захар Инна Кирилл".split()
    return f"Сотрудников{number} {first[number % len(first)]}"


def _pools(connection: sa.Connection, keys: KeyRing) -> None:
    """Texts with their lemmas, and sealed names, from which messages take theirs."""
    draw = Random(20)  # noqa: S311  # the same region each time
    texts = [_text(number, draw) for number in range(TEXTS)]
    names = [keys.encrypt(f"Заявитель {number}", "message.applicant_name") for number in range(NAMES)]
    for create in (
        "pool_of_texts (words int, text text, search tsvector)",
        "pool_of_bands (words int, band bigint)",
        "pool_of_names (name int, sealed bytea)",
    ):
        connection.execute(sa.text(f"CREATE TEMP TABLE {create} ON COMMIT DROP"))
    connection.execute(
        sa.text("INSERT INTO pool_of_texts VALUES (:n, :text, to_tsvector('simple', :lemmas))"),
        [{"n": n, "text": text, "lemmas": lemmas(text)} for n, text in enumerate(texts)],
    )
    connection.execute(
        sa.text("INSERT INTO pool_of_bands VALUES (:n, :band)"),
        [{"n": n, "band": band} for n, text in enumerate(texts) for band in set(bands(text))],
    )
    connection.execute(
        sa.text("INSERT INTO pool_of_names VALUES (:n, :sealed)"),
        [{"n": n, "sealed": sealed} for n, sealed in enumerate(names)],
    )


def _text(number: int, draw: Random) -> str:
    """Some sentences; one text in a thousand has the rare word."""
    sentences = [draw.choice(_ABOUT), *draw.sample(_COMPLAINTS, 4), f"улица {number % 300}, дом {number % 90}"]
    if number % 1000 == 0:
        sentences.append(f"помогли {RARE_WORD}")
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)
