"""A row of a list: the message as far as its reader may see it, and what stands beside it for who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from api.answering import SuggestionShown, suggestion_shown
from api.duplicates import DuplicateShown
from api.duplicates import shown as duplicate_shown
from api.shown import HolderShown, Named, PersonShown, named, titled
from api.titles import DANGERS, ERRANDS, OUTCOMES, ROLES, STAGES
from domain.case import DANGER
from domain.rules import Rule
from domain.vocabulary import CLOSED, Action
from storage import duplicates, on_page, rows, suggestions
from storage.duplicates import Duplicate
from storage.reference import Reference, Titles, moment
from storage.rows import Row
from storage.sight import Sight
from storage.suggestions import Suggestion
from storage.viewer import Viewer


class RowAction(BaseModel):
    """Действие, доступное вам по этому сообщению; его поля — в карточке."""

    action: Action
    title: str = Field(examples=["Назначить исполнителя"])


class RowShown(BaseModel):
    """Строка списка. Кто видит только прежнюю часть работы, не видит, где сообщение сейчас."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    received_at: datetime
    category: Named | None
    subcategory: Named | None
    opening: str = Field(description="начало текста; без контактов, если контакты вам не видны")
    sight: Sight = Field(description="full: всё; without_contacts: без контактов; former: только прежняя часть")
    holder: HolderShown | None = None
    organisation: Named | None = None
    stage: Named | None = None
    due_at: datetime | None = None
    stage_due_at: datetime | None = None
    first_reaction_due_at: datetime | None = Field(
        default=None, description="до какого времени организации решить, что с сообщением делать (S0, п. 5)"
    )
    overdue: bool = Field(description="ответ не дан в срок")
    stage_overdue: bool = Field(description="истёк срок нынешнего этапа")
    handover_due_at: datetime | None = Field(default=None, description="до какого времени передать ответ (G-49)")
    handover_overdue: bool = Field(default=False, description="и это время прошло")
    errand: Named | None = Field(default=None, description="поручение сотрудникам, срок которого раньше")
    errand_due_at: datetime | None = Field(default=None, description="и его срок")
    postponed_until: date | None = Field(default=None, description="рассмотрение отложено до этого дня")
    outcome: Named | None = None
    version: int | None = None
    danger: Named | None = Field(default=None, description="угроза жизни: такие сообщения впереди всех (G-45)")
    linked: bool = Field(default=False, description="ответ будет дан по другому сообщению того же заявителя")
    withdrawal_at: datetime | None = Field(default=None, description="когда заявитель попросил отозвать; ждёт решения")
    prioritised: bool = Field(default=False, description="автоправило отметило приоритетным")
    tags: list[str] = Field(default=[], description="метки автоправил")
    suggestion: SuggestionShown | None = Field(default=None, description="только с suggest; null и там, где не знаем")
    duplicates: list[DuplicateShown] = Field(default=[], description="только с duplicates")
    actions: list[RowAction] = Field(default=[], description="только с actions; без действий с письмами")


def row_shown(row: Row) -> RowShown:
    """The row as far as this person may see it."""
    found = row.found
    shown = RowShown(
        id=UUID(found["id"]),
        number=found["number"],
        received_at=found["received_at"],
        category=named(found["category"], {found["category"]: found["category_title"] or found["category"]}),
        subcategory=named(
            found["subcategory"], {found["subcategory"]: found["subcategory_title"] or found["subcategory"]}
        ),
        opening=row.opening,
        sight=row.sight,
        overdue=row.sight is not Sight.FORMER and row.late,
        stage_overdue=row.sight is not Sight.FORMER and row.stage_late,
    )
    return shown if row.sight is Sight.FORMER else shown.model_copy(update=_today(row))


def _today(row: Row) -> dict[str, Any]:
    """Where the case stands, for whoever sees more than its past."""
    found = row.found
    pool = rows.pool_of(found)
    holder = PersonShown(number=found["holder"], name=found["holder_name"]) if found["holder"] else None
    return {
        "holder": HolderShown(person=holder, pool=named(pool, ROLES)) if holder or pool else None,
        "organisation": Named(code=found["organisation"], title=found["organisation_title"]),
        "stage": titled(CLOSED if found["closed_at"] else found["stage"], STAGES),
        "due_at": found["due_at"],
        "stage_due_at": found["stage_due_at"],
        "first_reaction_due_at": found["first_reaction_due_at"],
        "handover_due_at": found["handover_due_at"],
        "handover_overdue": row.handover_late,
        "errand": named(found["errand_kind"], ERRANDS),
        "errand_due_at": found["errand_due_at"],
        "postponed_until": found["postponed_until"],
        "outcome": named(found["outcome"], OUTCOMES),
        "version": found["version"],
        "prioritised": found["prioritised"] and not found["outcome"],
        "tags": found["tags"],
        "linked": found["linked_to"] is not None and not found["outcome"],
        "withdrawal_at": None if found["outcome"] else found["withdrawal_at"],
        "danger": named(found["danger"], DANGERS) if found["precedence"] == DANGER else None,
    }


class Wished(Protocol):
    """What is asked for beside the rows."""

    suggest: bool
    duplicates: bool
    actions: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the rows for who asked for it, by message."""

    suggestions: Mapping[str, Suggestion]
    titles: Titles | None
    duplicates: Mapping[str, list[Duplicate]]
    actions: Mapping[str, tuple[Rule, ...]]

    @classmethod
    def of(cls, connection: Connection, reference: Reference, viewer: Viewer, wanted: Wished, rows: list[Row]) -> Self:
        ids = [row.found["id"] for row in rows]
        asked = wanted.suggest or wanted.actions
        cases = on_page.asked(connection, reference, viewer, ids) if asked else {}
        suggested = suggestions.suggestions(connection, cases, viewer) if wanted.suggest else {}
        return cls(
            suggested,
            reference.titles(connection, moment(connection)) if suggested else None,
            duplicates.duplicates(connection, viewer, ids) if wanted.duplicates else {},
            on_page.allowed(cases, viewer) if wanted.actions else {},
        )

    def put(self, row: RowShown) -> RowShown:
        """The row with them."""
        found = self.suggestions.get(str(row.id))
        return row.model_copy(
            update={
                "suggestion": suggestion_shown(found, self.titles) if found and self.titles else None,
                "duplicates": [duplicate_shown(one) for one in self.duplicates.get(str(row.id), ())],
                "actions": [
                    RowAction(action=rule.action, title=rule.title) for rule in self.actions.get(str(row.id), ())
                ],
            }
        )
