"""What is told and taken about annexes of orders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, Field, StringConstraints

from api.administration import Changes, Fields, Title
from api.fields import NearDay, Visible, YesNo
from regulations.grids import LONGEST_TITLE
from regulations.orders import LONGEST_WORDS, MOST_FACTS, MOST_RESPONSIBLE

Kind = Literal["regulation", "roles", "categories", "structure"]
State = Literal["draft", "published", "taken_back"]
Act = Annotated[str, StringConstraints(pattern=r"^S[0-9]{1,4}$"), Field(examples=["S0"])]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WORDS), Visible]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=63)]
Code63 = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, strict=True, description="версия проекта, которую вы видели", examples=[1])
]
Seen = Annotated[str, Field(max_length=64, description="`seen` из того, что вы прочли: какие это различия")]
Successors = Annotated[
    dict[Code, Code],
    Field(max_length=200, description="код ушедшего: код преемника", examples=[{"staff": "law"}]),
]
MOST_TEXT = 400_000
MOST_LINES = 2000


class AnnexShown(BaseModel):
    """Редакция приложения к приказу: проект, опубликованная или отозванная."""

    id: int
    kind: Kind
    act: str = Field(examples=["S0"])
    issuer: str = Field(description="кто издал приказ", examples=["Министерство здравоохранения"])
    order_number: str = Field(examples=["1031пр"])
    signed_on: date
    title: str = Field(description="о чём приказ")
    scan: UUID | None = Field(description="скан приказа: GET /attachments/{id}")
    state: State
    in_force: bool = Field(description="действует сегодня")
    valid_from: date | None = Field(description="с какого дня действует; null: проект")
    hash: str = Field(description="SHA-256 канонического JSON содержания")
    version: int
    author: int | None = Field(description="кто подготовил; null: поставлено с системой")
    editors: list[int] = Field(description="все, кто готовил: никто из них не публикует")
    changed_at: datetime
    publisher: int | None
    published_at: datetime | None
    taken_back_by: int | None
    taken_back_at: datetime | None
    taken_back_reason: str | None


class AnnexesShown(BaseModel):
    """Все редакции: действующие и проекты сначала."""

    annexes: list[AnnexShown]


class AnswererShown(BaseModel):
    """Кто отвечает, и как он назван в таблице приказа."""

    code: Code = Field(description="тот же код у подразделений и организаций, которые это здесь", examples=["staff"])
    title: Words = Field(title="Название", examples=["Отдел кадрового обеспечения"])
    alone: Words = Field(
        title="Как назван один", examples=["начальник отдела кадрового обеспечения"], description="слова ячейки таблицы"
    )
    listed: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS), Visible] = Field(
        default="", title="Как назван среди других", description="после «начальники отделов:»; пусто: всегда отдельно"
    )


class FactShown(BaseModel):
    """Факт: о чём бывает сообщение этой подкатегории."""

    title: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE, pattern=r"^[^;]+$"),
        Visible,
    ] = Field(title="Факт", examples=["Нет льготного лекарства"])
    formerly: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TITLE), Visible] = Field(
        default="", title="Прежнее наименование", description="если факт переименовали", examples=[""]
    )


class FactTold(FactShown):
    """Факт с кодом."""

    code: str = Field(examples=["medicine.pharmacies.net_lgotnogo"])


class LineShown(BaseModel):
    """Строка перечня."""

    category: Title = Field(title="Категория", examples=["Медицина"])
    title: Title = Field(title="Подкатегория", examples=["Аптеки"])
    formerly: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TITLE), Visible] = Field(
        default="",
        title="Прежнее наименование",
        description="если строку переименовали: код и сообщения остаются за ней; иначе другое название — другая подкатегория. "
        "Из другой категории: «Категория / Подкатегория»",
        examples=[""],
    )
    category_formerly: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TITLE), Visible] = (
        Field(
            default="",
            title="Прежнее наименование категории",
            description="если переименовали всю категорию: остальные её строки пойдут за этой",
            examples=[""],
        )
    )
    responsible: list[Code] = Field(
        title="Кто отвечает",
        min_length=1,
        max_length=MOST_RESPONSIBLE,
        description="коды в порядке приказа",
        examples=[["adults"]],
        json_schema_extra={"x-ordered": True},
    )
    facts: list[FactShown] | None = Field(
        default=None,
        title="Факты",
        max_length=MOST_FACTS,
        description="null: как были в проекте; пустой список: их нет",
    )


class PlaceShown(BaseModel):
    """Где стоит организация и как она названа в приказе; у подразделения меняется только второе.

    Чего не указать, то остаётся, как в проекте; `null` снимает.
    """

    id: Code63 = Field(title="Код", examples=["polyclinic"])
    unit: YesNo = Field(default=False, description="это подразделение")
    parent: Code63 | None = Field(default=None, title="Вышестоящая организация", examples=["ministry"])
    order_code: Code | None = Field(
        default=None, title="Как названа в приказе", description="код того, кто отвечает", examples=["medical"]
    )


class PlaceTold(PlaceShown):
    """То же словами. У подразделения `parent` — его организация."""

    title: str = Field(examples=["Городская поликлиника"])
    above: str = Field(description="название вышестоящей организации")
    called: str = Field(description="кто это по приказу", examples=["Руководители медицинских организаций"])
    depth: int = Field(description="на сколько ступеней ниже головной")


class LineTold(LineShown):
    """Строка перечня с кодом подкатегории и словами приказа."""

    code: str = Field(examples=["medicine.pharmacies"])
    facts: list[FactTold] = Field(title="Факты", description="в порядке приказа")  # type: ignore[assignment]  # more of each
    words: str = Field(description="кто отвечает словами приказа")


class RoleTold(BaseModel):
    """Роль и её функционал."""

    code: str
    title: str
    text: str


class AnnexWhole(AnnexShown):
    """Редакция с содержанием."""

    answerers: list[AnswererShown]
    lines: list[LineTold]
    places: list[PlaceTold] = Field(description="организации по подведомственности, за каждой её подразделения")
    roles: list[RoleTold]
    table: str = Field(description="таблица текстом, как её вставляют: через табуляцию")
    toml: str = Field(description="содержание как TOML: его можно изменить и вернуть")
    fault: str | None = Field(description="почему содержание ещё нельзя публиковать")
    successors: dict[str, str]
    missing: int = Field(description="скольких строк и фактов перечня ещё нет в справочнике", examples=[0])


class OrderFields(Fields):
    """Каким приказом это введено."""

    issuer: Title = Field(title="Кто издал", examples=["Министерство здравоохранения"])
    order_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Visible] = (
        Field(title="Номер приказа", examples=["15пр"])
    )
    signed_on: NearDay = Field(title="Дата приказа", examples=["2026-11-20"])
    title: Words = Field(title="О чём приказ", examples=["О внесении изменений в приказ № 1031пр"])


class NewAnnex(OrderFields):
    """Новый проект: содержание берётся из действующей редакции."""

    kind: Kind = Field(title="Что меняется")
    act: Act = Field(title="Акт", description="S0 — приказ об организации работы, S2 — регламент")


class AnnexOrder(Changes):
    """Каким приказом это введено."""

    version: Version
    issuer: Title | None = Field(default=None, title="Кто издал")
    order_number: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), Visible] | None
    ) = Field(default=None, title="Номер приказа")
    signed_on: NearDay | None = Field(default=None, title="Дата приказа")
    title: Words | None = Field(default=None, title="О чём приказ")
    scan: UUID | None = Field(default=None, title="Скан приказа", description="id из POST /attachments")


class AnnexContent(Fields):
    """Одно из `lines`, `places`, `table`, `workbook`, `toml`; с `lines`, `table` и `workbook` можно и `answerers`.

    Подведомственность меняется только у тех, кто назван; остальные остаются, как в проекте.
    """

    version: Version
    lines: Annotated[list[LineShown], Field(max_length=MOST_LINES)] | None = None
    places: Annotated[list[PlaceShown], Field(min_length=1, max_length=MOST_LINES)] | None = None
    answerers: Annotated[list[AnswererShown], Field(min_length=1, max_length=200)] | None = None
    table: Annotated[str, StringConstraints(max_length=MOST_TEXT)] | None = Field(
        default=None,
        description="таблица приказа, вставленная из Word: через табуляцию; без столбца «Факты» они остаются как были",
    )
    workbook: Base64Bytes | None = Field(default=None, description="книга XLSX в base64")
    toml: Annotated[str, StringConstraints(max_length=MOST_TEXT)] | None = Field(
        default=None, description="TOML, как regulations/s0.toml или regulations/s2.toml"
    )


class Publication(Fields):
    """С какого дня редакция действует, и кто принимает работу тех, кто больше не отвечает."""

    version: Version
    valid_from: NearDay = Field(title="Действует с", description="сегодня или позже", examples=["2026-12-01"])
    seen: Seen
    successors: Successors = Field(default_factory=dict)


class TakingBack(Fields):
    """Почему редакция отозвана, и кто принимает работу тех, кого назвала только она."""

    reason: Words = Field(title="Причина", examples=["Ошибка в строке «Аптеки»"])
    seen: Seen
    successors: Successors = Field(default_factory=dict)


class DraftVersion(Fields):
    """Какую версию проекта вы видели."""

    version: Version
