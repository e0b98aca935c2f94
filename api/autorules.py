"""Auto-rules (автоправила): written by an organisation's administrators, tried on past messages, switched on. S0-23; G-40."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from api.administration import WRITES, CodePath, kept_by, make, scope
from api.autorule_shapes import (
    ApplicationShown,
    DryRunShown,
    Mode,
    NewRule,
    RevisionShown,
    RuleFields,
    Rules,
    RuleShown,
    Switch,
    Trial,
    Turn,
)
from api.naming import in_names
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Resources, Shared
from domain.vocabulary import PersonId
from storage import autorule_changes, dry_runs
from storage import tables as t
from storage.queries import sees
from storage.reference import moment

router = APIRouter(prefix="/autorules", tags=["Автоправила"])

AT_ONCE_SECONDS = 1.0
"""So long a dry run goes on in the request that asked for it; what is left is done by the worker."""
APPLICATIONS = 100
FEWEST = 5
"""Fewer messages with some words are not counted to who may not open them all: the count would tell what one of them says."""
READS = (401, 403, 404, 422, 503)
_ADMINISTRATORS = "Автоправила ведёт администратор организации."

RuleNumber = Annotated[int, Path(ge=1, le=2**53)]
Organisation = Annotated[str, Query(max_length=63, pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]


@router.get("", responses=responses(*READS), summary="Автоправила организации")
def list_rules(shared: Shared, person: Person, organisation: Organisation) -> Rules:
    """In their order: for administrators of the organisation."""
    with shared.engine.connect() as connection:
        _require(shared, connection, person, organisation)
        rows = autorule_changes.of_organisations(connection, [organisation])
        query = sa.select(t.organisation.c.every_rule).where(t.organisation.c.id == organisation)
        every = connection.execute(query).scalar_one()
    return Rules(organisation=organisation, every=every, items=[_shown(row) for row in rows])


@router.post("", status_code=201, responses=responses(*WRITES), summary="Создать автоправило")
def create_rule(shared: Shared, person: Person, key: Key, body: NewRule) -> RuleShown:
    """Switched off, at the end of the organisation's."""
    made, _ = make(
        shared,
        person,
        key,
        "POST /autorules",
        body,
        lambda change: autorule_changes.create(change, body.organisation, body.content()),
    )
    return read_rule(shared, person, int(made))


@router.get("/{rule}", responses=responses(*READS), summary="Автоправило")
def read_rule(shared: Shared, person: Person, rule: RuleNumber) -> RuleShown:
    """Its latest revision."""
    with shared.engine.connect() as connection:
        return _shown(_rule(shared, connection, person, rule))


@router.put("/{rule}", responses=responses(*WRITES), summary="Новая редакция автоправила")
def revise_rule(shared: Shared, person: Person, key: Key, rule: RuleNumber, body: RuleFields) -> RuleShown:
    """The revision that is applied stays so until another one is switched on."""
    what = f"PUT /autorules/{rule}"
    make(shared, person, key, what, body, lambda change: autorule_changes.revise(change, rule, body.content()))
    return read_rule(shared, person, rule)


@router.get("/{rule}/revisions", responses=responses(*READS), summary="Редакции автоправила")
def list_revisions(shared: Shared, person: Person, rule: RuleNumber) -> list[RevisionShown]:
    """Latest first."""
    with shared.engine.connect() as connection:
        _rule(shared, connection, person, rule)
        rows = autorule_changes.revisions(connection, rule)
    return [RevisionShown(rule=RuleFields.of(dict(row)), **{name: row[name] for name in _REVISION}) for row in rows]


_REVISION = ("revision", "made_at", "made_by", "author", "tried")


@router.get("/{rule}/applications", responses=responses(*READS), summary="Применения автоправила")
def list_applications(shared: Shared, person: Person, rule: RuleNumber) -> list[ApplicationShown]:
    """The last hundred, latest first."""
    with shared.engine.connect() as connection:
        _rule(shared, connection, person, rule)
        rows = autorule_changes.applications(connection, rule, APPLICATIONS)
        shown = _seen(shared, connection, person, [row["case_id"] for row in rows])
        told = in_names(connection, (reason["detail"] for row in rows for reason in row["refused"].values()))
    return [
        ApplicationShown(
            message=row["case_id"] if row["case_id"] in shown else None,
            number=row["number"] if row["case_id"] in shown else None,
            at=row["at"],
            revision=row["revision"],
            done=row["done"],
            refused={kind: told[reason["detail"]] for kind, reason in row["refused"].items()},
        )
        for row in rows
    ]


@router.post("/{rule}/switch", responses=responses(*WRITES), summary="Включить или выключить автоправило")
def switch_rule(shared: Shared, person: Person, key: Key, rule: RuleNumber, body: Switch) -> RuleShown:
    """A revision is switched on after a dry run of exactly this one: 409 `dry_run_missing` else."""
    what = f"POST /autorules/{rule}/switch"
    make(shared, person, key, what, body, lambda change: autorule_changes.switch(change, rule, body.revision))
    return read_rule(shared, person, rule)


