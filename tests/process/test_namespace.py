"""Namespace and search attributes: registered once, however often and by however many at once; a wrong type is an error."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client

from embedded.temporal_server import TemporalServer
from temporal.attributes import TYPES
from temporal.client import connect
from temporal.namespace import RETENTION, AttributeMismatch, ensure

pytestmark = pytest.mark.anyio


async def attributes(client: Client) -> dict[str, int]:
    """The custom attributes of the client's namespace."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return dict((await client.operator_service.list_search_attributes(request)).custom_attributes)


async def fresh(temporal: TemporalServer) -> Client:
    """A client of a namespace that nobody has made yet."""
    return await connect(temporal.address, f"fresh-{uuid4().hex[:8]}")


async def test_namespace_and_attributes_are_made_and_a_repeat_changes_nothing(temporal: TemporalServer) -> None:
    client = await fresh(temporal)

    await ensure(client)
    first = await attributes(client)
    await ensure(client)

    assert first == TYPES
    assert await attributes(client) == first
    request = DescribeNamespaceRequest(namespace=client.namespace)
    made = await client.workflow_service.describe_namespace(request)
    assert made.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION


async def test_several_at_once_register_the_same(temporal: TemporalServer) -> None:
    client = await fresh(temporal)

    await asyncio.gather(*(ensure(client) for _ in range(6)))

    assert await attributes(client) == TYPES


async def test_attributes_that_are_missing_are_added_to_those_there(temporal: TemporalServer) -> None:
    client = await fresh(temporal)
    await register(client, "Stage", IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)

    await ensure(client)

    assert await attributes(client) == TYPES


async def test_attribute_of_another_type_is_an_error_that_names_it(temporal: TemporalServer) -> None:
    client = await fresh(temporal)
    await register(client, "DueAt", IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)

    with pytest.raises(AttributeMismatch, match="DueAt"):
        await ensure(client)


async def test_no_attribute_is_of_type_text_and_none_exceeds_the_limits_of_the_store() -> None:
    kinds = list(TYPES.values())
    limits = {
        IndexedValueType.INDEXED_VALUE_TYPE_TEXT: 0,
        IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD: 10,
        IndexedValueType.INDEXED_VALUE_TYPE_DATETIME: 3,
        IndexedValueType.INDEXED_VALUE_TYPE_BOOL: 3,
    }
    assert all(kinds.count(kind) <= most for kind, most in limits.items())


async def register(client: Client, name: str, kind: IndexedValueType.ValueType) -> None:
    """The namespace exists with this one attribute."""
    request = RegisterNamespaceRequest(namespace=client.namespace)
    request.workflow_execution_retention_period.FromTimedelta(RETENTION)
    await client.workflow_service.register_namespace(request)
    for _ in range(50):
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes={name: kind})
            )
            if name in await attributes(client):
                return
        except Exception:  # noqa: BLE001  # the namespace is not known to all parts of the server yet
            await asyncio.sleep(0.1)
    pytest.fail("the attribute was not registered")
