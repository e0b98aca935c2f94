"""Records the history of each path for this release. `python -m tests.replay.record` adds what is missing and overwrites nothing.

A history that was recorded once is the past of somebody's message: a later release must replay it as it is.
"""

from __future__ import annotations

import asyncio
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from tests.process.alone import product_alone
from tests.process.walk import PATHS
from tests.shape.test_commands import walked

FOLDER = Path(__file__).parent.parent / "histories" / "platform_message"


def release() -> str:
    """The release of this checkout."""
    project = tomllib.loads((Path(__file__).parent.parent.parent / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def file_of(path: str, number: int) -> Path:
    """Where a path's history lies; runs after a renewal have numbers of their own."""
    return FOLDER / f"{path}{f'-{number}' if number > 1 else ''}-{release()}.json"


def compact(history: WorkflowHistory) -> str:
    """The history in one line an event, without the name of the machine that recorded it."""
    events = [_nameless(event) for event in json.loads(history.to_json())["events"]]
    lines = ",\n".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


def _nameless(value: Any) -> Any:
    match value:
        case dict():
            return {key: _nameless(one) for key, one in value.items()}
        case list():
            return [_nameless(one) for one in value]
        case str():
            return _MACHINE.sub("worker", value)
        case _:
            return value


_MACHINE = re.compile(r"^[0-9]+@[^ ]+$")
"""Process and host: the identity of a worker, and the name of the queue that is its own."""


async def main() -> None:
    """Each path of this release that has no history yet is walked once on servers of its own."""
    missing = [path for path in PATHS if not file_of(path, 1).exists()]
    if not missing:
        print(f"release {release()} has a history of each path; a recorded history is never replaced")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with product_alone() as (product, clock):
        for path in missing:
            for number, run in enumerate(await walked(product, clock, path), 1):
                file_of(path, number).write_text(compact(run))
                print(f"{file_of(path, number).name}: {len(run.events)} events")


if __name__ == "__main__":
    asyncio.run(main())
