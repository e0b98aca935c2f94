"""Starting and ringing runs. A bell only says that the table has something; it may be repeated, late or lost."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import temporalio.api.common.v1 as common
import temporalio.api.workflowservice.v1 as service
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.sdk.v1 import UserMetadata
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.converter import encode_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from domain.standing import Start
from domain.vocabulary import APPLICANT, QUEUE_PROCESS, WORKFLOW_PLATFORM_MESSAGE, PersonId, workflow_id
from temporal.attributes import of_start

TASK_TIMEOUT = timedelta(seconds=5)
"""A killed worker costs a workflow task no more than this."""

_CALL_TIMEOUT = timedelta(seconds=2)

Answer = TypeVar("Answer")


class Unreachable(Exception):
    """Temporal did not take the call; what was to be told stays in the table and is told again."""


async def start(client: Client, begin: Start, *, request_id: str, rebuild: bool = False) -> None:
    """The case has a run. Repeating the call changes nothing.

    At intake the request id is the message's own id. `rebuild`: also where a run of this id was closed by hand or lost; the
    caller has made sure that the case is open and gives a fresh request id. Raises Unreachable.
    """
    converter = client.data_converter
    reuse = WorkflowIdReusePolicy
    request = service.StartWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=workflow_id(begin.case_id),
        workflow_type=common.WorkflowType(name=WORKFLOW_PLATFORM_MESSAGE),
        task_queue=TaskQueue(name=QUEUE_PROCESS),
        input=common.Payloads(payloads=await converter.encode([begin])),
        request_id=request_id,
        identity="otklik",
        workflow_id_reuse_policy=(
            reuse.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
            if rebuild
            else reuse.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
        ),
        workflow_id_conflict_policy=WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
        user_metadata=UserMetadata(summary=(await converter.encode([_summary(begin)]))[0]),
    )
    request.workflow_task_timeout.FromTimedelta(TASK_TIMEOUT)
    encode_search_attributes(of_start(begin), request.search_attributes)
    try:
        await client.workflow_service.start_workflow_execution(request, retry=True, timeout=_CALL_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise Unreachable(error.status.name) from None
    except RuntimeError:
        raise Unreachable("UNAVAILABLE") from None


async def ring(client: Client, case_id: str, name: str, *, request_id: str, person: PersonId | None = None) -> bool:
    """The run has been told. False when there is no open run to hear it: reconcile, do not repeat. Raises Unreachable.

    The signal carries the action as its name, the staff number as its identity, the decision's id as input and request id.
    """
    request = service.SignalWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=common.WorkflowExecution(workflow_id=workflow_id(case_id)),
        signal_name=name,
        input=common.Payloads(payloads=await client.data_converter.encode([request_id])),
        request_id=request_id,
        identity=_identity(person),
    )
    call = client.workflow_service.signal_workflow_execution(request, retry=True, timeout=_CALL_TIMEOUT)
    return await _unless_gone(call) is not None


def _identity(person: PersonId | None) -> str:
    if person is None:
        return "otklik"
    return f"staff-{person}" if person != APPLICANT else "applicant"


async def is_running(client: Client, case_id: str) -> bool:
    """Whether the case has an open run. Raises Unreachable."""
    found = await _unless_gone(client.get_workflow_handle(workflow_id(case_id)).describe(rpc_timeout=_CALL_TIMEOUT))
    return found is not None and found.status is WorkflowExecutionStatus.RUNNING


async def _unless_gone(call: Awaitable[Answer]) -> Answer | None:
    """What Temporal answers; None when it knows of no such run."""
    try:
        return await call
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise Unreachable(error.status.name) from None
    except RuntimeError:
        raise Unreachable("UNAVAILABLE") from None


def _summary(begin: Start) -> str:
    return f"Сообщение {begin.number}, категория {begin.standing.category or 'не указана'}"
