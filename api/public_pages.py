"""The public page of an organisation: data for the site and for the stand in the hall. Source: S4, 2.1.1–2.1.5; S1-80."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

import regulations
from api.administration import WRITES, CodePath, Fields, Title, make, scope
from api.fields import Day, Visible
from api.organisations import Hours, OrganisationContacts, clock
from api.problems import Problem, not_found, responses
from api.resources import Key, Person, Shared
from storage import public_pages, rulebook
from storage.engine import reading
from storage.public_pages import PublicPage

router = APIRouter(tags=["Заявителю"])

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=6000), Visible]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Visible]
Link = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://\S+$", max_length=300)]


class Phone(Fields):
    """Телефон или факс."""

    title: Title = Field(title="Что это за телефон", examples=["Регистратура"])
    number: Line = Field(title="Номер", examples=["+7 84722 0-00-00"])
    hours: Line = Field(title="Когда отвечают", default="", examples=["пн–пт 8:00–20:00"])


class OpenHours(Fields):
    """Часы работы."""

    days: Title = Field(title="Дни", examples=["Понедельник – пятница"])
    hours: Line = Field(title="Часы", examples=["8:00–20:00"])


class WritingWay(Fields):
    """Как обратиться: S1-80 — выберите удобный способ."""

    title: Title = Field(title="Способ", examples=["Через форму на сайте"])
    text: Words = Field(title="Пояснение", examples=["Подтвердите адрес электронной почты кодом из письма."])
    link: Link | None = Field(title="Ссылка", default=None)


class Responsible(Fields):
    """Кто отвечает: должность, без имён."""

    position: Title = Field(title="Должность", examples=["Заместитель главного врача по медицинской части"])
    about: Line = Field(title="По каким вопросам", default="", examples=["Жалобы на качество медицинской помощи"])
    phone: Line = Field(title="Телефон", default="")
    room: Line = Field(title="Кабинет", default="")


class Reception(Fields):
    """Личный приём граждан."""

    position: Title = Field(title="Кто принимает", examples=["Главный врач"])
    days: Title = Field(title="Дни", examples=["Вторник"])
    hours: Line = Field(title="Часы", examples=["15:00–17:00"])
    place: Line = Field(title="Где", default="", examples=["Кабинет 12"])
    booking: Line = Field(title="Запись", default="", examples=["Запись по телефону приёмной"])


class ControllingBody(Fields):
    """Контролирующий орган."""

    name: Title = Field(title="Название", examples=["Территориальный орган Росздравнадзора"])
    address: Line = Field(title="Адрес", default="")
    phone: Line = Field(title="Телефон", default="")
    hours: Line = Field(title="Часы работы", default="")
    link: Link | None = Field(title="Ссылка", default=None)


class Sample(Fields):
    """Образец документа."""

    title: Title = Field(title="Название", examples=["Образец обращения"])
    text: Words = Field(title="Текст")


class Order(Fields):
    """Действующий приказ или порядок."""

    title: Title = Field(title="Название")
    body: Line = Field(title="Кто издал", default="")
    number: Line = Field(title="Номер", default="", examples=["134"])
    signed_on: Day | None = Field(title="Подписан", default=None)
    link: Link | None = Field(title="Ссылка", default=None)


class OrganisationPage(Fields):
    """Что организация сообщает о себе. Адрес, телефон, почта и сайт — в `contacts` организации."""

    full_name: Line = Field(
        title="Полное наименование",
        default="",
        description="им же представляется оператор по телефону",
    )
    how_to_find: Words = Field(title="Как добраться", default="")
    phones: list[Phone] = Field(title="Телефоны", default=[], max_length=30)
    hours: list[OpenHours] = Field(title="Часы работы", default=[], max_length=20)
    writing_ways: list[WritingWay] = Field(title="Как обратиться", default=[], max_length=20)
    about_information: Words = Field(title="Как узнать о ходе рассмотрения", default="")
    responsible: list[Responsible] = Field(title="Кто отвечает", default=[], max_length=50)
    reception: list[Reception] = Field(title="Личный приём", default=[], max_length=50)
    controlling_bodies: list[ControllingBody] = Field(title="Контролирующие органы", default=[], max_length=30)
    how_to_contest: Words = Field(title="Как обжаловать", default="")
    samples: list[Sample] = Field(title="Образцы", default=[], max_length=10)
    orders: list[Order] = Field(title="Приказы и порядки", default=[], max_length=30)
    processing_notice: Words = Field(
        title="Об обработке персональных данных",
        default="",
        description="показывается перед публичной формой",
    )


class NewOrganisationPage(OrganisationPage):
    """Страница целиком, вместо той, которую вы видели, и никакой другой."""

    version: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] = Field(
        description="version страницы, которую вы видели: из GET …/page или из ответа на прошлое изменение",
        examples=["5de098e1d4651ad0"],
    )


class WrittenPage(OrganisationPage):
    """Страница, как она записана."""

    version: str = Field(description="версия страницы: передайте её, когда меняете", examples=["5de098e1d4651ad0"])


class OrganisationPublic(BaseModel):
    """Публичная страница организации."""

    id: str = Field(examples=["polyclinic"])
    title: str = Field(examples=["Городская поликлиника"])
    contacts: OrganisationContacts
    opens: Annotated[Hours, BeforeValidator(clock)]
    closes: Annotated[Hours, BeforeValidator(clock)]
    page: OrganisationPage
    version: str = Field(description="версия страницы: передайте её, когда меняете", examples=["5de098e1d4651ad0"])
    orders: list[Order] = Field(description="действующие приказы: организации и регламенты системы")
    samples: list[Sample] = Field(
        description="образцы организации или, пока их нет, образец из порядка приёма обращений"
    )


_SAMPLE = Sample(
    title="Образец письменного обращения",
    text="""Руководителю: {title}

