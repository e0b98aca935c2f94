"""The sections of the staff workplace: one predicate each, for the list and for its counter alike. Source: S3, 5.1–5.3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from domain.titles import STAGES
from domain.vocabulary import TIMED_STAGES, Role, Stage
from storage import errands
from storage import tables as t
from storage.conditions import (
    Condition,
    about,
    addressed_in_moderation,
    asked_of,
    asked_of_pool,
    covered,
    has_task,
    in_force,
    works,
)
from storage.letters import handover_due_at
from storage.viewer import Viewer

case = t.message_case


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its title, whose it is, and which cases are in it. Each of them the person may see.

    `holds`: the ways in which a case comes to be in it. Several where one index cannot answer them together.
    """

    code: str
    title: str
    roles: frozenset[Role]
    holds: Callable[[Viewer], list[Condition]]
    newest_first: bool = False
    answered: bool = False
    """Whether all of it has its decision."""
    due: sa.ColumnElement[datetime] | None = None
    """What is due here, and first shown, instead of the answer."""
    group: str | None = None
    """The heading under which the menu shows it together with others."""
    rare: bool = False
    """Whether the menu leaves it out while nothing is in it."""


def sections_of(viewer: Viewer) -> tuple[Section, ...]:
    """The sections of the person's roles, in the order of the menu."""
    return tuple(section for section in SECTIONS if section.roles & viewer.roles)


_OPEN = case.c.closed_at.is_(None)

_SINGLE = case.c.linked_to.is_(None)

_UNANSWERED = sa.and_(_OPEN, case.c.outcome.is_(None))


def _at(*stages: Stage) -> Condition:
    return sa.and_(_OPEN, case.c.stage.in_([stage.value for stage in stages]))


def _held(viewer: Viewer, stage: Stage) -> Condition:
    return sa.and_(_at(stage), case.c.holder == viewer.person)


def _watched(viewer: Viewer) -> Condition:
    """Unanswered cases that lie with the person, or that he answers for."""
    return sa.and_(
        _UNANSWERED,
        sa.or_(
            case.c.holder == viewer.person,
            case.c.executor == viewer.person,
            sa.and_(viewer.over(Role.COORDINATOR), case.c.stage != Stage.MODERATION.value),
            viewer.over(Role.CURATOR),
            sa.and_(viewer.over(Role.MODERATOR), case.c.stage == Stage.MODERATION.value),
        ),
    )


def due_soon(viewer: Viewer) -> Condition:
    """The stage is due within a day, or its warning has been given."""
    warned = sa.or_(case.c.rest["warned"].as_boolean(), sa.func.jsonb_array_length(case.c.rest["warned_people"]) > 0)
    soon = sa.or_(case.c.stage_due_at <= viewer.at + viewer.day.days(1), warned)
    return sa.and_(case.c.stage_due_at > viewer.at, soon)


def overdue(viewer: Viewer) -> Condition:
    """The answer was due."""
    return case.c.due_at <= viewer.at


def _due_soon(viewer: Viewer) -> list[Condition]:
    return [sa.and_(_watched(viewer), due_soon(viewer))]


def _due_today(viewer: Viewer) -> list[Condition]:
    return [sa.and_(_watched(viewer), case.c.due_at > viewer.at, case.c.due_at <= viewer.day_ends_at())]


def _overdue(viewer: Viewer) -> list[Condition]:
    return [sa.and_(_watched(viewer), overdue(viewer))]


def _overseen(viewer: Viewer, stage: Stage) -> list[Condition]:
    """What a curator oversees at the stage; in moderation also what an applicant addressed to him. Source: S3-71, S3-72."""
    found = [sa.and_(way, _at(stage)) for way in viewer.over_each(Role.CURATOR)]
    if stage is not Stage.MODERATION:
        return found
    return found + [
        sa.and_(addressed_in_moderation(grant, viewer.directory), about(grant))
        for grant in in_force(viewer.directory.grants_of(viewer.person), viewer.at)
        if grant.role is Role.CURATOR
    ]


def _finished(viewer: Viewer) -> list[Condition]:
    """What the person answered where he still is an executor, and all that lies where he coordinates or oversees."""
    grants = in_force(viewer.directory.grants_of(viewer.person), viewer.at)
    places = sa.or_(sa.false(), *(works(one, viewer.directory) for one in grants if one.role is Role.EXECUTOR))
    answered = sa.and_(case.c.executor == viewer.person, places)
    ways = [answered, *viewer.over_each(Role.COORDINATOR, Role.CURATOR)]
    return [sa.and_(case.c.outcome.is_not(None), way) for way in ways]


def _withdrawn(viewer: Viewer) -> list[Condition]:
    """What its applicant has withdrawn, for those who decide on that."""
    return [sa.and_(_watched(viewer), case.c.withdrawal_at.is_not(None))]


def _left(viewer: Viewer) -> list[Condition]:
    """Open work that lies with those who answer no more by the order in force: somebody must hand it on."""
    directory = viewer.directory
    units = {unit for one in directory.successions for unit in one.units}
    organisations = {organisation for one in directory.successions for organisation in one.organisations}
    if not (units or organisations):
        return [sa.false()]
    answers = sa.func.coalesce(case.c.unit, "").in_(sorted(directory.answering_units))
    there = sa.or_(
        case.c.unit.in_(sorted(units)), sa.and_(case.c.organisation.in_(sorted(organisations)), sa.not_(answers))
    )
    return [sa.and_(viewer.over(Role.COORDINATOR), _at(Stage.COORDINATION, Stage.EXECUTION), _SINGLE, there)]


