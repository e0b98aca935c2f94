"""Mail to staff, sent so as to be useful: in working hours, joined, the urgent singly, a list each morning. Source: S2, 4.1."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
import structlog

from activities.mail import MailServer, Outgoing, ascii_address
from domain.directory import Directory
from domain.vocabulary import NoticeKind, PersonId
from logs import where
from relay import single_mail
from relay.conversation import DOUBTFUL, Conversation, Undelivered
from relay.mail_words import Line, Words
from relay.timing import PROMPT, SETTLING, half_hour, leaves_at, may_leave, morning_of
from storage import queries, staff_cases, staff_mail
from storage.files import FileStore
from storage.reference import Reference, moment
from storage.sight import Sight
from storage.staff_cases import CaseRow
from storage.staff_mail import ALARM, BATCH, MORNING, NEVER, SUPPORT, URGENT, Mail, Told

log = structlog.get_logger()

MOST_ATTEMPTS = 30
UNTIL_A_MAILBOX = timedelta(minutes=10)
"""How long a request to the support desk rests before it is looked at whether there is one now."""
FIRST_WAIT, LAST_WAIT = timedelta(minutes=1), timedelta(minutes=30)

_ARRIVALS = {NoticeKind.TASK_ARRIVED, NoticeKind.HANDOVER_ARRIVED}
_OF_AN_OPEN_QUESTION = {NoticeKind.OVERDUE_REMINDER}


def gather(engine: sa.Engine, reference: Reference) -> None:
    """Every notice whose time has come is in the outbox; each person who works now has his morning list there.

    One transaction a person; a worker that finds another at the same person's mail leaves it alone.
    """
    with engine.connect() as connection:
        at = moment(connection)
        directory = reference.directory(connection, at)
        mornings = _mornings(connection, directory, at.now)
        waiting = [
            person
            for person, since, urgent, alarmed in staff_mail.people_waiting(connection)
            if alarmed or _may_be_due(person, since, directory, at.now, urgent=urgent)
        ]
    for person in dict.fromkeys([*mornings, *waiting]):
        try:
            with engine.begin() as connection:
                free, reachable = staff_mail.lock_person(connection, person)
                if free and not reachable:
                    staff_mail.drop_all(connection, person)
                elif free:
                    _gather_for(connection, person, directory, moment(connection).now, mornings.get(person))
        except sa.exc.DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001  # one person's mail must not keep everybody's
            log.error("staff mail not gathered", person=person, where=where(error))


def _may_be_due(person: PersonId, since: datetime, directory: Directory, now: datetime, *, urgent: bool) -> bool:
    """Whether it is worth while to look closer: whoever is asleep, or waits for his half hour, is left alone."""
    if person not in directory.people:
        return False
    calendar = directory.calendar_of(person)
    return calendar.is_working_time(now) and (urgent or half_hour(since - PROMPT, calendar) + SETTLING <= now)


def _mornings(connection: sa.Connection, directory: Directory, now: datetime) -> dict[PersonId, date]:
    """Whose morning list is to be made now, and of which day."""
    places = defaultdict(list)
    for organisation in directory.organisations.values():
        if (on := morning_of(now, organisation.calendar)) is not None:
            places[on].append(organisation.id)
    return {
        person: on
        for on, organisations in places.items()
        for person in staff_mail.people_for_morning(connection, organisations, on)
    }


def _gather_for(
    connection: sa.Connection, person: PersonId, directory: Directory, now: datetime, morning: date | None
) -> None:
    if person not in directory.people:
        return  # added after our look; there is a next one
    calendar = directory.calendar_of(person)
    waiting = staff_mail.waiting(connection, person)
    alarms = [told for told in waiting if told.kind in staff_mail.AT_ANY_HOUR]
    for told in alarms:
        staff_mail.put(connection, person, ALARM, [told.id], now, None)
    if not calendar.is_working_time(now):
        return
    due = [
        told
        for told in waiting
        if told not in alarms
        and may_leave(leaves_at(told.at, told.created_at, calendar, urgent=told.urgent), now, urgent=told.urgent)
    ]
    cases = staff_cases.cases(connection, {told.case_id for told in due})
    stale = {told.id for told in due if is_stale(told, cases[told.case_id], person, directory, now)}
    staff_mail.drop(connection, stale)
    for told in due:
        if told.urgent and told.id not in stale:
            staff_mail.put(connection, person, URGENT, [told.id], now, None)
    joined = [told.id for told in due if not told.urgent and told.id not in stale]
    if morning is not None:
        if not joined and not staff_cases.lying_with(connection, person, directory, now):
            staff_mail.note_empty_morning(connection, person, now, morning)
        elif staff_mail.put(connection, person, MORNING, joined, now, morning):
            return
    if joined and not staff_mail.join(connection, person, joined):
        staff_mail.put(connection, person, BATCH, joined, now, None)


def is_stale(told: Told, case: CaseRow, person: PersonId, directory: Directory, at: datetime) -> bool:
    """Whether the notice asks for something that nobody wants of this person any more. What is a fact stays one."""
    if told.kind in _ARRIVALS:
        moved = case.stage is not told.stage and told.kind is NoticeKind.TASK_ARRIVED
        return moved or not case.lies_with(person, directory, at)
    if told.kind is NoticeKind.STAGE_WARNING:
        over = case.stage_due_at is not None and case.stage_due_at <= at
        return over or case.stage is not told.stage or case.considered
    if told.kind is NoticeKind.DANGER_UNDECIDED:
        return not case.danger_undecided
    return told.kind in _OF_AN_OPEN_QUESTION and case.considered


class Postman:
    """Takes what is due in the outbox to the mail server, one by one over one connection.

    A mail is claimed before it is sent and settled after. A crash in between sends it a second time when the claim has run
    out, with the same Message-ID: for a table that staff read, twice is better than never.
    """

    def __init__(
        self,
        engine: sa.Engine,
        reference: Reference,
        server: MailServer,
        words: Words,
        files: FileStore,
        support: str | None = None,
    ) -> None:
        """`support`: the desk's mailbox; what is for it waits while it is not known."""
        self._engine = engine
        self._reference = reference
        self._conversation = Conversation(server)
        self._words = words
        self._files = files
        self._support = support

    async def deliver_all(self) -> None:
        """Nothing that is due is left, or the server is away; cancelled, it stops between two mails."""
        try:
            while await asyncio.to_thread(self.deliver_next):
                pass
        except Exception:
            await asyncio.to_thread(self.hang_up)
            raise
        # not when cancelled: the thread may still be in the middle of a mail, and ends it
        await asyncio.to_thread(self.hang_up)

    def deliver_next(self) -> bool:
        """The mail that is due first has been tried; False when there is none, or the server is away."""
        with self._engine.begin() as connection:
            at = moment(connection)
            mail = staff_mail.claim(connection, at.now, self._conversation.longest, MOST_ATTEMPTS)
        if mail is None:
            return False
        with self._engine.begin() as connection:
            directory = self._reference.directory(connection, at)
            carried = self._write(connection, mail, directory, at.now)
        if carried is None:
            return True
        letter, notices = carried
        try:
            self._conversation.send(letter)
        except Undelivered as failure:
            self._failed(mail, failure)
            return not failure.server_away
        with self._engine.begin() as connection:
            staff_mail.sent(connection, mail, moment(connection).now, notices)
        return True

    def hang_up(self) -> None:
        """The conversation with the server is over."""
        self._conversation.hang_up()

    def _write(
        self, connection: sa.Connection, mail: Mail, directory: Directory, now: datetime
    ) -> tuple[Outgoing, list[int]] | None:
        """What is sent and which notices it carries; None when it is not to be sent, or not now."""
        calendar = directory.organisations[mail.organisation].calendar
        to = self._support if mail.kind == SUPPORT else mail.address
        recipient = ascii_address(to) if to else None
        if to is None and mail.kind == SUPPORT:
            staff_mail.postpone(connection, mail, now + UNTIL_A_MAILBOX)
        elif recipient is None:
            staff_mail.failed(connection, mail, "address" if to else "nobody", NEVER)
        elif mail.kind in single_mail.KINDS:
            zone, files = calendar.zone, self._files
            if (single := single_mail.written(connection, self._words, mail, recipient, zone, files)) is not None:
                return Outgoing.of(single), []
            staff_mail.failed(connection, mail, staff_mail.NOTHING, NEVER)
        elif mail.kind != ALARM and not calendar.is_working_time(now):
            staff_mail.postpone(connection, mail, calendar.next_working_moment(now))
        elif mail.kind == MORNING and mail.on_day != calendar.local(now).date():
            staff_mail.supersede(connection, mail)
        else:
            told = staff_mail.of_mail(connection, mail)
            if lines := self._lines(connection, mail, told, directory, now):
                written = self._words.write(mail, recipient, lines, calendar, now)
                return Outgoing.of(written), [one.id for one in told]
            staff_mail.failed(connection, mail, staff_mail.NOTHING, NEVER)
        return None

    def _lines(
        self, connection: sa.Connection, mail: Mail, told: Sequence[Told], directory: Directory, now: datetime
    ) -> list[Line]:
        """One row a case: all that happened to it and is still of use, and of a morning all that lies with the person."""
        kinds: dict[str, list[NoticeKind]] = defaultdict(list)
        cases = staff_cases.cases(connection, {one.case_id for one in told})
        for one in told:
            if not is_stale(one, cases[one.case_id], mail.person, directory, now):
                kinds[one.case_id].append(one.kind)
        if mail.kind == MORNING:
            lying = staff_cases.lying_with(connection, mail.person, directory, now)
            cases |= lying
            for case_id in lying:
                kinds.setdefault(case_id, [])
        return [
            Line(cases[case_id], tuple(found), former=self._is_former(connection, cases[case_id], mail, directory, now))
            for case_id, found in kinds.items()
        ]

    def _is_former(
        self, connection: sa.Connection, case: CaseRow, mail: Mail, directory: Directory, now: datetime
    ) -> bool:
        if case.lies_with(mail.person, directory, now):
            return False
        return queries.sight(connection, self._reference, case.id, mail.person) in (None, Sight.FORMER)

    def _failed(self, mail: Mail, failure: Undelivered) -> None:
        # what the server may have taken without a word is sent once more, not for ever
        twice = failure.code == DOUBTFUL and mail.failure == DOUBTFUL
        final = failure.final or twice or mail.attempts >= MOST_ATTEMPTS
        log.warning("staff mail not sent", mail=mail.id, why=failure.code, attempts=mail.attempts, given_up=final)
        wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 10), LAST_WAIT)
        with self._engine.begin() as connection:
            now = moment(connection).now
            staff_mail.failed(connection, mail, failure.code, NEVER if final else now + wait)