@router.post("/{rule}/place", responses=responses(*WRITES), summary="Порядок автоправил")
def move_rule(shared: Shared, person: Person, key: Key, rule: RuleNumber, body: Turn) -> RuleShown:
    """The rule is asked in this turn among the organisation's."""
    what = f"POST /autorules/{rule}/place"
    make(shared, person, key, what, body, lambda change: autorule_changes.move(change, rule, body.place))
    return read_rule(shared, person, rule)


@router.put("/organisations/{organisation}", responses=responses(*WRITES), summary="Первое подходящее или все")
def set_mode(shared: Shared, person: Person, key: Key, organisation: CodePath, body: Mode) -> Rules:
    """How the organisation's rules are applied."""
    what = f"PUT /autorules/organisations/{organisation}"
    make(shared, person, key, what, body, lambda change: autorule_changes.set_mode(change, organisation, body.every))
    return list_rules(shared, person, organisation)


@router.post("/{rule}/dry-runs", status_code=201, responses=responses(*WRITES), summary="Пробный прогон")
def try_rule(shared: Shared, person: Person, key: Key, rule: RuleNumber, body: Trial) -> DryRunShown:
    """Over the last 10,000 messages that came to the organisation; what takes longer than a second goes on afterwards."""
    what = f"POST /autorules/{rule}/dry-runs"
    run, _ = make(shared, person, key, what, body, lambda change: autorule_changes.try_out(change, rule, body.revision))
    dry_runs.advance(shared.engine, shared.reference, run, AT_ONCE_SECONDS)
    return read_dry_run(shared, person, UUID(run))


@router.get("/dry-runs/{run}", responses=responses(*READS), summary="Ход и итог пробного прогона")
def read_dry_run(shared: Shared, person: Person, run: UUID) -> DryRunShown:
    """What has been found so far."""
    with shared.engine.connect() as connection:
        row = dry_runs.read(connection, str(run))
        if row is None:
            raise not_found()
        _rule(shared, connection, person, row["rule"])
        return _told(shared, connection, person, row)


@router.get("/{rule}/dry-runs/{revision}", responses=responses(*READS), summary="Последний прогон редакции")
def last_dry_run(shared: Shared, person: Person, rule: RuleNumber, revision: RuleNumber) -> DryRunShown:
    """The latest of exactly this revision; 404 when there was none."""
    with shared.engine.connect() as connection:
        _rule(shared, connection, person, rule)
        row = dry_runs.last_of(connection, rule, revision)
        if row is None:
            raise not_found()
        return _told(shared, connection, person, row)


def _require(shared: Resources, connection: sa.Connection, person: PersonId, organisation: str) -> None:
    if not scope(shared, connection, person).covers(organisation):
        raise Problem(403, "action_forbidden", _ADMINISTRATORS)


def _rule(shared: Resources, connection: sa.Connection, person: PersonId, rule: int) -> sa.RowMapping:
    return kept_by(scope(shared, connection, person), autorule_changes.one(connection, rule), _ADMINISTRATORS)


def _shown(row: sa.RowMapping) -> RuleShown:
    names = ("id", "organisation", "place", "revision", "active_revision", "applied")
    known: dict[str, Any] = {name: row[name] for name in names}
    return RuleShown(changed_at=row["made_at"], rule=RuleFields.of(dict(row)), **known)


def _seen(shared: Resources, connection: sa.Connection, person: PersonId, messages: Iterable[str]) -> set[str]:
    """Those of the messages that the person may open: who keeps rules learns by them nothing of the others."""
    at = moment(connection)
    return {one for one in dict.fromkeys(messages) if sees(connection, shared.reference, at, one, person)}


def _told(shared: Resources, connection: sa.Connection, person: PersonId, row: sa.RowMapping) -> DryRunShown:
    found = row["found"]
    counts, examples = found.get("counts", {}), found.get("examples", {})
    shown = _seen(shared, connection, person, [one["id"] for kind in examples.values() for one in kind])
    unnamed = {"id": None, "number": None}
    told = in_names(connection, (detail for kind in examples.values() for one in kind for detail in one["refused"]))
    matched = sum(counts.values())
    few = bool(row["words"]) and matched < FEWEST and (not matched or len(shown) < matched)
    if few:
        counts, examples, found = {}, {}, {}
    return DryRunShown(
        **{name: row[name] for name in ("id", "rule", "revision", "asked_by", "asked_at", "total", "seen")},
        finished=row["finished_at"] is not None,
        few=few,
        matched=None if few else matched,
        counts=counts,
        effects=found.get("effects", {}),
        examples={
            kind: [
                one | {"refused": [told[detail] for detail in one["refused"]]} | ({} if one["id"] in shown else unnamed)
                for one in those
            ]
            for kind, those in examples.items()
        },
    )
