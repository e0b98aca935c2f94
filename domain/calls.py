"""Contacts with applicants by phone or in person: what they are about, and how a caller shows that a message is his.

When he is called is here too. Sources: S0, п. 2, 4; S1, 6.1–6.6 (Прил. 2); S4, 2.1.2–2.1.4.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.calendar import Calendar

_PARTS = 3
"""Into how many parts a working day falls: somebody who is out in one of them may be at home in another."""


class CallKind(StrEnum):
    """What the contact is about. Source: S1, 6.4; S4, 2.1.4."""

    NEW_MESSAGE = "new_message"
    STATUS = "status"
    ABOUT_ANSWER = "about_answer"
    CONSULTATION = "consultation"


class CallWay(StrEnum):
    """How the applicant came. Source: S2, 2.1 ж; S4, 2.1.4."""

    PHONE = "phone"
    VISIT = "visit"


class Identity(StrEnum):
    """Whether the caller has shown that the message is his, before anything of it was told."""

    NOT_ASKED = "not_asked"
    FAILED = "failed"
    CONFIRMED = "confirmed"
    TAKEN_IN = "taken_in"
    """Nobody need be asked whose a message is that was registered in this very contact."""


SHOWN = frozenset({Identity.CONFIRMED, Identity.TAKEN_IN})
"""The message is known to be the caller's: it may be told of."""


class Question(StrEnum):
    """What the caller may be asked; the card holds the answers."""

    CODE = "code"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    SNILS = "snils"
    INN = "inn"


def confirms(right: Collection[Question]) -> bool:
    """Whether these right answers show whose the message is: its code alone, or any two of the others.

    The name alone stands on doors and in letters; a telephone number alone is known to a whole family.
    """
    return Question.CODE in right or len(set(right)) > 1


def same_name(given: str, known: str) -> bool:
    """Whether the surname and one more of the name's words were given, none besides, in any order."""
    said, words = name_words(given), name_words(known)
    if not words:
        return False
    return words[0] in said and len(said) >= min(2, len(words)) and set(said) <= set(words)


def name_words(name: str) -> list[str]:
    """The words of a name, so that spelling does not part them."""
    return re.findall(r"[\w-]+", name.lower().replace("ё", "е"))


def surname(name: str | None) -> str | None:
    """What a person is looked for by: the first word of the name as people write it here."""
    words = name_words(name or "")
    return words[0] if words else None


def summary(steps: Iterable[Mapping[str, str]]) -> str | None:
    """«Вы, до 5 августа: принесите выписку.», a line a step; None when nothing is to be done. Source: S4, 2.1.4."""
    return "\n".join(f"{step['who']}, {step['when']}: {step['what'].rstrip('.')}." for step in steps) or None


def part_of_day(at: datetime, calendar: Calendar) -> int:
    """Which part of the day it is there."""
    local = calendar.local(at).time()
    return sum(local >= start for start in _starts(calendar)[1:])


def room_for(calls: int, after: datetime, calendar: Calendar) -> datetime:
    """The closing of the day on which so many calls that count can have been made. UTC.

    The part of the day in which they are asked for is left out: it may be over before anybody has read of it.
    """
    at, last = after, part_of_day(after, calendar) if calendar.is_working_time(after) else None
    for _ in range(calls):
        at = next_attempt(at, last, calendar)
        last = part_of_day(at, calendar)
    return calendar.instant(calendar.local(at).date(), calendar.closes)


def _starts(calendar: Calendar) -> list[time]:
    """When each part of a working day begins there."""
    opens, closes = (one.hour * 60 + one.minute for one in (calendar.opens, calendar.closes))
    return [time(*divmod(opens + (closes - opens) * part // _PARTS, 60)) for part in range(_PARTS)]


def next_attempt(after: datetime, last: int | None, calendar: Calendar) -> datetime:
    """The first moment of work after the instant that is in another part of the day than the last call that counted."""
    on = calendar.local(after).date()
    while True:
        on = calendar.local(calendar.next_working_moment(calendar.instant(on))).date()
        for part, start in enumerate(_starts(calendar)):
            if part != last and (at := calendar.instant(on, start)) > after:
                return at
        on += timedelta(days=1)