def _registered(viewer: Viewer) -> list[Condition]:
    return [sa.and_(_OPEN, case.c.created_by == viewer.person)]


_ASKED_TOGETHER = frozenset({Role.INTAKE_OPERATOR, Role.MODERATOR, Role.COORDINATOR, Role.HEAD})


def _errands(viewer: Viewer) -> list[Condition]:
    """What the person is asked for by name, and together with everybody of his roles; never what a message on himself asks."""
    pools = [
        sa.and_(covered(grant, viewer.directory), asked_of_pool(grant.role, viewer.person))
        for grant in in_force(viewer.directory.grants_of(viewer.person), viewer.at)
        if grant.role in _ASKED_TOGETHER
    ]
    return [asked_of(viewer.person), *pools]


_EVERYBODY = frozenset({Role.MODERATOR, Role.COORDINATOR, Role.EXECUTOR, Role.HEAD, Role.CURATOR})

_EXECUTORS = frozenset({Role.EXECUTOR, Role.COORDINATOR})  # a coordinator may take a message himself (S2, 3.2 б)

_OVERSEERS = frozenset({Role.COORDINATOR, Role.CURATOR})

_PREPARED = "Подготовленные ответы"

SECTIONS: tuple[Section, ...] = (
    Section(
        "moderation",
        "На модерации",
        frozenset({Role.MODERATOR}),
        lambda viewer: [sa.and_(viewer.over(Role.MODERATOR), _at(Stage.MODERATION))],
    ),
    Section(
        "new",
        "Новые",
        frozenset({Role.COORDINATOR}),
        lambda viewer: [sa.and_(viewer.over(Role.COORDINATOR), _at(Stage.COORDINATION), ~case.c.returned, _SINGLE)],
    ),
    Section(
        "assigned",
        "Назначенные мне",
        frozenset({Role.EXECUTOR}),
        lambda viewer: [sa.and_(_held(viewer, Stage.EXECUTION), ~case.c.started)],
    ),
    Section(
        "in_work",
        "В работе",
        _EXECUTORS,
        lambda viewer: [sa.and_(_held(viewer, Stage.EXECUTION), case.c.started, ~case.c.returned)],
    ),
    Section(
        "returned",
        "Возвращённые руководителем",
        _EXECUTORS,
        lambda viewer: [
            sa.and_(_held(viewer, Stage.EXECUTION), case.c.returned),
            sa.and_(viewer.over(Role.COORDINATOR), _at(Stage.COORDINATION), case.c.returned),
        ],
    ),
    Section(
        "endorsement",
        "На согласовании",
        frozenset({Role.HEAD}),
        lambda viewer: [_held(viewer, Stage.ENDORSEMENT)],
    ),
    Section(
        "approval",
        "На утверждении",
        frozenset({Role.HEAD}),
        lambda viewer: [_held(viewer, Stage.APPROVAL)],
    ),
    Section(
        "prepared",
        "Из организации",
        frozenset({Role.HEAD}),
        lambda viewer: [_held(viewer, Stage.ENDORSEMENT), _held(viewer, Stage.APPROVAL)],
        group=_PREPARED,
    ),
    Section(
        "sent_on",
        "Мои, у руководителя",
        _EXECUTORS,
        lambda viewer: [sa.and_(case.c.executor == viewer.person, _at(Stage.ENDORSEMENT, Stage.APPROVAL))],
        group=_PREPARED,
    ),
    Section(
        "in_unit",
        "В подразделении на рассмотрении",
        _OVERSEERS,
        lambda viewer: [sa.and_(viewer.over(*_OVERSEERS), _at(Stage.EXECUTION, Stage.ENDORSEMENT, Stage.APPROVAL))],
    ),
    Section(
        "postponed",
        "Отложенные",
        _EXECUTORS | _OVERSEERS,
        lambda viewer: [sa.and_(_watched(viewer), case.c.postponed_until.is_not(None))],
    ),
    *(
        Section(
            f"stage_{stage.value}",
            title,
            frozenset({Role.CURATOR}),
            partial(_overseen, stage=stage),
            group="По этапам",
        )
        for stage, title in STAGES.items()
        if stage in TIMED_STAGES  # the others are answered: among the finished
    ),
    Section(
        "linked",
        "Ждут ответа по другому",
        frozenset({Role.COORDINATOR}),
        lambda viewer: [sa.and_(viewer.over(Role.COORDINATOR), _UNANSWERED, case.c.linked_to.is_not(None))],
    ),
    Section("left", "Подразделение упразднено", frozenset({Role.COORDINATOR}), _left, rare=True),
    Section("withdrawal", "Отзывают: решите", frozenset({Role.MODERATOR, Role.COORDINATOR, Role.EXECUTOR}), _withdrawn),
    Section("due_soon", "Наступает срок", _EVERYBODY, _due_soon),
    Section("due_today", "Наступил срок ответа", _EVERYBODY, _due_today),
    Section("overdue", "Не выполнено в срок", _EVERYBODY, _overdue),
    Section("errands", "Поручения мне", frozenset(Role) - {Role.ADMINISTRATOR}, _errands, due=errands.due_at()),
    Section(
        "handover",
        "Передать ответ",
        frozenset({Role.INTAKE_OPERATOR}),
        lambda viewer: [sa.and_(viewer.over(Role.INTAKE_OPERATOR), has_task())],
        due=handover_due_at(),
    ),
    Section("registered", "Принятые мной", frozenset({Role.INTAKE_OPERATOR}), _registered, newest_first=True),
    Section("finished", "Завершённые", _EXECUTORS | _OVERSEERS, _finished, newest_first=True, answered=True),
)
"""The menu. The same table is behind `GET /sections` and `GET /messages?section=`."""
