"""Forms out of an action's JSON Schema, and what was typed in them back into the action's parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from web.forms import Field, Kind, Option, Typed
from web.posted import Posted, number_of

_LONG = 300
"""Longer texts get more than one line."""

_SELF_EXPLAINED = frozenset({"select", "ordered", "group", "rows"})
"""Kinds whose choices or fields say what the schema tells programs."""

_ROW_DIGITS = 9
"""More than the number of a row has."""

_NEW_ROWS = 1
"""Empty rows below the filled ones: who fills it gets the next by saving."""

FIND = "find."
"""Before a field's name: the words by which its choices are searched."""

_PLACES = 3
"""Places that a list of people in order offers at first."""


def fields_of(schema: Mapping[str, Any], typed: Typed) -> list[Field]:
    """The schema's fields in its order."""
    return [
        _field(name, own, required=name in schema.get("required", ()), typed=typed)
        for name, own in _properties(schema).items()
    ]


def with_found(
    schema: Mapping[str, Any], name: str, options: Iterable[Option], find: str, *, more: bool
) -> dict[str, Any]:
    """The schema whose named field, or each of its items, is one of what was found."""
    own = _plain(schema["properties"][name], schema.get("$defs", {}))
    one_of = {"oneOf": [{"const": one.value, "title": one.title, "x-category": one.group} for one in options]}
    offered = {"items": one_of} if own.get("type") == "array" else one_of
    return {**schema, "properties": {**schema["properties"], name: own | offered | {"x-choices": find, "x-more": more}}}


def with_choices(schema: Mapping[str, Any], choices: Mapping[str, Iterable[Option]]) -> dict[str, Any]:
    """The schema whose named fields take these values alone; of a list, any of them."""
    found = dict(schema["properties"])
    for name, options in choices.items():
        own = _plain(found[name], schema.get("$defs", {}))
        offered = {"oneOf": [{"const": one.value, "title": one.title, "x-category": one.group} for one in options]}
        for told in ("enum", "pattern"):
            own.pop(told, None)
        several = {} if own.get("x-ordered") else {"uniqueItems": True}
        typed = {"type": "integer"} if own.get("items", {}).get("type") == "integer" else {}
        found[name] = own | ({"items": typed | offered} | several if own.get("type") == "array" else offered)
    return {**schema, "properties": found}


def parameters_of(schema: Mapping[str, Any], posted: Posted, zone: ZoneInfo) -> dict[str, Any]:
    """What the form's texts mean to the schema. Empty fields are not there; what cannot be read goes as it is, to be refused."""
    return _parameters(schema, posted, zone, "")


