"""The fields of each action: their shape and sizes, told to frontends as JSON Schema and checked on arrival.

What the values mean is the rules' business (`domain.rules`); here only their form is. A new action's fields go into the
module of its idea, as a class and a line of that module's `FIELDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.actions import approval, circumstances, coordination, delivery, errands, execution, moderation
from api.fields import Parameters
from domain.vocabulary import Action

FIELDS: Mapping[Action, type[Parameters]] = {
    action: fields
    for module in (moderation, coordination, execution, approval, delivery, errands, circumstances)
    for action, fields in module.FIELDS.items()
}


def as_json(parameters: Parameters) -> dict[str, Any]:
    """The fields as the inbox keeps them; what was not given is not there."""
    return parameters.model_dump(mode="json", exclude_none=True)
