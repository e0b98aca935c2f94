"""Reference data as the rules see it, kept in memory until its version rises.

Every change of organisations, units, people, grants, categories, annexes or calendar raises
`installation.reference_version` in the same transaction; a judgement reads that number first, so it never uses a person's
rights of yesterday. A published annex comes into force at a midnight without any change: the directory is kept until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import regulations
from domain.calendar import Calendar
from domain.directory import Directory, Grant
from domain.directory_records import Absence, Category, Organisation, Person, Unit
from domain.regulation import DayLength, Regulation, Settings
from domain.structure import Structure
from domain.verdict import World
from domain.vocabulary import AbsenceCode, OneDay, PersonId, Role
from storage import annexes, autorules, category_names, structures
from storage import tables as t
from storage.autorules import Lines
from storage.category_names import Names

REGULATION = "S2"
"""By which the messages of the platform are considered."""

_ALL_REGIONS = "RU"


@dataclass(frozen=True, slots=True)
class Moment:
    """What one look at the installation row tells: the clock, and which reference data are in force."""

    now: datetime
    reference_version: int
    day: DayLength


MOMENT = (sa.func.otklik_now().label("now"), t.installation.c.reference_version, t.installation.c.day_seconds)
"""What `moment_of` reads, for a question that wants to know it besides."""
_MOMENT = sa.select(*MOMENT)


def moment(connection: sa.Connection) -> Moment:
    """The clock and the versions, in one statement. Take the case's lock first when the instant dates something."""
    return moment_of(connection.execute(_MOMENT).one())


def moment_of(row: sa.Row[*tuple[Any, ...]]) -> Moment:
    """The same of a row that holds `MOMENT`."""
    return Moment(row.now, row.reference_version, DayLength(row.day_seconds))


_IN_FORCE = sa.select(t.installation.c.reference_version).with_for_update(read=True, skip_locked=True)


def stays_in_force(connection: sa.Connection, at: Moment) -> bool:
    """Whether the reference data of the moment are those of now, and nobody changes them before this transaction ends.

    It waits for nobody: not so, too, while somebody is changing them.
    """
    return connection.execute(_IN_FORCE).scalar_one_or_none() == at.reference_version


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of organisations, units and categories by their codes; what renamed ones of these were called since when."""

    organisations: Mapping[str, str]
    units: Mapping[str, str]
    categories: Mapping[str, str]
    names: Names = field(default_factory=dict)

    def called_then(self, code: str | None, at: datetime) -> str | None:
        """What the category or subcategory was called at the instant, if it is called otherwise now."""
        names = self.names.get(code or "", ())
        then = next((title for since, title in reversed(names) if since <= at), names[0][1] if names else None)
        return then if then != self.categories.get(code or "") else None


class Reference:
    """The latest directory and titles, and the regulations, of a process. Thread-safe; holds no connection."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._directory: tuple[int, datetime, Directory] | None = None
        self._titles: tuple[int, Titles] | None = None
        self._lines: tuple[int, Lines] | None = None
        self.derived: dict[tuple[str, PersonId, int], Any] = {}
        """What readers made of a directory, by its version, and want to keep as long as it is in force."""
        self._regulations: dict[tuple[str, str], Regulation] = {}

    def world(self, connection: sa.Connection, at: Moment, regulation: str, revision: str) -> World:
        """What a judgement at this moment may look at."""
        return World(self.directory(connection, at), self.regulation(connection, regulation, revision), at.day)

    def directory(self, connection: sa.Connection, at: Moment) -> Directory:
        """The directory of the moment: of its reference version and the annexes in force.

        Not for the transaction of a change, which has the new version already and not yet all that is new: its own scope knows it.
        """
        known = self._directory
        if known is not None and known[0] == at.reference_version and at.now < known[1]:
            return known[2]
        until, loaded = _loaded(connection, at.now)
        with self._lock:
            self._directory = (at.reference_version, until, loaded)
            self.derived = {}
        return loaded

    def titles(self, connection: sa.Connection, at: Moment) -> Titles:
        """All titles of the moment's reference version."""
        known = self._titles
        if known is None or known[0] != at.reference_version:
            known = self._titles = at.reference_version, load_titles(connection)
        return known[1]

    def lines(self, connection: sa.Connection, at: Moment) -> Lines:
        """The auto-rules of the moment's reference version."""
        known = self._lines
        if known is None or known[0] != at.reference_version:
            known = self._lines = at.reference_version, autorules.lines(connection)
        return known[1]

    def regulation(self, connection: sa.Connection, code: str, revision: str) -> Regulation:
        """A published revision; it never changes, so it is read once. Raises LookupError for an unknown one."""
        known = self._regulations.get((code, revision))
        if known is not None:
            return known
        table = t.regulation_revision
        body = connection.execute(
            sa.select(table.c.body).where(table.c.code == code, table.c.revision == revision)
        ).scalar_one_or_none()
        if body is None:
            raise LookupError(f"regulation {code} has no revision {revision}")
        parsed = regulations.parse(body)
        self._regulations[code, revision] = parsed
        return parsed

    def settings(self, connection: sa.Connection, at: Moment) -> Settings:
        """The settings in force, for what belongs to no message."""
        today = at.now.astimezone(annexes.root_zone(connection)).date()
        return self.regulation(connection, REGULATION, latest_revision(connection, REGULATION, today)).settings


