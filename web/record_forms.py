"""Forms that keep something in the record: fields out of the API's own shapes, an idempotency key, errors beside the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import uuid4

from fastapi import Response
from pydantic import BaseModel, ValidationError

from api.administration import Changes
from api.problems import Problem, invalid
from web.forms import Option, Typed, all_fields
from web.posted import Posted
from web.rendering import Page
from web.schemas import fields_of, parameters_of, with_choices

KEY = "idempotency_key"
"""A hidden field, made with the form: however often it is sent, it is done once."""

_EMPTY: Mapping[str, Any] = {"group": {}, "ordered": [], "several": []}
"""What a field says that was sent without anything in it."""

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class Sheet(Generic[Body]):
    """A form of one of the API's shapes. `only`: these of its fields, in this order; of a change all of them are sent, empty too.

    `choices`: the fields that take some values alone; `searched`: where those of a field that are too many are found by words, and
    whether there are more for these words. `required`: fields that may be left out of a call, but not emptied.
    """

    shape: type[Body]
    choices: Mapping[str, Iterable[Option]] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    searched: Mapping[str, tuple[str, bool]] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, Any]:
        """Of the fields that are shown."""
        whole = with_choices(self.shape.model_json_schema(), self.choices)
        shown = {name: whole["properties"][name] for name in self.only or whole["properties"]}
        for name, (address, more) in self.searched.items():
            shown[name] = shown[name] | {"x-choices": address, "x-more": more}
        return whole | {"properties": shown, "required": [*whole.get("required", ()), *self.required]}

    def body(self, form: Posted, page: Page) -> Body:
        """What was filled in, as the API takes it. A Problem names the fields that do not fit."""
        shape: type[BaseModel] = self.shape
        empty: dict[str, Any] = {}
        if issubclass(shape, Changes):
            kinds = {one.name: one.kind for one in fields_of(self.schema, Typed())}
            empty = {name: None if name in shape.nullable else _EMPTY.get(kinds[name], "") for name in self.only}
        try:
            return self.shape.model_validate(empty | parameters_of(self.schema, form, page.zone))
        except ValidationError as error:
            raise invalid(error.errors()) from None

    def shown(
        self,
        form: Posted | None = None,
        problem: Problem | None = None,
        known: Mapping[str, object] | None = None,
        lists: Mapping[str, list[str]] | None = None,
    ) -> dict[str, Any]:
        """What templates/admin/sheet.html takes: the fields as they are `known`, or as they were sent and what is wrong."""
        values = {name: [str(value)] for name, value in (known or {}).items() if value not in (None, "")}
        values |= lists or {}
        typed = Typed.of(form, problem.details if problem else None) if form else Typed(values)
        fields = fields_of(self.schema, typed)
        return {
            "fields": fields,
            "wrong": [one for one in all_fields(fields) if one.error],
            "problem": problem.details if problem else None,
            "key": next_key(form, problem),
        }


def key_of(form: Posted) -> str:
    """The form's key; one of its own for a button that was sent without."""
    key = form.get(KEY).strip()
    return key if 0 < len(key) <= 128 else str(uuid4())


def next_key(form: Posted | None, problem: Problem | None) -> str:
    """The key of the form shown now: that of the one before where nobody knows whether it was kept; else a fresh one."""
    unknown = problem is not None and problem.details.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return key_of(form) if form and unknown else str(uuid4())


def with_status(page: Page, template: str, refused: Problem | None, /, **values: Any) -> Response:
    """The page, with the problem's status where there is one."""
    return page.show(template, refused.details.status if refused else HTTPStatus.OK, **values)
