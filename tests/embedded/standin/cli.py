"""Stands in for the product's one-shot commands: notes each call beside the attachments."""

import os
import sys
from pathlib import Path

folder = Path(os.environ["OTKLIK_FILES_DIR"])
owner = "owner" if "OTKLIK_DATABASE_OWNER_URL" in os.environ else "application"
with (folder / "calls.txt").open("a") as calls:
    calls.write(f"{' '.join(sys.argv[1:])} as {owner}\n")
if (folder / f"fail-{sys.argv[1]}").exists():
    sys.exit("migration 7 is wrong")
