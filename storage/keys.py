"""The key ring: what is secret in the record is sealed, found again and vouched for with the keys of one file."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.key_file import KEY_BYTES, Keys, read_key_file
from storage.tracking import normal_tracking_code, tracking_code_of

NONCE_BYTES = 12
TAG_BYTES = 16
ONE_TIME_DIGITS = 6


class Undecipherable(Exception):
    """A sealed value was changed, moved to another place, or sealed with a key that the ring does not hold."""


class KeyRing:
    """The keys of one installation, held in memory; thread-safe, never printed.

    A sealed value is: length of the key's id (1 byte), the id, a random nonce, AES-256-GCM ciphertext with its tag.
    New values take the current key; old keys stay in the file for as long as something sealed with them exists.
    Random nonces bear 2**32 values a key: make another key current long before. The others do not rotate: another `index`
    finds nothing again, another `tracking` voids every code that was handed out, another `journal` vouches for no earlier
    text, another `confirmation` voids the one-time codes under way.
    """

    def __init__(self, keys: Keys) -> None:
        self._index, self._tracking, self._journal = keys.index, keys.tracking, keys.journal
        self._confirmation = keys.confirmation
        self._data, self.current = keys.data, keys.current
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.data.items()}
        self._current = self._ciphers[keys.current]
        self._header = bytes([len(keys.current)]) + keys.current.encode("ascii")
        self._subkey = lru_cache(maxsize=64)(self._derive)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The ring of a TOML file; `KeyFileInvalid` says what is wrong with it, and how to mend what a command can."""
        return cls(read_key_file(path))

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} data keys)"

    def seal(self, content: bytes, bound_to: bytes) -> bytes:
        """The content, readable only by this ring and only together with the same `bound_to`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._header + nonce + self._current.encrypt(nonce, content, bound_to)

    def unseal(self, blob: bytes, bound_to: bytes) -> bytes:
        """What `seal` was given; `Undecipherable` where anything is not as it was then."""
        start = 1 + blob[0] if blob else 1
        cipher = self._ciphers.get(blob[1:start].decode("ascii", "replace"))
        if cipher is None or len(blob) < start + NONCE_BYTES + TAG_BYTES:
            raise Undecipherable("the sealed value is cut short, or its key is not in the ring")
        try:
            return cipher.decrypt(blob[start : start + NONCE_BYTES], blob[start + NONCE_BYTES :], bound_to)
        except InvalidTag:
            raise Undecipherable("the sealed value was changed or comes from another place") from None

    def encrypt(self, plaintext: str, place: str) -> bytes:
        """The text, sealed for one place in the record ("table.column"): moved to another, it cannot be read."""
        return self.seal(plaintext.encode(), place.encode())

    def decrypt(self, blob: bytes, place: str) -> str:
        """The text that `encrypt` was given for the same place."""
        try:
            return self.unseal(blob, place.encode()).decode()
        except Undecipherable as problem:
            raise Undecipherable(f"{place}: {problem}") from None

    def blind_index(self, value: str, place: str) -> bytes:
        """32 bytes, equal for equal values of one place, that tell nothing without the key. Normalise values first."""
        return hmac.digest(self._subkey(place), value.encode(), sha256)

    def tracking_code(self, message_id: UUID, issue: int) -> str:
        """What the applicant follows the message with; stored nowhere. The next `issue` voids the one before."""
        secret = hmac.digest(self._tracking, message_id.bytes + issue.to_bytes(4, "big"), sha256)
        return tracking_code_of(secret)

    def matches_tracking_code(self, raw: str, message_id: UUID, issue: int) -> bool:
        """Whether the code, as a person typed it, belongs to this issue of the message; in constant time."""
        given = normal_tracking_code(raw) or ""
        return hmac.compare_digest(given, self.tracking_code(message_id, issue))

    def one_time_code(self, draft_id: UUID, issue: int, contact: str) -> str:
        """Six digits that whoever reads this contact's mail learns; stored nowhere. Guessing is for the caller to count."""
        told = draft_id.bytes + issue.to_bytes(4, "big") + contact.encode()
        number = int.from_bytes(hmac.digest(self._confirmation, told, sha256)[:8], "big")
        return f"{number % 10**ONE_TIME_DIGITS:0{ONE_TIME_DIGITS}}"

    def matches_one_time_code(self, raw: str, draft_id: UUID, issue: int, contact: str) -> bool:
        """Whether the code, as a person typed it, is the one of this issue to this contact; in constant time."""
        given = "".join(sign for sign in raw if sign in "0123456789")
        return hmac.compare_digest(given, self.one_time_code(draft_id, issue, contact))

    def text_digest(self, text: str, case_key: bytes = b"") -> str:
        """64 hex digits that vouch for a text in the journal without telling it.

        With a random `case_key` kept beside the case's texts, erasing both leaves a digest that even the holder of the
        key file cannot try guesses against.
        """
        prefix = len(case_key).to_bytes(2, "big") + case_key
        return hmac.digest(self._journal, prefix + text.encode(), sha256).hex()

    def journal_seal(self, content: bytes, key_id: str) -> bytes:
        """32 bytes that nobody can make for the content without this data key; `Undecipherable` if the ring lacks it.

        New seals take the key `current`; an old one is checked with the key that it names.
        """
        if key_id not in self._data:
            raise Undecipherable(f"the key «{key_id}» is not in the ring")
        return hmac.digest(_subkey(self._data[key_id], b"journal-seal"), content, sha256)

    def _derive(self, place: str) -> bytes:
        return _subkey(self._index, b"blind-index:" + place.encode())


def _subkey(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)


def sealed_overhead(first_byte: bytes) -> int:
    """By how much a sealed value that begins so is longer than its content."""
    return 1 + (first_byte[0] if first_byte else 0) + NONCE_BYTES + TAG_BYTES