def _properties(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    definitions = schema.get("$defs", {})
    return {name: _plain(own, definitions) for name, own in schema.get("properties", {}).items()}


def _plain(own: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The property without the ways in which pydantic writes «or nothing» and «see there»."""
    outer = {name: own[name] for name in ("title", "description", "default", "x-ordered") if own.get(name) is not None}
    for one in own.get("anyOf", ()):
        if one.get("type") != "null":
            return _plain({**one, **outer}, definitions) | {"nullable": True}
    if "$ref" in own.get("items", {}):
        return {**own, "items": _plain(own["items"], definitions)}
    if "$ref" in own:
        target = dict(definitions[own["$ref"].rpartition("/")[2]])
        return target | {"$defs": dict(definitions)} | outer
    return {**own, **outer}


def _field(name: str, own: Mapping[str, Any], *, required: bool, typed: Typed, prefix: str = "") -> Field:
    full = prefix + name
    kind = _kind(own)
    options = tuple(_options(own))
    values = tuple(typed.values.get(full, _default(own)))
    return Field(
        name=full,
        label=own.get("title", name),
        kind=kind,
        required=required,
        hint=own.get("x-note", "") or (own.get("description", "") if kind not in _SELF_EXPLAINED else ""),
        longest=own.get("maxLength"),
        options=options,
        values=values,
        error=typed.errors.get(full, ""),
        fields=tuple(_inner_fields(kind, own, full, typed)),
        uploaded=tuple(typed.uploaded.get(full, ())),
        places=_places(own, len(values) + (typed.more == full), len(options)),
        find=own.get("x-choices", ""),
        words=next(iter(typed.values.get(FIND + full, ())), ""),
        more=own.get("x-more", False),
    )


def _places(own: Mapping[str, Any], wanted: int, options: int) -> int:
    """Of a list of people: no more than there are, unless only some of them were looked for."""
    places = max(_PLACES, wanted)
    return places if "x-choices" in own else min(places, options)


def _inner_fields(kind: Kind, own: Mapping[str, Any], full: str, typed: Typed) -> Iterator[Field]:
    """Of a group its fields; of rows a group for each that has something in it, and empty ones for more."""
    if kind == "group":
        for name, its in _properties(own).items():
            yield _field(name, its, required=name in own.get("required", ()), typed=typed, prefix=f"{full}.")
    if kind == "rows":
        filled = {name: values for name, values in typed.values.items() if any(value.strip() for value in values)}
        kept = _row_numbers(filled, full)
        for place in range(len(kept) + _NEW_ROWS):
            row = f"{full}.{kept[place] if place < len(kept) else ''}."
            values = {
                f"{full}.{place}.{name.removeprefix(row)}": given
                for name, given in typed.values.items()
                if name.startswith(row)
            }
            its = own["items"] | {"title": f"{own.get('title', full)}: {place + 1}"}
            yield _field(str(place), its, required=False, typed=replace(typed, values=values), prefix=f"{full}.")


def _row_numbers(names: Iterable[str], full: str) -> list[str]:
    """Which rows the names belong to, in their order."""
    numbers = {name.removeprefix(f"{full}.").partition(".")[0] for name in names if name.startswith(f"{full}.")}
    return sorted((one for one in numbers if one.isascii() and one.isdigit() and len(one) < _ROW_DIGITS), key=int)


def _kind(own: Mapping[str, Any]) -> Kind:
    match own:
        case {"oneOf": _} | {"not": _} | {"enum": _} | {"const": _}:
            return "select"
        case {"type": "array"}:
            return _kind_of_list(own)
        case {"type": "boolean", "nullable": True}:
            return "select"
        case {"type": "boolean"}:
            return "check"
        case {"type": "integer"}:
            return "number"
        case {"type": "object"}:
            return "group"
        case {"format": "date"}:
            return "date"
        case {"format": "date-time"}:
            return "moment"
        case {"maxLength": longest} if longest > _LONG:
            return "area"
        case _:
            return "text"


def _kind_of_list(own: Mapping[str, Any]) -> Kind:
    match own:
        case {"items": {"format": "uuid"}}:
            return "files"
        case {"items": {"type": "object"}}:
            return "rows"
        case {"uniqueItems": True}:
            return "several"
        case _:
            return "ordered"


def _options(own: Mapping[str, Any]) -> Iterator[Option]:
    if own.get("type") == "boolean":
        yield from (Option("true", "Да"), Option("false", "Нет"))
        return
    source = own.get("items", own)
    for one in source.get("oneOf", ()):
        yield Option(str(one["const"]), one["title"], one.get("x-category") or "")
    for value in source.get("enum", ()):
        yield Option(str(value), str(value))


def _default(own: Mapping[str, Any]) -> list[str]:
    default = own.get("default")
    if default is None or default is False:
        return []
    return [str(one) for one in default] if isinstance(default, list) else [str(default)]


def _parameters(schema: Mapping[str, Any], posted: Posted, zone: ZoneInfo, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, own in _properties(schema).items():
        kind = _kind(own)
        if kind == "group":
            given: Any = _parameters(own, posted, zone, f"{prefix}{name}.")
        elif kind == "rows":
            rows = _row_numbers((known for known, text in posted.texts if text.strip()), prefix + name)
            given = [_parameters(own["items"], posted, zone, f"{prefix}{name}.{row}.") for row in rows]
        elif kind in ("ordered", "files", "several"):
            items = own.get("items", {})
            given = [_value(items, text, zone) for text in posted.all(prefix + name) if text.strip()]
        else:
            text = posted.get(prefix + name)
            given = _value(own, text, zone) if text.strip() else None
        if given not in (None, [], {}):
            found[name] = given
    return found


def _value(own: Mapping[str, Any], text: str, zone: ZoneInfo) -> Any:
    if own.get("type") == "boolean":
        return text == "true"
    if own.get("type") == "integer":
        return number_of(text)
    if own.get("format") == "date-time":
        try:
            return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
        except ValueError:
            return text
    return text
