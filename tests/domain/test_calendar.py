"""The working calendar, attacked: zones with and without summer time, year's turn, transferred days, odd hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)

# Новогодние каникулы of 2027, and the Saturday 20 February that is worked for Monday 22 February.
DAYS = {
    date(2026, 12, 31): False,
    **{date(2027, 1, day): False for day in range(1, 9)},
    date(2027, 2, 20): True,
    date(2027, 2, 22): False,
    date(2027, 2, 23): False,
}
OFFICE = Calendar(MOSCOW, days=DAYS)


def moscow(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=MOSCOW)


# --- what a working day and working time are ---


@pytest.mark.parametrize(
    ("on", "working"),
    [
        (date(2027, 2, 19), True),  # Friday
        (date(2027, 2, 20), True),  # the worked Saturday
        (date(2027, 2, 21), False),  # Sunday
        (date(2027, 2, 22), False),  # the Monday it was exchanged for
        (date(2027, 2, 27), False),  # an ordinary Saturday
        (date(2026, 12, 31), False),
        (date(2027, 1, 11), True),
    ],
)
def test_working_day_follows_the_table_then_the_week(on: date, working: bool) -> None:
    assert OFFICE.is_working_day(on) is working


@pytest.mark.parametrize(
    ("at", "working"),
    [
        (moscow(2026, 11, 24, 8, 59, 59), False),
        (moscow(2026, 11, 24, 9, 0), True),
        (moscow(2026, 11, 24, 17, 59, 59), True),
        (moscow(2026, 11, 24, 18, 0), False),
        (moscow(2026, 11, 22, 12, 0), False),
    ],
)
def test_working_time_has_its_opening_and_not_its_closing(at: datetime, working: bool) -> None:
    assert OFFICE.is_working_time(at) is working


def test_day_is_the_local_one_not_that_of_utc() -> None:
    # 21:30 UTC on Sunday is 07:30 on Monday in Vladivostok, and 00:30 on Monday in Moscow.
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert Calendar(ZoneInfo("Asia/Vladivostok")).is_working_time(at)
    assert not Calendar(MOSCOW).is_working_time(at)
    assert Calendar(MOSCOW).local(at).date() == date(2026, 11, 23)


def test_instant_without_a_zone_is_refused() -> None:
    """A naive instant would be read in the zone of the machine, differently on each."""
    with pytest.raises(ValueError, match="aware"):
        OFFICE.local(moscow(2026, 11, 24, 12).replace(tzinfo=None))


@pytest.mark.parametrize(("opens", "closes"), [(time(18), time(9)), (time(9), time(9))])
def test_office_that_closes_before_it_opens_is_refused(opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="closes"):
        Calendar(MOSCOW, opens, closes)


# --- the next and the last working moment ---


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(moscow(2026, 11, 24, 12, 0), moscow(2026, 11, 24, 12, 0), id="people work"),
        pytest.param(moscow(2026, 11, 24, 3, 0), moscow(2026, 11, 24, 9, 0), id="night before"),
        pytest.param(moscow(2026, 11, 24, 18, 0), moscow(2026, 11, 25, 9, 0), id="closing"),
        pytest.param(moscow(2026, 11, 27, 23, 0), moscow(2026, 11, 30, 9, 0), id="Friday night"),
        pytest.param(moscow(2026, 11, 28, 3, 0), moscow(2026, 11, 30, 9, 0), id="Saturday before opening"),
        pytest.param(moscow(2026, 12, 30, 18, 30), moscow(2027, 1, 11, 9, 0), id="year's turn"),
        pytest.param(moscow(2027, 2, 19, 20, 0), moscow(2027, 2, 20, 9, 0), id="into the worked Saturday"),
        pytest.param(moscow(2027, 2, 20, 18, 0), moscow(2027, 2, 24, 9, 0), id="over the transferred Monday"),
    ],
)
def test_next_working_moment(at: datetime, expected: datetime) -> None:
    assert OFFICE.next_working_moment(at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(moscow(2026, 11, 24, 17, 59), moscow(2026, 11, 24, 17, 59), id="people work"),
        pytest.param(moscow(2026, 11, 24, 18, 0), moscow(2026, 11, 24, 17, 30), id="closing"),
        pytest.param(moscow(2026, 11, 25, 3, 0), moscow(2026, 11, 24, 17, 30), id="night"),
        pytest.param(moscow(2026, 11, 30, 8, 59), moscow(2026, 11, 27, 17, 30), id="Monday before opening"),
        pytest.param(moscow(2027, 1, 11, 0, 0), moscow(2026, 12, 30, 17, 30), id="year's turn"),
        pytest.param(moscow(2027, 2, 23, 12, 0), moscow(2027, 2, 20, 17, 30), id="back to the worked Saturday"),
    ],
)
def test_last_working_moment(at: datetime, expected: datetime) -> None:
    assert OFFICE.last_working_moment(at) == expected


def test_last_working_moment_of_a_very_short_day_is_its_opening() -> None:
    reception = Calendar(MOSCOW, time(9), time(9, 20))

    assert reception.last_working_moment(moscow(2026, 11, 24, 12)) == moscow(2026, 11, 24, 9)


def test_office_that_opens_in_the_repeated_or_skipped_hour_never_goes_the_wrong_way() -> None:
    night = Calendar(BERLIN, time(2, 30), time(2, 45), days={date(2026, 10, 25): True, date(2026, 3, 29): True})
    repeated = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # the second 02:10
    skipped = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)  # 03:10; the opening would be read as 03:30

    assert night.next_working_moment(repeated) >= repeated
    assert night.last_working_moment(skipped) <= skipped


def test_calendar_without_a_working_day_is_an_error_not_a_hang() -> None:
    closed = Calendar(MOSCOW, days={date(2026, 1, 1) + timedelta(days=day): False for day in range(800)})

    with pytest.raises(ValueError, match="no working day within"):
        closed.next_working_moment(moscow(2026, 6, 1, 12))


# --- counting ---


@pytest.mark.parametrize(
    ("at", "count", "expected"),
    [
        pytest.param(moscow(2026, 11, 24, 12, 0), 2, moscow(2026, 11, 26, 18, 0), id="mid-week"),
        pytest.param(moscow(2026, 11, 26, 23, 59), 2, moscow(2026, 11, 30, 18, 0), id="over a weekend"),
        pytest.param(moscow(2026, 11, 28, 12, 0), 2, moscow(2026, 12, 1, 18, 0), id="from a Saturday"),
        pytest.param(moscow(2026, 12, 30, 12, 0), 2, moscow(2027, 1, 12, 18, 0), id="year's turn"),
        pytest.param(moscow(2027, 2, 19, 12, 0), 2, moscow(2027, 2, 24, 18, 0), id="worked Saturday counts"),
    ],
)
def test_working_days_are_counted_from_the_next_day_to_closing(at: datetime, count: int, expected: datetime) -> None:
    assert OFFICE.add_working_days(at, count) == expected


def test_next_daily_is_strictly_later() -> None:
    at = moscow(2026, 11, 24, 9, 0)

    assert OFFICE.next_daily(at, time(9)) == moscow(2026, 11, 25, 9, 0)
    assert OFFICE.next_daily(at - SECOND, time(9)) == at


# --- zones with summer time ---


def test_hours_stay_local_when_the_clock_changes() -> None:
    office = Calendar(BERLIN)

    before = office.next_working_moment(datetime(2026, 3, 27, 20, tzinfo=BERLIN))  # Friday; summer time from the 29th

    assert before == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert office.next_working_moment(datetime(2026, 3, 26, 20, tzinfo=BERLIN)) == datetime(2026, 3, 27, 8, tzinfo=UTC)


def test_moscow_has_the_same_offset_all_year() -> None:
    offsets = {OFFICE.instant(date(2027, month, 15), time(9)).hour for month in range(1, 13)}

    assert offsets == {6}


def test_daily_moment_that_the_clock_skips_or_repeats_comes_once_a_day() -> None:
    office = Calendar(BERLIN)
    moments, at = [], datetime(2026, 3, 27, 12, tzinfo=UTC)

    for _ in range(4):
        at = office.next_daily(at, time(2, 30))
        moments.append(at)

    assert [office.local(moment).date().day for moment in moments] == [28, 29, 30, 31]
    assert moments == sorted(set(moments))

    autumn = office.next_daily(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), time(2, 30))  # between the two 02:30
    assert office.local(autumn).date() == date(2026, 10, 26)


# --- properties ---

ZONES = [MOSCOW, BERLIN, *map(ZoneInfo, ["Asia/Kamchatka", "Europe/Kaliningrad", "America/New_York", "Asia/Kathmandu"])]
BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
instants = st.integers(0, 8 * 366 * 86_400).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))
minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
dates = st.dates(date(2022, 12, 1), date(2031, 1, 31))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens, closes = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    return Calendar(
        draw(st.sampled_from(ZONES)), opens, closes, draw(st.dictionaries(dates, st.booleans(), max_size=30))
    )


@st.composite
def offices(draw: st.DrawFn) -> Calendar:
    """Open at an hour that no clock change touches."""
    opens = time(draw(st.integers(4, 12)), draw(st.sampled_from([0, 30])))
    closes = time(draw(st.integers(13, 23)), draw(st.sampled_from([0, 30])))
    return Calendar(
        draw(st.sampled_from(ZONES)), opens, closes, draw(st.dictionaries(dates, st.booleans(), max_size=30))
    )


@given(offices(), instants)
def test_next_working_moment_is_worked_and_not_earlier(office: Calendar, at: datetime) -> None:
    found = office.next_working_moment(at)

    assert office.is_working_time(found)
    assert found >= at
    assert found.tzinfo is UTC
    assert office.next_working_moment(found) == found


@given(offices(), instants)
def test_last_working_moment_is_worked_and_not_later(office: Calendar, at: datetime) -> None:
    found = office.last_working_moment(at)

    assert office.is_working_time(found)
    assert found <= at
    assert found.tzinfo is UTC
    assert office.last_working_moment(found) == found


@given(offices(), instants)
def test_nobody_works_between_now_and_the_next_working_moment(office: Calendar, at: datetime) -> None:
    found = office.next_working_moment(at)

    assert not any(office.is_working_time(at + (found - at) * step / 50) for step in range(50)) or found == at


@given(offices(), instants, instants)
def test_next_working_moment_keeps_the_order(office: Calendar, one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])

    assert office.next_working_moment(earlier) <= office.next_working_moment(later)


@given(calendars(), instants)
def test_moments_stay_on_their_side_for_any_hours(calendar: Calendar, at: datetime) -> None:
    """Also where the office opens in the hour that a clock change skips."""
    assert calendar.last_working_moment(at) <= at <= calendar.next_working_moment(at)


@given(calendars(), instants, st.integers(1, 12))
def test_working_days_end_at_closing_of_a_working_day_and_count_exactly(
    calendar: Calendar, at: datetime, count: int
) -> None:
    found = calendar.add_working_days(at, count)

    start, end = calendar.local(at).date(), calendar.local(found).date()
    between = [start + timedelta(days=day) for day in range(1, (end - start).days + 1)]
    assert calendar.is_working_day(end)
    assert sum(map(calendar.is_working_day, between)) == count


@given(calendars(), instants, minutes)
def test_next_daily_is_the_first_after(calendar: Calendar, after: datetime, at: time) -> None:
    found = calendar.next_daily(after, at)

    assert after < found <= after + timedelta(days=1, hours=2)
    assert calendar.instant(calendar.local(found).date(), at) == found
