"""One case as a person may see it: the whole, the whole without contact data, or the part of a former time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from domain.case import Case
from domain.concerned import place_of
from domain.directory import Directory
from domain.verdict import World
from domain.vocabulary import Action, PersonId, Role
from storage import access, attachments, card_versions, cases, former, journal, satisfaction
from storage import tables as t
from storage.access import Opened
from storage.answer_templates import locked_words_missing
from storage.attachments import Attachment
from storage.decided import last_written, whole
from storage.files import download_name
from storage.identities import identified
from storage.personal import masked
from storage.queries import sees
from storage.reference import Reference, Titles, moment
from storage.sight import Sight, sight_of
from storage.uploads import is_inside, reads_evidence
from storage.viewer import Viewer

CONTACTS = ("inn", "contact_person", "email", "phone", "address", "snils", "portal_account")
"""The columns of the applicant that are opened for themselves. They are not even deciphered for a card."""

_NAMES = ("applicant_name", "concerned_name", "concerned_basis", "complained_of_title")
_MESSAGE = [column for column in t.message.c if column.name not in {*CONTACTS, "digest_key", "search"}]
_KNOWN = sa.func.array_remove(array([sa.case((t.message.c[name].is_not(None), name)) for name in CONTACTS]), None)


@dataclass(frozen=True, slots=True)
class Card:
    """A case with what belongs to it, already cut down to what the viewer may see.

    `case`: of who took part only formerly, its correctable values as they stood when his part ended. `inside`: whether he
    works on the answer. `rows`: the journal, or his part of it. `message`: with `contacts`, the names of those that were given;
    without names, contacts and identifiers in the text unless he has full sight.
    """

    case: Case
    world: World
    viewer: Viewer
    sight: Sight
    inside: bool
    regulation: str
    message: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    answers: tuple[Mapping[str, Any], ...]
    letters: tuple[Mapping[str, Any], ...]
    files: Mapping[str, Attachment]
    redirect: Mapping[str, Any]
    titles: Titles
    ratings: tuple[Mapping[str, Any], ...] = ()
    """What the applicant said of the answers; his words without identifiers unless the viewer has full sight."""
    opened_at: datetime | None = None
    """When somebody of the organisation with which it lies first opened it there; of a case under the one-day rule."""

    heard: bool = False
    """Whether the viewer has lately made sure in a call that it is the caller's: he may write down what that one says."""

    @property
    def at(self) -> datetime:
        """When the card was read."""
        return self.viewer.at

    def people(self) -> set[PersonId]:
        """Everybody whom the card names."""
        case, draft = self.case, self.case.draft
        named = (case.holder.person, case.acting_for, case.executor, case.coordinator, case.complained_of_person)
        found = {*named, *(answer["author"] for answer in self.answers)}
        if draft is not None:
            found |= {draft.author, draft.approver, *draft.endorsers}
        return {person for person in found if person is not None}


def opened(connection: sa.Connection, reference: Reference, case_id: str, person: PersonId) -> Card | None:
    """The card, or None when there is none that the person may see. That he opened it is in the record."""
    card = find(connection, reference, case_id, person)
    if card is not None:
        access.note(connection, Opened.CARD, card.case, person, card.world, card.at)
    return card


@dataclass(frozen=True, slots=True)
class Contacts:
    """How the applicant is reached, by column, and how he was: the values before each decision that replaced them."""

    present: Mapping[str, str | None]
    former: Mapping[str, Mapping[str, str | None]]


def contacts(connection: sa.Connection, card: Card) -> Contacts:
    """The contacts of a card of full sight. That the viewer opened them is in the record."""
    if card.sight is not Sight.FULL:
        raise PermissionError("contacts are for full sight")
    access.note(connection, Opened.CONTACTS, card.case, card.viewer.person, card.world, card.at)
    columns = [t.message.c[name] for name in CONTACTS]
    row = connection.execute(sa.select(*columns).where(t.message.c.id == card.case.id)).mappings().one()
    return Contacts(dict(row), card_versions.contacts(connection, card.case.id))


def find(connection: sa.Connection, reference: Reference, case_id: str, person: PersonId) -> Card | None:
    """The card, or None when there is none that the person may see."""
    at = moment(connection)
    directory = reference.directory(connection, at)
    record = cases.read(connection, case_id) if sees(connection, reference, at, case_id, person) else None
    if record is None:
        return None
    viewer = Viewer(person, directory, at.now, at.day)
    query = sa.select(*_MESSAGE, _KNOWN.label("contacts")).where(t.message.c.id == case_id)
    message = dict(connection.execute(query).mappings().one())
    sight = sight_of(record.case, message["created_by"], person, directory, at.now)
    rows: tuple[Mapping[str, Any], ...] = tuple(dict(row) for row in journal.of_case(connection, case_id))
    case = record.case
    if sight is Sight.FORMER:
        case, message, rows = _part(connection, case, message, rows, viewer)
    inside = sight is not Sight.FORMER and is_inside(case, person, directory, at.now)
    return Card(
        case=case,
        world=reference.world(connection, at, record.regulation, record.revision),
        viewer=viewer,
        sight=sight,
        inside=inside,
        regulation=record.regulation,
        message=_message(message, sight),
        rows=rows,
        answers=_answers(connection, case, rows, viewer, sight, inside),
        letters=() if sight is Sight.FORMER else _letters(connection, case_id),
        files=_files(connection, case, sight, person),
        redirect=last_written(connection, case.id, Action.PROPOSE_REDIRECT) if inside and case.draft else {},
        titles=reference.titles(connection, at),
        ratings=_ratings(connection, case, sight),
        opened_at=_first_opened(connection, case),
        heard=_takes_in(directory, person) and not case.considered and identified(connection, person, case_id),
    )


