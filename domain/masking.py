"""What looks like somebody's contact or document is taken out of a text that leaves the record: mail to the support desk."""

from __future__ import annotations

import re

HIDDEN_EMAIL, HIDDEN_NUMBER = "[скрыта почта]", "[скрыт номер]"

_EMAIL = re.compile(r"[^\s@<>()\[\],;:]+@[^\s@<>()\[\],;:]+\.[^\s@<>()\[\],;:.]{2,}")
_LONG_NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ \u00a0().-]{0,3}\d){9,}(?!\w)")
"""Ten digits or more, however they are parted: phones, СНИЛС, ИНН, passports, insurance policies."""

_MESSAGE_NUMBER = re.compile(r"\d{4}-\d{7}")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} ")


def masked(text: str) -> tuple[str, int]:
    """The text without addresses of mail and long numbers, and how many there were. Numbers of messages and dates stay."""
    text, emails = _EMAIL.subn(HIDDEN_EMAIL, text)
    found = 0

    def hide(match: re.Match[str]) -> str:
        nonlocal found
        if _MESSAGE_NUMBER.fullmatch(match[0]) or _DATE.match(match[0]):
            return match[0]
        found += 1
        return HIDDEN_NUMBER

    return _LONG_NUMBER.sub(hide, text), emails + found
