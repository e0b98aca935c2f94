"""The applicant's tracking code: 80 bits in sixteen characters that survive a telephone and a Russian keyboard."""

from __future__ import annotations

import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_LENGTH = 16
_LOOK_ALIKES = str.maketrans(
    {"O": "0", "I": "1", "L": "1"}
    | dict(zip("АВЕЁКМНОРСТУХЗІӀЅЈ", "ABEEKMH0PCTYX311SJ", strict=True))  # Cyrillic letters on the left
)


def tracking_code_of(secret: bytes) -> str:
    """The first 80 bits of the secret as `XXXX-XXXX-XXXX-XXXX`."""
    number = int.from_bytes(secret[:10], "big")
    return _grouped("".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5)))


def normal_tracking_code(raw: str) -> str | None:
    """The code in the form in which it was issued, or None if it cannot be one.

    Forgives case, spaces, dashes, O for 0, I and L for 1, and Cyrillic letters that look like Latin ones.
    """
    if len(raw) > 8 * _LENGTH:
        return None
    signs = unicodedata.normalize("NFKC", raw).upper().translate(_LOOK_ALIKES)
    code = "".join(sign for sign in signs if unicodedata.category(sign) not in _IGNORED)
    if len(code) != _LENGTH or not set(code) <= set(_ALPHABET):
        return None
    return _grouped(code)


_IGNORED = {"Zs", "Cc", "Cf", "Pd"}  # spaces, tabs and line ends, invisible signs, dashes of any length


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, _LENGTH, 4))
