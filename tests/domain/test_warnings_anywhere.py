"""Whatever the calendars and zones of those who are warned, and however a message changes hands. Source: S2, 4.1 а.

What is said of mail here is said of the instants at which the relay lets it leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.alarms import next_alarm
from domain.calendar import Calendar
from domain.directory import Grant
from domain.terms import warning_at
from domain.verdict import World
from domain.vocabulary import Action, Event, NoticeKind, PersonId, Role, Stage
from relay.timing import leaves_at
from tests.domain.builders import (
    COORDINATOR,
    COORDINATOR2,
    EXECUTOR,
    EXECUTOR2,
    GUEST_EXECUTOR,
    HOSPITAL_COORDINATOR,
    HOSPITAL_EXECUTOR,
    MINISTRY,
    ROADS_COORDINATOR,
    Desk,
    new_case,
    world,
)

MINUTES = st.integers(min_value=4 * 12, max_value=24 * 12 - 1)
"""Five minutes each, from four in the morning: nobody closes in the hour that a change of the clock skips."""
ZONES = ["Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka", "Asia/Kathmandu", "America/New_York", "Europe/Berlin"]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any office of any zone, some of them open for minutes a day, with days off and worked Sundays."""
    opens, closes = sorted(draw(st.lists(MINUTES, min_size=2, max_size=2, unique=True)))
    days = draw(st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 5, 1)), st.booleans()))
    return Calendar(ZoneInfo(draw(st.sampled_from(ZONES))), clock_of(opens), clock_of(closes), days)


INSTANTS = st.datetimes(datetime(2026, 3, 2), datetime(2026, 4, 10), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis adds the zone
STAGES = st.timedeltas(timedelta(hours=2), timedelta(days=15))


@dataclass(frozen=True)
class Sent:
    """A warning: whom, when he was told, when his mail leaves."""

    person: PersonId
    at: datetime
    leaves: datetime


@given(st.tuples(calendars(), calendars(), calendars()), INSTANTS, STAGES)
def test_each_is_mailed_once_in_his_hours_and_in_time(
    offices: tuple[Calendar, Calendar, Calendar], entered_at: datetime, length: timedelta
) -> None:
    at_desk = entered(offices, entered_at, length)
    moment = moment_of(at_desk)

    sent = list(sent_until(at_desk, moment))

    assert Counter(one.person for one in sent) == Counter(
        [COORDINATOR, COORDINATOR2, HOSPITAL_COORDINATOR, ROADS_COORDINATOR]
    )
    for one in sent:
        assert_useful(one, at_desk.world, entered_at, moment)
    assert [fact.at for fact in at_desk.facts if fact.event is Event.STAGE_WARNED] == [moment]


@given(
    st.tuples(calendars(), calendars(), calendars()),
    INSTANTS,
    STAGES,
    st.lists(st.tuples(st.floats(0, 1.2), st.sampled_from([EXECUTOR, EXECUTOR2, GUEST_EXECUTOR])), max_size=5),
)
def test_whoever_holds_it_is_warned_once_however_it_changes_hands(
    offices: tuple[Calendar, Calendar, Calendar],
    entered_at: datetime,
    length: timedelta,
    hands: list[tuple[float, PersonId]],
) -> None:
    at_desk = entered(offices, entered_at, length)
    at_desk.case = replace(at_desk.case, stage=Stage.EXECUTION, executor=HOSPITAL_EXECUTOR)
    moment, since = moment_of(at_desk), entered_at
    seen: list[PersonId] = []

    for share, person in sorted(hands):
        at = entered_at + share * (moment - entered_at)
        seen += [assert_useful(one, at_desk.world, since, moment) for one in sent_until(at_desk, at)]
        at_desk.at = at
        if person != at_desk.case.executor:
            at_desk.decide(Action.REASSIGN, at_desk.case.executor, executor=person)
            seen += [one.person for one in at_desk.notices if one.kind is NoticeKind.STAGE_WARNING]
            since = at
    seen += [assert_useful(one, at_desk.world, since, moment) for one in sent_until(at_desk, max(moment, at_desk.at))]

    assert at_desk.case.executor in seen
    if since <= moment:
        assert len(seen) == len(set(seen))


def entered(offices: tuple[Calendar, Calendar, Calendar], at: datetime, length: timedelta) -> Desk:
    """A stage of this length at the ministry, whose people belong to three organisations with calendars of their own."""
    ministry, hospital, roads = ({"calendar": calendar} for calendar in offices)
    guests = [Grant(one, Role.COORDINATOR, MINISTRY) for one in (HOSPITAL_COORDINATOR, ROADS_COORDINATOR)]
    guests += [Grant(HOSPITAL_EXECUTOR, Role.EXECUTOR, MINISTRY)]
    where = world(*guests, ministry=ministry, hospital=hospital, roads=roads)
    case = new_case(where, received_at=at, days=60, stage=Stage.COORDINATION, organisation=MINISTRY, entry=2)
    case = replace(case, stage_due_at=at + length, category="roads", subcategory="potholes")
    return Desk(where, case, at)


def sent_until(at_desk: Desk, until: datetime) -> Iterator[Sent]:
    """The mails that the alarms up to then, each recorded at its instant, bring about."""
    while (alarm := next_alarm(at_desk.case, at_desk.world)) and alarm.at <= until:
        at_desk.notices = []
        at_desk.until(alarm.at)
        for notice in at_desk.notices:
            if notice.email and notice.kind is NoticeKind.STAGE_WARNING:
                calendar = at_desk.world.directory.calendar_of(notice.person)
                leaves = leaves_at(alarm.at, alarm.at, calendar, urgent=notice.urgent)
                yield Sent(notice.person, alarm.at, leaves)


def assert_useful(sent: Sent, where: World, since: datetime, moment: datetime) -> PersonId:
    """In the recipient's hours; before the night if he worked at all meanwhile, and else no later than mail is joined."""
    calendar = where.directory.calendar_of(sent.person)
    assert calendar.is_working_time(sent.leaves)
    assert since <= sent.at <= max(since, moment)
    if calendar.is_working_time(moment):
        assert sent.leaves < moment + timedelta(minutes=30)
    elif works_between(calendar, since, moment):
        assert sent.leaves <= moment
    return sent.person


def works_between(calendar: Calendar, since: datetime, until: datetime) -> bool:
    """Whether the office is open at any time between: looked up every five minutes, as a person with a watch would."""
    step = timedelta(minutes=5)
    at = until - (until - datetime.min.replace(tzinfo=UTC)) % step
    while at > since:
        if calendar.is_working_time(at):
            return True
        at -= step
    return calendar.is_working_time(since)


def moment_of(at_desk: Desk) -> datetime:
    """When the stage is to be warned of."""
    case = at_desk.case
    assert case.stage_due_at is not None
    return warning_at(case.entered_at, case.stage_due_at, at_desk.world.regulation.settings.warn_left_percent)


def clock_of(fives: int) -> time:
    """The local time so many times five minutes after midnight."""
    return time(fives // 12, fives % 12 * 5)
