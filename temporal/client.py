"""How we reach Temporal: one client a process, with a short patience, since the record is safe without it."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig, RPCError

PATIENCE = RetryConfig(max_elapsed_time_millis=2000, max_retries=3)
"""A silent Temporal costs a request two seconds, not ten: the relay rings again."""


async def connect(address: str, namespace: str, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
    """A client of the namespace. `lazy`: no call is made until the first use; a worker's client cannot be lazy.

    Raises RuntimeError when a non-lazy client finds nobody there.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=pydantic_data_converter,
        retry_config=PATIENCE,
        lazy=lazy,
        runtime=runtime,
    )


async def reachable(client: Client) -> bool:
    """Whether Temporal answers now."""
    try:
        return await client.service_client.check_health(timeout=timedelta(seconds=2))
    except (RPCError, RuntimeError):
        return False
