"""The file of keys: read with suspicion, written once."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import shlex
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.durable import sync_folder

KEY_BYTES = 32
_KEY_ID = re.compile("[A-Za-z0-9_-]{1,32}")
_SINGLE = ("index", "tracking", "journal", "confirmation")
"""Keys of which an installation has one each, for good."""


class KeyFileInvalid(Exception):
    """The key file cannot be used. The message names the file and the key, never a value."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys of one installation: `data` by id, of which `current` seals what is new."""

    index: bytes
    tracking: bytes
    journal: bytes
    confirmation: bytes
    data: Mapping[str, bytes]
    current: str


def read_key_file(path: Path) -> Keys:
    """The keys of a TOML file in base64: those of `_SINGLE`, `[data] current`, `[data.keys]` id = key."""
    table = _read_private(path)
    data = _table(path, table, "data", "data")
    keys = _table(path, data, "keys", "data.keys")
    if any(not _KEY_ID.fullmatch(key_id) for key_id in keys):
        raise KeyFileInvalid(f"{path}: data.keys: an id is 1 to 32 of A-Z a-z 0-9 _ -")
    single = {name: _key(path, name, table.get(name)) for name in _SINGLE}
    ring = {key_id: _key(path, f"data.keys.{key_id}", value) for key_id, value in keys.items()}
    current = data.get("current")
    if not isinstance(current, str) or current not in ring:
        raise KeyFileInvalid(f"{path}: data.current must be one of the ids in [data.keys]")
    _refuse_twins(path, single | {f"data.keys.{key_id}": key for key_id, key in ring.items()})
    return Keys(**single, data=ring, current=current)


def _new_keys() -> str:
    made = {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in (*_SINGLE, "k1")}
    return "\n".join(
        [
            "# Otklik's keys. Without this file the encrypted data is lost: back it up, apart from the database.",
            *(f'{name} = "{made[name]}"' for name in _SINGLE),
            "",
            "[data]",
            'current = "k1"',
            "",
            "[data.keys]",
            f'k1 = "{made["k1"]}"',
            "",
        ]
    )


def create_key_file(path: Path) -> None:
    """A file with new keys exists at `path`, on the disk, readable by its owner alone.

    `FileExistsError` where there is one: written over, it would take every sealed value of the installation with it.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(_new_keys())
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a rename, refuses to replace
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _read_private(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                mend = f"chmod 600 {shlex.quote(str(path))}"
                raise KeyFileInvalid(f"{path} is open to group or others (mode {mode:04o}); mend it with: {mend}")
            return tomllib.load(file)
    except OSError as problem:
        raise KeyFileInvalid(f"{path} cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise KeyFileInvalid(f"{path} is not TOML") from None  # the parser's own words could quote a key


def _table(path: Path, outer: Mapping[str, Any], name: str, full_name: str) -> dict[str, Any]:
    table = outer.get(name)
    if not isinstance(table, dict) or not table:
        raise KeyFileInvalid(f"{path}: the table [{full_name}] is missing or empty")
    return table


def _key(path: Path, name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise KeyFileInvalid(f"{path}: {name} is missing (base64 of {KEY_BYTES} bytes)")
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise KeyFileInvalid(f"{path}: {name} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyFileInvalid(f"{path}: {name} has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _refuse_twins(path: Path, keys: Mapping[str, bytes]) -> None:
    seen: dict[bytes, str] = {}
    for name, key in keys.items():
        if key in seen:
            raise KeyFileInvalid(f"{path}: {seen[key]} and {name} are the same key; each purpose needs its own")
        seen[key] = name
