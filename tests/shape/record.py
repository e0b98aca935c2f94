"""Writes the golden file of commands: `python -m tests.shape.record`. Look at the difference before you commit."""

from __future__ import annotations

import asyncio

from tests.process.alone import product_alone
from tests.process.walk import PATHS
from tests.shape.fingerprint import as_golden, commands
from tests.shape.test_commands import GOLDEN, walked


async def main() -> None:
    """Each path is walked once on servers of its own."""
    found: dict[str, list[str]] = {}
    async with product_alone() as (product, clock):
        for path in PATHS:
            found[path] = [line for run in await walked(product, clock, path) for line in commands(run)]
            print(f"{path}: {len(found[path])} commands")
    GOLDEN.write_text(as_golden(found))


if __name__ == "__main__":
    asyncio.run(main())
