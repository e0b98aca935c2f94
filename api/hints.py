"""`POST /hints`: what an answer might say better. Nothing is blocked by it, and nothing kept. Source: S1, 3.1, 3.2."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.fields import Text
from api.problems import responses
from api.resources import Person
from api.shown import Named
from domain.hints import Adviser, Identifier
from regulations.wording import wording
from storage.dictionary import Russian
from storage.personal import find_identifiers

router = APIRouter(prefix="/hints", tags=["Подсказки"])


class TextToRead(BaseModel):
    """Текст, который читает проверка."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "В ЦРБ нету очириди."}]})

    text: Text


class HintShown(BaseModel):
    """Подсказка к месту в тексте."""

    kind: Named = Field(examples=[{"code": "colloquial", "title": "Разговорное или устаревшее"}])
    start: int = Field(description="с какого знака (кодовой точки Юникода) текста", examples=[6])
    end: int = Field(description="до какого, не включая его", examples=[10])
    word: str = Field(examples=["нету"])
    advice: str = Field(examples=["нет"])
    clause: str = Field(examples=["S1, 3.2, абзац 3"])


class HintsShown(BaseModel):
    """Подсказки по порядку текста."""

    hints: list[HintShown]


@router.post("", responses=responses(400, 401, 403, 413, 422, 503), summary="Подсказки к тексту ответа")
def read_hints(person: Person, body: TextToRead) -> HintsShown:
    """The hints for this text."""
    return hints_for(body.text)


def hints_for(text: str) -> HintsShown:
    """The hints for a text, as it is."""
    named = [Identifier(one.start, one.end, one.kind.value) for one in find_identifiers(text)]
    kinds = wording().kinds
    return HintsShown(
        hints=[
            HintShown(
                kind=Named(code=hint.kind, title=kinds[hint.kind].title),
                start=hint.start,
                end=hint.end,
                word=text[hint.start : hint.end],
                advice=hint.advice,
                clause=kinds[hint.kind].clause,
            )
            for hint in _adviser().hints(text, named)
        ]
    )


@cache
def _adviser() -> Adviser:
    """Made at the first text: it needs the dictionary, which is 40 MB."""
    return Adviser(wording(), Russian())
