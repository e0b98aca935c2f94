"""`GET /public/form`: what the applicant reads and chooses from before he writes. Source: S2, 1.2 д, 3.1."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

import regulations
from api import candidates
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
from storage.public_pages import PublicPage
from storage.reference import REGULATION, moment

router = APIRouter(prefix="/public", tags=["Заявителю"])


MOST_CATEGORIES = 2000
"""More would make no list to choose from."""


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
    organisations: list[Named] = Field(
        description=f"из чего выбрать; если организаций больше {candidates.MOST}, выбора нет: заявитель называет её в тексте"
    )
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


def form_shown(shared: Resources, chosen: str = "") -> FormShown:
    """What the form is made of now, the chosen organisation always among those to choose. A 404 before there is one."""
    with reading(shared.engine) as connection:
        root = public_pages.root_page(connection)
        if root is None:
            raise not_found()
        act = regulations.parse(next(one.body for one in rulebook.revisions(connection, REGULATION) if one.in_force))
        categories = _categories(shared, connection)
        organisations = _organisations(connection, chosen)
    return FormShown(
        organisation=Named(code=root.organisation["id"], title=root.organisation["title"]),
        time_zone=root.organisation["time_zone"],
        phone=root.organisation["contacts"].get("phone"),
        emergencies=list(EMERGENCIES),
        processing_notice=_notice(root),
        rules=words(act.submission_rules),
        grounds=words(act.decline_grounds),
        categories=categories,
        organisations=organisations,
        files=FILES,
        file_bytes=MAX_FILE_BYTES,
    )


def _notice(root: PublicPage) -> str:
    written = OrganisationPage.model_validate(root.content).processing_notice
    return written or _NOTICE.format(title=root.organisation["title"])


def categories_shown(shared: Resources) -> list[CategoryChoice]:
    """What a message may be about."""
    with reading(shared.engine) as connection:
        return _categories(shared, connection)


def others_shown(shared: Resources, after: str | None) -> tuple[list[Named], str | None]:
    """The organisations that work, after this one, as many as make a list; after which one to go on, if there are more."""
    with reading(shared.engine) as connection:
        rows = places.page(connection, t.organisation, after, candidates.MOST + 1, t.organisation.c.active)
    shown = _named(rows[: candidates.MOST])
    return shown, shown[-1].code if len(rows) > candidates.MOST else None


def _organisations(connection: sa.Connection, chosen: str) -> list[Named]:
    rows = places.page(connection, t.organisation, None, candidates.MOST + 1, t.organisation.c.active)
    if len(rows) > candidates.MOST:
        rows = []
    if chosen and chosen not in {row["id"] for row in rows}:
        rows += places.page(connection, t.organisation, None, 1, t.organisation.c.id == chosen)
    return _named(rows)


def _named(organisations: list[sa.RowMapping]) -> list[Named]:
    return [Named(code=one["id"], title=one["title"]) for one in organisations]


def _categories(shared: Resources, connection: sa.Connection) -> list[CategoryChoice]:
    """Categories that new messages may have, by title, each with its subcategories."""
    known = shared.reference.directory(connection, moment(connection)).categories
    found = places.page(connection, t.category, None, MOST_CATEGORIES, t.category.c.active)
    rows = [row for row in found if row["code"] in known and known[row["code"]].active]
    shown = {row["code"]: CategoryChoice(code=row["code"], title=row["title"], hint=row["hint"]) for row in rows}
    for row in sorted(rows, key=lambda row: row["title"]):
        if row["parent"] in shown:
            shown[row["parent"]].subcategories.append(shown[row["code"]])
    above = [shown[row["code"]] for row in rows if row["parent"] is None]
    return sorted(above, key=lambda choice: choice.title)
