"""Personal identifiers: their one normal form, and where they stand in free text.

A guard against spreading them (search index, logs), not proof that a text holds none: names and addresses stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_SEPARATOR = "[ \u00a0\u2007\u2009\u202f.\u2010-\u2015-]"  # spaces that text processors put in, dots, dashes
_REGION = "RU"


class Kind(StrEnum):
    """What an identifier is; the value is the word that stands for it in a masked text."""

    EMAIL = "эл. почта"
    PHONE = "телефон"
    SNILS = "СНИЛС"
    POLICY = "полис"  # ЕНП; its check digit is Luhn's, so that a bank card looks the same
    PASSPORT = "паспорт"
    NUMBER = "номер"  # long enough for a card, an account or a mistyped policy or СНИЛС


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier at `text[start:end]`; `value` is its normal form and stays out of `repr`."""

    kind: Kind
    start: int
    end: int
    value: str = field(repr=False)


def normal_phone(raw: str) -> str | None:
    """`+78472241075`; a number without a country is Russian, an extension is dropped. None for short codes as 122."""
    try:
        number = phonenumbers.parse(raw, _REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_email(raw: str) -> str | None:
    """The address in lower case (no mail server in use tells letters of two sizes apart); asks no name server."""
    try:
        return validate_email(raw.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def normal_snils(raw: str) -> str | None:
    """Eleven digits with a right check sum. Numbers up to 001-001-998 were given before there was one."""
    digits = _digits(raw)
    if digits is None or len(digits) != 11 or digits == "0" * 11:
        return None
    if digits[:9] <= "001001998" or int(digits[9:]) == _snils_check(digits):
        return digits
    return None


def inn_is_valid(raw: str) -> bool:
    """Whether it is a taxpayer's number (ИНН), of an organisation (10 digits) or a person (12)."""
    if not re.fullmatch("[0-9]{10}|[0-9]{12}", raw) or not raw.strip("0"):
        return False
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    ends = (9,) if len(raw) == 10 else (10, 11)
    return all(_inn_check(raw[:end], weights[-end:]) == int(raw[end]) for end in ends)


def find_identifiers(text: str) -> tuple[Found, ...]:
    """Every identifier, in the order of the text, none overlapping another. Rather one too many than one missed.

    Looked for in the text as it is, then across its line ends and wide spaces.
    """
    found: list[Found] = []
    taken = bytearray(len(text))
    for candidate in (*_candidates(text), *_broken_candidates(text)):
        if not any(taken[candidate.start : candidate.end]):
            taken[candidate.start : candidate.end] = b"\1" * (candidate.end - candidate.start)
            found.append(candidate)
    return tuple(sorted(found, key=lambda one: one.start))


def masked(text: str) -> str:
    """The text with «[СНИЛС]», «[телефон]» and so on in place of its identifiers."""
    return _replaced(text, lambda one: f"[{one.kind}]")


def without_identifiers(text: str) -> str:
    """The text with a space in place of each identifier: what may be indexed."""
    return _replaced(text, lambda _: " ")


_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SNILS = re.compile(rf"(?<![0-9])[0-9]{{3}}(?:{_SEPARATOR}[0-9]{{3}}){{2}}{_SEPARATOR}?[0-9]{{2}}(?![0-9])")
_ELEVEN = re.compile(r"(?<![0-9])[0-9]{11}(?![0-9])")
_LONG = re.compile(
    rf"(?<![0-9])(?:[0-9]{{16,20}}|[0-9]{{4}}(?:{_SEPARATOR}[0-9]{{4}}){{3}}(?:{_SEPARATOR}?[0-9]{{1,4}})?)(?![0-9])"
)
_BLANK = rf"[0-9]{{2}}{_SEPARATOR}?(?:[0-3][0-9]|9[7-9])"  # a passport's series ends with the year of its blank
_PASSPORT = re.compile(  # not after a date: «от 12.05.2024 № 123456»
    rf"(?<![0-9])(?<![0-9][./-]){_BLANK}(?:\s*,?\s*(?:номер|ном\.?|№|N)\s*|\s+)[0-9]{{6}}(?![0-9])", re.IGNORECASE
)
_PASSPORT_NAMED = re.compile(r"(?:паспорт\w*|сери[яией]+)[^0-9\n]{0,40}?(?P<number>[0-9]{10})(?![0-9])", re.IGNORECASE)


_WIDE = re.compile(r"\s{2,}|[^\S ]")
_MAYBE_DIALLED = re.compile(r"\d(?:[\Wx]{0,4}\d){5}")
"""No telephone number has fewer digits, nor more signs between two of them: the library looks long at what holds none."""
_DIALLED = re.compile(r"(?<![0-9])(?:\+7|8)(?:[\s().\u2010-\u2015-]{0,3}[0-9]){10}(?![0-9])")


def _broken_candidates(text: str) -> Iterator[Found]:
    """The same in the text with one space in place of each gap."""
    if not _WIDE.search(text):
        return
    places = [at for at, sign in enumerate(text) if not sign.isspace() or at == 0 or not text[at - 1].isspace()]
    flat = "".join(" " if text[at].isspace() else text[at] for at in places)
    for one in _candidates(flat):
        yield Found(one.kind, places[one.start], places[one.end - 1] + 1, one.value)


def _candidates(text: str) -> Iterator[Found]:
    """Identifiers that may overlap; where two do, the one that comes first here is meant."""
    for match in _EMAIL.finditer(text):
        yield Found(Kind.EMAIL, *match.span(), normal_email(match[0]) or match[0].lower())
    for match in _SNILS.finditer(text):
        digits = "".join(re.findall("[0-9]", match[0]))
        yield Found(Kind.SNILS if normal_snils(digits) else Kind.NUMBER, *match.span(), digits)
    for match in _LONG.finditer(text):
        digits = "".join(re.findall("[0-9]", match[0]))
        policy = len(digits) == 16 and _luhn(digits)
        yield Found(Kind.POLICY if policy else Kind.NUMBER, *match.span(), digits)
    for match in _PASSPORT_NAMED.finditer(text):
        yield Found(Kind.PASSPORT, *match.span("number"), match["number"])
    for phone in phonenumbers.PhoneNumberMatcher(text, _REGION) if _MAYBE_DIALLED.search(text) else ():
        if _dialled(phone.raw_string):
            number = phonenumbers.format_number(phone.number, phonenumbers.PhoneNumberFormat.E164)
            bracket = phone.raw_string.startswith("(") and phone.raw_string.count("(") > phone.raw_string.count(")")
            yield Found(Kind.PHONE, phone.start + bracket, phone.end, number)
    for match in _DIALLED.finditer(text):  # the library leaves a number out that another stands beside
        if dialled := normal_phone(match[0]):
            yield Found(Kind.PHONE, *match.span(), dialled)
    for match in _PASSPORT.finditer(text):
        yield Found(Kind.PASSPORT, *match.span(), "".join(re.findall("[0-9]", match[0])))
    for match in _ELEVEN.finditer(text):
        if normal_snils(match[0]):
            yield Found(Kind.SNILS, *match.span(), match[0])


def _replaced(text: str, substitute: Callable[[Found], str]) -> str:
    pieces, end = [], 0
    for one in find_identifiers(text):
        pieces += [text[end : one.start], substitute(one)]
        end = one.end
    return "".join([*pieces, text[end:]])


def _dialled(raw: str) -> bool:
    """Whether it is written as a telephone number: ten bare digits that begin otherwise are an ИНН or a case number."""
    return not raw.isdecimal() or len(raw) != 10 or raw.startswith("9")


def _digits(raw: str) -> str | None:
    bare = re.sub(_SEPARATOR, "", raw.strip())
    return bare if re.fullmatch("[0-9]+", bare) else None


def _snils_check(digits: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1), strict=False)) % 101 % 100


def _inn_check(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
