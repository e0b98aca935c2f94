"""Names of files that survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """The names in `folder` are on the disk. `fsync` of a file settles its content; its name belongs to the folder."""
    if os.name != "posix":
        return  # Windows cannot open a folder, and journals names by itself
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
