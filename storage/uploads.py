"""Files on their way in and out: kept once a key, read by whoever may, discarded when nobody used them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from domain.case import Case
from domain.directory import Directory, Place
from domain.vocabulary import PersonId, Role
from storage import access, attachments, cases, measures, queries, repeats
from storage import tables as t
from storage.access import Opened, route
from storage.attachments import Attachment
from storage.files import FileStore, StoredFile
from storage.measures import Onlooker
from storage.reference import Reference, moment
from storage.repeats import KEY_LIFETIME
from storage.sight import Sight, sight_of
from storage.turns import hold_key

UNUSED_LIFETIME = KEY_LIFETIME
"""How long a file waits for the message or decision that uses it: at least as long as its key leads to it."""

UNUSED_MOST = 100
"""How many files that nothing uses a person may have at once: 20 MB each, they would fill the disk within the day."""
UNUSED_MOST_OF_SYSTEM, UNUSED_BYTES_OF_SYSTEM = 2000, 10 * 1024**3
"""The same for a portal, through which everybody sends, and for the public form: so much of the disk may strangers fill."""

_BATCH = 100
_ROUNDS = 1000


class TooManyUnused(Exception):
    """The person is to use what he uploaded, or wait until it is discarded. Nothing of this file is left.

    `of_many`: he is a portal, and whoever sends through it is not to blame.
    """

    def __init__(self, *, of_many: bool = False) -> None:
        super().__init__()
        self.of_many = of_many


def keep(engine: sa.Engine, files: FileStore, stored: StoredFile, name: str, person: PersonId, key: str) -> Attachment:
    """The stored content has a row and is the person's; or, for a key that made one before, that one, and this content is gone.

    Raises storage.repeats.KeyReused and TooManyUnused. The content outlives an error only where the commit may have been made.
    """
    # with the key in it, so that the record does not tell which files are equal
    write = repeats.keyed(person, key, "file", {"key": key, "name": name, "sha256": stored.sha256})
    rolled_back = True
    try:
        with engine.begin() as connection:
            hold_key(connection, person, key)
            made = repeats.recall_key(connection, write)
            known = attachments.read(connection, made) if made else None
            if known is None:
                _refuse_hoarding(connection, person)
                repeats.keep_key(connection, write, str(stored.id), moment(connection).now)
                added = attachments.add(connection, stored, name, person)
            rolled_back = False  # from here on the error may be one of the commit, which may yet have been made
    except BaseException:
        if rolled_back:
            files.delete(stored.id)
        raise
    if known is None:
        return added
    files.delete(stored.id)
    return known


def sends_for_many(engine: sa.Engine, person: PersonId, key: str) -> bool:
    """Whether the person is a portal, through which many send at once. Raises TooManyUnused before anything is received.

    A key that is known may stand for a file that is here already: `keep` will tell.
    """
    with engine.connect() as connection:
        if not repeats.key_known(connection, person, key):
            _refuse_hoarding(connection, person)
        system = connection.execute(sa.select(t.person.c.system).where(t.person.c.id == person)).scalar_one()
    return bool(system)


def _refuse_hoarding(connection: sa.Connection, person: PersonId) -> None:
    """Uploads at once may go some beyond the limit: none waits for another."""
    table = t.attachment
    unused = sa.and_(table.c.uploaded_by == t.person.c.id, table.c.role == "unused")
    query = (
        sa.select(t.person.c.system, sa.func.count(table.c.id), sa.func.coalesce(sa.func.sum(table.c.size), 0))
        .select_from(t.person.outerjoin(table, unused))
        .where(t.person.c.id == person)
        .group_by(t.person.c.system)
    )
    system, count, size = connection.execute(query).one()
    if count >= (UNUSED_MOST_OF_SYSTEM if system else UNUSED_MOST) or (system and size >= UNUSED_BYTES_OF_SYSTEM):
        raise TooManyUnused(of_many=system)


def opened(connection: sa.Connection, reference: Reference, file_id: str, person: PersonId) -> Attachment | None:
    """The file, if the person may read it; that he opened it is then in the record. S2, 2.1; G-22.

    Unused, and of a request to the desk: whoever uploaded it. A message's: whoever sees it with contact data, for scans are
    full of them and cannot be masked, and the heads who are to decide on the present draft. An answer's: whoever works on it,
    and after its approval everybody concerned, but none of those who only took part formerly. Comments' and reasons': inside
    alone. A measure's: whoever sees the measure. An order's scan: all staff.
    """
    found = attachments.read(connection, file_id)
    if found is None:
        return None
    at = moment(connection)
    if found.role == attachments.MEASURE:
        who = Onlooker.of(reference.directory(connection, at), person, at.now)
        return found if measures.shown_by(connection, who, file_id) else None
    if found.role == attachments.ORDER:
        return found
    if found.case_id is None:
        return found if found.uploaded_by == person else None
    record = cases.read(connection, found.case_id)
    if record is None or not queries.may_see(connection, reference, found.case_id, person):
        return None
    world = reference.world(connection, at, record.regulation, record.revision)
    if not _readable(connection, found, record.case, person, world.directory, at.now):
        return None
    access.note(connection, Opened.FILE, record.case, person, world, at.now, found.id)
    return found


def _readable(
    connection: sa.Connection, file: Attachment, case: Case, person: PersonId, directory: Directory, at: datetime
) -> bool:
    created_by = connection.execute(sa.select(t.message.c.created_by).where(t.message.c.id == case.id)).scalar_one()
    sight = sight_of(case, created_by, person, directory, at)
    if sight is Sight.FORMER:
        return False
    if file.role == "message":
        return reads_evidence(case, sight, person)
    approved = file.role == "answer" and _is_approved(connection, file)
    return approved or is_inside(case, person, directory, at)


def reads_evidence(case: Case, sight: Sight, person: PersonId) -> bool:
    """Whether the person may read the files that came with the message."""
    asked = {one.person for one in case.errands if one.open}
    return sight is Sight.FULL or (sight is not Sight.FORMER and person in route(case) | asked)


def is_inside(case: Case, person: PersonId, directory: Directory, at: datetime) -> bool:
    """Whether the person works on the answer: executor, heads on its route, coordinators and curators there."""
    asked = route(case) | {endorsement.person for endorsement in case.endorsements}
    place = Place(case.organisation, case.unit, case.category, case.subcategory)
    took_part = person in case.participants and directory.may(person, Role.HEAD, place, at)
    roles = (Role.COORDINATOR, Role.CURATOR)
    return person in asked or took_part or any(directory.may(person, role, place, at) for role in roles)


def _is_approved(connection: sa.Connection, file: Attachment) -> bool:
    table = t.answer_version
    query = sa.select(sa.literal(1)).where(
        table.c.case_id == file.case_id, table.c.approved_at.is_not(None), table.c.files.contains([file.id])
    )
    return connection.execute(query.limit(1)).scalar_one_or_none() is not None


def tidy_files(engine: sa.Engine, files: FileStore) -> int:
    """Files that nobody used in time are gone, and halves of arrivals; how many. Contents that no row names are left:
    after a restore of the wrong backup they would be all that is left of many files (`otklik discard-nameless`).

    Safe to repeat, and for several workers at once. Stops after a hundred thousand unused files: the next call goes on.
    """
    discarded = 0
    for _ in range(_ROUNDS):
        some = discard_unused(engine, files)
        discarded += some
        if some < _BATCH:
            break
    return discarded + files.discard_leftovers()


def discard_nameless(engine: sa.Engine, files: FileStore, older_than: timedelta = UNUSED_LIFETIME) -> int:
    """Contents that no row names are gone: whoever stored them died before the commit; how many. Reads the whole folder."""
    discarded = 0
    stored = files.stored(older_than)
    while some := list(islice(stored, _BATCH)):
        with engine.connect() as connection:
            query = sa.select(t.attachment.c.id).where(t.attachment.c.id.in_([str(file) for file in some]))
            named = set(connection.execute(query).scalars())
        for file in some:
            if str(file) not in named:
                files.delete(file)
                discarded += 1
    return discarded


def discard_unused(engine: sa.Engine, files: FileStore, older_than: timedelta = UNUSED_LIFETIME) -> int:
    """Files that nobody used in time are gone, contents first, so that a crash leaves a row to begin again with; how many.

    At most a hundred a call. A file whose uploader has a decision without a verdict waits, for the decision may name it;
    so does one that he has in an unsent draft.
    """
    table, draft = t.attachment, t.unsent_draft
    drafted = sa.exists().where(draft.c.person == table.c.uploaded_by, table.c.id == sa.any_(draft.c.files))
    with engine.begin() as connection:
        old = (
            sa.select(table.c.id)
            .where(table.c.role == "unused", table.c.uploaded_at < sa.func.otklik_now() - older_than, ~drafted)
            .order_by(table.c.uploaded_at)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        locked = list(connection.execute(old).scalars())
        # a second statement sees what was decided until the rows were locked, and nobody decides about them any more
        pending = sa.exists().where(t.decision.c.verdict == "pending", t.decision.c.person == table.c.uploaded_by)
        unused = sa.select(table.c.id).where(table.c.id.in_(locked), table.c.role == "unused", ~pending, ~drafted)
        found = list(connection.execute(unused).scalars())
        for file in found:
            files.delete(UUID(file))
        connection.execute(sa.delete(table).where(table.c.id.in_(found)))
    return len(found)