def _takes_in(directory: Directory, person: PersonId) -> bool:
    return any(grant.role is Role.INTAKE_OPERATOR for grant in directory.grants_of(person))


def _ratings(connection: sa.Connection, case: Case, sight: Sight) -> tuple[Mapping[str, Any], ...]:
    """Read only where there may be some: an answer was rated, or the present one is that of a repeat."""
    if sight is Sight.FORMER or (case.rated is None and case.repeat is None):
        return ()
    found = satisfaction.of_case(connection, case.id)
    if sight is Sight.FULL:
        return tuple(found)
    hidden = ("words", "missing")
    return tuple({**one, **{name: masked(one[name]) if one[name] else None for name in hidden}} for one in found)


def _first_opened(connection: sa.Connection, case: Case) -> datetime | None:
    clock = case.first_reaction
    return None if clock is None or clock.due_at is None else access.first_opened(connection, case, clock.arrived_at)


def _part(
    connection: sa.Connection,
    case: Case,
    message: dict[str, Any],
    rows: tuple[Mapping[str, Any], ...],
    viewer: Viewer,
) -> tuple[Case, dict[str, Any], tuple[Mapping[str, Any], ...]]:
    """Case, message and journal for who took part only formerly: as they stood, and his part."""
    part = former.part_of(rows, place_of(case), case.sent_away, viewer)
    location = former.place_as_it_stood(rows, part, card_versions.places(connection, case.id), message["location"])
    return replace(case, **former.as_it_stood(rows, part)), message | {"location": location}, part


def names(connection: sa.Connection, people: Iterable[PersonId]) -> dict[PersonId, str]:
    """The names of these people."""
    query = sa.select(t.person.c.id, t.person.c.name).where(t.person.c.id.in_(list(people)))
    return {row.id: row.name for row in connection.execute(query)}


def parameters_of(connection: sa.Connection, case_id: str) -> dict[str, Mapping[str, Any]]:
    """What people wrote with their accepted decisions, by decision."""
    query = sa.select(t.decision.c.id, t.decision.c.parameters, t.decision.c.sealed).where(
        t.decision.c.case_id == case_id, t.decision.c.verdict == "accepted"
    )
    return {row.id: whole(row) for row in connection.execute(query)}


def _message(row: Mapping[str, Any], sight: Sight) -> Mapping[str, Any]:
    if sight is Sight.FULL:
        return row
    hidden: dict[str, Any] = dict.fromkeys(_NAMES) | {"contacts": []}
    hidden |= {name: masked(row[name]) for name in ("text", "location") if row[name] is not None}
    return {**row, **hidden}


def _files(connection: sa.Connection, case: Case, sight: Sight, person: PersonId) -> dict[str, Attachment]:
    """The files by id. People put names into the names of what they send: those are for who may read the files."""
    hidden = set() if reads_evidence(case, sight, person) else {"message"}
    return {
        file.id: replace(file, name=download_name("", file.media_type)) if file.role in hidden else file
        for file in attachments.of_case(connection, case.id)
    }


def _answers(
    connection: sa.Connection,
    case: Case,
    rows: Collection[Mapping[str, Any]],
    viewer: Viewer,
    sight: Sight,
    inside: bool,
) -> tuple[Mapping[str, Any], ...]:
    """Versions of answers: all for who works on them, the approved for who sees the case.

    For a former participant those of his time: the approved, and the drafts of which he was. Comments are for who works.
    """
    query = (
        sa.select(t.answer_version).where(t.answer_version.c.case_id == case.id).order_by(t.answer_version.c.version)
    )
    found = [dict(row) | {"made_of": None} for row in connection.execute(query).mappings()]
    if inside:
        return tuple(one | {"made_of": locked_words_missing(connection, one["template"], one["text"])} for one in found)
    shown = {answer["decision"] for answer in found if answer["approved_at"]}
    if sight is Sight.FORMER:
        shown &= {row["decision"] for row in rows}
        shown |= former.drafts_of(rows, case.category, case.subcategory, viewer)
    return tuple(answer | {"comment": None, "comment_files": []} for answer in found if answer["decision"] in shown)


def _letters(connection: sa.Connection, case_id: str) -> tuple[Mapping[str, Any], ...]:
    """The letters without their recipients."""
    columns = "id decision kind way state created_at doubtful settled_at failure task_due_at".split()
    query = (
        sa.select(*(t.letter.c[name] for name in columns))
        .where(t.letter.c.case_id == case_id)
        .order_by(t.letter.c.created_at, t.letter.c.id)
    )
    return tuple(dict(row) for row in connection.execute(query).mappings())


def is_curator(card: Card) -> bool:
    """Whether the viewer oversees the place where the case lies."""
    return card.viewer.directory.may(card.viewer.person, Role.CURATOR, place_of(card.case), card.at)
