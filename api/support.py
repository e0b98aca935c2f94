"""The support desk: a request out of the place where it went wrong, without applicants' data. Source: S2, 5.2; S3, 6."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from api.administration import Fields, scope
from api.fields import Visible
from api.intake import key_reused
from api.lists import StageCode
from api.problems import Problem, responses
from api.resources import Key, Person, Resources, Shared
from api.throttle import throttle
from domain.masking import masked
from domain.verdict import Refusal
from domain.vocabulary import Action, PersonId
from storage import public_pages, support
from storage.attempts import Tried
from storage.repeats import KeyReused
from storage.support import CONTEXT, Asked, Kept

router = APIRouter(prefix="/support", tags=["Поддержка"])

VERSION = version("otklik")
REQUESTS = 20
"""In a quarter of an hour, of one person; and how many of the newest are shown."""

SCREENS = 3
_FREE_TEXTS = ("cause", "essence", "expected")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Visible]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000), Visible]


class SupportContext(Fields):
    """Где это случилось."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{1,10}$")] | None = Field(
        default=None, title=CONTEXT["number"], examples=["2026-0000123"]
    )
    stage: StageCode | None = Field(default=None, title=CONTEXT["stage"])
    action: Action | None = Field(default=None, title=CONTEXT["action"])
    page: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9/_.-]{0,200}$")] | None = Field(
        default=None, title=CONTEXT["page"], description="адрес без того, что набрано в поиске", examples=["/work/new"]
    )
    browser: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), Visible] | None = Field(
        default=None, title=CONTEXT["browser"]
    )
    incident: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{1,40}$")] | None = Field(
        default=None, title=CONTEXT["incident"], examples=["1f3a5b7c9d0e"]
    )


class NewSupportRequest(Fields):
    """Заявка. Почта и длинные номера в текстах скрываются: данных заявителей поддержке не нужно."""

    cause: Line = Field(title="Причина обращения", examples=["Не открывается карточка"])
    essence: Words = Field(title="Суть: что вы делали и что произошло", examples=["Нажал «Утвердить», ответа нет."])
    expected: Words | None = Field(default=None, title="Чего ждали, по шагам", examples=["Ответ должен был уйти."])
    screens: list[UUID] = Field(
        default=[], max_length=SCREENS, title="Снимки экрана", description="PNG или JPEG, без данных заявителей"
    )
    context: SupportContext = SupportContext()


class Desk(BaseModel):
    """Куда уйдёт заявка и кому звонить."""

    email: str | None = Field(description="почта службы поддержки; null: не задана, звоните")
    phone: str | None = Field(description="телефон из данных вашей организации или головной")
    organisation: str | None = Field(description="чей это телефон")


class SupportRequestShown(BaseModel):
    """Заявка с данными заявителя работы: кто, должность, почта, организация."""

    number: int = Field(examples=[17])
    created_at: datetime
    name: str
    position: str
    email: str | None
    organisation: str
    cause: str
    essence: str
    expected: str | None
    context: dict[str, str] = Field(description="где это случилось, и версия системы")
    screens: int = Field(description="сколько снимков экрана приложено")
    mailed: bool = Field(description="есть куда отправить; иначе письмо ждёт, пока зададут почту службы поддержки")
    sent_at: datetime | None = Field(description="когда письмо принято почтой службы поддержки")
    hidden: int = Field(default=0, description="сколько номеров и адресов почты скрыто в тексте")


class SupportShown(BaseModel):
    """Служба поддержки и заявки, сначала новые."""

    desk: Desk
    requests: list[SupportRequestShown]


@router.get("", responses=responses(401, 403, 503), summary="Служба поддержки и заявки в неё")
def read_support(shared: Shared, person: Person) -> SupportShown:
    """One's own requests; for an administrator of the whole installation those of everybody."""
    with shared.engine.connect() as connection:
        everybody = scope(shared, connection, person).whole
        found = support.newest(connection, None if everybody else person, REQUESTS)
        return SupportShown(desk=_desk(shared, connection, person), requests=[_shown(shared, one) for one in found])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 413, 422, 429, 503), summary="Новая заявка")
def request_support(shared: Shared, person: Person, key: Key, body: NewSupportRequest) -> SupportRequestShown:
    """Kept at once, and mailed where a mailbox of the desk is known."""
    texts = {name: masked(getattr(body, name) or "") for name in _FREE_TEXTS}
    context = body.context.model_dump(mode="json", exclude_none=True) | {"version": VERSION}
    screens = tuple(str(one) for one in body.screens)
    asked = Asked(texts["cause"][0], texts["essence"][0], texts["expected"][0] or None, context, screens)
    throttle(shared, (Tried.SUPPORT, str(person), REQUESTS))
    try:
        with shared.engine.begin() as connection:
            number = support.keep(connection, person, key, asked)
            if isinstance(number, Refusal):
                raise Problem.of(number)
            [kept] = support.of_number(connection, number)
    except KeyReused:
        raise key_reused() from None
    return _shown(shared, kept, sum(hidden for _, hidden in texts.values()))


def _desk(shared: Resources, connection: sa.Connection, person: PersonId) -> Desk:
    phone, title = None, None
    for found in (public_pages.page_of_person(connection, person), public_pages.root_page(connection)):
        if found is not None and phone is None and (known := found.organisation["contacts"].get("phone")):
            phone, title = known, found.organisation["title"]
    return Desk(email=shared.settings.support_email, phone=phone, organisation=title)


def _shown(shared: Resources, kept: Kept, hidden: int = 0) -> SupportRequestShown:
    return SupportRequestShown(
        number=kept.id,
        created_at=kept.created_at,
        name=kept.name,
        position=kept.position,
        email=kept.email,
        organisation=kept.organisation_title,
        cause=kept.cause,
        essence=kept.essence,
        expected=kept.expected,
        context=dict(kept.context),
        screens=len(kept.screens),
        mailed=shared.settings.support_email is not None,
        sent_at=kept.sent_at,
        hidden=hidden,
    )
