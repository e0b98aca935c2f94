"""The form of an action as it was sent, whatever becomes of it: a decision, a draft, a preview, or the same form again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from api.actions import FIELDS
from api.problems import Problem
from domain.vocabulary import Action
from web.forms import Option, Typed
from web.posted import Posted
from web.schemas import parameters_of


@dataclass(frozen=True, slots=True)
class Sent:
    """About which message, which action, and what was filled in. `uploaded`: its files that are stored, by field."""

    message_id: UUID
    action: Action
    form: Posted
    uploaded: Mapping[str, list[Option]] = field(default_factory=dict)

    def parameters(self, zone: ZoneInfo) -> dict[str, Any]:
        """The fields of the action, files among them. `zone`: by whose clock days and times were typed."""
        found = parameters_of(FIELDS[self.action].model_json_schema(), self.form, zone)
        return found | {name: [file.value for file in files] for name, files in self.uploaded.items() if files}

    def typed(self, problem: Problem | None) -> Typed:
        """Everything as the form shows it again, with what is wrong beside its field."""
        return replace(Typed.of(self.form, problem.details if problem else None), uploaded=self.uploaded)
