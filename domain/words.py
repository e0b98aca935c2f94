"""Counts, dates and lengths in Russian words, everywhere alike: on pages, in letters, in mail to staff."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.regulation import DayLength

_WEEKDAYS = "понедельник вторник среда четверг пятница суббота воскресенье".split()
_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
_WEEKDAYS_IN_SHORT = "пн вт ср чт пт сб вс".split()
_WHOLE_DAYS = 3
_UNITS = (
    (86_400, ("день", "дня", "дней")),
    (3600, ("час", "часа", "часов")),
    (60, ("минута", "минуты", "минут")),
    (1, ("секунда", "секунды", "секунд")),
)


def is_visible(text: str) -> bool:
    """Whether anybody can see any of it: what nobody can says nothing, whatever signs it is made of."""
    return any(unicodedata.category(sign)[0] in "LMNPS" for sign in text)


def day_in_words(on: date) -> str:
    """«5 августа 2026 года»."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year} года"


def day_and_weekday(on: date) -> str:
    """«5 августа 2026 года (среда)»."""
    return f"{day_in_words(on)} ({_WEEKDAYS[on.weekday()]})"


def moment_in_words(at: datetime, zone: ZoneInfo) -> str:
    """«5 августа 2026 года, 14:05», by the clock of the place."""
    local = at.astimezone(zone)
    return f"{day_in_words(local.date())}, {local:%H:%M}"


def moment_and_weekday(at: datetime, zone: ZoneInfo) -> str:
    """«5 августа 2026 года (среда), 14:05»: how people are told by when something will be done."""
    local = at.astimezone(zone)
    return f"{day_and_weekday(local.date())}, {local:%H:%M}"


def last_day(until: date) -> date:
    """The day at the end of which a postponement until a local date is over: people take «до 5 августа» for the 5th too."""
    return until - timedelta(days=1)


def end_of_postponement(until: date) -> str:
    """«4 августа 2026 года (вторник), 23:59»: when the answer is due that was postponed until the 5th."""
    return f"{day_and_weekday(last_day(until))}, 23:59"


def moment_in_short(at: datetime, zone: ZoneInfo) -> str:
    """«ср 05.08.2026, 14:05», by the clock of the place: for tables."""
    local = at.astimezone(zone)
    return f"{_WEEKDAYS_IN_SHORT[local.weekday()]} {local:%d.%m.%Y, %H:%M}"


def end_in_short(until: date) -> str:
    """«вт 04.08.2026, 23:59»: the end of a postponement until the 5th, for tables."""
    on = last_day(until)
    return f"{_WEEKDAYS_IN_SHORT[on.weekday()]} {on:%d.%m.%Y}, 23:59"


def left_in_words(due_at: datetime, at: datetime) -> str:
    """«осталось 3 ч 20 мин», «просрочено на 2 дня»: no finer than people plan."""
    left = int((due_at - at).total_seconds())
    length = _in_short(abs(left))
    if left <= 0:
        return f"просрочено на {length}" if length else "срок только что истёк"
    if not length:
        return "осталось меньше минуты"
    return f"остался {length}" if " день" in length else f"осталось {length}"


def _in_short(seconds: int) -> str:
    """From three days on whole days, else days and hours, hours and minutes; nothing below a minute."""
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        told = f"{days} {plural(days, _UNITS[0][1])}"
        return f"{told} {hours} ч" if hours and days < _WHOLE_DAYS else told
    if hours:
        return f"{hours} ч {minutes} мин" if minutes else f"{hours} ч"
    return f"{minutes} мин" if minutes else ""


def length_in_words(seconds: int) -> str:
    """«19 дней 12 часов», to the second."""
    words = []
    for size, forms in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {plural(count, forms)}")
    return " ".join(words) or "0 секунд"


def shortened_notice(day_seconds: int) -> str | None:
    """What every screen of a demonstration with a shortened day says; None where days are days."""
    if not DayLength(day_seconds).shortened:
        return None
    return f"Показательная база: сутки сроков длятся {length_in_words(day_seconds)}. Не для работы."


def searchable(text: str) -> str:
    """As it is compared with what people type: small letters, ё as е."""
    return text.lower().replace("ё", "е")


def plural(count: int, forms: tuple[str, str, str]) -> str:
    """The form of the word that goes with the number: 1 день, 2 дня, 5 дней."""
    if count % 100 in range(11, 15):
        return forms[2]
    return forms[{1: 0, 2: 1, 3: 1, 4: 1}.get(count % 10, 2)]
