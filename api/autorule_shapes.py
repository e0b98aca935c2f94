"""What a rule asks and does, as administrators fill it in and read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator

from api.administration import Fields, Id, Title
from api.fields import Staff, Tag, Visible, YesNo
from domain.dry_runs import Comparison
from domain.vocabulary import Channel
from storage.lemmas import query

Several = Annotated[list[Id], Field(max_length=100)]

_CONDITIONS = ("categories", "organisations", "channels", "applicant_kinds", "tags", "repeated", "prioritised")
_EFFECTS = ("priority", "tag", "template", "days", "executor", "unit", "transfer", "redirect")
MOST_PHRASES = 50


class RuleFields(Fields):
    """О каких сообщениях правило и что оно делает. Пустое условие ничего не требует; из списка достаточно одного."""

    title: Title = Field(title="Название", examples=["Недозвон — в регистратуру"])
    categories: Several = Field(default=[], title="Категории, подкатегории и факты")
    words: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), Visible] = Field(
        default="",
        title="Слова в тексте",
        description="По одному выражению на строке. Строка подходит, если в тексте есть все её слова, в любой форме.",
        examples=["не могу дозвониться\nочередь в регистратуру"],
    )
    organisations: Several = Field(default=[], title="Кого назвал заявитель или на кого жалоба")
    channels: Annotated[list[Channel], Field(max_length=10)] = Field(default=[], title="Как пришло")
    applicant_kinds: Annotated[list[Literal["citizen", "legal_entity"]], Field(max_length=2)] = Field(
        default=[], title="Кто обратился"
    )
    repeated: YesNo | None = Field(default=None, title="Этот заявитель уже обращался")
    tagged: Tag | None = Field(default=None, title="Есть метка")
    prioritised: YesNo | None = Field(default=None, title="Уже отмечено приоритетным")
    executor: Staff | None = Field(default=None, title="Назначить исполнителя", examples=[104])
    unit: Id | None = Field(default=None, title="Назначить наименее занятого в подразделении")
    transfer: Id | None = Field(default=None, title="Передать в подведомственную организацию")
    redirect: Id | None = Field(default=None, title="Подготовить координатору перенаправление")
    days: Annotated[int, Field(ge=1, le=365, strict=True)] | None = Field(
        default=None, title="Сократить срок ответа, дней", description="Считая от поступления. Удлинить срок нельзя."
    )
    template: Annotated[int, Field(ge=1, le=2**53, strict=True)] | None = Field(
        default=None, title="Предложить шаблон ответа"
    )
    tag: Tag | None = Field(default=None, title="Поставить метку")
    priority: YesNo = Field(default=False, title="Отметить приоритетным")

    @field_validator("words")
    @classmethod
    def _few_phrases(cls, value: str) -> str:
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if len(lines) > MOST_PHRASES:
            raise ValueError(f"Строк должно быть не больше {MOST_PHRASES}.")
        for line in lines:
            if not query(line):
                raise ValueError(f"В строке «{line[:40]}» нет слов.")
        return "\n".join(lines)

    def content(self) -> dict[str, Any]:
        """The rule as the record keeps it."""
        given = self.model_dump(mode="json")
        conditions = {name: given[name] for name in _CONDITIONS if given.get(name) not in (None, [])}
        conditions |= {"words": self.words.splitlines()} if self.words else {}
        conditions |= {"tags": [self.tagged]} if self.tagged else {}
        effects = {name: given[name] for name in _EFFECTS if given[name] not in (None, False)}
        return {"title": self.title, "conditions": conditions, "effects": effects}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The fields of a revision."""
        conditions = dict(row["conditions"])
        words, tags = conditions.pop("words", []), conditions.pop("tags", [])
        more = {"title": row["title"], "words": "\n".join(words), "tagged": tags[0] if tags else None}
        return cls.model_validate(conditions | row["effects"] | more)


class NewRule(RuleFields):
    """Новое автоправило: сначала выключено."""

    organisation: Id = Field(title="Организация", examples=["polyclinic"])


class RuleShown(BaseModel):
    """Автоправило, его последняя редакция."""

    id: int
    organisation: str
    place: int = Field(description="какое по порядку")
    revision: int = Field(description="последняя редакция")
    active_revision: int | None = Field(description="действующая редакция; null: выключено")
    changed_at: datetime
    applied: int = Field(description="сколько раз применено")
    rule: RuleFields


class Rules(BaseModel):
    """Автоправила организации в их порядке."""

    organisation: str
    every: bool = Field(description="применяются все подходящие правила; иначе первое")
    items: list[RuleShown]


class RevisionShown(BaseModel):
    """Редакция автоправила."""

    revision: int
    made_at: datetime
    made_by: int
    author: str
    tried: bool = Field(description="пробный прогон проведён")
    rule: RuleFields


class Switch(Fields):
    """Какую редакцию применять; null: никакую."""

    revision: Annotated[int, Field(ge=1, strict=True)] | None = Field(examples=[2])


class Turn(Fields):
    """Какое по порядку."""

    place: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(examples=[1])


class Mode(Fields):
    """Применять все подходящие правила или первое."""

    every: YesNo = Field(examples=[False])


class Trial(Fields):
    """Какую редакцию попробовать на прошлых сообщениях."""

    revision: Annotated[int, Field(ge=1, strict=True)] = Field(examples=[2])


class Example(BaseModel):
    """Сообщение из пробного прогона. Текста и заявителя здесь нет; какое это сообщение, видит тот, кто видит и карточку."""

    id: str | None
    number: str | None = Field(examples=["2026-0000123"])
    at: datetime = Field(description="когда поступило на координацию")
    would: list[tuple[str, str]] = Field(description="что сделало бы правило, и с кем или с чем")
    refused: list[str] = Field(description="чего сделать нельзя и почему")
    did: tuple[str, str] | None = Field(description="что сделали люди; null: ещё ничего")


class DryRunShown(BaseModel):
    """Пробный прогон: что сделала бы редакция с последними сообщениями и что с ними сделали люди."""

    id: str
    rule: int
    revision: int
    asked_by: int
    asked_at: datetime
    total: int = Field(description="сколько сообщений просматривается")
    seen: int = Field(description="сколько просмотрено")
    finished: bool
    few: bool = Field(
        description="правило ищет слова и подходит меньше чем пяти сообщениям, не все из которых видны читателю: дальше — ничего"
    )
    matched: int | None = Field(description="скольким подходит правило; null: таких мало")
    counts: dict[Comparison, int]
    effects: dict[str, int] = Field(description="сколько раз правило сделало бы что")
    examples: dict[Comparison, list[Example]]


class ApplicationShown(BaseModel):
    """Что правило сделало с сообщением; с каким, видит тот, кто видит и карточку."""

    message: str | None
    number: str | None
    at: datetime
    revision: int
    done: list[str]
    refused: dict[str, str] = Field(description="что не применено и почему")
