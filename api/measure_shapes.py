"""What orders and their measures look like to frontends. Source: S0, 3, 5–7; S1-02, S1-91; S2-65, S2-66."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.administration import Changes, Fields, Id, Title
from api.attachments import AttachmentShown
from api.fields import NearDay, Staff, Visible, YesNo
from api.regulations import Word
from api.shown import Named, PersonShown
from domain.measures import MeasureKind

OrderCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{0,15}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Visible]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), Visible]
Link = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(https?://\S+)?$", max_length=300)]


class NewOrder(Fields):
    """Приказ, за исполнением которого следят."""

    code: OrderCode = Field(title="Код", description="навсегда; у регламента системы — его код", examples=["S0"])
    title: Title = Field(title="Название", examples=["Об организации работы с сообщениями граждан"])
    body: Title = Field(title="Кто издал", examples=["Министерство здравоохранения"])
    number: Line = Field(title="Номер", min_length=1, examples=["1031пр"])
    signed_on: NearDay = Field(title="Подписан", examples=["2021-08-11"])
    link: Link = Field(title="Где опубликован текст", default="")
    controller: Staff | None = Field(title="Кто контролирует исполнение", default=None)


class OrderChanges(Changes):
    """Что изменить в приказе."""

    nullable: ClassVar[frozenset[str]] = frozenset({"controller"})

    title: Title | None = Field(default=None, title="Название")
    body: Title | None = Field(default=None, title="Кто издал")
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible] | None = (
        Field(default=None, title="Номер")
    )
    signed_on: NearDay | None = Field(default=None, title="Подписан")
    link: Link | None = Field(default=None, title="Где опубликован текст")
    controller: Staff | None = Field(default=None, title="Кто контролирует исполнение")
    active: YesNo | None = Field(default=None, title="Действует")


class OrderShown(BaseModel):
    """Приказ."""

    code: str
    title: str
    body: str
    number: str
    signed_on: date
    link: str
    active: bool


class Answered(BaseModel):
    """Подкатегория и ответственные за подготовку ответов, словами приказа."""

    title: str = Field(examples=["Молочная кухня"])
    responsible: str
    facts: list[str] = Field(description="о чём бывают такие сообщения", examples=[["Нет молочной смеси"]])


class CategoryAnswered(BaseModel):
    """Категория приложения 2."""

    title: str
    subcategories: list[Answered]


class AnnexInForce(BaseModel):
    """Каким приказом и с какого дня приложение в этой редакции."""

    number: str
    signed_on: date
    valid_from: date


class PlaceInForce(BaseModel):
    """Организация или подразделение по действующему приказу."""

    title: str = Field(examples=["Городская поликлиника"])
    above: str = Field(description="вышестоящая организация; у подразделения — его организация")
    called: str = Field(description="кто это по приказу; пусто: не названа")


class OrderWhole(OrderShown):
    """Приказ с приложениями, которые действуют сегодня."""

    annexes: dict[str, AnnexInForce] = Field(description="редакции приложений: roles, categories и structure")
    roles: list[Word] = Field(description="приложение 1: ролевая модель")
    categories: list[CategoryAnswered] = Field(description="приложение 2: по чему отвечают и кто")
    structure: list[PlaceInForce] = Field(
        description="кто кому подведомствен и кто здесь отвечает; пусто: приказа не было"
    )


class OrdersShown(BaseModel):
    """Действующие приказы."""

    orders: list[OrderShown]


class OrderControlled(OrderShown):
    """Приказ с мерами, которые видит читающий."""

    controller: PersonShown | None = Field(description="кто контролирует исполнение (S0, п. 7)")
    controlled: bool = Field(description="вы контролируете его исполнение")
    open: int
    overdue: int
    done: int


class OrdersControlled(BaseModel):
    """Приказы и состояние их мер."""

    orders: list[OrderControlled]


class ListedShown(BaseModel):
    """Мера, которой требует сам приказ: с неё начинают."""

    kind: Named
    title: str
    whom: str = Field(description="на кого возложено, по должности")
    clause: str


class NewMeasure(Fields):
    """Новая мера."""

    kind: MeasureKind = Field(title="Что это")
    title: Title = Field(title="Что сделать", examples=["Разместить приказ на сайте"])
    clause: Line = Field(title="Пункт приказа", default="", examples=["S0, п. 5"])
    organisation: Id = Field(title="Организация", examples=["ministry"])
    unit: Id | None = Field(title="Подразделение", description="исполняет его начальник", default=None)
    person: Staff | None = Field(
        title="Ответственный", description="если не назван, исполняет руководитель", default=None
    )
    due_on: NearDay = Field(title="Исполнить до", description="последний день", examples=["2026-09-01"])


class MeasureChanges(Changes):
    """Что изменить в мере."""

    nullable: ClassVar[frozenset[str]] = frozenset({"unit", "person"})

    title: Title | None = Field(default=None, title="Что сделать")
    clause: Line | None = Field(default=None, title="Пункт приказа")
    unit: Id | None = Field(default=None, title="Подразделение")
    person: Staff | None = Field(default=None, title="Ответственный")
    due_on: NearDay | None = Field(default=None, title="Исполнить до")


class MeasureCancelled(Fields):
    """Почему мера отменена."""

    reason: Words = Field(title="Причина", min_length=1, examples=["Приказ отменён"])


class MeasureDone(Fields):
    """Чем подтверждено исполнение: словами, ссылкой, файлами или всем вместе."""

    evidence: Words = Field(title="Что сделано", default="", examples=["Размещён в разделе «Документы»"])
    link: Link = Field(title="Ссылка", default="", examples=["https://minzdrav.example/documents/1031"])
    files: list[UUID] = Field(title="Файлы", default=[], max_length=5)


class OrderReaders(Fields):
    """Кого ознакомить: руководителей организаций и, если нужно, ещё кого-то."""

    organisations: list[Id] = Field(title="Руководители организаций", default=[], max_length=2000)
    people: list[Staff] = Field(title="И эти сотрудники", default=[], max_length=2000)


class MeasureShown(BaseModel):
    """Мера: что, кто, до какого дня, исполнена ли и чем это подтверждено."""

    id: int
    order: str
    kind: Named
    title: str
    clause: str
    organisation: Named
    unit: Named | None
    person: PersonShown | None
    responsible: str = Field(description="кто исполняет, словами")
    due_on: date
    overdue: bool
    done_at: datetime | None
    done_by: PersonShown | None
    evidence: str
    link: str
    cancelled_at: datetime | None
    cancel_reason: str
    asked: int = Field(description="скольких просили ознакомиться")
    acknowledged: int = Field(description="сколько из них ознакомились")
    his: bool = Field(description="её исполняете вы")
    kept: bool = Field(description="вы администратор её организации")


class MeasuresShown(BaseModel):
    """Меры, сначала те, что ждут."""

    measures: list[MeasureShown]


class ReaderShown(BaseModel):
    """Строка листа ознакомления."""

    person: PersonShown
    position: str
    organisation: Named
    asked_at: datetime
    acknowledged_at: datetime | None
    active: bool


class MeasureWhole(MeasureShown):
    """Мера с файлами и листом ознакомления."""

    files: list[AttachmentShown] = Field(description="файлы, которые подтверждают исполнение")
    readers: list[ReaderShown]


class ToRead(BaseModel):
    """Приказ, с которым просят ознакомиться."""

    measure: int
    title: str
    due_on: date
    overdue: bool
    order: str
    order_title: str
    number: str
    signed_on: date


class MineShown(BaseModel):
    """Что ждёт меня: прочитать и сделать."""

    to_read: list[ToRead]
    to_do: list[MeasureShown]
