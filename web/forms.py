"""Forms as templates show them: what is asked, what was typed, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from api.problems import ProblemDetails
from web.posted import Posted

Kind = Literal[
    "text",
    "email",
    "number",
    "area",
    "select",
    "ordered",
    "several",
    "check",
    "date",
    "moment",
    "files",
    "group",
    "rows",
]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice. `group`: the category of a subcategory."""

    value: str
    title: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, as templates/fields.html shows it."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str = ""
    longest: int | None = None
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()
    error: str = ""
    optional: str = "необязательно"
    complete: str = ""
    """What of the reader's own data the browser may offer."""
    fields: tuple[Field, ...] = ()
    uploaded: tuple[Option, ...] = ()
    places: int = 0
    find: str = ""
    """Where its choices are searched by words, if they are too many for a form."""
    words: str = ""
    more: bool = False
    """There are more choices than are offered for these words."""

    @property
    def id(self) -> str:
        """What labels and the summary of errors point at."""
        return f"f-{self.name}"

    @property
    def value(self) -> str:
        """Of a field that has one."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form shows: values by field, errors by field, files that are stored already by field."""

    values: Mapping[str, list[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    uploaded: Mapping[str, list[Option]] = field(default_factory=dict)
    more: str = ""
    """The list of people that shall offer one more place."""

    @classmethod
    def of(cls, posted: Posted, problem: ProblemDetails | None = None) -> Typed:
        """What was sent, with what is wrong with it."""
        values: dict[str, list[str]] = {}
        for name, text in posted.kept():
            values.setdefault(name, []).append(text)
        return cls(values, errors_of(problem), more=posted.get("_more"))


def errors_of(problem: ProblemDetails | None) -> dict[str, str]:
    """The reasons by field."""
    if problem is None:
        return {}
    found = {one.field.removeprefix("parameters."): one.detail for one in problem.errors or ()}
    if not found and problem.field:
        found[problem.field.removeprefix("parameters.")] = problem.detail
    return {name.partition(".")[0] if name.partition(".")[2].isdigit() else name: why for name, why in found.items()}


def all_fields(fields: list[Field]) -> Iterator[Field]:
    """Those of groups and rows too."""
    for one in fields:
        yield one
        yield from all_fields(list(one.fields))
