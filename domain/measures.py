"""What an order asks to be done about itself: published, read by heads, put into job regulations. Source: S0, 3, 5–7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.directory import Directory
from domain.vocabulary import PersonId, Role


class MeasureKind(StrEnum):
    """What a measure is."""

    PUBLISH = "publish"
    """The order is put on the site."""
    REGISTER = "register"
    """The order is registered with the Ministry of Justice."""
    ACQUAINT = "acquaint"
    """The order is brought to heads, each of whom says «ознакомлен»."""
    JOB_REGULATIONS = "job_regulations"
    """Job regulations of those who work with messages are amended."""
    ACCESS = "access"
    """People get their accounts and roles."""
    TRAIN = "train"
    SESSION = "session"
    """A strategic session with heads of subordinate institutions is held."""
    OTHER_MEASURE = "other_measure"


MEASURES: Mapping[MeasureKind, str] = MappingProxyType(
    {
        MeasureKind.PUBLISH: "размещение приказа на сайте",
        MeasureKind.REGISTER: "государственная регистрация приказа",
        MeasureKind.ACQUAINT: "ознакомление руководителей",
        MeasureKind.JOB_REGULATIONS: "изменение должностных регламентов",
        MeasureKind.ACCESS: "доступ и роли сотрудников",
        MeasureKind.TRAIN: "обучение",
        MeasureKind.SESSION: "стратегическая сессия",
        MeasureKind.OTHER_MEASURE: "другая мера",
    }
)


REMIND_DAYS = 3
"""Days before its last one on which a measure that is not done is recalled."""


class Tell(StrEnum):
    """What people are told of a measure that is not done."""

    GIVEN = "given"
    """It is theirs to do, or to read the order for it."""
    SOON = "soon"
    OVERDUE = "overdue"
    CONTROL = "control"
    """To whoever controls the order: it is overdue."""


def to_tell(due_on: date, today: date) -> Tell:
    """What whoever does it must know by now."""
    if due_on < today:
        return Tell.OVERDUE
    return Tell.SOON if due_on - today <= timedelta(days=REMIND_DAYS) else Tell.GIVEN


def reminder_of(due_on: date, today: date, every_days: int) -> int:
    """How often it has been recalled by now that the measure is overdue: 0 on the first days after its last one."""
    return max(0, (today - due_on).days - 1) // every_days


def heads_of(directory: Directory, organisation: str, at: datetime) -> tuple[PersonId, ...]:
    """Who leads the organisation, by staff number: its heads for everything; where there are none, those for some categories.

    A head of what is above, or of a unit, leads something else.
    """
    found = [
        grant
        for grant in directory.grants_over(Role.HEAD, organisation)
        if grant.is_valid(at)
        and grant.organisation == organisation
        and grant.unit is None
        and directory.people[grant.person].active
    ]
    for_everything = [grant for grant in found if not grant.categories]
    return tuple(sorted({grant.person for grant in for_everything or found}))


def readers_in(directory: Directory, organisations: Iterable[str], at: datetime) -> dict[PersonId, str]:
    """Who must read an order that is brought to these organisations: their heads, each once, with where he is head."""
    found: dict[PersonId, str] = {}
    for organisation in organisations:
        for person in heads_of(directory, organisation, at):
            found.setdefault(person, organisation)
    return found


def led_by(directory: Directory, person: PersonId, at: datetime) -> list[str]:
    """The organisations that the person leads, by id."""
    mine = {grant.organisation for grant in directory.grants_of(person) if grant.role is Role.HEAD}
    return sorted(one for one in mine if one in directory.organisations and person in heads_of(directory, one, at))
