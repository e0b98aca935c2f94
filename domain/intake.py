"""A message arrives: its case, its term until it is accepted, and what the applicant is told. Source: S2, 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.case_parts import Contact
from domain.concerned import with_whom
from domain.notices import danger_suggested
from domain.rules.base import enter, letters
from domain.rules.danger import suggested
from domain.rules.first_reaction import whole_answer
from domain.terms import plan
from domain.verdict import Accepted, Fact, Notice, Refusal, World
from domain.vocabulary import Event, Flag, LetterKind, NoticeKind, PersonId, Stage


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the rules need to know of a new message. Instants are UTC."""

    id: str
    number: str
    received_at: datetime
    registered_at: datetime
    registered_by: PersonId
    contact: Contact
    category: str | None = None
    subcategory: str | None = None
    declared_organisation: str | None = None
    complained_of: str | None = None
    secret: bool = False
    danger: bool = False
    """Words of the text tell of danger to life."""
    flags: tuple[Flag, ...] = ()
    """What the text suggests beside."""


def check_arrival(arrival: Arrival, world: World) -> Refusal | None:
    """A refusal unless the instant of arrival is past and recent, and what was declared is known. Source: S2, 3.1."""
    back = world.day.days(world.regulation.settings.received_back_days)
    if arrival.received_at > arrival.registered_at:
        return Refusal("received_in_future", "Сообщение не может поступить в будущем.", "S2, 3.1", "received_at")
    if arrival.received_at < arrival.registered_at - back:
        days = world.regulation.settings.received_back_days
        return Refusal(
            "received_too_early", f"Сообщение поступило раньше чем {days} дней назад.", "S2, 3.1", "received_at"
        )
    if arrival.category and not _category_known(arrival, world):
        return Refusal("category_unknown", "Такой категории или подкатегории нет.", "S2, 3.1", "category")
    for name in ("declared_organisation", "complained_of"):
        if (code := getattr(arrival, name)) and code not in world.directory.organisations:
            return Refusal("organisation_unknown", "Такой организации нет.", "S2, 3.1", name)
    return None


def _category_known(arrival: Arrival, world: World) -> bool:
    known = world.directory.categories.get(arrival.category or "")
    if known is None or known.parent is not None or not known.active:
        return False
    return not arrival.subcategory or world.directory.is_subcategory(arrival.subcategory, arrival.category or "")


def register(arrival: Arrival, world: World) -> Accepted:
    """The case in moderation at the root organisation, with its first journal row and its letters. Source: S2, 3.1.

    Until it is accepted the term is that of the declared category, else the default, from `received_at`.
    """
    case, entry = enter(_arrived(arrival, world), Stage.MODERATION, arrival.received_at)
    if arrival.danger:
        case = suggested(case, arrival.registered_at, world)
    facts = (
        {
            "received_at": arrival.received_at.isoformat(),
            "due_at": case.due_at.isoformat(),
            "term_days": world.term_days(arrival.category, arrival.subcategory),
            "category": arrival.category,
            "subcategory": arrival.subcategory,
            "declared_organisation": arrival.declared_organisation,
            "complained_of": arrival.complained_of,
            "secret": arrival.secret,
            "danger": case.danger.value if case.danger else None,
        }
        | whole_answer(world.terms_of(case))
        | entry
    )
    return Accepted(
        case,
        (Fact(Event.MESSAGE_REGISTERED, arrival.registered_at, arrival.registered_by, facts),),
        tuple(Notice(person, NoticeKind.TASK_ARRIVED) for person in with_whom(case, arrival.registered_at, world))
        + danger_suggested(None, case, arrival.registered_at, world),
        letters(case, LetterKind.REGISTRATION),
    )


def _arrived(arrival: Arrival, world: World) -> Case:
    """The case before its first entry."""
    total = world.day.days(world.term_days(arrival.category, arrival.subcategory))
    due_at = arrival.received_at + total
    return Case(
        id=arrival.id,
        number=arrival.number,
        stage=Stage.MODERATION,
        entry=0,
        entered_at=arrival.received_at,
        received_at=arrival.received_at,
        due_at=due_at,
        stage_due_at=None,
        plan=plan(total, world.regulation.shares, world.regulation.settings.floor_percent),
        organisation=world.directory.root,
        contact=arrival.contact,
        declared_organisation=arrival.declared_organisation,
        category=arrival.category,
        subcategory=arrival.subcategory,
        complained_of=arrival.complained_of,
        secret=arrival.secret,
        # a message entered late is reminded of from now on, not for the days before it was known
        reminded_at=arrival.registered_at if due_at <= arrival.registered_at else None,
        flags_suggested=arrival.flags,
    )
