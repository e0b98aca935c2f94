"""`judge`: what people decided and what time says, in the order in which it happened, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from domain import alarms, deliveries
from domain.alarms import Alarm
from domain.autorules import arrives
from domain.case import Decision
from domain.notices import decision_notices
from domain.rules import danger, linking
from domain.rules import judge as judged
from domain.standing import Standing, standing_of
from domain.verdict import Accepted, Refusal, World
from domain.vocabulary import AlarmKind
from storage import autorules, cases, inbox, links, rechecks, verdicts
from storage.reference import Moment, Reference
from storage.verdicts import Writer

BATCH = 20
"""Decisions judged in one call; the rest wait for the next, so that no call outlives its time."""
_REPEATED = {
    AlarmKind.OVERDUE_REMINDER,
    AlarmKind.HANDOVER_OVERDUE,
    AlarmKind.NOBODY_PRESENT,
    AlarmKind.DANGER_REMINDER,
}
"""What tells the same people the same again."""


class CaseMissing(LookupError):
    """There is no such case in the record: the run belongs to a database that was restored to an earlier day."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What the activity needs; made once a process."""

    engine: sa.Engine
    reference: Reference

    def judge(self, case_id: str) -> Standing:
        """Where the case stands after all decisions and alarms so far. Raises CaseMissing.

        Idempotent by the stored verdicts: a late twin or a repeated bell changes nothing. Before each decision every alarm that
        fell due before it was made is recorded, so lateness never depends on which branch woke first.
        """
        with self.engine.begin() as connection:
            record = cases.lock(connection, case_id)
            if record is None:
                raise CaseMissing(case_id)
            at, waiting = inbox.pending(connection, case_id, BATCH)
            world = self.reference.world(connection, at, record.regulation, record.revision)
            writer = Writer(connection, record, at.now, world)
            _hear_letters(writer, at.now, world)
            for decision in waiting:
                _record_alarms(writer, decision.decided_at, world)
                verdict = judged(writer.case, decision, world)
                if isinstance(verdict, Refusal):
                    verdicts.judged(connection, case_id, decision, verdict, at.now)
                    continue
                self._accept(connection, at, writer, verdict, decision, world)
                verdicts.judged(connection, case_id, decision, None, at.now)
            if more := len(waiting) == BATCH:
                ahead = alarms.next_alarm(writer.case, world)
            else:
                _hear_main(connection, writer, at.now, world)
                ahead = _record_alarms(writer, at.now, world)
                if record.recheck:
                    rechecks.clear(connection, case_id)
            writer.flush()
            return standing_of(writer.case, ahead, more=more)

    def _accept(
        self,
        connection: sa.Connection,
        at: Moment,
        writer: Writer,
        verdict: Accepted,
        decision: Decision,
        world: World,
    ) -> None:
        """The decision, and what auto-rules make of a message that it brought to coordinators, at the same instant.

        Nobody has seen the case in between, so its version is that of the decision; people are told where it ends.
        """
        before = writer.case
        writer.accept(verdict, decision)
        if arrives(before, writer.case, decision.action):
            lines = self.reference.lines(connection, at)
            for one in autorules.follow(connection, writer.case, decision.decided_at, world, lines):
                writer.accept(one.verdict)
            writer.case = danger.followed(before, writer.case, decision.decided_at, world)
        # whoever is told is known only when the verdict is
        told = decision_notices(before, writer.case, decision, world)
        writer.tell(told, decision.decided_at)


def _hear_letters(writer: Writer, at: datetime, world: World) -> None:
    while (letter := deliveries.news(writer.case)) is not None:
        writer.accept(deliveries.absorb(writer.case, letter, at, world))


def _hear_main(connection: sa.Connection, writer: Writer, now: datetime, world: World) -> None:
    """What has come of the main message, after every alarm that fell due before that."""
    if (main := links.main_of(connection, writer.case)) is None:
        return
    at = linking.followed_at(writer.case, main, now)
    _record_alarms(writer, at, world)
    if (news := linking.followed(writer.case, main, at, world)) is not None:
        writer.accept(news)


def _record_alarms(writer: Writer, before: datetime, world: World) -> Alarm | None:
    """Every alarm that fell due strictly before the instant is in the journal with the instant of its own; the one after them."""
    while (alarm := alarms.next_alarm(writer.case, world)) is not None and alarm.at < before:
        recorded = alarms.record(writer.case, alarm, world)
        following = alarms.next_alarm(recorded.case, world)
        if following is not None and following.kind is alarm.kind in _REPEATED and following.at < before:
            # after an outage one reminder of today is of use, a row of yesterday's is not; the journal has them all
            recorded = replace(recorded, notices=())
        writer.accept(recorded)
    return alarm