от ________________________________ (фамилия, имя, отчество)
проживающего(ей) по адресу: ________________________________
тел. ________________________________

ТЕКСТ ОБРАЩЕНИЯ: что произошло, где и когда, кого это касается, чего вы просите.

Прошу ответить: по почте / на электронную почту ________________________________

Дата ____________          Подпись ____________""",
)
"""Where the organisation wrote none. Source: S4, 5."""


@router.get(
    "/organisations/{organisation_id}/public",
    responses=responses(404, 422, 503),
    summary="Публичная страница организации",
)
def read_public(shared: Shared, organisation_id: CodePath) -> OrganisationPublic:
    """Open to everybody. An organisation that no longer works has none."""
    with reading(shared.engine) as connection:
        found = public_pages.read(connection, organisation_id)
        revisions = rulebook.revisions(connection)
    if found is None:
        raise not_found()
    acts = [regulations.parse(one.body).order for one in revisions if one.in_force]
    orders = [Order(title=act.title, body=act.body, number=act.number, signed_on=act.signed_on) for act in acts]
    return _public(found, orders)


@router.get(
    "/organisations/{organisation_id}/page",
    responses=responses(401, 403, 404, 422, 503),
    summary="Публичная страница, как она записана",
)
def read_page(shared: Shared, person: Person, organisation_id: CodePath) -> WrittenPage:
    """For administrators of the organisation, also while it rests and the public sees nothing."""
    with reading(shared.engine) as connection:
        over = scope(shared, connection, person)
        if not over.grants:
            raise Problem(403, "action_forbidden", "Записанную страницу читают администраторы организации.")
        if organisation_id not in over.directory.organisations or not over.covers(organisation_id):
            raise not_found()
        content = public_pages.stored(connection, organisation_id)
    return WrittenPage.model_validate(dict(content) | {"version": public_pages.version(content)})


@router.put(
    "/organisations/{organisation_id}/page",
    responses=responses(*WRITES),
    summary="Изменить публичную страницу",
)
def write_page(
    shared: Shared, person: Person, key: Key, organisation_id: CodePath, body: NewOrganisationPage
) -> WrittenPage:
    """The whole page, by an administrator of the organisation. The log of changes keeps what it said before.

    409 `page_stale` when somebody else has saved it since it was seen: the answer names him.
    """
    content = body.model_dump(mode="json", exclude_defaults=True, exclude={"version"})
    what = f"PUT /organisations/{organisation_id}/page"
    make(
        shared,
        person,
        key,
        what,
        body,
        lambda change: public_pages.write(change, organisation_id, content, body.version),
    )
    return WrittenPage.model_validate(content | {"version": public_pages.version(content)})


def _public(found: PublicPage, acts: list[Order]) -> OrganisationPublic:
    page = OrganisationPage.model_validate(found.content)
    usual = Sample(title=_SAMPLE.title, text=_SAMPLE.text.format(title=found.organisation["title"]))
    told = {"page": page, "orders": [*page.orders, *acts], "samples": page.samples or [usual]}
    told["version"] = public_pages.version(found.content)
    return OrganisationPublic.model_validate(dict(found.organisation) | told)
