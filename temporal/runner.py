"""The sandbox, asked less: our payloads are encoded alike wherever they stand, so nobody needs to ask in which command.

The SDK asks the sandboxed workflow for each payload's serialization context, three times a payload, each time through the
sandbox's importer. That was a fifth of the worker's time. Our data converter uses no context: the answer is always none.
"""

from __future__ import annotations

from typing import Any

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import _Definition

_RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules("domain", "workflows")
"""Our runs keep nothing in their modules, and all that these import was passed through before: to execute the module of the
workflow anew for each run, with the decorators of its class, was most of a run's beginning (2.7 of 3 ms). Builtins stay restricted.
"""

_NO_STORE = StorageDriverStoreContext(target=None)
"""Payloads carry ids and codes; none is ever stored elsewhere."""


class ContextFreeRunner(WorkflowRunner):
    """Runs workflows in the sandbox. Do not use it with a codec or converter that depends on the context of a payload."""

    def __init__(self) -> None:
        self._sandbox = SandboxedWorkflowRunner(restrictions=_RESTRICTIONS)

    def prepare_workflow(self, defn: _Definition) -> None:
        """The sandbox's own checks of the definition."""
        self._sandbox.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A sandboxed run that answers for the contexts of its payloads itself."""
        return _ContextFree(self._sandbox.create_instance(det))

    def set_worker_level_failure_exception_types(self, types: Any) -> None:
        """Handed on."""
        self._sandbox.set_worker_level_failure_exception_types(types)


class _ContextFree(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: Any) -> Any:
        return self._sandboxed.activate(act)

    def get_info(self) -> Any:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return _NO_STORE
