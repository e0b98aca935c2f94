"""The namespace and its search attributes: made if missing, checked if there. Safe to repeat on every deployment."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from temporal.attributes import TYPES

RETENTION = timedelta(days=1200)
"""How long a closed run stays readable for curators: three years and a margin for the report on the third."""

_TRIES = 20


class AttributeMismatch(Exception):
    """An attribute of this name has another type; Temporal would take the repeat silently and change nothing."""


async def ensure(client: Client) -> None:
    """The client's namespace exists with all attributes of the right types. Raises AttributeMismatch, RPCError."""
    await _ensure_namespace(client)
    for attempt in range(_TRIES):
        try:
            await _ensure_attributes(client)
            break
        except RPCError as error:
            # a namespace just made is known to all parts of the server a moment later; a twin may be registering too
            if error.status not in {RPCStatusCode.NOT_FOUND, RPCStatusCode.UNAVAILABLE, RPCStatusCode.INTERNAL}:
                raise
            if attempt == _TRIES - 1:
                raise
            await asyncio.sleep(0.5)


async def _ensure_namespace(client: Client) -> None:
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        request = RegisterNamespaceRequest(namespace=client.namespace, description="Otklik")
        request.workflow_execution_retention_period.FromTimedelta(RETENTION)
        try:
            await client.workflow_service.register_namespace(request)
        except RPCError as race:
            if race.status is not RPCStatusCode.ALREADY_EXISTS:
                raise


async def _ensure_attributes(client: Client) -> None:
    listing = ListSearchAttributesRequest(namespace=client.namespace)
    have = dict((await client.operator_service.list_search_attributes(listing)).custom_attributes)
    missing = {name: kind for name, kind in TYPES.items() if name not in have}
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
        have |= missing
    wrong = [name for name, kind in TYPES.items() if have.get(name) != kind]
    if wrong:
        raise AttributeMismatch(
            f"search attributes of another type in namespace {client.namespace}: {', '.join(sorted(wrong))}; "
            "remove them or use another namespace"
        )
