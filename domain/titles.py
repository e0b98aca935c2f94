"""What people read in place of the codes of stages, everywhere alike: in pages, mail, histories and docs."""

from __future__ import annotations

from domain.vocabulary import Stage

STAGES: dict[Stage, str] = {
    Stage.MODERATION: "Модерация",
    Stage.COORDINATION: "Координация",
    Stage.EXECUTION: "Исполнение",
    Stage.ENDORSEMENT: "Согласование",
    Stage.APPROVAL: "Утверждение",
    Stage.DELIVERY: "Доставка ответа",
    Stage.RATING: "Ответ дан: ждём оценку",
}
"""Source: S2, 2.3."""
