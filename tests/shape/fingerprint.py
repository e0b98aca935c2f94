"""The shape of a run: the commands that its code gave, in order, as a replay would demand them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle, WorkflowHistory

from domain.vocabulary import ACTIVITY_JUDGE, QUEUE_PROCESS

_E = EventType


def commands(history: WorkflowHistory) -> list[str]:
    """One line a command. Waits are the timers of alarms, named by what they wait for."""
    return [line for event in history.events if (line := _line(event))]


def _line(event: HistoryEvent) -> str | None:
    match event.event_type:
        case _E.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            failed = " failed" if marker.HasField("failure") else ""
            return f"{_marker(marker.marker_name)}{failed}"
        case _E.EVENT_TYPE_TIMER_STARTED:
            return f"wait: {_summary(event)}"
        case _E.EVENT_TYPE_TIMER_CANCELED:
            return "wait given up"
        case _E.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            scheduled = event.activity_task_scheduled_event_attributes
            return f"activity {scheduled.activity_type.name} on {scheduled.task_queue.name}"
        case _E.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            upserted = event.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields
            return f"attributes {' '.join(sorted(upserted))}"
        case _E.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            return "return"
        case _E.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
            return "continue as new"
        case _E.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED | _E.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
            return EventType.Name(event.event_type)
        case _:
            return None


def _marker(name: str) -> str:
    return "judge" if name == "core_local_activity" else f"marker {name}"


def _summary(event: HistoryEvent) -> str:
    """The title of the alarm without its instant."""
    text = event.user_metadata.summary.data.decode().strip('"')
    return text.rsplit(",", 1)[0]


def took_a_detour(history: WorkflowHistory) -> bool:
    """Whether a local judge was too slow, so that a normal activity took over."""
    return any(line == f"activity {ACTIVITY_JUDGE} on {QUEUE_PROCESS}" for line in commands(history))


async def histories_of(handle: WorkflowHandle[Any, Any], client: Client) -> list[WorkflowHistory]:
    """All runs of a workflow, oldest first: a renewed one has several."""
    found: list[WorkflowHistory] = []
    run_id: str | None = (await handle.describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(handle.id, run_id=run_id).fetch_history()
        found.insert(0, history)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return found


def golden(file: Path) -> dict[str, list[str]]:
    """The commands of each path as the golden file has them."""
    found: dict[str, list[str]] = {}
    for line in file.read_text().splitlines():
        if line.startswith("## "):
            found[line[3:]] = []
        elif line and not line.startswith("#"):
            next(reversed(found.values())).append(line)
    return found


def as_golden(found: Mapping[str, Sequence[str]]) -> str:
    """The golden file of these commands."""
    head = (
        "# The commands of each path in their order; see test_commands.py. Written by `python -m tests.shape.record`.\n"
    )
    return head + "".join(f"\n## {path}\n" + "\n".join(lines) + "\n" for path, lines in sorted(found.items()))
