"""How a likely duplicate is shown, in rows and on the card."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from api.shown import Named, titled
from storage.duplicates import Duplicate, Same

SAME: dict[str, str] = {Same.CONTACT: "тот же заявитель", Same.TEXT: "тот же текст"}


class DuplicateShown(BaseModel):
    """Другое сообщение, вероятно о том же: поступило в пределах двух недель, та же категория или то же место."""

    id: UUID
    number: str = Field(examples=["2026-0000124"])
    same: list[Named] = Field(description="в чём сходство", examples=[[{"code": "text", "title": "тот же текст"}]])
    open: bool = Field(description="работа по нему не завершена")


def shown(found: Duplicate) -> DuplicateShown:
    """The duplicate as people see it."""
    return DuplicateShown(
        id=UUID(found.id), number=found.number, same=[titled(one, SAME) for one in sorted(found.same)], open=found.open
    )
