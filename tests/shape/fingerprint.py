"""The shape of a run: the commands that its code gave, in order, as a replay would demand them again."""

from __future__ import annotations

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

_E = EventType


def commands(history: WorkflowHistory) -> list[str]:
    """One line a command. Timers are the waits of `wait_condition` with a deadline, named by what they wait for."""
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
            return "wait ended by a bell"
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
