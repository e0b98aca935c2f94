"""Key rings for tests: real keys, none of them a real one."""

from __future__ import annotations

import base64
from pathlib import Path

from storage.key_file import Keys
from storage.keys import KeyRing


def key(number: int) -> bytes:
    return bytes([number]) * 32


def ring(*, current: str = "k1", data: dict[str, bytes] | None = None, tracking: int = 2) -> KeyRing:
    return KeyRing(Keys(key(1), key(tracking), key(3), key(9), data or {"k1": key(4)}, current))


def key_file(path: Path, text: str | None = None, *, mode: int = 0o600, replaced: dict[str, str] | None = None) -> Path:
    """A good key file, or the given text, with the given mode."""
    names = {"index": 1, "tracking": 2, "journal": 3, "confirmation": 9, "k1": 4}
    values = {name: base64.b64encode(key(number)).decode() for name, number in names.items()} | (replaced or {})
    lines = [f'{name} = "{values[name]}"' for name in ("index", "tracking", "journal", "confirmation")]
    lines += ["[data]", 'current = "k1"', "[data.keys]", f'k1 = "{values["k1"]}"']
    path.write_text(text if text is not None else "\n".join(lines), encoding="utf-8")
    path.chmod(mode)
    return path
