"""How we reach Temporal: one client a process, with a short patience, since the record is safe without it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import (
    AdvancedJSONEncoder,
    BinaryNullPayloadConverter,
    BinaryPlainPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
    JSONPlainPayloadConverter,
    JSONProtoPayloadConverter,
)
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig, RPCError


class _Utf8Json(JSONPlainPayloadConverter):
    """Russian summaries as they are read, not as six bytes a letter."""

    def to_payload(self, value: Any) -> Payload:
        content = json.dumps(value, cls=AdvancedJSONEncoder, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return Payload(metadata={"encoding": self.encoding.encode()}, data=content.encode())


class _Payloads(CompositePayloadConverter):
    def __init__(self) -> None:
        super().__init__(
            BinaryNullPayloadConverter(),
            BinaryPlainPayloadConverter(),
            JSONProtoPayloadConverter(),  # the SDK answers the question for the current details with a message of its own
            _Utf8Json(),
        )


CONVERTER = DataConverter(payload_converter_class=_Payloads)
"""Plain JSON: we record codes, ids and dates in small dataclasses. Pydantic's converter, made anew for each task, cost more."""

PATIENCE = RetryConfig(max_elapsed_time_millis=2000, max_retries=3)
"""A silent Temporal costs a request two seconds, not ten: the relay rings again."""


async def connect(address: str, namespace: str, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
    """A client of the namespace. `lazy`: no call is made until the first use; a worker's client cannot be lazy.

    Raises RuntimeError when a non-lazy client finds nobody there.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=CONVERTER,
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
