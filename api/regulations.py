"""`GET /regulations` and `GET /installation`: the rules in force, open to everybody. Source: S2, 1.2 д; S0-17; G-46."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

import regulations
from api.problems import not_found, responses
from api.resources import Resources, Shared
from domain.regulation import REAL_DAY_SECONDS, Ground, Regulation, Settings
from domain.words import length_in_words, shortened_notice
from storage import rulebook
from storage.engine import reading
from storage.reference import moment
from storage.rulebook import Revision

router = APIRouter(tags=["Регламенты"])


class RevisionShown(BaseModel):
    """Редакция регламента."""

    code: str = Field(examples=["S2"])
    revision: str = Field(examples=["2023-08-01"])
    title: str
    body: str = Field(description="кто издал", examples=["Министерство связи Донецкой Народной Республики"])
    number: str = Field(description="номер приказа", examples=["134"])
    signed_on: date
    valid_from: date = Field(description="с какого дня действует")
    in_force: bool = Field(description="по этой редакции начинают новые сообщения")
    hash: str = Field(description="SHA-256 канонического JSON: тот же у каждого, у кого та же редакция")


class RegulationsShown(BaseModel):
    """Все редакции, начиная с новых."""

    regulations: list[RevisionShown]


class Word(BaseModel):
    """Понятие, роль, тип ответа, правило или причина."""

    code: str
    title: str
    text: str
    clause: str


class StageShown(BaseModel):
    """Этап и его доля срока."""

    stage: str
    title: str
    share: int = Field(description="% срока")
    clause: str
    lengths: dict[str, str] = Field(description="сколько это из каждого срока", examples=[{"ordinary": "3 дня"}])


class TermShown(BaseModel):
    """Срок ответа."""

    code: str
    days: int
    title: str
    clause: str


class ClauseShown(BaseModel):
    """Пункт по перечню требований."""

    id: str = Field(examples=["S2-06"])
    kind: str
    source: str = Field(examples=["1.2 д"])
    title: str


class SettingShown(BaseModel):
    """Число, которое акт оставляет нам, с решением о нём."""

    name: str
    title: str
    value: Any
    clause: str


class RegulationShown(RevisionShown):
    """Регламент целиком, из записи базы."""

    stages: list[StageShown]
    terms: list[TermShown]
    roles: list[Word]
    definitions: list[Word]
    answer_types: list[Word]
    submission_rules: list[Word]
    decline_grounds: list[Word]
    absence_codes: list[Word]
    settings: list[SettingShown]
    clauses: list[ClauseShown]
    notes: list[Word]


class InstallationShown(BaseModel):
    """Свойства этой базы; `notice` показывают на каждом экране."""

    title: str = Field(description="чья это система", examples=["Министерство здравоохранения"])
    day_seconds: int = Field(description="сколько длятся сутки срока", examples=[86400])
    shortened: bool
    notice: str | None = Field(description="что должен знать каждый, кто видит экран")


@router.get("/regulations", responses=responses(503), summary="Действующие регламенты")
def list_regulations(shared: Shared) -> RegulationsShown:
    """Every revision that the record has."""
    with reading(shared.engine) as connection:
        found = rulebook.revisions(connection)
    return RegulationsShown(regulations=[RevisionShown(**_head(one, regulations.parse(one.body))) for one in found])


@router.get("/regulations/{code}", responses=responses(404, 422, 503), summary="Регламент целиком")
def read_regulation(
    shared: Shared,
    code: str,
    revision: Annotated[str | None, Query(max_length=63, description="по умолчанию действующая")] = None,
) -> RegulationShown:
    """The revision asked for, else the one in force, else the one that will be first."""
    with reading(shared.engine) as connection:
        known = rulebook.revisions(connection, code)
    if revision is not None:
        known = [one for one in known if one.revision == revision]
    if not known:
        raise not_found()
    found = next((one for one in known if one.in_force), known[-1])
    return _whole(found, regulations.parse(found.body))


@router.get("/installation", responses=responses(503), summary="Свойства базы")
def read_installation(shared: Shared) -> InstallationShown:
    """Whose it is, and whether its days are real."""
    with reading(shared.engine) as connection:
        found = rulebook.installation(connection)
    return InstallationShown(
        title=found.title,
        day_seconds=found.day_seconds,
        shortened=found.day_seconds != REAL_DAY_SECONDS,
        notice=shortened_notice(found.day_seconds),
    )


def _head(found: Revision, act: Regulation) -> dict[str, Any]:
    return {
        "code": found.code,
        "revision": found.revision,
        "title": act.order.title,
        "body": act.order.body,
        "number": act.order.number,
        "signed_on": act.order.signed_on,
        "valid_from": found.valid_from,
        "in_force": found.in_force,
        "hash": found.hash,
    }


def _whole(found: Revision, act: Regulation) -> RegulationShown:
    return RegulationShown(
        **_head(found, act),
        stages=[
            StageShown(
                stage=rule.stage,
                title=rule.title,
                share=rule.share,
                clause=rule.clause,
                lengths={term.code: length_in_words(term.days * 864 * rule.share) for term in act.terms},
            )
            for rule in act.stages
        ],
        terms=[TermShown(code=one.code, days=one.days, title=one.title, clause=one.clause) for one in act.terms],
        roles=words(act.roles),
        definitions=words(act.definitions),
        answer_types=words(act.answer_types),
        submission_rules=words(act.submission_rules),
        decline_grounds=words(act.decline_grounds),
        absence_codes=words(act.absence_codes),
        settings=[
            SettingShown(name=name, title=title, value=getattr(act.settings, name), clause=act.settings.clauses[name])
            for name, title in act.settings.titles.items()
        ],
        clauses=[ClauseShown(id=one.id, kind=one.kind, source=one.source, title=one.title) for one in act.clauses],
        notes=words(act.notes),
    )


def words(grounds: tuple[Ground, ...]) -> list[Word]:
    """What the act says, as people read it."""
    return [Word(code=one.code, title=one.title, text=one.text, clause=one.clause) for one in grounds]


def settings_in_force(shared: Resources) -> Settings:
    """The numbers that a message of today is considered by."""
    with reading(shared.engine) as connection:
        return shared.reference.settings(connection, moment(connection))
