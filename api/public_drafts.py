"""A message through the public form: a draft until its e-mail is confirmed by a one-time code. Source: S2, 1.2 д, 3.1; G-19.

The key of a draft stands for it: whoever has it reads and changes the draft, and nobody else does.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from api import attachments, drafting
from api.attachments import AttachmentShown, Pieces
from api.draft_shapes import Confirmation, Confirmed, DraftForm, DraftShown, NewDraft
from api.problems import responses
from api.resources import DRAFT_KEY, Key, Shared

router = APIRouter(prefix="/public/drafts", tags=["Заявителю"])

UPLOAD = ("POST", "/api/v1/public/drafts/current/files")
"""Takes its body in pieces; `api.hardening` counts them."""

DraftKey = Annotated[
    str,
    Header(alias=DRAFT_KEY, min_length=1, max_length=128, description="ключ из POST /public/drafts", examples=["…"]),
]


@router.post(
    "",
    status_code=201,
    responses=responses(400, 403, 413, 422, 429, 503),
    summary="Начать черновик",
    description="Повтор запроса заводит ещё один черновик: ненужные удаляются через сутки сами. До 16 КиБ: длинный текст "
    "сохраняйте следом, с ключом.",
)
def begin_draft(shared: Shared, request: Request, form: DraftForm) -> NewDraft:
    """The draft is sealed in the record."""
    return NewDraft(key=drafting.begin(shared, request, form))


@router.get("/current", responses=responses(404, 422, 503), summary="Черновик или то, чем он стал")
def read_draft(shared: Shared, draft_key: DraftKey) -> DraftShown:
    """As it is now."""
    return drafting.shown(shared, draft_key)


@router.put("/current", responses=responses(400, 404, 409, 413, 422, 503), summary="Сохранить черновик")
def save_draft(shared: Shared, draft_key: DraftKey, form: DraftForm) -> DraftShown:
    """The form as it is typed now. Repeating it changes nothing."""
    drafting.save(shared, draft_key, form)
    return drafting.shown(shared, draft_key)


@router.delete("/current", status_code=204, responses=responses(404, 409, 422, 503), summary="Удалить черновик")
def discard_draft(shared: Shared, draft_key: DraftKey) -> Response:
    """Nothing of it is left."""
    drafting.discard(shared, draft_key)
    return Response(status_code=204)


@router.post(
    "/current/files",
    status_code=201,
    responses=responses(400, 404, 408, 409, 411, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": attachments.BODY},
    summary="Приложить файл",
    description="Тело запроса — содержимое файла, как в POST /attachments. От снимков остаётся только изображение.",
)
async def upload(
    shared: Shared,
    key: Key,
    draft_key: DraftKey,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=255, description="имя файла", examples=["IMG_0001.HEIC"])],
) -> AttachmentShown:
    """The file goes with the draft. The same Idempotency-Key gives the same file."""
    return await drafting.attach(shared, draft_key, request, Pieces(request.stream()), name, key)


@router.delete(
    "/current/files/{file_id}", status_code=204, responses=responses(404, 409, 422, 503), summary="Убрать файл"
)
def discard_file(shared: Shared, draft_key: DraftKey, file_id: UUID) -> Response:
    """The file is gone. Repeating it changes nothing."""
    drafting.detach(shared, draft_key, file_id)
    return Response(status_code=204)


@router.post(
    "/current/code",
    status_code=202,
    responses=responses(404, 409, 422, 429, 503),
    summary="Запросить код подтверждения",
    description="Проверяет форму и отправляет код на её электронную почту. Прежний код перестаёт действовать.",
)
def request_code(shared: Shared, request: Request, draft_key: DraftKey) -> DraftShown:
    """A letter with the code is ordered and committed; the relay sends it."""
    drafting.order_code(shared, draft_key, request)
    return drafting.shown(shared, draft_key)


@router.post(
    "/current/confirmation",
    responses=responses(400, 403, 404, 413, 422, 429, 503),
    summary="Подтвердить и зарегистрировать",
    description="С этого мгновения у сообщения есть номер и срок. Повтор возвращает то же сообщение.",
)
async def confirm_draft(shared: Shared, draft_key: DraftKey, body: Confirmation) -> Confirmed:
    """The message is committed; its run starts now, or later if Temporal is away."""
    return await drafting.confirm(shared, draft_key, body.code)