def latest_revision(connection: sa.Connection, code: str, on: date) -> str:
    """The revision in force on a local date: the latest that was not taken back. Raises LookupError when there is none."""
    table = t.regulation_revision
    found = connection.execute(
        sa.select(table.c.revision)
        .where(table.c.code == code, table.c.valid_from <= on, annexes.not_taken_back(table))
        .order_by(table.c.valid_from.desc(), table.c.published_at.desc(), table.c.revision.desc())
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise LookupError(f"no revision of {code} is in force on {on}")
    return str(found)


def touch(connection: sa.Connection) -> None:
    """Reference data have changed: everybody reads them anew. Call it in the transaction of the change."""
    connection.execute(sa.update(t.installation).values(reference_version=t.installation.c.reference_version + 1))


_GRANTS = (
    sa.select(t.grant)
    .join(t.organisation, t.organisation.c.id == t.grant.c.organisation)
    .outerjoin(t.unit, t.unit.c.id == t.grant.c.unit)
    .where(t.organisation.c.active, sa.or_(t.grant.c.unit.is_(None), t.unit.c.active))
)
"""A role over what is no more is no role."""


def load_directory(connection: sa.Connection) -> Directory:
    """The directory as this transaction sees it, now."""
    return _loaded(connection, moment(connection).now)[1]


def _loaded(connection: sa.Connection, now: datetime) -> tuple[datetime, Directory]:
    """The directory of the instant, and until when it is the same if nobody changes anything."""
    # read first: a grant committed while we read names a person, organisation and unit that the later statements see
    grants = connection.execute(_GRANTS).all()
    zone = annexes.root_zone(connection)
    annexed = annexes.in_force(connection, now, zone)
    structure = structures.on_day(connection, now.astimezone(zone).date())
    left = structures.left(connection, now, {one.code: one.successor for one in annexed.gone})
    organisations = _organisations(connection, structure, structures.moves(connection, now - _LATELY, now))
    return annexed.until, Directory(
        root=next((known.id for known in organisations.values() if len(known.path) == 1), ""),
        organisations=organisations,
        units={row.id: _unit(row, structure) for row in connection.execute(sa.select(t.unit))},
        people={row.id: Person(*row) for row in connection.execute(_PEOPLE)},
        categories={row.code: _category(row, annexed) for row in connection.execute(sa.select(t.category))},
        grants=tuple(_grant(row) for row in grants),
        responsible=annexed.responsible,
        answerers=annexes.answerers(connection, annexed.known, structure),
        absences=tuple(_absence(row) for row in connection.execute(_ABSENCES)),
        successions=(*annexes.successions(annexed.gone, structure), *left),
    )


def load_titles(connection: sa.Connection) -> Titles:
    """The titles as this transaction sees them."""
    keys = (t.organisation.c.id, t.unit.c.id, t.category.c.code)
    organisations, units, categories = (
        {row[0]: row[1] for row in connection.execute(sa.select(key, key.table.c.title))} for key in keys
    )
    return Titles(organisations, units, categories, category_names.renamed(connection))


_PEOPLE = sa.select(t.person.c.id, t.person.c.organisation, t.person.c.unit, t.person.c.active, t.person.c.system)


def _unit(row: sa.Row[Any], structure: Structure) -> Unit:
    return Unit(row.id, row.organisation, structure.units.get(row.id))


def _category(row: sa.Row[Any], annexed: annexes.InForce) -> Category:
    one_day = OneDay(row.one_day) if row.one_day else None
    active = row.active and annexed.allows(row.code, row.act)
    parent = annexed.above.get(row.code, row.parent)
    of_order = row.act is not None or row.code in annexed.ordered
    return Category(row.code, parent, row.days, active, row.postponement_days, one_day, of_order)


_LATELY = timedelta(days=40)
_ABSENCES = sa.select(t.absence).where(
    sa.or_(t.absence.c.ends_at.is_(None), t.absence.c.ends_at > sa.func.otklik_now() - _LATELY),
    sa.or_(t.absence.c.ends_at.is_(None), t.absence.c.ends_at > t.absence.c.begins_at),
)
"""What has long been over moves nothing any more: what it moved is in the record."""


def _absence(row: sa.Row[Any]) -> Absence:
    return Absence(row.person, AbsenceCode(row.code), row.begins_at, row.ends_at, tuple(row.substitutes))


def _grant(row: sa.Row[Any]) -> Grant:
    return Grant(
        row.person,
        Role(row.role),
        row.organisation,
        row.unit,
        row.subtree,
        frozenset(row.categories),
        row.valid_from,
        row.valid_until,
    )


def _organisations(
    connection: sa.Connection, structure: Structure, moved: Mapping[str, datetime]
) -> dict[str, Organisation]:
    rows = connection.execute(sa.select(t.organisation).where(t.organisation.c.id.in_(structure.above))).all()
    days, tags = _calendar_days(connection), autorules.tags(connection)
    return {
        row.id: Organisation(
            id=row.id,
            path=structure.path(row.id),
            calendar=Calendar(ZoneInfo(row.time_zone), row.opens, row.closes, days[row.region]),
            active=row.active,
            self_approval=row.self_approval,
            endorsement=row.endorsement,
            duty=tuple(row.duty),
            complaints_official=row.complaints_official,
            title=row.title,
            order_code=structure.organisations[row.id],
            moved_at=moved.get(row.id),
            tags=tags.get(row.id, ()),
        )
        for row in rows
    }


def _calendar_days(connection: sa.Connection) -> defaultdict[str, dict[date, bool]]:
    """Each region's days over those of all."""
    found: defaultdict[str, dict[date, bool]] = defaultdict(dict)
    for row in connection.execute(sa.select(t.calendar_day)):
        found[row.region][row.on_day] = row.working
    of_all = found[_ALL_REGIONS]
    return defaultdict(lambda: of_all, {region: of_all | days for region, days in found.items()})
