"""The search attributes as Temporal types them, for registering and for the start of a run."""

from __future__ import annotations

from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from domain.attributes import BOOLS, DATETIMES, KEYWORDS, of_standing
from domain.standing import Start

KEYS: dict[str, SearchAttributeKey[Any]] = (
    {name: SearchAttributeKey.for_keyword(name) for name in KEYWORDS}
    | {name: SearchAttributeKey.for_datetime(name) for name in DATETIMES}
    | {name: SearchAttributeKey.for_bool(name) for name in BOOLS}
)

TYPES: dict[str, IndexedValueType.ValueType] = (
    dict.fromkeys(KEYWORDS, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
    | dict.fromkeys(DATETIMES, IndexedValueType.INDEXED_VALUE_TYPE_DATETIME)
    | dict.fromkeys(BOOLS, IndexedValueType.INDEXED_VALUE_TYPE_BOOL)
)


def of_start(begin: Start) -> TypedSearchAttributes:
    """All attributes as a run begins with them."""
    values = {"MessageNumber": begin.number, "Regulation": begin.regulation} | dict(of_standing(begin.standing))
    return TypedSearchAttributes(
        [SearchAttributePair(KEYS[name], value) for name, value in values.items() if value is not None]
    )
