"""`GET /public/form`: what the applicant reads and chooses from before he writes. Source: S2, 1.2 д, 3.1."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

import regulations
from api.drafting import FILES
from api.problems import not_found, responses
from api.public_pages import OrganisationPage
from api.regulations import Word, words
from api.resources import Resources, Shared
from api.shown import Named
from storage import places, public_pages, rulebook
from storage import tables as t
from storage.engine import reading
from storage.files import MAX_FILE_BYTES
from storage.intake import REGULATION
from storage.public_pages import PublicPage

router = APIRouter(prefix="/public", tags=["Заявителю"])


MOST = 2000
"""Of categories, of organisations: more would make no list to choose from."""


class Emergency(BaseModel):
    """Куда звонить, если ждать нельзя."""

    number: str = Field(examples=["103"])
    title: str = Field(examples=["Скорая медицинская помощь"])


class CategoryChoice(BaseModel):
    """Категория с подсказкой и подкатегориями."""

    code: str
    title: str
    hint: str
    subcategories: list[CategoryChoice] = Field(default=[])


class FormShown(BaseModel):
    """Всё, что показывают перед формой и в ней."""

    organisation: Named = Field(description="чья это форма")
    time_zone: str = Field(description="по часам какого пояса называть время", examples=["Europe/Moscow"])
    phone: str | None = Field(description="телефон оператора приёма: для тех, у кого нет электронной почты")
    emergencies: list[Emergency]
    processing_notice: str = Field(description="об обработке персональных данных: до первого поля")
    rules: list[Word] = Field(description="требования к сообщению")
    grounds: list[Word] = Field(description="за что сообщение отклоняют")
    categories: list[CategoryChoice]
    organisations: list[Named]
    files: int = Field(description="сколько файлов можно приложить", examples=[10])
    file_bytes: int = Field(description="сколько байт в файле, не больше")


EMERGENCIES = (
    Emergency(number="103", title="Скорая медицинская помощь"),
    Emergency(number="112", title="Экстренные службы"),
)

_NOTICE = (
    "Персональные данные обрабатывает {title}. Имя, контакты и текст нужны, чтобы рассмотреть сообщение и ответить вам. "
    "Их видят только те, кто работает с сообщением, и хранятся они столько же, сколько оно само. Пока вы не подтвердили "
    "электронную почту кодом из письма, черновик виден только вам и через сутки удаляется."
)
"""Where the organisation wrote none of its own."""


@router.get("/form", responses=responses(404, 503), summary="Правила, категории и уведомление для формы")
def read_form(shared: Shared) -> FormShown:
    """Open to everybody."""
    return form_shown(shared)


def form_shown(shared: Resources) -> FormShown:
    """What the form is made of now. A 404 before there is an organisation."""
    with reading(shared.engine) as connection:
        root = public_pages.root_page(connection)
        if root is None:
            raise not_found()
        act = regulations.parse(next(one.body for one in rulebook.revisions(connection, REGULATION) if one.in_force))
        categories = places.page(connection, t.category, None, MOST, t.category.c.active)
        organisations = places.page(connection, t.organisation, None, MOST, t.organisation.c.active)
    return FormShown(
        organisation=Named(code=root.organisation["id"], title=root.organisation["title"]),
        time_zone=root.organisation["time_zone"],
        phone=root.organisation["contacts"].get("phone"),
        emergencies=list(EMERGENCIES),
        processing_notice=_notice(root),
        rules=words(act.submission_rules),
        grounds=words(act.decline_grounds),
        categories=_choices(categories),
        organisations=[Named(code=one["id"], title=one["title"]) for one in organisations],
        files=FILES,
        file_bytes=MAX_FILE_BYTES,
    )


def _notice(root: PublicPage) -> str:
    written = OrganisationPage.model_validate(root.content).processing_notice
    return written or _NOTICE.format(title=root.organisation["title"])


def _choices(rows: list[sa.RowMapping]) -> list[CategoryChoice]:
    """Categories by title, each with its subcategories."""
    choices = {row["code"]: CategoryChoice(code=row["code"], title=row["title"], hint=row["hint"]) for row in rows}
    for row in sorted(rows, key=lambda row: row["title"]):
        if row["parent"] in choices:
            choices[row["parent"]].subcategories.append(choices[row["code"]])
    found = [choices[row["code"]] for row in rows if row["parent"] is None]
    return sorted(found, key=lambda choice: choice.title)
